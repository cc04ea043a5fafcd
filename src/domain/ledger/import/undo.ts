import { sql } from 'kysely';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { conflict, notFound } from '#platform/errors.ts';
import { type FieldChange, takenBack } from '../asset.ts';
import { recordAssetsByUnit } from '../record-by-unit.ts';
import { lockAsset } from '../store.ts';
import { holdersAfter, TRIPLE, UnitIds, unitIdsOf } from '../triple.ts';
import { updateAsset } from '../update.ts';
import { lockImport } from './store.ts';

/** The job that takes an import back. */
export const UNDO_JOB = 'ledger.undo';
const CHUNK_ROWS = 500;

/** Takes an import back, in the background. What was changed since stays and is counted. */
export const undoImport = action('asset.import', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const found = await lockImport(tx.db, id);
  if (found === undefined) throw notFound('The import');
  if (found.state !== 'applied') throw conflict('Only a written import is taken back', `asset.import.${found.state}`);
  await tx.db.updateTable('asset_import').set({ state: 'undoing' }).where('id', '=', id).execute();
  tx.record({
    object: { type: 'asset_import', id },
    unitPath: found.unitPath,
    data: { change: 'undo', fileName: found.fileName },
  });
  const { id: by, name } = tx.actor;
  await tx.enqueue(UNDO_JOB, { id, by: { id: by, name } }, { singletonKey: `undo ${id}` });
  return { id };
});

/**
 * Takes what a row did to an asset back. A created asset is written off without its number and keys, so that the next import does not find
 * it; a changed one gets its former values.
 *
 * @returns false when the asset was changed since, and stays
 */
async function undoAsset(tx: Tx, assetId: string, { id: importId, units, by }: Chunk): Promise<boolean> {
  const asset = await lockAsset(tx.db, assetId);
  if (asset === undefined) return false;
  const last = await tx.db
    .selectFrom('asset_change')
    .select(['version', 'reference', 'changes'])
    .where('asset_id', '=', asset.id)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last?.reference !== importId || last.version !== asset.version) return false;
  const created = last.version === 1;
  const facts = created
    ? { ...asset.facts, state: 'written_off' as const, code: '', addresses: [], hosts: [], domains: [], segments: [] }
    : takenBack(asset.facts, [...(last.changes as FieldChange[])].reverse());
  const holders = await holdersAfter(tx, asset, facts, units);
  await updateAsset(tx, asset, facts, holders, { via: 'undone', reference: importId, by });
  return true;
}

/** Who takes it back: the platform writes for them. */
export const UndoneBy = z.object({ id: z.string(), name: z.string() });
const Chunk = z.object({ id: z.uuid(), units: UnitIds, by: UndoneBy });
type Chunk = z.output<typeof Chunk>;

const undoChunk = action('asset.import', Chunk, async (tx, chunk) => {
  const { id, by } = chunk;
  const found = await lockImport(tx.db, id);
  if (found === undefined || found.state !== 'undoing') throw conflict('The import is not being taken back');
  const rows = await tx.db
    .selectFrom('asset_import_row')
    .select(['row_number', 'asset_id'])
    .where('import_id', '=', id)
    .where('applied', '=', true)
    .orderBy('row_number', 'desc')
    .limit(CHUNK_ROWS)
    .execute();
  const undone = new Set<string>();
  for (const { asset_id } of rows)
    if (asset_id !== null && (await undoAsset(tx, asset_id, chunk))) undone.add(asset_id);
  const numbers = rows.map(({ row_number }) => row_number);
  if (numbers.length > 0) {
    await tx.db
      .updateTable('asset_import_row')
      .set({ applied: false })
      .where('import_id', '=', id)
      .where('row_number', 'in', numbers)
      .execute();
  }
  const over = rows.length < CHUNK_ROWS;
  await tx.db
    .updateTable('asset_import')
    .set((column) => ({
      undone_rows: column('undone_rows', '+', undone.size),
      kept_rows: column('kept_rows', '+', rows.length - undone.size),
      ...(over ? { state: 'undone' as const } : {}),
    }))
    .where('id', '=', id)
    .execute();
  await recordAssetsByUnit(tx, 'asset.import', {
    object: { type: 'asset_import', id },
    unitPath: found.unitPath,
    assetIds: [...undone],
    leftIds: rows.flatMap(({ asset_id }) => asset_id ?? []),
    dataOf: (own) => {
      const taken = own.filter((assetId) => undone.has(assetId)).length;
      return { change: 'undo', fileName: found.fileName, by, undone: taken, kept: own.length - taken, over };
    },
  });
  tx.publish({ topic: 'asset_import', id, action: 'asset.import', unitPath: found.unitPath, side: 'both' });
  return { over };
});

const NAMES_MAX = 10_000;

/** The units that assets name again once an import is taken back. */
async function unitsBefore(system: Ctx, id: string): Promise<UnitIds> {
  const { rows } = await system.read((db) =>
    sql<{ name: string }>`SELECT DISTINCT c->>'from' AS name FROM asset_change, jsonb_array_elements(changes) c
      WHERE reference = ${id} AND via = 'imported' AND c->>'field' = ANY(${[...TRIPLE]}) AND c->>'from' <> ''
      LIMIT ${NAMES_MAX}`.execute(db),
  );
  return unitIdsOf(
    system,
    rows.map(({ name }) => name),
  );
}

/**
 * Takes back what is left of an import; running it again goes on where it stopped.
 *
 * @param system the platform's own context
 * @param by who asked for it
 */
export async function runUndo(system: Ctx, id: string, by: z.output<typeof UndoneBy> = system.actor): Promise<void> {
  const state = await system.read((db) =>
    db.selectFrom('asset_import').select('state').where('id', '=', id).executeTakeFirst(),
  );
  if (state?.state !== 'undoing') return;
  const units = await unitsBefore(system, id);
  while (!(await undoChunk(system, { id, units, by })).over);
}
