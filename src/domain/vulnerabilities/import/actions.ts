import { createReadStream } from 'node:fs';
import { sql } from 'kysely';
import { z } from 'zod';
import { assetsById, noteScanned } from '#domain/ledger/index.ts';
import type { ScanReport } from '#engine/vulnerability/report.ts';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { MATCH_JOB } from '../advisory/advisory.ts';
import { keepSoftware } from '../advisory/software.ts';
import type { Reading } from '../read/formats.ts';
import { READ_LIMITS, readInThread } from '../read/read.ts';
import { guessMeanings } from '../read/sheet.ts';
import { IMPORT_JOB, type ImportCounts, type ImportOptions } from './import.ts';
import { countsOf, type JudgedTarget, type Judging, judgeTargets, totals } from './judge.ts';
import { observeTargets } from './observe.ts';
import { recordImport, recordIssues } from './record.ts';
import { rememberedMapping, rememberMapping } from './sheet-profile.ts';
import { applyStatements, countStatements } from './statements.ts';
import { findImport, type ImportRow, inPieces, lockImport, timeOfSameFile } from './store.ts';
import { writeTargets } from './write.ts';

const NAME_CHARS_MAX = 200;
/** Targets judged and written in one go: one transaction with one entry in the journal. */
const BATCH_TARGETS = 50;
const FAULTS_SHOWN = 50;

/** A file that was read and kept, on its way to a preview. */
interface KeptReport {
  readonly fileName: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly reading: Reading;
  readonly options: ImportOptions;
  /** The meaning of the columns is what somebody chose before. */
  readonly remembered: boolean;
}

const custom = <Value>() => z.custom<Value>((value) => typeof value === 'object' && value !== null);

async function judgingOf(
  db: Db,
  row: Pick<ImportRow, 'unit_path' | 'scanned_at' | 'partial' | 'options'>,
  report: ScanReport,
): Promise<Judging> {
  const { assetId } = row.options;
  const chosen = assetId === undefined ? undefined : (await assetsById(db, [assetId])).get(assetId);
  if (assetId !== undefined && chosen === undefined) {
    throw invalid('The asset does not exist or is not visible to you', [
      { at: '/assetId', message: 'Choose an asset of your area' },
    ]);
  }
  return {
    unitPath: row.unit_path,
    report,
    scannedAt: row.scanned_at,
    partial: row.partial,
    declared: row.options.complete,
    chosen,
  };
}

const openImport = action('vulnerability.import', z.object({ kept: custom<KeptReport>() }), async (tx, { kept }) => {
  const { reading, options } = kept;
  const { report } = reading;
  const unitPath = options.unitPath ?? tx.scope.path;
  if (!unitPath.startsWith(tx.scope.path)) {
    throw invalid('The unit is not in your area', [{ at: '/unitPath', message: 'Choose a unit of your area' }]);
  }
  const now = tx.clock.now();
  const said = options.scannedAt ?? report.scannedAt;
  const time = said === null ? ((await timeOfSameFile(tx.db, unitPath, kept.sha256)) ?? now) : new Date(said);
  const row = {
    id: tx.ids.next(),
    unit_path: unitPath,
    scanned_at: time.getTime() > now.getTime() ? now : time,
    partial: report.partial && !options.complete,
    options,
  };
  const judged = await judgeTargets(tx.db, await judgingOf(tx.db, row, report));
  const counts: ImportCounts = { ...totals(judged, report), suppress: await countStatements(tx.db, unitPath, report) };
  await tx.db
    .insertInto('vulnerability_import')
    .values({
      ...row,
      options: JSON.stringify(options),
      file_name: kept.fileName,
      sha256: kept.sha256,
      bytes: kept.bytes,
      format: report.format,
      tool: report.tool,
      state: 'preview',
      counts: JSON.stringify(counts),
      problems: JSON.stringify(report.problems),
      sheet: sheetOf(kept),
      created_by: tx.actor.id,
      created_by_name: tx.actor.name,
      created_at: now,
      applied_at: null,
    })
    .execute();
  await keepCoverage(tx, row, judged);
  const { fileName, sha256 } = kept;
  recordImport(tx, row, { change: 'upload', fileName, sha256, format: report.format, tool: report.tool, counts });
  return { id: row.id };
});

function sheetOf({ reading: { sheet }, options: { mapping }, remembered }: KeptReport): string | null {
  if (sheet === undefined) return null;
  return JSON.stringify({ headings: sheet.headings, mapping: mapping ?? guessMeanings(sheet.headings), remembered });
}

