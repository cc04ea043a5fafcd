import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import type { Db } from '#platform/postgres/database.ts';
import { ASSET_CLASSES } from '../model/classes.ts';
import { withKeys } from '../store.ts';

/** Of its addresses, host names and zones the first few tell which asset it is. */
const TOLD_MAX = 5;

export const Side = z
  .object({
    id: z.uuid(),
    name: z.string(),
    unit: z.string(),
    class: z.enum(ASSET_CLASSES),
    source: z.string(),
    code: z.string(),
    addresses: z.array(z.string()),
    hosts: z.array(z.string()),
    zones: z.array(z.string()).describe('network zones in which it was seen at an address'),
    lastSeenAt: z.string(),
  })
  .describe('one of two assets that may have the same name, with what tells them apart');
type Side = z.input<typeof Side>;

/** By the ids of assets, the names of the zones in which they were seen; of what lies in no zone there is none. */
async function zonesOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
  const { rows } = await sql<{ asset_id: string; names: string[] }>`
    SELECT h.asset_id, array_agg(DISTINCT z.name ORDER BY z.name) AS names
    FROM asset_address_holder h JOIN asset_zone z ON z.id::text = h.zone
    WHERE h.asset_id = ANY(${ids}::uuid[]) GROUP BY h.asset_id`.execute(db);
  return new Map(rows.map((row) => [row.asset_id, row.names]));
}

/** Assets in sight by their ids, each with what tells it from another one of the same name. */
export async function sidesOf(db: Db, assetIds: readonly string[]): Promise<ReadonlyMap<string, Side>> {
  const ids = [...new Set(assetIds)];
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('asset').selectAll().where(sql<boolean>`id = ANY(${ids}::uuid[])`).execute();
  const assets = await withKeys(db, rows);
  const zones = await zonesOf(db, ids);
  const units = await namesAtPaths(
    db,
    assets.map(({ unitPath }) => unitPath),
  );
  return new Map(
    assets.map(({ id, unitPath, source, facts, lastSeenAt }): [string, Side] => [
      id,
      {
        id,
        name: facts.name,
        unit: units.get(unitPath)?.name ?? unitPath,
        class: facts.class,
        source,
        code: facts.code,
        addresses: facts.addresses.slice(0, TOLD_MAX),
        hosts: facts.hosts.slice(0, TOLD_MAX),
        zones: (zones.get(id) ?? []).slice(0, TOLD_MAX),
        lastSeenAt: lastSeenAt.toISOString(),
      },
    ]),
  );
}
