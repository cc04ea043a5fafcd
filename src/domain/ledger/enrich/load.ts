import { type RawBuilder, sql } from 'kysely';
import { parseNetwork } from '#engine/condition/address.ts';
import { AssetIndex } from '#engine/identity/asset-index.ts';
import { AssetIndexBuilder, type IndexRoom } from '#engine/identity/asset-index-builder.ts';
import { type Standing, weightOf } from '#engine/identity/lineage.ts';
import type { Ctx } from '#platform/context.ts';
import { isMachine } from '../model/classes.ts';
import { GIVES, TAKES } from '../model/relations.ts';

/** Rows of one reading: few enough that whatever else the process does hardly waits. */
const ROWS = 2_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/** Where an asset was seen longer ago is not in the index: an event from before then has the address's owner by the ledger. */
const STAY_DAYS = 400;
/** Most stays kept; each takes about 50 bytes. */
const STAYS_MAX = 2_000_000;

interface AssetRow {
  id: string;
  class: string;
  name: string;
  unit_path: string;
  entered: boolean;
  supervised_by_name: string;
  operated_by_name: string;
  used_by_name: string;
  importance: Standing['importance'];
  protection_level: number | null;
  critical_infrastructure: boolean;
}

interface KeyRow {
  asset_id: string;
  kind: 'host' | 'address' | 'domain' | 'segment';
  value: string;
  unit_path: string;
}

interface RelationRow {
  id: string;
  taker_id: string;
  giver_id: string;
}

interface StayRow {
  zone: string;
  address: string;
  asset_id: string;
  first_at: Date;
  last_at: Date;
}

const assetsAfter = (last: AssetRow | undefined) => sql<AssetRow>`
  SELECT id, class, name, unit_path, source <> 'discovered' AS entered, supervised_by_name, operated_by_name, used_by_name,
    importance, protection_level, critical_infrastructure
  FROM asset
  WHERE id > ${last?.id ?? FIRST_ID}::uuid AND merged_into IS NULL AND state <> 'written_off' ORDER BY id LIMIT ${ROWS}`;

const keysAfter = (last: KeyRow | undefined) => sql<KeyRow>`
  SELECT asset_id, kind, value, unit_path FROM asset_key
  WHERE (asset_id, kind, value) > (${last?.asset_id ?? FIRST_ID}::uuid, ${last?.kind ?? ''}, ${last?.value ?? ''})
  ORDER BY asset_id, kind, value LIMIT ${ROWS}`;

/** Along which responsibility passes. */
const relationsAfter = (last: RelationRow | undefined) => sql<RelationRow>`
  SELECT id, CASE WHEN kind = ANY(${GIVES}::text[]) THEN to_id ELSE from_id END AS taker_id,
    CASE WHEN kind = ANY(${GIVES}::text[]) THEN from_id ELSE to_id END AS giver_id
  FROM asset_relation
  WHERE id > ${last?.id ?? FIRST_ID}::uuid AND ended_at IS NULL AND kind = ANY(${[...GIVES, ...TAKES]}::text[])
  ORDER BY id LIMIT ${ROWS}`;

const staysAfter = (since: Date) => (last: StayRow | undefined) =>
  sql<StayRow>`
  SELECT zone, address, asset_id, first_at, last_at FROM asset_address_holder
  WHERE (zone, address, asset_id, first_at) > (${last?.zone ?? ''}, ${last?.address ?? ''},
      ${last?.asset_id ?? FIRST_ID}::uuid, ${(last?.first_at ?? new Date(0)).toISOString()}::timestamptz)
    AND last_at > ${since.toISOString()}::timestamptz
  ORDER BY zone, address, asset_id, first_at LIMIT ${ROWS}`;

