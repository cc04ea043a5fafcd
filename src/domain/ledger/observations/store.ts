import { sql } from 'kysely';
import { hash64 } from '#engine/identity/hash.ts';
import { type IdentityKey, keyText } from '#engine/identity/keys.ts';
import type { IdentityNode } from '#engine/identity/node.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { ObservedFacts } from './observation.ts';
import { keysOfText, keysText, type Prepared, searchedKeys } from './prepare.ts';

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
}

const COLUMNS = sql.raw(
  `o.id, o.unit_path, o.reported_path, o.source, o.native_key, o.class, o.facts, o.keys, o.digest, o.first_seen_at,
   o.last_seen_at, o.asset_id, o.link_state, o.link_rule, o.link_keys, o.linked_at`,
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
});

/** The records that sources reported before. */
export async function knownRecords(db: Db, prepared: readonly Prepared[]): Promise<StoredObservation[]> {
  const sources = prepared.map(({ observation }) => observation.source);
  const natives = prepared.map(({ observation }) => observation.nativeKey);
  const paths = prepared.map(({ observation }) => observation.unitPath);
  const { rows } = await sql<Row>`
    SELECT ${COLUMNS} FROM unnest(${sources}::text[], ${natives}::text[], ${paths}::text[])
      AS q (source, native_key, reported_path)
    JOIN asset_observation o USING (source, native_key, reported_path)`.execute(db);
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

/** Observations that have any of these keys, without those in hand; and the keys that too many have. */
export async function holdersOfKeys(
  db: Db,
  keys: readonly string[],
  inHand: ReadonlySet<string>,
): Promise<{ readonly found: StoredObservation[]; readonly crowded: string[] }> {
  if (keys.length === 0) return { found: [], crowded: [] };
  const texts = new Map(keys.map((key) => [hash64(key).toString(), key]));
  const { rows: places } = await sql<{ key: string; observation_id: string }>`
    SELECT q.key::text AS key, held.observation_id FROM unnest(${[...texts.keys()]}::bigint[]) AS q (key)
    CROSS JOIN LATERAL (
      SELECT observation_id FROM asset_observation_key k WHERE k.key = q.key LIMIT ${HOLDERS_MAX + 1}
    ) AS held`.execute(db);
  const counts = new Map<string, number>();
  const ids = new Set<string>();
  for (const { key, observation_id } of places) {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (!inHand.has(observation_id)) ids.add(observation_id);
  }
  const crowded = [...counts].flatMap(([key, count]) => (count > HOLDERS_MAX ? (texts.get(key) ?? []) : []));
  return { found: ids.size === 0 ? [] : await observationsOf(db, [...ids]), crowded };
}

const json = (value: unknown): string => JSON.stringify(value);

/** Stores what is new and what changed, and the keys it is found by. */
export async function putObservations(
  db: Db,
  fresh: readonly { readonly id: string; readonly prepared: Prepared }[],
  changed: readonly { readonly before: StoredObservation; readonly prepared: Prepared }[],
): Promise<void> {
  if (fresh.length > 0) {
    const of = <T>(pick: (one: Prepared) => T): T[] => fresh.map(({ prepared }) => pick(prepared));
    await sql`
      INSERT INTO asset_observation (id, unit_path, reported_path, source, native_key, class, zone_id, facts, raw, keys,
        left_out, digest, first_seen_at, last_seen_at, link_state)
      SELECT id, path, path, source, native_key, class, zone_id, facts, raw, keys, left_out, digest, first_at, last_at,
        'unresolved'
      FROM unnest(${fresh.map(({ id }) => id)}::uuid[], ${of((one) => one.observation.unitPath)}::text[],
        ${of((one) => one.observation.source)}::text[], ${of((one) => one.observation.nativeKey)}::text[],
        ${of((one) => one.observation.class)}::text[], ${of((one) => one.observation.zoneId ?? null)}::uuid[],
        ${of((one) => json(one.observation.facts))}::jsonb[], ${of((one) => one.observation.raw)}::jsonb[],
        ${of((one) => keysText(one.keys))}::text[], ${of((one) => json(one.leftOut))}::jsonb[],
        ${of((one) => one.digest)}::text[], ${of((one) => one.firstSeenAt.toISOString())}::timestamptz[],
        ${of((one) => one.observation.seenAt.toISOString())}::timestamptz[])
        AS q (id, path, source, native_key, class, zone_id, facts, raw, keys, left_out, digest, first_at, last_at)
      `.execute(db);
  }
  if (changed.length > 0) {
    const of = <T>(pick: (one: Prepared) => T): T[] => changed.map(({ prepared }) => pick(prepared));
    await sql`
      UPDATE asset_observation o SET class = q.class, zone_id = q.zone_id, facts = q.facts, raw = q.raw, keys = q.keys,
        left_out = q.left_out, digest = q.digest, first_seen_at = least(o.first_seen_at, q.first_at),
        last_seen_at = greatest(o.last_seen_at, q.last_at)
      FROM unnest(${changed.map(({ before }) => before.id)}::uuid[], ${of((one) => one.observation.class)}::text[],
        ${of((one) => one.observation.zoneId ?? null)}::uuid[], ${of((one) => json(one.observation.facts))}::jsonb[],
        ${of((one) => one.observation.raw)}::jsonb[], ${of((one) => keysText(one.keys))}::text[],
        ${of((one) => json(one.leftOut))}::jsonb[], ${of((one) => one.digest)}::text[],
        ${of((one) => one.firstSeenAt.toISOString())}::timestamptz[],
        ${of((one) => one.observation.seenAt.toISOString())}::timestamptz[])
        AS q (id, class, zone_id, facts, raw, keys, left_out, digest, first_at, last_at)
      WHERE o.id = q.id`.execute(db);
    await sql`DELETE FROM asset_observation_key
      WHERE observation_id = ANY(${changed.map(({ before }) => before.id)}::uuid[])`.execute(db);
  }
  const rows = [
    ...fresh.map(({ id, prepared }) => ({ id, keys: prepared.keys })),
    ...changed.map(({ before, prepared }) => ({ id: before.id, keys: prepared.keys })),
  ].flatMap(({ id, keys }) => searchedKeys(keys).map((key) => ({ id, key: hash64(keyText(key)).toString() })));
  if (rows.length === 0) return;
  await sql`
    INSERT INTO asset_observation_key (key, observation_id)
    SELECT key, id FROM unnest(${rows.map(({ key }) => key)}::bigint[], ${rows.map(({ id }) => id)}::uuid[])
      AS q (key, id) ON CONFLICT DO NOTHING`.execute(db);
}

/** The same was seen again: only its times move. */
export async function touchObservations(
  db: Db,
  seen: readonly { readonly id: string; readonly firstMs: number; readonly lastMs: number }[],
): Promise<void> {
  if (seen.length === 0) return;
  const times = (pick: (one: (typeof seen)[number]) => number) => seen.map((one) => new Date(pick(one)).toISOString());
  await sql`
    UPDATE asset_observation o SET first_seen_at = least(o.first_seen_at, q.first_at),
      last_seen_at = greatest(o.last_seen_at, q.last_at)
    FROM unnest(${seen.map(({ id }) => id)}::uuid[], ${times(({ firstMs }) => firstMs)}::timestamptz[],
      ${times(({ lastMs }) => lastMs)}::timestamptz[]) AS q (id, first_at, last_at)
    WHERE o.id = q.id AND (q.last_at > o.last_seen_at OR q.first_at < o.first_seen_at)`.execute(db);
}

/** The keys of an observation by which others are looked for. */
export const searchedTexts = (keys: readonly IdentityKey[]): string[] => searchedKeys(keys).map(keyText);
