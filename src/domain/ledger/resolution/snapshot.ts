import { sql } from 'kysely';
import { nameKeyOf } from '#platform/name-order.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { Carried } from './carry.ts';

type Row = Readonly<Record<string, unknown>>;

/** Assets as they were before a merge or split: their rows, their keys, and the links of their observations. */
export interface Snapshot {
  readonly assets: readonly Row[];
  readonly keys: readonly Row[];
  readonly observations: readonly Row[];
  readonly holders: readonly Row[];
  /** Ids of what people had decided about their observations; absent of changes of before this was kept. */
  readonly decisions?: readonly string[];
  /** What went over with a merge; absent of splits, and of merges of before this was kept. */
  readonly carried?: Carried;
}

/** What the links of observations consist of. */
const LINK_COLUMNS = ['unit_path', 'asset_id', 'link_state', 'link_rule', 'link_keys', 'linked_at'] as const;

/** @param observationIds those whose links the change touches */
export async function takeSnapshot(
  db: Db,
  assetIds: readonly string[],
  observationIds: readonly string[],
): Promise<Snapshot> {
  const rows = async (query: ReturnType<typeof sql<{ row: Row }>>): Promise<Row[]> =>
    (await query.execute(db)).rows.map(({ row }) => row);
  return {
    assets: await rows(sql`SELECT to_jsonb(a) AS row FROM asset a WHERE id = ANY(${assetIds}::uuid[]) ORDER BY id`),
    keys: await rows(sql`SELECT to_jsonb(k) AS row FROM asset_key k WHERE asset_id = ANY(${assetIds}::uuid[])
      ORDER BY asset_id, kind, value`),
    observations: await rows(sql`
      SELECT jsonb_build_object('id', id, 'unit_path', unit_path, 'asset_id', asset_id, 'link_state', link_state,
        'link_rule', link_rule, 'link_keys', link_keys, 'linked_at', linked_at) AS row
      FROM asset_observation WHERE id = ANY(${observationIds}::uuid[]) ORDER BY id`),
    holders: await rows(sql`SELECT to_jsonb(h) AS row FROM asset_address_holder h
      WHERE asset_id = ANY(${assetIds}::uuid[]) ORDER BY zone, address, asset_id, first_at`),
    decisions: await standingDecisions(db, assetIds),
  };
}

async function standingDecisions(db: Db, assetIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    WITH mine AS MATERIALIZED (SELECT id FROM asset_observation WHERE asset_id = ANY(${assetIds}::uuid[]))
    SELECT id FROM asset_identity_decision
    WHERE withdrawn_at IS NULL AND (left_id IN (SELECT id FROM mine) OR right_id IN (SELECT id FROM mine))
    ORDER BY id`.execute(db);
  return rows.map(({ id }) => id);
}

/**
 * Lets hold again what people had decided before a change that is undone: without it rules would part or join at once
 * what the undoing has just restored. What was decided about a pair since stays.
 */
export async function restoreDecisions(db: Db, { decisions = [] }: Snapshot): Promise<void> {
  await sql`UPDATE asset_identity_decision d SET withdrawn_at = NULL
    WHERE id = ANY(${decisions}::uuid[]) AND withdrawn_at IS NOT NULL AND NOT EXISTS (
      SELECT FROM asset_identity_decision other
      WHERE other.left_id = d.left_id AND other.right_id = d.right_id AND other.withdrawn_at IS NULL)`.execute(db);
}

/** Counted on by every writing: an undoing is a change like any other, so these are not set back. */
const COUNTED = new Set(['id', 'version', 'changed_at']);

/** Puts everything back as the snapshot has it, except versions, which go on. */
export async function restore(db: Db, snapshot: Snapshot, now: Date): Promise<void> {
  const assetIds = snapshot.assets.map(({ id }) => id);
  for (const row of snapshot.assets) {
    // Of changes of before it was kept, and of those that came before it was made, the key of the name is not there.
    const asset: Row = { ...row, name_key: nameKeyOf(String(row.name)) };
    const columns = Object.keys(asset).filter((column) => !COUNTED.has(column));
    const list = sql.join(columns.map((column) => sql.ref(column)));
    const values = sql.join(columns.map((column) => sql`r.${sql.ref(column)}`));
    await sql`
      UPDATE asset a SET (${list}, version, changed_at) = (
        SELECT ${values}, a.version + 1, ${now.toISOString()}::timestamptz
        FROM jsonb_populate_record(NULL::asset, ${JSON.stringify(asset)}::jsonb) r)
      WHERE a.id = ${asset.id}::uuid`.execute(db);
  }
  await sql`DELETE FROM asset_key WHERE asset_id = ANY(${assetIds}::uuid[])`.execute(db);
  await sql`INSERT INTO asset_key
    SELECT * FROM jsonb_populate_recordset(NULL::asset_key, ${JSON.stringify(snapshot.keys)}::jsonb)`.execute(db);
  await sql`DELETE FROM asset_address_holder WHERE asset_id = ANY(${assetIds}::uuid[])`.execute(db);
  await sql`INSERT INTO asset_address_holder
    SELECT * FROM jsonb_populate_recordset(NULL::asset_address_holder, ${JSON.stringify(snapshot.holders)}::jsonb)
    ON CONFLICT DO NOTHING`.execute(db);
  const list = sql.join(LINK_COLUMNS.map((column) => sql.ref(column)));
  const values = sql.join(LINK_COLUMNS.map((column) => sql`r.${sql.ref(column)}`));
  await sql`
    UPDATE asset_observation o SET (${list}) = (SELECT ${values})
    FROM jsonb_populate_recordset(NULL::asset_observation, ${JSON.stringify(snapshot.observations)}::jsonb) r
    WHERE o.id = r.id`.execute(db);
}