async function keepCoverage(
  tx: Tx,
  row: Pick<ImportRow, 'id' | 'scanned_at'>,
  judged: readonly JudgedTarget[],
): Promise<void> {
  const rows = judged.map(({ names, resolved, plan }, position) => ({
    import_id: row.id,
    position,
    unit_path: resolved.unitPath,
    target: resolved.target.name,
    names: [...names],
    target_key: resolved.key,
    asset_id: resolved.assetId,
    found_by: [...resolved.foundBy],
    alive: resolved.target.alive,
    credentialed: resolved.target.credentialed,
    ports: resolved.target.ports,
    scanned_at: row.scanned_at,
    counts: JSON.stringify(countsOf(plan)),
  }));
  await inPieces(rows, (piece) => tx.db.insertInto('vulnerability_coverage').values(piece).execute());
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/**
 * Reads an uploaded report, keeps the file, and compares it with the record. Nothing is written to the record yet.
 *
 * @param from bytes, or the path of a file
 * @throws AppError `invalid_input` when the file cannot be read, or when a record cannot be and `strict` was asked for
 */
export async function uploadReport(
  ctx: Ctx,
  fileName: string,
  from: Uint8Array | string,
  options: ImportOptions,
): Promise<{ id: string }> {
  ctx.allow('vulnerability.import');
  const read = await readRemembered(ctx, from, options);
  const { reading } = read;
  const { problems, problemCount } = reading.report;
  const broken = problems.filter(({ reason }) => reason !== 'record.set_aside');
  if (options.strict && broken.length > 0) {
    throw invalid(
      `${problemCount} record(s) of the file cannot be read, and it was to be imported whole or not at all`,
      broken
        .slice(0, FAULTS_SHOWN)
        .map(({ row, reason, detail }) => ({ at: `/file/${row}`, message: `${reason} ${detail}`.trim(), reason })),
      'vulnerability.file.broken',
    );
  }
  const stored = await ctx.files.put(
    typeof from === 'string' ? createReadStream(from) : once(from),
    READ_LIMITS.fileBytesMax,
  );
  const name = fileName
    .replace(/[\p{Cc}\\/]/gu, '')
    .slice(0, NAME_CHARS_MAX)
    .toWellFormed();
  return openImport(ctx, { kept: { fileName: name || 'file', ...stored, ...read } });
}

/** Reads a report; a sheet whose headings somebody of the unit explained before as they explained them. */
async function readRemembered(
  ctx: Ctx,
  from: Uint8Array | string,
  options: ImportOptions,
): Promise<Pick<KeptReport, 'reading' | 'options' | 'remembered'>> {
  const unitPath = options.unitPath ?? ctx.scope.path;
  const reading = await readInThread(from, {
    mapping: options.mapping,
    remembered: (headings) => ctx.read((db) => rememberedMapping(db, unitPath, headings)),
  });
  const mapping = reading.sheet?.remembered;
  return mapping === undefined
    ? { reading, options, remembered: false }
    : { reading, options: { ...options, mapping: [...mapping] }, remembered: true };
}

/** Reads the kept file of a preview again, with other choices. @throws AppError `conflict` when it is no preview */
export async function remapImport(ctx: Ctx, id: string, options: ImportOptions): Promise<{ id: string }> {
  ctx.allow('vulnerability.import');
  const found = await ctx.read((db) => findImport(db, id));
  if (found === undefined) throw notFound('The import');
  const next = await uploadReport(ctx, found.file_name, await ctx.files.get(found.sha256), options);
  await discardImport(ctx, { id });
  return next;
}

/** The import, which must still be a preview. @throws AppError `not_found`, `conflict` */
async function lockPreview(tx: Tx, id: string): Promise<ImportRow> {
  const found = await lockImport(tx.db, id);
  if (found === undefined) throw notFound('The import');
  if (found.state !== 'preview')
    throw conflict('The import is no longer a preview', `vulnerability.import.${found.state}`);
  return found;
}

/** Accepts the preview: a job writes it, target by target, and goes on after a restart. */
export const applyImport = action('vulnerability.import', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const found = await lockPreview(tx, id);
  await tx.db
    .updateTable('vulnerability_import')
    .set({ state: 'applying', undoable: true })
    .where('id', '=', id)
    .execute();
  await rememberMapping(tx, found);
  recordImport(tx, found, { change: 'accept', counts: found.counts });
  await tx.enqueue(IMPORT_JOB, { id }, { singletonKey: id });
  return { id };
});

export const discardImport = action('vulnerability.import', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const found = await lockPreview(tx, id);
  await tx.db.updateTable('vulnerability_import').set({ state: 'discarded' }).where('id', '=', id).execute();
  recordImport(tx, found, { change: 'discard' });
  return { id };
});

const Batch = z.object({ id: z.uuid(), report: custom<ScanReport>(), from: z.number().int() });

async function lockApplying(tx: Tx, id: string): Promise<ImportRow> {
  const found = await lockImport(tx.db, id);
  if (found === undefined || found.state !== 'applying') throw conflict('The import is not being applied');
  return found;
}

