import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { AppError, conflict, invalid, notFound } from '#platform/errors.ts';
import { holdersOfFacts } from '../actions.ts';
import type { FieldChange } from '../asset.ts';
import type { ChangeVia } from '../history/store.ts';
import { alongside } from '../resolution/alongside.ts';
import { type HolderIds, insertAssets, lockAsset, type NewAsset } from '../store.ts';
import { updateAsset } from '../update.ts';
import { settleByContent } from './by-content.ts';
import { type ColumnMeaning, doubledMeanings, guessMapping, headingRow, isMeaning } from './mapping.ts';
import { attributesAt, judgedParts, judgeRows } from './preview.ts';
import { profileFor, profileNamed } from './profiles.ts';
import { readSheet, SHEET_LIMITS, type SheetRow } from './read.ts';
import { recordChunk, recordImport } from './record.ts';
import {
  type AssetImport,
  appliedRows,
  countRows,
  lockImport,
  markApplied,
  noVerdicts,
  type PreviewRow,
  pendingRows,
  putRows,
  sheetRows,
  type VerdictCounts,
} from './store.ts';

/** The job that writes an accepted preview into the ledger. */
export const IMPORT_JOB = 'ledger.import';
const CHUNK_ROWS = 2000;

const MEANING_CHARS_MAX = 80;

/** What each column means: a field of an asset, `unit`, `attributes.` with a key, or nothing. */
export const Mapping = z.array(z.string().max(MEANING_CHARS_MAX)).max(SHEET_LIMITS.columnsMax);

/** A sheet that was read and kept, on its way to a preview. */
interface KeptSheet {
  readonly fileName: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly headings: SheetRow;
  readonly rows: readonly SheetRow[];
  readonly choice: UploadChoice;
}

/** What may be said with an upload. */
export const UploadChoice = z.object({
  unit: z
    .string()
    .startsWith('/')
    .max(300)
    .optional()
    .describe('path of the unit or area whose assets these are, where no row says otherwise; default: the own'),
  profile: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .optional()
    .describe('name under which the meaning of columns was remembered'),
});
type UploadChoice = z.output<typeof UploadChoice>;

const openImport = action(
  'asset.import',
  z.object({ sheet: z.custom<KeptSheet>((value) => typeof value === 'object') }),
  async (tx, { sheet }) => {
    const id = tx.ids.next();
    const { unit = tx.scope.path, profile: named } = sheet.choice;
    const unitPath = await placeInSight(tx, unit);
    const known = await attributesAt(tx.db, unitPath);
    const headings = sheet.headings.cells;
    const guessed = settleByContent(guessMapping(headings, [...known.values()]), headings, sheet.rows);
    const profile =
      named === undefined
        ? await profileFor(tx.db, { unitPath, ownPath: tx.scope.path }, headings)
        : await profileNamed(tx.db, { unitPath, ownPath: tx.scope.path, name: named, headings, guessed });
    // An attribute that a profile names may be gone since.
    const mapping = profile?.mapping.map((meaning) => (isMeaning(meaning, known) ? meaning : '')) ?? guessed;
    await tx.db
      .insertInto('asset_import')
      .values({
        id,
        unit_path: unitPath,
        file_name: sheet.fileName,
        sha256: sheet.sha256,
        bytes: sheet.bytes,
        state: 'preview',
        heading_row: sheet.headings.number,
        columns: JSON.stringify(sheet.headings.cells),
        mapping: JSON.stringify(mapping),
        counts: JSON.stringify(noVerdicts()),
        row_count: sheet.rows.length,
        created_by: tx.actor.id,
        created_by_name: tx.actor.name,
        created_at: tx.clock.now(),
        applied_at: null,
        profile_name: profile?.name ?? '',
      })
      .execute();
    const counts = await judgeAll(tx, { id, unitPath }, sheet.rows, mapping);
    const { fileName, sha256 } = sheet;
    recordImport(tx, { id, unitPath }, { change: 'upload', fileName, sha256, rows: sheet.rows.length, counts });
    return { id };
  },
);

/** @throws AppError `invalid_input` for a path that is no unit or area in sight */
async function placeInSight(tx: Tx, path: string): Promise<string> {
  if (path === tx.scope.path) return path;
  if (path.startsWith(tx.scope.path) && (await namesAtPaths(tx.db, [path])).has(path)) return path;
  throw invalid('The unit is not in your area', [
    { at: '/unit', message: 'The path of a unit or area of yours, such as /450000/450100/' },
  ]);
}

/** Judges the rows of an import and keeps what is said of them; while one part is written the next one is judged. */
async function judgeAll(
  tx: Tx,
  { id, unitPath }: { readonly id: string; readonly unitPath: string },
  rows: readonly SheetRow[],
  mapping: readonly ColumnMeaning[],
): Promise<VerdictCounts> {
  const counts = noVerdicts();
  await alongside(async (start) => {
    let writing: Promise<void> = Promise.resolve();
    for await (const part of judgedParts(tx.db, unitPath, rows, mapping)) {
      for (const { verdict } of part) counts[verdict] += 1;
      // No more than one part waits to be written.
      await writing;
      writing = putRows(tx.db, id, unitPath, part);
      await start(writing);
    }
  });
  await tx.db
    .updateTable('asset_import')
    .set({ counts: JSON.stringify(counts) })
    .where('id', '=', id)
    .execute();
  return counts;
}

