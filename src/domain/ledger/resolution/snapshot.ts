import { sql } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';

type Row = Readonly<Record<string, unknown>>;

/** Assets as they were before a merge or split: their rows, their keys, and the links of their observations. */
export interface Snapshot {
  readonly assets: readonly Row[];
  readonly keys: readonly Row[];
  readonly observations: readonly Row[];
  readonly holders: readonly Row[];
}

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
  };
}