/** Writes some targets in one transaction with one entry. Doing it again changes nothing: the plan is made anew. */
const writeBatch = action('vulnerability.import', Batch, async (tx, { id, report, from }) => {
  const found = await lockApplying(tx, id);
  const judging = await judgingOf(tx.db, found, report);
  const wanted = await tx.db
    .selectFrom('vulnerability_coverage')
    .select('names')
    .where('import_id', '=', id)
    .where('position', '>=', from)
    .where('position', '<', from + BATCH_TARGETS)
    .execute();
  const names = new Set(wanted.flatMap((row) => row.names));
  const targets = report.targets.filter(({ key }) => names.has(key));
  const judged = await judgeTargets(tx.db, judging, targets);
  await keepBefore(tx, id);
  const written = await writeTargets(tx, found, judged);
  await keepSoftware(tx, found, report, judged);
  await noteScanned(
    tx,
    judged.flatMap(({ resolved }) => resolved.assetId ?? []),
    found.scanned_at,
  );
  await tellFound(tx, id, judged);
  await tx.db
    .updateTable('vulnerability_coverage')
    .set({ applied: true })
    .where('import_id', '=', id)
    .where('position', '>=', from)
    .where('position', '<', from + BATCH_TARGETS)
    .execute();
  await keepAfter(tx, id);
  const { created, closed, reopened } = written;
  await recordIssues(tx, found, [...created, ...closed, ...reopened], (own) => ({
    change: 'apply',
    fileName: found.file_name,
    by: { id: found.created_by, name: found.created_by_name },
    created: created.filter((issue) => own.has(issue)),
    closed: closed.filter((issue) => own.has(issue)),
    reopened: reopened.filter((issue) => own.has(issue)),
  }));
});

/** From here on the store keeps what this import changes, as it was. */
const keepBefore = (tx: Tx, id: string) => sql`SELECT set_config('tongan.import', ${id}, true)`.execute(tx.db);

/** How far the history of the issues goes that were just changed: what comes after is somebody else's. */
const keepAfter = (tx: Tx, id: string) =>
  sql`
  UPDATE vulnerability_import_before b SET key_after = i.issue_key,
    step_after = (SELECT coalesce(max(position), 0) FROM vulnerability_step s WHERE s.issue_id = i.id)
  FROM vulnerability_issue i WHERE b.import_id = ${id} AND b.kind = 'issue' AND i.id = b.object_id
    AND b.written_in = pg_current_xact_id()::text::bigint`.execute(tx.db);

/** Hosts that were not in the ledger when the preview was made, and are now. */
async function tellFound(tx: Tx, id: string, judged: readonly JudgedTarget[]): Promise<void> {
  for (const { names, resolved } of judged) {
    const { assetId, key, unitPath, foundBy } = resolved;
    if (assetId === null) continue;
    await tx.db
      .updateTable('vulnerability_coverage')
      .set({ asset_id: assetId, target_key: key, unit_path: unitPath, found_by: [...foundBy] })
      .where('import_id', '=', id)
      .where('asset_id', 'is', null)
      .where('target', 'in', [...names])
      .execute();
  }
}

const finishImport = action(
  'vulnerability.import',
  z.object({ id: z.uuid(), report: custom<ScanReport>() }),
  async (tx, { id, report }) => {
    const found = await lockApplying(tx, id);
    await keepBefore(tx, id);
    const suppressed = await applyStatements(tx, found, report);
    await keepAfter(tx, id);
    await tx.db
      .updateTable('vulnerability_import')
      .set({ state: 'applied', applied_at: tx.clock.now() })
      .where('id', '=', id)
      .execute();
    await recordIssues(tx, found, suppressed, (own) => ({
      change: 'finish',
      suppressed: suppressed.filter((issue) => own.has(issue)),
    }));
    await tx.enqueue(MATCH_JOB, {}, { singletonKey: 'all' });
  },
);

/**
 * Writes what is left of an accepted import. Running it again goes on where it stopped.
 *
 * @param system the platform's own context
 */
export async function runImport(system: Ctx, id: string): Promise<void> {
  const found = await system.read((db) => findImport(db, id));
  if (found?.state !== 'applying') return;
  const bytes = await system.files.get(found.sha256);
  const { report } = await readInThread(bytes, { mapping: found.options.mapping });
  // Before its findings are written: those of a host that the ledger learns of by this report are its own from the start.
  await observeTargets(system, found, report);
  for (;;) {
    const next = await system.read((db) =>
      db
        .selectFrom('vulnerability_coverage')
        .select('position')
        .where('import_id', '=', id)
        .where('applied', '=', false)
        .orderBy('position')
        .executeTakeFirst(),
    );
    if (next === undefined) break;
    await writeBatch(system, { id, report, from: next.position });
  }
  await finishImport(system, { id, report });
}