const NAME_CHARS_MAX = 200;

/**
 * Reads an uploaded sheet, keeps the file, and compares it with the ledger. Nothing is written to the ledger yet.
 *
 * @throws AppError `invalid_input` when the file is no sheet or has no rows, when there is no such unit or profile; `too_large`
 */
export async function uploadSheet(
  ctx: Ctx,
  fileName: string,
  bytes: Uint8Array,
  choice: UploadChoice = {},
): Promise<{ id: string }> {
  ctx.allow('asset.import');
  const { rows } = await readSheet(bytes);
  const at = headingRow(rows);
  const headings = rows[at];
  if (headings === undefined || rows.length <= at + 1) {
    throw invalid(
      'The sheet has no rows below its headings',
      [{ at: '/file', message: 'Use the template: headings in one row, one asset in each row below' }],
      'asset.import.empty',
    );
  }
  const stored = await ctx.files.put(once(bytes), SHEET_LIMITS.fileBytesMax);
  const name = fileName
    .replace(/[\p{Cc}\\/]/gu, '')
    .slice(0, NAME_CHARS_MAX)
    .toWellFormed();
  return openImport(ctx, { sheet: { fileName: name, ...stored, headings, rows: rows.slice(at + 1), choice } });
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** The import, which must still be a preview. @throws AppError `not_found`, `conflict` */
async function lockPreview(tx: Tx, id: string): Promise<AssetImport> {
  const found = await lockImport(tx.db, id);
  if (found === undefined) throw notFound('The import');
  if (found.state !== 'preview') throw conflict('The import is no longer a preview', `asset.import.${found.state}`);
  return found;
}

/** Gives the columns other meanings and judges every row anew. */
export const remapImport = action('asset.import', z.object({ id: z.uuid(), mapping: Mapping }), async (tx, input) => {
  const { id } = input;
  const found = await lockPreview(tx, id);
  const known = await attributesAt(tx.db, found.unitPath);
  const mapping = input.mapping.filter((meaning) => isMeaning(meaning, known));
  const strange = input.mapping.find((meaning) => !isMeaning(meaning, known));
  if (strange !== undefined) {
    throw invalid('A column has a meaning that nothing has', [
      { at: '/mapping', message: `"${strange}" is no field and no attribute` },
    ]);
  }
  if (mapping.length !== found.columns.length) {
    throw invalid('Give each column of the sheet a meaning', [
      { at: '/mapping', message: `The sheet has ${found.columns.length} columns` },
    ]);
  }
  const [doubled] = doubledMeanings(mapping);
  if (doubled !== undefined) {
    throw invalid(
      `Two columns cannot both be "${doubled}"`,
      [{ at: '/mapping', message: `"${doubled}" twice` }],
      'asset.import.doubled',
    );
  }
  const counts = await judgeAll(tx, found, await sheetRows(tx.db, id), mapping);
  await tx.db
    .updateTable('asset_import')
    .set({ mapping: JSON.stringify(mapping) })
    .where('id', '=', id)
    .execute();
  recordImport(tx, found, { change: 'mapping', mapping, counts });
  return { id };
});

export const ApplyImport = z.object({
  whole: z.boolean().default(false).describe('all rows or nothing; otherwise the good rows are written'),
});

/** Accepts the preview: a job writes it, chunk by chunk, and goes on after a restart. */
export const applyImport = action('asset.import', ApplyImport.extend({ id: z.uuid() }), async (tx, { id, whole }) => {
  const found = await lockPreview(tx, id);
  const left = found.counts.conflict + found.counts.skip;
  if (whole && left > 0)
    throw conflict(`${left} rows cannot be written, and all or nothing is asked for`, 'asset.import.whole');
  await tx.db.updateTable('asset_import').set({ state: 'applying' }).where('id', '=', id).execute();
  recordImport(tx, found, { change: 'accept', counts: found.counts, whole });
  await tx.enqueue(IMPORT_JOB, { id }, { singletonKey: id });
  return { id };
});

export const discardImport = action('asset.import', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const found = await lockPreview(tx, id);
  await tx.db.updateTable('asset_import').set({ state: 'discarded' }).where('id', '=', id).execute();
  recordImport(tx, found, { change: 'discard' });
  return { id };
});

interface Chunk {
  readonly rows: readonly PreviewRow[];
  readonly holders: ReadonlyMap<number, HolderIds>;
}

/** Whoever writes the same import at the same time was quicker, or somebody ended it. */
const OVER = 'asset.import.over';

/**
 * Writes one chunk in one transaction with one journal entry for each unit, and marks its rows. Rows that another run
 * wrote since they were judged are left out.
 */
