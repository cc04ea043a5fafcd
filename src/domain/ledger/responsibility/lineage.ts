import { type RawBuilder, sql } from 'kysely';
import { STEPS_MAX, type Standing, weightOf } from '#engine/identity/lineage.ts';
import type { Db } from '#platform/postgres/database.ts';
import { GIVES, TAKES } from '../model/relations.ts';
import { PASSES_ON } from './store.ts';

/** An asset that another one takes responsibility and system from. */
export interface Giver extends Standing {
  readonly id: string;
  readonly name: string;
  readonly isSystem: boolean;
  readonly supervisedBy: string;
  readonly operatedBy: string;
  readonly usedBy: string;
  /** Relations on the way: 1 = it has a relation with the asset itself. */
  readonly step: number;
}

interface Row {
  start: string;
  id: string;
  step: number;
  name: string;
  class: string;
  importance: Standing['importance'];
  protection_level: number | null;
  critical_infrastructure: boolean;
  supervised_by_name: string;
  operated_by_name: string;
  used_by_name: string;
}

const weight = (giver: Giver): number => (giver.isSystem ? weightOf(giver) : -1);

/** The nearest first; of the same step the systems, the weightiest before the others, then by id. */
export const inOrder = (left: Giver, right: Giver): number =>
  left.step - right.step || weight(right) - weight(left) || (left.id < right.id ? -1 : 1);

/** The assets `start`, and what they take from by their relations, as a recursive query `up (start, id, step)`. */
const upFrom = (starts: RawBuilder<unknown>) => sql`up (start, id, step) AS (
  SELECT q.id, q.id, 0 FROM (${starts}) AS q (id)
  UNION
  SELECT up.start, g.id, up.step + 1 FROM up CROSS JOIN LATERAL (
    SELECT from_id AS id FROM asset_relation
      WHERE to_id = up.id AND kind = ANY(${GIVES}::text[]) AND ended_at IS NULL
    UNION ALL
    SELECT to_id FROM asset_relation
      WHERE from_id = up.id AND kind = ANY(${TAKES}::text[]) AND ended_at IS NULL
  ) AS g WHERE up.step < ${STEPS_MAX})`;

/** The paths of a unit and of what it lies in: `/`, `/450000/`, `/450000/450100/`. */
const AREAS = sql`SELECT array_to_string((string_to_array(k.unit_path, '/'))[1:depth], '/') || '/'
  FROM generate_series(1, array_length(string_to_array(k.unit_path, '/'), 1) - 1) depth`;

/** Of `n (start, id)`, the segments `s` of its unit, or of an area that this lies in, that hold an address `k` of it. */
const SEGMENTS = sql`JOIN asset_key k ON k.asset_id = n.id AND k.kind = 'address'
  CROSS JOIN LATERAL (${AREAS}) AS area (path)
  JOIN asset_key s ON s.kind = 'segment' AND s.unit_path = area.path AND s.asset_id <> n.start`;
const HOLDS = sql`CASE WHEN s.kind = 'segment' AND k.kind = 'address' THEN s.value::cidr >>= k.value::inet ELSE false END`;

/**
 * The segments that hold an address of the asset, then those that hold one of an asset it takes from, the narrowest first.
 *
 * @returns each farther than every relation, and one farther than the other, so that of two only the first counts
 */
export async function segmentsAround(db: Db, assetId: string): Promise<Pick<Giver, 'id' | 'name' | 'step'>[]> {
  const { rows } = await sql<{ id: string; name: string }>`
    WITH RECURSIVE ${upFrom(sql`SELECT ${assetId}::uuid`)}
    SELECT a.id, a.name FROM (
      SELECT DISTINCT ON (s.asset_id) s.asset_id, n.step, masklen(s.value::cidr) AS width FROM up n ${SEGMENTS}
      WHERE ${HOLDS} ORDER BY s.asset_id, n.step, masklen(s.value::cidr) DESC) f
      JOIN asset a ON a.id = f.asset_id
    ORDER BY f.step, f.width DESC, a.id`.execute(db);
  return rows.map((row, at) => ({ ...row, step: STEPS_MAX + 1 + at }));
}

/** Of these assets, those that take somebody from a relation or a segment, by identifier. */
export const takingAmong = (starts: RawBuilder<unknown>) => sql`
  WITH RECURSIVE ${upFrom(starts)},
    near AS MATERIALIZED (SELECT DISTINCT start, id FROM up),
    passing AS MATERIALIZED (SELECT DISTINCT asset_id FROM asset_duty WHERE ${PASSES_ON}),
    related AS MATERIALIZED (SELECT DISTINCT start FROM near JOIN passing p ON p.asset_id = id WHERE id <> start)
  SELECT start FROM related
  UNION SELECT n.start FROM near n ${SEGMENTS} JOIN passing p ON p.asset_id = s.asset_id
    WHERE ${HOLDS} AND NOT EXISTS (SELECT FROM related r WHERE r.start = n.start)`;

/**
 * What assets take from by their relations, as far as the caller sees it: host from system, service from host, address
 * from segment; each once, by its nearest way.
 *
 * @returns by asset, in the order in which they count
 */
export async function giversOf(db: Db, assetIds: readonly string[]): Promise<ReadonlyMap<string, readonly Giver[]>> {
  const { rows } = await sql<Row>`
    WITH RECURSIVE ${upFrom(sql`SELECT unnest(${[...new Set(assetIds)]}::uuid[])`)}
    SELECT n.start, n.step, a.id, a.name, a.class, a.importance, a.protection_level, a.critical_infrastructure,
      a.supervised_by_name, a.operated_by_name, a.used_by_name
    FROM (SELECT start, id, min(step) AS step FROM up WHERE id <> start GROUP BY start, id) AS n
      JOIN asset a ON a.id = n.id`.execute(db);
  const found = new Map<string, Giver[]>();
  for (const row of rows) {
    const giver: Giver = {
      id: row.id,
      name: row.name,
      isSystem: row.class === 'system',
      step: row.step,
      importance: row.importance,
      protectionLevel: row.protection_level,
      criticalInfrastructure: row.critical_infrastructure,
      supervisedBy: row.supervised_by_name,
      operatedBy: row.operated_by_name,
      usedBy: row.used_by_name,
    };
    found.set(row.start, [...(found.get(row.start) ?? []), giver]);
  }
  for (const givers of found.values()) givers.sort(inOrder);
  return found;
}

/** The information systems that an asset belongs to: the nearest ones, the main one first. @param givers in their order */
export function systemsAmong(givers: readonly Giver[]): Giver[] {
  const nearest = givers.find(({ isSystem }) => isSystem)?.step;
  return givers.filter(({ isSystem, step }) => isSystem && step === nearest);
}
