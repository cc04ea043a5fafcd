import { sql } from 'kysely';
import type { Tx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { RelationKind } from '../model/relations.ts';
import type { StoredObservation } from '../observations/store.ts';

/**
 * What is seen on something else: a service on a machine, a certificate at a service. An address and a port say what it
 * is, but not whose; so it is an asset only where the record it was seen on is one, and belongs to that.
 */
const RELATION: Readonly<Record<string, RelationKind>> = { service: 'offers', certificate: 'uses_certificate' };

/** Whether something of this class stands on another asset when it is only observed. */
export const leans = (identityClass: string): boolean => Object.hasOwn(RELATION, identityClass);

/** The asset that an observation was seen on. */
export interface Bearer {
  readonly assetId: string;
  readonly unitPath: string;
  /** When the observation was seen last. */
  readonly lastMs: number;
}

/** By observation, the asset whose record it was seen on; none where that is not known for an asset. */
export async function bearersOf(
  db: Db,
  observations: ReadonlyMap<string, StoredObservation>,
): Promise<ReadonlyMap<string, Bearer>> {
  const leaning = [...observations.values()].filter(({ onKey, goneAt }) => onKey !== '' && goneAt === null);
  if (leaning.length === 0) return new Map();
  const { rows } = await sql<{ id: string; asset_id: string; unit_path: string }>`
    SELECT q.id, b.asset_id, a.unit_path
    FROM unnest(${leaning.map(({ node }) => node.id)}::uuid[], ${leaning.map(({ node }) => node.source)}::text[],
      ${leaning.map(({ onKey }) => onKey)}::text[], ${leaning.map(({ reportedPath }) => reportedPath)}::text[])
      AS q (id, source, native_key, reported_path)
    CROSS JOIN LATERAL (
      SELECT o.asset_id FROM asset_observation o WHERE o.source = q.source AND o.native_key = q.native_key
        AND o.reported_path = q.reported_path AND o.asset_id IS NOT NULL LIMIT 1) AS b
    JOIN asset a ON a.id = b.asset_id`.execute(db);
  return new Map(
    rows.map((row) => [
      row.id,
      { assetId: row.asset_id, unitPath: row.unit_path, lastMs: observations.get(row.id)?.node.lastMs ?? 0 },
    ]),
  );
}

/** Observations that were seen on these. */
export async function seenOn(db: Db, bearers: readonly StoredObservation[]): Promise<string[]> {
  if (bearers.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    SELECT o.id FROM unnest(${bearers.map(({ node }) => node.source)}::text[],
      ${bearers.map(({ node }) => node.nativeKey)}::text[], ${bearers.map(({ reportedPath }) => reportedPath)}::text[])
      AS q (source, native_key, reported_path)
    JOIN asset_observation o ON o.source = q.source AND o.on_key = q.native_key AND o.on_key <> ''
      AND o.reported_path = q.reported_path`.execute(db);
  return rows.map(({ id }) => id);
}

/** The one that something was seen on last. */
export const latestOf = (bearers: readonly Bearer[]): Bearer | undefined =>
  [...bearers].sort((left, right) => right.lastMs - left.lastMs || (left.assetId < right.assetId ? -1 : 1))[0];

/** An asset of a class that leans, with all that it was seen on. */
interface Leaning {
  readonly assetId: string;
  readonly class: string;
  readonly bearers: readonly Bearer[];
}

/** Those of some assets that were seen on others. @param assetOf by observation */
export function leaningOf(
  assetOf: ReadonlyMap<string, string>,
  observations: ReadonlyMap<string, StoredObservation>,
  bearers: ReadonlyMap<string, Bearer>,
): Leaning[] {
  const found = new Map<string, { class: string; bearers: Bearer[] }>();
  for (const [id, assetId] of assetOf) {
    const bearer = bearers.get(id);
    const name = observations.get(id)?.node.class ?? '';
    if (bearer === undefined || bearer.assetId === assetId || !leans(name)) continue;
    const known = found.get(assetId) ?? { class: name, bearers: [] };
    known.bearers.push(bearer);
    found.set(assetId, known);
  }
  return [...found].map(([assetId, one]) => ({ assetId, ...one }));
}

/**
 * Relates assets to what they were seen on. A service is of one machine, the one it was seen on last; a certificate may be
 * at several services. Relations that a person made stay.
 *
 * @returns how many relations are new or ended
 */
export async function relateToBearers(tx: Tx, leaning: readonly Leaning[]): Promise<number> {
  const wanted = leaning.flatMap(({ assetId, class: name, bearers }) => {
    const kind = RELATION[name];
    const last = latestOf(bearers);
    const from = name === 'service' && last !== undefined ? [last] : bearers;
    return kind === undefined ? [] : [...new Set(from.map((one) => one.assetId))].map((id) => ({ id, assetId, kind }));
  });
  if (wanted.length === 0) return 0;
  const now = tx.clock.now().toISOString();
  const [from, to, kinds] = [
    wanted.map(({ id }) => id),
    wanted.map(({ assetId }) => assetId),
    wanted.map(({ kind }) => kind),
  ];
  const ended = await sql`
    UPDATE asset_relation r SET ended_at = ${now}::timestamptz, ended_by_name = ${tx.actor.name}
    WHERE r.ended_at IS NULL AND r.source = 'discovered' AND r.to_id = ANY(${to}::uuid[])
      AND r.kind = ANY(${kinds}::text[]) AND NOT EXISTS (
        SELECT FROM unnest(${from}::uuid[], ${to}::uuid[], ${kinds}::text[]) AS q (from_id, to_id, kind)
        WHERE q.from_id = r.from_id AND q.to_id = r.to_id AND q.kind = r.kind)`.execute(tx.db);
  const made = await sql`
    INSERT INTO asset_relation (id, unit_path, from_id, to_id, kind, source, note, created_at, created_by_name)
    SELECT q.id, a.unit_path, q.from_id, q.to_id, q.kind, 'discovered', '', ${now}::timestamptz, ${tx.actor.name}
    FROM unnest(${wanted.map(() => tx.ids.next())}::uuid[], ${from}::uuid[], ${to}::uuid[], ${kinds}::text[])
      AS q (id, from_id, to_id, kind) JOIN asset a ON a.id = q.from_id
    WHERE NOT EXISTS (SELECT FROM asset_relation r WHERE r.ended_at IS NULL AND r.from_id = q.from_id
      AND r.to_id = q.to_id AND r.kind = q.kind)`.execute(tx.db);
  // Who answers for the machine answers for what was seen on it, from now on and not from the next run of the rules.
  await sql`
    UPDATE asset a SET duty = 'inherited' FROM unnest(${from}::uuid[], ${to}::uuid[]) AS q (from_id, to_id)
      JOIN asset g ON g.id = q.from_id
    WHERE a.id = q.to_id AND a.duty = 'none' AND g.duty <> 'none'`.execute(tx.db);
  return Number(ended.numAffectedRows ?? 0) + Number(made.numAffectedRows ?? 0);
}
