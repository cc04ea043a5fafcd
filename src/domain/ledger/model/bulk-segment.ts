import { sql } from 'kysely';
import type { Tx } from '#platform/context.ts';
import { invalid } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { findAsset, type StoredAsset } from '../store.ts';

/** Puts assets into a segment, as one of the things that are set on many at once: each lies in one, as far as this says. */

/** @throws AppError `invalid_input` for what is no segment in sight */
export async function requireSegment(tx: Tx, segmentId: string): Promise<void> {
  const found = await findAsset(tx.db, segmentId);
  if (found?.facts.class === 'segment') return;
  throw invalid('The segment does not exist or is not visible to you', [
    { at: '/set/segmentId', message: 'Choose an asset of the class segment' },
  ]);
}

/**
 * Says that an asset lies in a segment, and no longer in another one.
 *
 * @param changeId under which it can be taken back
 * @returns whether that is new
 */
export async function putIntoSegment(
  tx: Tx,
  { id, unitPath }: StoredAsset,
  segmentId: string,
  changeId: string,
): Promise<boolean> {
  if (id === segmentId) return false;
  const open = await tx.db
    .selectFrom('asset_relation')
    .select('to_id')
    .where('from_id', '=', id)
    .where('kind', '=', 'in_segment')
    .where('ended_at', 'is', null)
    .execute();
  if (open.length === 1 && open[0]?.to_id === segmentId) return false;
  const now = tx.clock.now();
  await tx.db
    .updateTable('asset_relation')
    .set({ ended_at: now, ended_by_name: tx.actor.name, ended_with: changeId })
    .where('from_id', '=', id)
    .where('kind', '=', 'in_segment')
    .where('to_id', '<>', segmentId)
    .where('ended_at', 'is', null)
    .execute();
  if (open.some(({ to_id }) => to_id === segmentId)) return true;
  await tx.db
    .insertInto('asset_relation')
    .values({
      id: tx.ids.next(),
      unit_path: unitPath,
      from_id: id,
      to_id: segmentId,
      kind: 'in_segment',
      source: 'manual',
      note: '',
      created_at: now,
      created_by_name: tx.actor.name,
      ended_at: null,
      made_with: changeId,
    })
    .execute();
  return true;
}

/**
 * Takes back what a change said of segments, for the assets of which nobody said anything about their segment since.
 *
 * @returns the assets that were put back, and those that were not
 */
export async function takeOutAgain(tx: Tx, changeId: string): Promise<{ undone: string[]; kept: string[] }> {
  const { rows } = await sql<{ id: string; since: boolean }>`
    SELECT r.from_id AS id, bool_or((r.made_with = ${changeId} AND r.ended_at IS NOT NULL)
      OR EXISTS (SELECT FROM asset_relation n WHERE n.from_id = r.from_id AND n.kind = 'in_segment'
        AND n.made_with IS DISTINCT FROM ${changeId}::uuid AND n.created_at > coalesce(r.ended_at, r.created_at))) AS since
    FROM asset_relation r WHERE r.made_with = ${changeId} OR r.ended_with = ${changeId} GROUP BY r.from_id`.execute(
    tx.db,
  );
  const undone = rows.filter(({ since }) => !since).map(({ id }) => id);
  const now = tx.clock.now().toISOString();
  await sql`UPDATE asset_relation SET ended_at = ${now}::timestamptz, ended_by_name = ${tx.actor.name}
    WHERE made_with = ${changeId} AND ended_at IS NULL AND from_id = ANY(${undone}::uuid[])`.execute(tx.db);
  await sql`UPDATE asset_relation SET ended_at = NULL, ended_by_name = '', ended_with = NULL
    WHERE ended_with = ${changeId} AND from_id = ANY(${undone}::uuid[])`.execute(tx.db);
  return { undone, kept: rows.filter(({ since }) => since).map(({ id }) => id) };
}

/** Whether a change said something of segments, as far as that is in sight. */
export async function changedSegments(db: Db, changeId: string): Promise<boolean> {
  const { rows } = await sql`SELECT 1 FROM asset_relation
    WHERE made_with = ${changeId} OR ended_with = ${changeId} LIMIT 1`.execute(db);
  return rows.length > 0;
}