/** Reads a table in parts, so that nobody waits for it. */
async function eachRow<Row>(
  system: Ctx,
  rowsAfter: (last: Row | undefined) => RawBuilder<Row>,
  take: (row: Row) => void,
): Promise<void> {
  let last: Row | undefined;
  do {
    const { rows } = await system.read((db) => rowsAfter(last).execute(db));
    for (const row of rows) take(row);
    last = rows.length < ROWS ? undefined : rows.at(-1);
  } while (last !== undefined);
}

const standingOf = (row: AssetRow): Standing => ({
  criticalInfrastructure: row.critical_infrastructure,
  importance: row.importance,
  protectionLevel: row.protection_level,
});

async function roomFor(system: Ctx): Promise<IndexRoom> {
  const counts = await system.read(async (db) => {
    const { rows } = await sql<IndexRoom>`
      SELECT (SELECT count(*)::int FROM asset) AS assets, (SELECT count(*)::int FROM asset_key) AS keys,
        (SELECT count(*)::int FROM (SELECT FROM asset_address_holder LIMIT ${STAYS_MAX}) h) AS stays`.execute(db);
    return rows[0] ?? { assets: 0, keys: 0, stays: 0 };
  });
  // What is entered while it is read finds room, too.
  const room = (count: number): number => Math.ceil(count * 1.1) + 1000;
  return { assets: room(counts.assets), keys: room(counts.keys), stays: room(counts.stays) };
}

/**
 * The ledger as an index in memory, for asking it of every event: assets with their names, keys, systems and holders, the
 * declared zones, and who was seen at which address when.
 *
 * @param system the platform's own context
 */
export async function loadAssetIndex(system: Ctx): Promise<AssetIndex> {
  const builder = new AssetIndexBuilder(await roomFor(system));
  const numbers = new Map<string, number>();
  await eachRow(system, assetsAfter, (row: AssetRow) => {
    const { id, name, unit_path: unitPath } = row;
    const holders = {
      supervisedBy: row.supervised_by_name,
      operatedBy: row.operated_by_name,
      usedBy: row.used_by_name,
    };
    const number = builder.add({ id, name, unitPath, ...holders }, row.entered, isMachine(row.class));
    if (number === undefined) return;
    numbers.set(id, number);
    if (row.class === 'system') builder.system(number, weightOf(standingOf(row)));
  });
  await eachRow(system, keysAfter, ({ asset_id, kind, value, unit_path }: KeyRow) => {
    const asset = numbers.get(asset_id);
    if (asset === undefined) return;
    if (kind !== 'segment') builder.put({ asset, kind, value });
    else {
      const network = parseNetwork(value);
      if (network !== undefined) builder.range({ network, value: asset, unitPath: unit_path });
    }
  });
  await eachRow(system, relationsAfter, ({ taker_id, giver_id }: RelationRow) => {
    const [taker, giver] = [numbers.get(taker_id), numbers.get(giver_id)];
    if (taker !== undefined && giver !== undefined) builder.takesFrom(taker, giver);
  });
  await loadZones(system, builder);
  const since = new Date(system.clock.now().getTime() - STAY_DAYS * 86_400_000);
  await eachRow(system, staysAfter(since), ({ zone, address, asset_id, first_at, last_at }: StayRow) => {
    const asset = numbers.get(asset_id);
    if (asset === undefined) return;
    builder.stay({ asset, address, zone: builder.zone(zone), firstMs: first_at.getTime(), lastMs: last_at.getTime() });
  });
  return new AssetIndex(builder.finish());
}

async function loadZones(system: Ctx, builder: AssetIndexBuilder): Promise<void> {
  const { rows } = await system.read((db) =>
    sql<{ id: string; unit_path: string; ranges: string[] }>`
      SELECT id, unit_path, ranges::text[] AS ranges FROM asset_zone WHERE retired_at IS NULL ORDER BY unit_path, id`.execute(
      db,
    ),
  );
  for (const { id, unit_path, ranges } of rows)
    builder.zone(
      id,
      unit_path,
      ranges.flatMap((range) => parseNetwork(range) ?? []),
    );
}
