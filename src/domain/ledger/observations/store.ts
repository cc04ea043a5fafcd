import { sql } from 'kysely';
import { hash64 } from '#engine/identity/hash.ts';
import type { IdentityNode } from '#engine/identity/node.ts';
import { column, jsonColumn, plainArray, textArray } from '#platform/postgres/arrays.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { ObservedFacts } from './observation.ts';
import { keysOfText, keysText, type Prepared, searchedTexts } from './prepare.ts';

export type LinkState = 'linked' | 'presumed' | 'unresolved';

/** A stored observation, as far as resolution needs it. */
export interface StoredObservation {
  readonly id: string;
  readonly unitPath: string;
  readonly reportedPath: string;
  readonly facts: ObservedFacts;
  readonly node: IdentityNode;
  readonly digest: string;
  readonly assetId: string | null;
  readonly linkState: LinkState;
  readonly linkRule: string;
  readonly linkKeys: string;
  readonly linkedAt: Date | null;
  /** The record of the same source that it was seen on; '' = it stands by itself. */
  readonly onKey: string;
  /** Since a report that looked did not see it. */
  readonly goneAt: Date | null;
  /** False while it is only in hand: it is stored with its first link. */
  readonly isStored: boolean;
}

interface Row {
  id: string;
  unit_path: string;
  reported_path: string;
  source: string;
  native_key: string;
  class: IdentityNode['class'];
  facts: ObservedFacts;
  keys: string;
  digest: string;
  first_seen_at: Date;
  last_seen_at: Date;
  asset_id: string | null;
  link_state: LinkState;
  link_rule: string;
  link_keys: string;
  linked_at: Date | null;
  on_key: string;
  gone_at: Date | null;
}

const COLUMNS = sql.raw(
  `o.id, o.unit_path, o.reported_path, o.source, o.native_key, o.class, o.facts, o.keys, o.digest, o.first_seen_at,
   o.last_seen_at, o.asset_id, o.link_state, o.link_rule, o.link_keys, o.linked_at, o.on_key, o.gone_at`,
);

const storedOf = (row: Row): StoredObservation => ({
  id: row.id,
  unitPath: row.unit_path,
  reportedPath: row.reported_path,
  facts: row.facts,
  node: {
    id: row.id,
    class: row.class,
    source: row.source,
    nativeKey: row.native_key,
    keys: keysOfText(row.keys),
    firstMs: row.first_seen_at.getTime(),
    lastMs: row.last_seen_at.getTime(),
  },
  digest: row.digest,
  assetId: row.asset_id,
  linkState: row.link_state,
  linkRule: row.link_rule,
  linkKeys: row.link_keys,
  linkedAt: row.linked_at,
  onKey: row.on_key,
  goneAt: row.gone_at,
  isStored: true,
});

/** The records that sources reported before. */
export async function knownRecords(db: Db, prepared: readonly Prepared[]): Promise<StoredObservation[]> {
  if (prepared.length === 0) return [];
  const sources = prepared.map(({ observation }) => observation.source);
  const natives = prepared.map(({ observation }) => observation.nativeKey);
  const paths = prepared.map(({ observation }) => observation.unitPath);
  const { rows } = await sql<Row>`
    SELECT o.* FROM unnest(${textArray(sources)}::text[], ${textArray(natives)}::text[], ${textArray(paths)}::text[])
      AS q (source, native_key, reported_path)
    CROSS JOIN LATERAL (
      SELECT ${COLUMNS} FROM asset_observation o WHERE o.source = q.source AND o.native_key = q.native_key
        AND o.reported_path = q.reported_path LIMIT 1
    ) AS o`.execute(db);
  return rows.map(storedOf);
}

export async function observationsOf(db: Db, ids: readonly string[]): Promise<StoredObservation[]> {
  const { rows } = await sql<Row>`
    SELECT ${COLUMNS} FROM asset_observation o WHERE o.id = ANY(${ids}::uuid[])`.execute(db);
  return rows.map(storedOf);
}

export async function observationsOfAssets(db: Db, assetIds: readonly string[]): Promise<StoredObservation[]> {
  const { rows } = await sql<Row>`
    SELECT ${COLUMNS} FROM asset_observation o WHERE o.asset_id = ANY(${assetIds}::uuid[])
    ORDER BY o.source, o.native_key`.execute(db);
  return rows.map(storedOf);
}

/** Of one key no more observations than this are looked at; whoever has more is quarantined. */
export const HOLDERS_MAX = 200;

/** Rows that are read before the holders of every single key are counted out. */
const PLACES_MAX = 50_000;

