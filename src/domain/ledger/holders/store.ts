import { sql } from 'kysely';
import { addSighting, holdersAt, type Stay } from '#engine/identity/holders.ts';
import { plainArray, textArray } from '#platform/postgres/arrays.ts';
import type { Db } from '#platform/postgres/database.ts';

/** An asset was seen at an address. */
export interface Sighting {
  readonly zone: string;
  readonly address: string;
  readonly assetId: string;
  readonly unitPath: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

interface Row {
  zone: string;
  address: string;
  asset_id: string;
  unit_path: string;
  first_at: Date;
  last_at: Date;
}

/** Of one address no more stays than the newest of this number are looked at. */
const STAYS_MAX = 64;

const placeOf = ({ zone, address }: { zone: string; address: string }): string => `${zone} ${address}`;
const idOf = (place: string, { assetId, firstMs }: Pick<Stay, 'assetId' | 'firstMs'>): string =>
  `${place} ${assetId} ${firstMs}`;

/** Who had which address, of some. */
export type KnownStays = readonly Row[];

/** The stays at some addresses, for `addSightings`: asked early, where the database has nothing else to do. */
export async function knownStays(
  db: Db,
  sightings: readonly Pick<Sighting, 'zone' | 'address'>[],
): Promise<KnownStays> {
  if (sightings.length === 0) return [];
  const places = [...new Map(sightings.map((one) => [placeOf(one), one])).values()];
  const { rows } = await sql<Row>`
    SELECT h.* FROM unnest(${textArray(places.map(({ zone }) => zone))}::text[],
      ${textArray(places.map(({ address }) => address))}::text[]) AS q (zone, address)
    CROSS JOIN LATERAL (
      SELECT * FROM asset_address_holder s WHERE s.zone = q.zone AND s.address = q.address
      ORDER BY s.last_at DESC LIMIT ${STAYS_MAX}
    ) AS h`.execute(db);
  return rows;
}

/**
 * Adds sightings to what is known of who had which address.
 *
 * @param known the stays at these addresses, and perhaps at others
 */
export async function addSightings(db: Db, sightings: readonly Sighting[], known: KnownStays): Promise<void> {
  if (sightings.length === 0) return;
  const places = new Map(sightings.map((one) => [placeOf(one), one]));
  const rows = known.filter((row) => places.has(placeOf(row)));
  const before = new Map<string, Stay[]>();
  const stored = new Map<string, number>();
  const paths = new Map(rows.map((row) => [row.asset_id, row.unit_path]));
  for (const row of rows) {
    const place = placeOf(row);
    const stay = { assetId: row.asset_id, firstMs: row.first_at.getTime(), lastMs: row.last_at.getTime() };
    before.set(place, [...(before.get(place) ?? []), stay]);
    stored.set(idOf(place, stay), stay.lastMs);
  }
  const stays = new Map(before);
  for (const one of sightings) {
    paths.set(one.assetId, one.unitPath);
    stays.set(placeOf(one), addSighting(stays.get(placeOf(one)) ?? [], one));
  }
  const put: (Stay & { zone: string; address: string })[] = [];
  const kept = new Set<string>();
  for (const [place, all] of stays) {
    const at = places.get(place);
    if (at === undefined) continue;
    for (const stay of all) {
      const id = idOf(place, stay);
      kept.add(id);
      if (stored.get(id) !== stay.lastMs) put.push({ ...stay, zone: at.zone, address: at.address });
    }
  }
  const gone = rows.filter((row) => {
    return !kept.has(idOf(placeOf(row), { assetId: row.asset_id, firstMs: row.first_at.getTime() }));
  });
  await removeStays(db, gone);
  await putStays(db, put, paths);
}

async function removeStays(db: Db, gone: readonly Row[]): Promise<void> {
  if (gone.length === 0) return;
  await sql`
    DELETE FROM asset_address_holder h USING unnest(${gone.map(({ zone }) => zone)}::text[],
      ${gone.map(({ address }) => address)}::text[], ${gone.map(({ asset_id }) => asset_id)}::uuid[],
      ${gone.map(({ first_at }) => first_at.toISOString())}::timestamptz[]) AS q (zone, address, asset_id, first_at)
    WHERE h.zone = q.zone AND h.address = q.address AND h.asset_id = q.asset_id AND h.first_at = q.first_at`.execute(
    db,
  );
}

async function putStays(
  db: Db,
  put: readonly (Stay & { zone: string; address: string })[],
  paths: ReadonlyMap<string, string>,
): Promise<void> {
  if (put.length === 0) return;
  const time = (ms: number): string => new Date(ms).toISOString();
  await sql`
    INSERT INTO asset_address_holder (zone, address, asset_id, unit_path, first_at, last_at)
    SELECT * FROM unnest(${textArray(put.map(({ zone }) => zone))}::text[],
      ${textArray(put.map(({ address }) => address))}::text[], ${plainArray(put.map(({ assetId }) => assetId))}::uuid[],
      ${textArray(put.map(({ assetId }) => paths.get(assetId) ?? '/'))}::text[],
      ${plainArray(put.map(({ firstMs }) => time(firstMs)))}::timestamptz[],
      ${plainArray(put.map(({ lastMs }) => time(lastMs)))}::timestamptz[])
    ON CONFLICT (zone, address, asset_id, first_at) DO UPDATE
      SET last_at = greatest(asset_address_holder.last_at, excluded.last_at)`.execute(db);
}

/** A stay of an asset at an address. */
export interface HolderView extends Stay {
  readonly zone: string;
  readonly address: string;
  readonly unitPath: string;
}

const viewOf = (row: Row): HolderView => ({
  zone: row.zone,
  address: row.address,
  assetId: row.asset_id,
  unitPath: row.unit_path,
  firstMs: row.first_at.getTime(),
  lastMs: row.last_at.getTime(),
});

/** Who had an address, over all zones in sight and all time, the newest first. */
export async function staysAt(db: Db, address: string, max: number): Promise<HolderView[]> {
  const rows = await db
    .selectFrom('asset_address_holder')
    .selectAll()
    .where('address', '=', address)
    .orderBy('last_at', 'desc')
    .limit(max)
    .execute();
  return rows.map(viewOf);
}

/** Where an asset was seen, the newest first. */
export async function staysOf(db: Db, assetId: string, max: number): Promise<HolderView[]> {
  const rows = await db
    .selectFrom('asset_address_holder')
    .selectAll()
    .where('asset_id', '=', assetId)
    .orderBy('last_at', 'desc')
    .limit(max)
    .execute();
  return rows.map(viewOf);
}

interface Holder {
  readonly assetId: string;
  /** Somebody entered the asset: it does not come from observations alone. */
  readonly entered: boolean;
}

/** Who had these addresses at a time, of the assets below `unitPath`. */
interface HolderQuestion {
  readonly addresses: readonly string[];
  readonly unitPath: string;
  readonly at: Date;
}

/** Stays at one address that are looked at, the newest first. */
const STAYS_ASKED_MAX = 500;

/**
 * For each question the holders by address. An address that several had in different zones of that part of the tree is
 * nobody's.
 */
export async function holdersOfAddresses(
  db: Db,
  questions: readonly HolderQuestion[],
): Promise<ReadonlyMap<string, Holder>[]> {
  const asked = questions.flatMap(({ addresses, unitPath }, no) =>
    addresses.map((address) => ({ no, unitPath, address })),
  );
  if (asked.length === 0) return questions.map(() => new Map());
  const { rows } = await sql<Row & { no: number; entered: boolean }>`
    SELECT q.no, h.* FROM unnest(${asked.map(({ no }) => no)}::int[], ${asked.map(({ unitPath }) => unitPath)}::text[],
      ${asked.map(({ address }) => address)}::text[]) AS q (no, unit_path, address)
    CROSS JOIN LATERAL (
      SELECT s.*, a.source <> 'discovered' AS entered FROM asset_address_holder s JOIN asset a ON a.id = s.asset_id
      WHERE s.address = q.address AND starts_with(s.unit_path, q.unit_path)
      ORDER BY s.last_at DESC LIMIT ${STAYS_ASKED_MAX}
    ) AS h`.execute(db);
  const byQuestion = Map.groupBy(rows, ({ no }) => no);
  return questions.map(({ at }, no) => holdersThen(byQuestion.get(no) ?? [], at));
}

function holdersThen(rows: readonly (Row & { entered: boolean })[], at: Date): ReadonlyMap<string, Holder> {
  const entered = new Map(rows.map((row) => [row.asset_id, row.entered]));
  const found = new Map<string, Holder>();
  for (const [address, all] of Map.groupBy(rows, (row) => row.address)) {
    const zones = [...Map.groupBy(all, (row) => row.zone).values()];
    const holders = new Set(zones.flatMap((stays) => holdersAt(stays.map(viewOf), at.getTime())));
    const [holder, other] = holders;
    if (holder === undefined || other !== undefined) continue;
    found.set(address, { assetId: holder, entered: entered.get(holder) ?? false });
  }
  return found;
}
