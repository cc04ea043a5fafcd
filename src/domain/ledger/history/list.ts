import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import { ASSET_STATES, GONE_STATES } from '../model/lifecycle.ts';
import { AssetFilter } from '../query.ts';
import { dayOfMoment } from '../responsibility/store.ts';
import { AsOfView, asOfView, assetsAt } from './as-of.ts';
import { endOfDay, mergedAt } from './at.ts';

export const DayQuery = Paging.extend({
  ...AssetFilter.pick({ class: true, kind: true, gone: true, duty: true, mark: true, person: true, unit: true }).shape,
  state: z.enum(ASSET_STATES).optional(),
  day: z.iso.date().describe('the ledger at the end of this day (Asia/Shanghai)'),
  text: z.string().trim().max(200).optional().describe('in the name of that day'),
});
type DayQuery = z.output<typeof DayQuery>;

export const DayList = listOf(AsOfView).extend({
  unknown: z
    .number()
    .int()
    .describe('assets whose marks or responsibility of that day are not known: filters by these leave them out'),
  since: z.iso.date().nullable().describe('the first day that is known of any asset in sight; told where none fitted'),
});

/** Facts that the list is filtered by, and their columns. */
const FACTS = ['class', 'kind', 'state', 'name', 'responsiblePerson'] as const;

/** The assets of a moment with what the list is filtered by, as it was then. */
const ledgerAt = (at: Date) => sql`
  WITH earlier AS MATERIALIZED (
    SELECT asset_id, jsonb_object_agg(field, was) AS was FROM (
      SELECT DISTINCT ON (h.asset_id, c ->> 'field') h.asset_id, c ->> 'field' AS field, c -> 'from' AS was
      FROM asset_change h CROSS JOIN LATERAL jsonb_array_elements(h.changes) c
      WHERE h.at > ${at} AND c ->> 'field' = ANY(${[...FACTS, 'unit']}::text[])
      ORDER BY h.asset_id, c ->> 'field', h.version) f
    GROUP BY asset_id),
  standing AS MATERIALIZED (
    SELECT DISTINCT ON (asset_id) * FROM asset_standing_before WHERE at > ${at} ORDER BY asset_id, at),
  merged AS MATERIALIZED (SELECT id FROM (${mergedAt(at)}) m),
  past AS (
    SELECT a.id, coalesce(e.was ->> 'class', a.class) AS class, coalesce(e.was ->> 'kind', a.kind) AS kind,
      coalesce(e.was ->> 'state', a.state) AS state, coalesce(e.was ->> 'name', a.name) AS name,
      coalesce(e.was ->> 'responsiblePerson', a.responsible_person) AS person,
      coalesce(e.was ->> 'unit', s.unit_path, a.unit_path) AS unit_path,
      CASE WHEN s.asset_id IS NULL THEN a.duty ELSE s.duty END AS duty,
      CASE WHEN s.asset_id IS NULL THEN a.is_shadow ELSE s.is_shadow END AS shadow,
      CASE WHEN s.asset_id IS NULL THEN a.is_zombie ELSE s.is_zombie END AS zombie,
      CASE WHEN s.asset_id IS NULL THEN a.is_outside ELSE s.is_outside END AS outside,
      CASE WHEN s.asset_id IS NULL THEN a.is_stale ELSE s.is_stale END AS stale
    FROM asset a LEFT JOIN earlier e ON e.asset_id = a.id LEFT JOIN standing s ON s.asset_id = a.id
    WHERE a.created_at <= ${at} AND a.id NOT IN (SELECT id FROM merged))`;

function conditions({ unit, state, gone, mark, duty, text, person, ...query }: DayQuery) {
  const goneAsked = state !== undefined || gone === 'true' || mark === 'zombie';
  const told = [
    ...(unit ? [sql`starts_with(unit_path, ${unit})`] : []),
    ...(query.class ? [sql`class = ${query.class}`] : []),
    ...(query.kind ? [sql`kind = ${query.kind}`] : []),
    ...(state ? [sql`state = ${state}`] : []),
    ...(goneAsked ? [] : [sql`state <> ALL(${[...GONE_STATES]}::text[])`]),
    ...(person ? [sql`person = ${person}`] : []),
    ...(text ? [sql`position(${text.toLowerCase()} IN lower(name)) > 0`] : []),
  ];
  const uncertain = [...(duty ? [sql`duty = ${duty}`] : []), ...(mark ? [sql.ref(mark)] : [])];
  const all = (of: readonly ReturnType<typeof sql>[]) => (of.length === 0 ? sql`true` : sql.join(of, sql` AND `));
  return { told: all(told), uncertain: all(uncertain) };
}

/**
 * The ledger as it stood at the end of a day: assets that were in it then and were no part of another, with what they were.
 * Everything that changed since is looked through, so the further back the day the longer it takes.
 */
export async function ledgerOn(db: Db, query: DayQuery): Promise<z.input<typeof DayList>> {
  const at = endOfDay(query.day);
  const { told, uncertain } = conditions(query);
  const { rows } = await sql<{ total: number; unknown: number; ids: string[] | null }>`${ledgerAt(at)},
    fitting AS MATERIALIZED (SELECT id, name, duty, ${uncertain} AS fits FROM past WHERE ${told}),
    page AS (SELECT id, name FROM fitting WHERE fits ORDER BY name, id LIMIT ${query.pageSize} OFFSET ${offsetOf(query)})
    SELECT (SELECT count(*)::int FROM fitting WHERE fits) AS total,
      (SELECT count(*)::int FROM fitting WHERE duty IS NULL) AS unknown,
      (SELECT array_agg(id::text ORDER BY name, id) FROM page) AS ids`.execute(db);
  const [found] = rows;
  const ids = found?.ids ?? [];
  const assets = await assetsAt(db, ids, at);
  const items = ids.flatMap((id) => assets.get(id) ?? []);
  const names = await namesAtPaths(
    db,
    items.map(({ unitPath }) => unitPath),
  );
  const total = found?.total ?? 0;
  return {
    items: items.map((asset) => asOfView(asset, names)),
    total,
    unknown: found?.unknown ?? 0,
    since: total > 0 ? null : await firstDay(db),
  };
}

async function firstDay(db: Db): Promise<string | null> {
  const { at } = await db
    .selectFrom('asset')
    .select(({ fn }) => fn.min<Date | null>('created_at').as('at'))
    .executeTakeFirstOrThrow();
  return at === null ? null : dayOfMoment(at);
}