async function placesOfKeys(db: Db, hashes: readonly string[]): Promise<{ key: string; observation_id: string }[]> {
  const { rows: places } = await sql<{ key: string; observation_id: string }>`
    SELECT key::text AS key, observation_id FROM asset_observation_key WHERE key = ANY(${hashes}::bigint[])
    LIMIT ${PLACES_MAX}`.execute(db);
  if (places.length < PLACES_MAX) return places;
  const { rows } = await sql<{ key: string; observation_id: string }>`
    SELECT q.key::text AS key, held.observation_id FROM unnest(${hashes}::bigint[]) AS q (key)
    CROSS JOIN LATERAL (
      SELECT observation_id FROM asset_observation_key k WHERE k.key = q.key LIMIT ${HOLDERS_MAX + 1}
    ) AS held`.execute(db);
  return rows;
}

/** Observations that have any of these keys, without those in hand; and the keys that too many have. */
export async function holdersOfKeys(
  db: Db,
  keys: readonly string[],
  inHand: ReadonlySet<string>,
): Promise<{ readonly found: StoredObservation[]; readonly crowded: string[] }> {
  if (keys.length === 0) return { found: [], crowded: [] };
  const texts = new Map(keys.map((key) => [hash64(key).toString(), key]));
  const places = await placesOfKeys(db, [...texts.keys()]);
  const counts = new Map<string, number>();
  const ids = new Set<string>();
  for (const { key, observation_id } of places) {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (!inHand.has(observation_id)) ids.add(observation_id);
  }
  const crowded = [...counts].flatMap(([key, count]) => (count > HOLDERS_MAX ? (texts.get(key) ?? []) : []));
  return { found: ids.size === 0 ? [] : await observationsOf(db, [...ids]), crowded };
}

/** Those of some keys that no stored observation has. */
export async function unheldKeys(db: Db, keys: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  if (keys.size === 0) return keys;
  const texts = new Map([...keys].map((key) => [hash64(key).toString(), key]));
  const { rows } = await sql<{ key: string }>`
    SELECT q.key::text AS key FROM unnest(${plainArray([...texts.keys()])}::bigint[]) AS q (key)
    CROSS JOIN LATERAL (SELECT FROM asset_observation_key k WHERE k.key = q.key LIMIT 1) AS held`.execute(db);
  const held = new Set(rows.map(({ key }) => key));
  return new Set([...texts].flatMap(([hash, key]) => (held.has(hash) ? [] : key)));
}

/** No count, where its row was lost: it never says that nothing was taken in. */
const UNCOUNTED = -1;

/** How often observations were taken in; see `countTaking`. */
export async function takings(db: Db): Promise<number> {
  const row = await db.selectFrom('asset_resolution').select('revision').executeTakeFirst();
  return row?.revision ?? UNCOUNTED;
}

/** Counts that observations are taken in, under the lock of whoever resolves. @returns the new count */
export async function countTaking(db: Db): Promise<number> {
  const row = await db
    .updateTable('asset_resolution')
    .set((column) => ({ revision: column('revision', '+', 1) }))
    .returning('revision')
    .executeTakeFirst();
  return row?.revision ?? UNCOUNTED;
}

const json = (value: unknown): string => JSON.stringify(value);

/** Where an observation that is new belongs. */
export interface FirstLink {
  readonly assetId: string | null;
  readonly unitPath: string;
  readonly state: LinkState;
  readonly rule: string;
  readonly keys: readonly string[];
}

interface Fresh {
  readonly id: string;
  readonly prepared: Prepared;
  readonly link: FirstLink;
}

/** Stores what is new with its first link; the keys it is found by are stored by `insertKeys`. */
export async function insertObservations(db: Db, fresh: readonly Fresh[], now: Date): Promise<void> {
  if (fresh.length === 0) return;
  const uuids = (pick: (one: Fresh) => string | null) => column(fresh.map(pick), 'uuid');
  const texts = (pick: (one: Fresh) => string) => column(fresh.map(pick), 'text');
  const times = (pick: (one: Fresh) => Date | null) =>
    column(
      fresh.map((one) => pick(one)?.toISOString() ?? null),
      'timestamptz',
    );
  const documents = (pick: (one: Prepared) => string) => jsonColumn(fresh.map(({ prepared }) => pick(prepared)));
  await sql`
    INSERT INTO asset_observation (id, unit_path, reported_path, source, native_key, class, zone_id, facts, raw, keys,
      left_out, digest, first_seen_at, last_seen_at, asset_id, link_state, link_rule, link_keys, on_key, linked_at)
    SELECT ${uuids(({ id }) => id)}, ${texts(({ link }) => link.unitPath)},
      ${texts(({ prepared }) => prepared.observation.unitPath)}, ${texts(({ prepared }) => prepared.observation.source)},
      ${texts(({ prepared }) => prepared.observation.nativeKey)}, ${texts(({ prepared }) => prepared.observation.class)},
      ${uuids(({ prepared }) => prepared.observation.zoneId ?? null)}, ${documents((one) => one.factsText)},
      ${documents((one) => one.observation.raw)}, ${texts(({ prepared }) => keysText(prepared.keys))},
      ${documents((one) => json(one.leftOut))}, ${texts(({ prepared }) => prepared.digest)},
      ${times(({ prepared }) => prepared.firstSeenAt)}, ${times(({ prepared }) => prepared.observation.seenAt)},
      ${uuids(({ link }) => link.assetId)}, ${texts(({ link }) => link.state)}, ${texts(({ link }) => link.rule)},
      ${texts(({ link }) => link.keys.join('\n'))}, ${texts(({ prepared }) => prepared.observation.facts.on ?? '')},
      ${times(({ link }) => (link.assetId === null ? null : now))}`.execute(db);
}

