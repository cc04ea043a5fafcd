import { sql } from 'kysely';
import { nameKeyOf } from '#platform/name-order.ts';
import type { Db } from '#platform/postgres/database.ts';
import { mergedAt } from './at.ts';

/** What is looked for in the ledger of a day, and the columns that it is found in. */
const FACTS = ['class', 'kind', 'state', 'name', 'responsiblePerson', 'unit'] as const;

/**
 * Assets in sight that were in the ledger at a moment and may have been something else then than they are now. Whatever
 * happens to an asset after it came leaves a trace that has a time: a version, what it was besides, or with which it was merged.
 *
 * @returns undefined when there are more than `most`
 */
export async function touchedSince(db: Db, at: Date, most: number): Promise<readonly string[] | undefined> {
  const { rows } = await sql<{ id: string }>`
    WITH merged AS MATERIALIZED (SELECT id FROM (${mergedAt(at)}) m)
    SELECT id FROM (
      SELECT id FROM asset_touched(${at}, ${most + 1}) AS t(id)
      UNION SELECT id FROM asset WHERE merged_into IS NOT NULL AND created_at <= ${at} AND id NOT IN (SELECT id FROM merged)
      UNION SELECT m.id FROM merged m JOIN asset a ON a.id = m.id WHERE a.merged_into IS NULL AND a.created_at <= ${at}) s
    LIMIT ${most + 1}`.execute(db);
  return rows.length > most ? undefined : rows.map(({ id }) => id);
}

const amongst = (only: readonly string[] | undefined) => (column: string) =>
  only === undefined ? sql`true` : sql`${sql.ref(column)} = ANY(${only}::uuid[])`;

/** The names that assets had before they were renamed after a moment, with the keys that put them in order. */
async function formerNames(db: Db, at: Date, only: readonly string[] | undefined) {
  const { rows } = await sql<{ name: string }>`
    SELECT DISTINCT c ->> 'from' AS name FROM asset_change h CROSS JOIN LATERAL jsonb_array_elements(h.changes) c
    WHERE h.at > ${at} AND c ->> 'field' = 'name' AND c ->> 'from' IS NOT NULL AND ${amongst(only)('h.asset_id')}`.execute(
    db,
  );
  const names = rows.map(({ name }) => name);
  return { names, keys: names.map(nameKeyOf) };
}

/**
 * The assets of a moment, with what the list is filtered by and put in order by as it was then.
 *
 * @param only of these alone
 */
export async function pastAt(db: Db, at: Date, only: readonly string[] | undefined) {
  const among = amongst(only);
  // The database has no order of its own for Chinese: keys of names that are no more are made here.
  const { names, keys } = await formerNames(db, at, only);
  return sql`
  WITH named AS (SELECT * FROM unnest(${names}::text[], ${keys}::text[]) AS n (name, key)),
  earlier AS MATERIALIZED (
    SELECT asset_id, jsonb_object_agg(field, was) AS was FROM (
      SELECT DISTINCT ON (h.asset_id, c ->> 'field') h.asset_id, c ->> 'field' AS field, c -> 'from' AS was
      FROM asset_change h CROSS JOIN LATERAL jsonb_array_elements(h.changes) c
      WHERE h.at > ${at} AND c ->> 'field' = ANY(${[...FACTS]}::text[]) AND ${among('h.asset_id')}
      ORDER BY h.asset_id, c ->> 'field', h.version) f
    GROUP BY asset_id),
  standing AS MATERIALIZED (
    SELECT DISTINCT ON (asset_id) * FROM asset_standing_before WHERE at > ${at} AND ${among('asset_id')}
    ORDER BY asset_id, at),
  merged AS MATERIALIZED (SELECT id FROM (${mergedAt(at)}) m),
  past AS (
    SELECT a.id, coalesce(e.was ->> 'class', a.class) AS class, coalesce(e.was ->> 'kind', a.kind) AS kind,
      coalesce(e.was ->> 'state', a.state) AS state, coalesce(e.was ->> 'name', a.name) AS name,
      coalesce(n.key COLLATE "C", a.name_key) AS name_key,
      coalesce(e.was ->> 'responsiblePerson', a.responsible_person) AS person,
      coalesce(e.was ->> 'unit', s.unit_path, a.unit_path) AS unit_path,
      CASE WHEN s.asset_id IS NULL THEN a.duty ELSE s.duty END AS duty,
      CASE WHEN s.asset_id IS NULL THEN a.is_shadow ELSE s.is_shadow END AS shadow,
      CASE WHEN s.asset_id IS NULL THEN a.is_zombie ELSE s.is_zombie END AS zombie,
      CASE WHEN s.asset_id IS NULL THEN a.is_outside ELSE s.is_outside END AS outside,
      CASE WHEN s.asset_id IS NULL THEN a.is_stale ELSE s.is_stale END AS stale
    FROM asset a LEFT JOIN earlier e ON e.asset_id = a.id LEFT JOIN standing s ON s.asset_id = a.id
      LEFT JOIN named n ON n.name = e.was ->> 'name'
    WHERE a.created_at <= ${at} AND a.id NOT IN (SELECT id FROM merged) AND ${among('a.id')})`;
}
