import { sql } from 'kysely';
import { parseNetwork } from '#engine/condition/address.ts';
import { AssetIndex, AssetIndexBuilder } from '#engine/identity/asset-index.ts';
import type { Ctx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';

const ROWS = 20_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/** An address that an asset was last seen at longer ago than this is nobody's in the index. */
const SEEN_DAYS = 30;

interface AssetRow {
  id: string;
  name: string;
  unit_path: string;
  importance: string;
  supervised_by_name: string;
  operated_by_name: string;
  used_by_name: string;
}

async function assetsAfter(db: Db, id: string): Promise<AssetRow[]> {
  const { rows } = await sql<AssetRow>`
    SELECT id, name, unit_path, importance, supervised_by_name, operated_by_name, used_by_name FROM asset
    WHERE id > ${id}::uuid AND merged_into IS NULL AND state <> 'written_off' ORDER BY id LIMIT ${ROWS}`.execute(db);
  return rows;
}

interface KeyRow {
  asset_id: string;
  kind: 'host' | 'address' | 'domain' | 'segment';
  value: string;
  unit_path: string;
}

async function keysAfter(db: Db, last: KeyRow | undefined): Promise<KeyRow[]> {
  const { asset_id = FIRST_ID, kind = '', value = '' } = last ?? {};
  const { rows } = await sql<KeyRow>`
    SELECT asset_id, kind, value, unit_path FROM asset_key
    WHERE (asset_id, kind, value) > (${asset_id}::uuid, ${kind}, ${value}) ORDER BY asset_id, kind, value
    LIMIT ${ROWS}`.execute(db);
  return rows;
}

/** Addresses that assets were seen at and that nobody declared: whoever had one last. */
async function seenAddresses(db: Db, since: Date): Promise<KeyRow[]> {
  const { rows } = await sql<KeyRow>`
    SELECT DISTINCT ON (h.zone, h.address) h.asset_id, 'address' AS kind, h.address AS value, h.unit_path
    FROM asset_address_holder h
    WHERE h.last_at > ${since.toISOString()}::timestamptz
      AND NOT EXISTS (SELECT 1 FROM asset_key k WHERE k.kind = 'address' AND k.value = h.address
        AND k.unit_path = h.unit_path)
    ORDER BY h.zone, h.address, h.last_at DESC`.execute(db);
  return rows;
}

/**
 * The ledger as an index in memory, for asking it of every event. Reads in parts, so that nobody waits for it.
 *
 * @param system the platform's own context
 */
export async function loadAssetIndex(system: Ctx): Promise<AssetIndex> {
  const seen = await system.read((db) =>
    seenAddresses(db, new Date(system.clock.now().getTime() - SEEN_DAYS * 86_400_000)),
  );
  const counts = await system.read(async (db) => {
    const { rows } = await sql<{ assets: number; keys: number }>`
      SELECT (SELECT count(*)::int FROM asset) AS assets, (SELECT count(*)::int FROM asset_key) AS keys`.execute(db);
    return rows[0] ?? { assets: 0, keys: 0 };
  });
  // What is entered while it is read finds room, too.
  const room = (count: number): number => Math.ceil(count * 1.1) + 1000;
  const builder = new AssetIndexBuilder(room(counts.assets), room(counts.keys) + seen.length);
  const numbers = new Map<string, number>();
  for (let rows = await system.read((db) => assetsAfter(db, FIRST_ID)); rows.length > 0; ) {
    for (const row of rows) {
      const { id, name, unit_path: unitPath, importance } = row;
      const holders = {
        supervisedBy: row.supervised_by_name,
        operatedBy: row.operated_by_name,
        usedBy: row.used_by_name,
      };
      if (numbers.size < room(counts.assets))
        numbers.set(id, builder.add({ id, name, unitPath, importance, ...holders }));
    }
    const last = rows.at(-1)?.id ?? FIRST_ID;
    rows = rows.length < ROWS ? [] : await system.read((db) => assetsAfter(db, last));
  }
  let left = room(counts.keys);
  const put = ({ asset_id, kind, value, unit_path }: KeyRow): void => {
    const asset = numbers.get(asset_id);
    if (asset === undefined) return;
    if (kind !== 'segment') builder.put({ asset, kind, value });
    else {
      const network = parseNetwork(value);
      if (network !== undefined) builder.range({ network, value: asset, unitPath: unit_path });
    }
  };
  for (let rows = await system.read((db) => keysAfter(db, undefined)); rows.length > 0 && left > 0; ) {
    for (const row of rows.slice(0, left)) put(row);
    left -= rows.length;
    const last = rows.at(-1);
    rows = rows.length < ROWS ? [] : await system.read((db) => keysAfter(db, last));
  }
  for (const row of seen) put(row);
  return new AssetIndex(builder.finish());
}