/** The times of an observation that is seen again: what was proved gone before then is back. */
const SEEN = sql.raw(`first_seen_at = least(o.first_seen_at, q.first_at),
      last_seen_at = greatest(o.last_seen_at, q.last_at),
      gone_at = CASE WHEN q.last_at >= o.gone_at THEN NULL ELSE o.gone_at END`);

/** Stores what changed, and the keys it is found by from now on. */
export async function changeObservations(
  db: Db,
  changed: readonly { readonly before: StoredObservation; readonly prepared: Prepared }[],
): Promise<void> {
  if (changed.length === 0) return;
  const of = <T>(pick: (one: Prepared) => T): T[] => changed.map(({ prepared }) => pick(prepared));
  await sql`
    UPDATE asset_observation o SET class = q.class, zone_id = q.zone_id, facts = q.facts, raw = q.raw, keys = q.keys,
      left_out = q.left_out, digest = q.digest, on_key = q.on_key, ${SEEN}
    FROM unnest(${changed.map(({ before }) => before.id)}::uuid[], ${of((one) => one.observation.class)}::text[],
      ${of((one) => one.observation.zoneId ?? null)}::uuid[], ${of((one) => json(one.observation.facts))}::jsonb[],
      ${of((one) => one.observation.raw)}::jsonb[], ${of((one) => keysText(one.keys))}::text[],
      ${of((one) => json(one.leftOut))}::jsonb[], ${of((one) => one.digest)}::text[],
      ${of((one) => one.firstSeenAt.toISOString())}::timestamptz[],
      ${of((one) => one.observation.seenAt.toISOString())}::timestamptz[],
      ${of((one) => one.observation.facts.on ?? '')}::text[])
      AS q (id, class, zone_id, facts, raw, keys, left_out, digest, first_at, last_at, on_key)
    WHERE o.id = q.id`.execute(db);
  // By its keys of before: an index on observations would cost each new one more than all changes cost together.
  await removeKeys(
    db,
    changed.map(({ before }) => ({ id: before.id, searched: searchedTexts(before.node.keys) })),
  );
  await insertKeys(
    db,
    keyRows(changed.map(({ before, prepared }) => ({ id: before.id, searched: prepared.searched }))),
  );
}

interface Searched {
  readonly id: string;
  /** Texts of the keys that it is found by. */
  readonly searched: readonly string[];
}

/** Keys by which observations are found, as they are stored. */
export interface KeyRows {
  readonly keys: readonly bigint[];
  readonly ids: readonly string[];
}

export function keyRows(observations: readonly Searched[]): KeyRows {
  const rows = observations
    .flatMap(({ id, searched }) => [...new Set(searched.map(hash64))].map((key) => ({ id, key })))
    // In the order of the index: neighbours are written to the same page.
    .sort((left, right) => (left.key < right.key ? -1 : 1));
  return { keys: rows.map(({ key }) => key), ids: rows.map(({ id }) => id) };
}

/** Takes keys away by which observations were found. */
export async function removeKeys(db: Db, observations: readonly Searched[]): Promise<void> {
  const { keys, ids } = keyRows(observations);
  await sql`DELETE FROM asset_observation_key k
    USING unnest(${plainArray(keys)}::bigint[], ${plainArray(ids)}::uuid[]) AS q (key, id)
    WHERE k.key = q.key AND k.observation_id = q.id`.execute(db);
}

/** Stores the keys that observations are found by. */
export async function insertKeys(db: Db, { keys, ids }: KeyRows): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    INSERT INTO asset_observation_key (key, observation_id)
    SELECT unnest(${plainArray(keys)}::bigint[]), unnest(${plainArray(ids)}::uuid[])`.execute(db);
}

/** The same was seen again: only its times move. */
export async function touchObservations(
  db: Db,
  seen: readonly { readonly id: string; readonly firstMs: number; readonly lastMs: number }[],
): Promise<void> {
  if (seen.length === 0) return;
  const times = (pick: (one: (typeof seen)[number]) => number) => seen.map((one) => new Date(pick(one)).toISOString());
  await sql`
    UPDATE asset_observation o SET ${SEEN}
    FROM unnest(${seen.map(({ id }) => id)}::uuid[], ${times(({ firstMs }) => firstMs)}::timestamptz[],
      ${times(({ lastMs }) => lastMs)}::timestamptz[]) AS q (id, first_at, last_at)
    WHERE o.id = q.id AND (q.last_at > o.last_seen_at OR q.first_at < o.first_seen_at)`.execute(db);
}