const writeChunk = action(
  'asset.import',
  z.object({ id: z.uuid(), chunk: z.custom<Chunk>((value) => typeof value === 'object') }),
  async (tx, { id, chunk }) => {
    const found = await lockImport(tx.db, id);
    if (found === undefined || found.state !== 'applying') throw conflict('The import is not being applied', OVER);
    const written = await appliedRows(tx.db, id, chunk.rows);
    const rows = chunk.rows.filter((row) => !written.has(row.number));
    const via: ChangeVia = { via: 'imported', reference: id, by: { id: found.createdById, name: found.createdBy } };
    const created: NewAsset[] = [];
    const madeBy = new Map<number, string>();
    const updated: { id: string; changes: readonly FieldChange[] }[] = [];
    for (const row of rows) {
      const { facts, unitPath, assetId } = row;
      const holders = chunk.holders.get(row.number);
      if (facts === null || holders === undefined) continue;
      if (assetId === null) {
        const made: NewAsset = { id: tx.ids.next(), unitPath, facts, holders, source: 'import' };
        created.push(made);
        madeBy.set(row.number, made.id);
      } else {
        const before = await lockAsset(tx.db, assetId);
        if (before === undefined) continue;
        await updateAsset(tx, before, facts, holders, via);
        updated.push({ id: assetId, changes: row.changes });
      }
    }
    // What is created says nothing but that; the others are judged by what the ledger said just now.
    await putRows(
      tx.db,
      id,
      found.unitPath,
      rows.filter(({ verdict, reasons }) => verdict !== 'create' || reasons.length > 0),
    );
    const applied = rows.filter(({ facts }) => facts !== null);
    const marked = applied.map((row) => ({ ...row, assetId: row.assetId ?? madeBy.get(row.number) ?? null }));
    // While the rows are marked, what the new assets consist of is made ready.
    await alongside(async (start) => {
      await start(markApplied(tx.db, id, marked));
      await insertAssets(tx, created, via);
    });
    await tx.db
      .updateTable('asset_import')
      .set((column) => ({ applied_rows: column('applied_rows', '+', applied.length) }))
      .where('id', '=', id)
      .execute();
    await recordChunk(tx, found, { created: created.map((asset) => asset.id), updated });
  },
);

const finishImport = action('asset.import', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const found = await lockImport(tx.db, id);
  if (found === undefined || found.state !== 'applying') throw conflict('The import is not being applied', OVER);
  const counts = await countRows(tx.db, id);
  await tx.db
    .updateTable('asset_import')
    .set({ state: 'applied', applied_at: tx.clock.now(), counts: JSON.stringify(counts) })
    .where('id', '=', id)
    .execute();
  recordImport(tx, found, { change: 'finish', counts });
});

/**
 * Writes what is left of an accepted import. Each chunk is compared with the ledger once more, so a row that fits no
 * longer becomes a conflict instead of overwriting. Running it again goes on where it stopped; run twice at once, it ends quietly in the one
 * that finds the other has finished.
 *
 * @param system the platform's own context
 */
export async function runImport(system: Ctx, id: string): Promise<void> {
  try {
    await writeAll(system, id);
  } catch (error) {
    if (!(error instanceof AppError && error.reason === OVER)) throw error;
  }
}

async function writeAll(system: Ctx, id: string): Promise<void> {
  // No two rows of a sheet are about the same asset, so the next rows are judged while the last ones are written.
  for (let step = await nextRows(system, id, 0); step !== undefined; ) {
    const last = step.rows.at(-1);
    if (last === undefined) return finishImport(system, { id });
    const [next] = await Promise.all([nextRows(system, id, last.number), writeChunk(system, { id, chunk: step })]);
    step = next;
  }
}

/** Rows after a number that are to be written, as the ledger is now; undefined when the import is not being applied. */
async function nextRows(system: Ctx, id: string, after: number): Promise<Chunk | undefined> {
  const rows = await system.read(async (db) => {
    const row = await db.selectFrom('asset_import').selectAll().where('id', '=', id).executeTakeFirst();
    if (row?.state !== 'applying') return undefined;
    const pending = await pendingRows(db, id, after, CHUNK_ROWS);
    return judgeRows(db, row.unit_path, pending, row.mapping as ColumnMeaning[]);
  });
  return rows && { rows, holders: await holdersOfRows(system, rows) };
}

/** Ids of the units that the rows name; each name is looked up once. */
async function holdersOfRows(system: Ctx, rows: readonly PreviewRow[]): Promise<Map<number, HolderIds>> {
  const known = new Map<string, Promise<HolderIds>>();
  const holders = new Map<number, HolderIds>();
  for (const { number, facts } of rows) {
    if (facts === null) continue;
    const key = JSON.stringify([facts.supervisedBy, facts.operatedBy, facts.usedBy]);
    const found = known.get(key) ?? holdersOfFacts(system, facts);
    known.set(key, found);
    holders.set(number, await found);
  }
  return holders;
}
