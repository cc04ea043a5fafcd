import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { invalid } from '#platform/errors.ts';
import { offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import { differences, type FieldChange } from '../asset.ts';
import { ASSET_CLASSES } from '../model/classes.ts';
import { GONE_STATES } from '../model/lifecycle.ts';
import type { DutyAt } from '../responsibility/at.ts';
import { DUTY_ROLES, type DutyRole } from '../responsibility/store.ts';
import { type AssetAsOf, assetsAt } from './as-of.ts';
import { endOfDay, mergedAt } from './at.ts';

const DAY = z.iso.date();
export const DiffQuery = Paging.extend({
  from: DAY.describe('the ledger at the end of this day …'),
  to: DAY.describe('… against the end of that day (Asia/Shanghai)'),
  unit: z.string().max(300).optional().describe('path: assets of this unit or area'),
  class: z.enum(ASSET_CLASSES).optional(),
  kind: z.enum(['created', 'changed', 'gone']).optional(),
});

export const DiffItem = z.object({
  id: z.uuid(),
  name: z.string(),
  class: z.enum(ASSET_CLASSES),
  unit: z.object({ path: z.string(), name: z.string() }),
  kind: z.enum(['created', 'changed', 'gone']),
  at: z.string().describe('of the last of its changes'),
  by: z.string(),
  changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
});

export const DiffCounts = z.object({ created: z.number().int(), changed: z.number().int(), gone: z.number().int() });

type Kind = 'created' | 'changed' | 'gone';

/** Entries of each history that are looked through, the latest. */
const ENTRIES_MAX = 200_000;

const MARKS = ['is_shadow', 'is_zombie', 'is_outside', 'is_stale'];
const standing = (of: string) => sql.join(['duty', ...MARKS].map((column) => sql.ref(`${of}.${column}`)));

/** Assets of which something is told between two moments, with what kind of change it comes to. */
function spanOf(from: Date, to: Date, { unit = '', class: name }: Pick<z.output<typeof DiffQuery>, 'unit' | 'class'>) {
  const within = sql`at > ${from} AND at <= ${to} ORDER BY at DESC LIMIT ${ENTRIES_MAX}`;
  return sql`
    WITH told AS MATERIALIZED (SELECT asset_id, version, at, actor_name, changes FROM asset_change WHERE ${within}),
    stood AS MATERIALIZED (SELECT * FROM asset_standing_before WHERE ${within}),
    held AS MATERIALIZED (SELECT asset_id, at, was FROM asset_duty_before WHERE ${within}),
    merged_then AS MATERIALIZED (SELECT id FROM (${mergedAt(to)}) m),
    merged_before AS MATERIALIZED (SELECT id FROM (${mergedAt(from)}) m),
    fact AS (
      SELECT asset_id, max(at) AS at, (array_agg(actor_name ORDER BY version DESC))[1] AS by,
        (array_agg(s ->> 'from' ORDER BY version) FILTER (WHERE s IS NOT NULL))[1] AS state_before,
        (array_agg(s ->> 'to' ORDER BY version DESC) FILTER (WHERE s IS NOT NULL))[1] AS state_then
      FROM told CROSS JOIN LATERAL (SELECT jsonb_path_query_first(changes, '$[*] ? (@.field == "state")') AS s) f
      GROUP BY asset_id),
    marked AS (
      SELECT f.asset_id, f.last AS at
      FROM (SELECT DISTINCT ON (asset_id) *, max(at) OVER (PARTITION BY asset_id) AS last FROM stood ORDER BY asset_id, at) f
        JOIN asset a ON a.id = f.asset_id
        LEFT JOIN LATERAL (SELECT * FROM asset_standing_before b
          WHERE b.asset_id = f.asset_id AND b.at > ${to} ORDER BY b.at LIMIT 1) n ON true
      WHERE f.duty IS NOT NULL AND CASE WHEN n.asset_id IS NULL
        THEN (${standing('f')}) IS DISTINCT FROM (${standing('a')})
        ELSE (${standing('f')}) IS DISTINCT FROM (${standing('n')}) END),
    span AS (
      SELECT asset_id, max(at) AS at, max(by) AS by, max(state_before) AS state_before, max(state_then) AS state_then FROM (
        SELECT * FROM fact
        UNION ALL SELECT asset_id, at, '', NULL, NULL FROM marked
        UNION ALL SELECT asset_id, at, '', NULL, NULL FROM held WHERE was IS NOT NULL) e
      GROUP BY asset_id),
    item AS MATERIALIZED (
      SELECT a.id, s.at, s.by, CASE WHEN a.created_at > ${from} THEN 'created'
          WHEN (state_then = ANY(${[...GONE_STATES]}::text[]) AND NOT state_before = ANY(${[...GONE_STATES]}::text[]))
            OR a.id IN (SELECT id FROM merged_then) THEN 'gone'
          ELSE 'changed' END AS kind
      FROM span s JOIN asset a ON a.id = s.asset_id
      WHERE (starts_with(a.unit_path, ${unit}) OR EXISTS (SELECT FROM asset_standing_before b
          WHERE b.asset_id = a.id AND b.at > ${from} AND starts_with(b.unit_path, ${unit})))
        AND (${name ?? null}::text IS NULL OR a.class = ${name ?? null})
        AND a.id NOT IN (SELECT id FROM merged_before)
        AND (a.created_at <= ${from} OR a.id NOT IN (SELECT id FROM merged_then)))`;
}

/** What is told of a role on a day. */
const dutyFact = (duties: readonly DutyAt[], role: DutyRole) => {
  const duty = duties.find((one) => one.role === role);
  if (duty === undefined) return null;
  const { holder, person, fromOn, untilOn, basis, state } = duty;
  return { holder, person, fromOn, untilOn, basis, state };
};

/** What of an asset is another thing on the later day; what is not known of one of the days is left out. */
function changesBetween(before: AssetAsOf, after: AssetAsOf, nameOf: (path: string) => string): FieldChange[] {
  const besides = (['duty', 'marks', 'mergedInto'] as const).map((field) => ({
    field,
    from: before[field],
    to: after[field],
    known: field === 'mergedInto' || (before[field] !== null && after[field] !== null),
  }));
  const roles = DUTY_ROLES.map((role) => {
    const [from, to] = [dutyFact(before.held, role), dutyFact(after.held, role)];
    return { field: `duties.${role}`, from, to, known: from?.state !== null && to?.state !== null };
  });
  const unit = {
    field: 'unit',
    from: nameOf(before.unitPath),
    to: nameOf(after.unitPath),
    known: before.unitPath !== after.unitPath,
  };
  return [
    ...differences(before.facts, after.facts),
    ...[unit, ...besides, ...roles]
      .filter(({ known, from, to }) => known && JSON.stringify(from) !== JSON.stringify(to))
      .map(({ field, from, to }) => ({ field, from, to })),
  ];
}

/**
 * What differs between the ledger of two days, by asset: both days as they are told by themselves.
 *
 * @throws AppError `invalid_input` when the days are the wrong way round
 */
export async function ledgerDiff(db: Db, query: z.output<typeof DiffQuery>) {
  if (query.from > query.to) {
    throw invalid('The first day is after the second', [
      { at: '/from', message: `Choose a day before ${query.to}, or exchange the two` },
    ]);
  }
  const [from, to] = [endOfDay(query.from), endOfDay(query.to)];
  const { rows } = await sql<{
    items: { id: string; kind: Kind; at: string; by: string }[] | null;
    counts: Record<string, number> | null;
    bounded: boolean;
  }>`${spanOf(from, to, query)},
    page AS (SELECT * FROM item WHERE ${query.kind ?? null}::text IS NULL OR kind = ${query.kind ?? null}
      ORDER BY at DESC, id LIMIT ${query.pageSize} OFFSET ${offsetOf(query)})
    SELECT (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.at DESC, p.id) FROM page p) AS items,
      (SELECT jsonb_object_agg(kind, n) FROM (SELECT kind, count(*) AS n FROM item GROUP BY kind) c) AS counts,
      greatest((SELECT count(*) FROM told), (SELECT count(*) FROM stood), (SELECT count(*) FROM held)) >= ${ENTRIES_MAX}
        AS bounded`.execute(db);
  const found = rows[0]?.items ?? [];
  const ids = found.map(({ id }) => id);
  const [before, after] = [await assetsAt(db, ids, from), await assetsAt(db, ids, to)];
  const names = await namesAtPaths(
    db,
    [...before.values(), ...after.values()].map(({ unitPath }) => unitPath),
  );
  const nameOf = (path: string): string => names.get(path)?.name || path;
  const of = (kind: Kind): number => rows[0]?.counts?.[kind] ?? 0;
  const counts = { created: of('created'), changed: of('changed'), gone: of('gone') };
  return {
    items: found.flatMap(({ id, kind, at, by }) => {
      const [was, is] = [before.get(id), after.get(id)];
      if (is === undefined) return [];
      const { name, class: called } = is.facts;
      return {
        id,
        name,
        class: called,
        unit: { path: is.unitPath, name: names.get(is.unitPath)?.name ?? '' },
        kind,
        at: new Date(at).toISOString(),
        by,
        changes: was === undefined ? [] : changesBetween(was, is, nameOf),
      };
    }),
    counts,
    total: query.kind === undefined ? counts.created + counts.changed + counts.gone : counts[query.kind],
    bounded: rows[0]?.bounded ?? false,
  };
}
