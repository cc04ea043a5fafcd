import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { invalid } from '#platform/errors.ts';
import { offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import { differences, type FieldChange } from '../asset.ts';
import { ASSET_CLASSES } from '../model/classes.ts';
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

/** Assets of which something is told between two moments, with what kind of change it comes to. */
const spanOf = (from: Date, to: Date, query: Pick<z.output<typeof DiffQuery>, 'unit' | 'class'>, most: number) => sql`
  WITH differing AS MATERIALIZED (
      SELECT * FROM asset_differing(${from}, ${to}, ${query.unit ?? ''}, ${query.class ?? ''}, ${most})),
    merged_then AS MATERIALIZED (SELECT id FROM (${mergedAt(to)}) m),
    merged_before AS MATERIALIZED (SELECT id FROM (${mergedAt(from)}) m),
    item AS MATERIALIZED (
      SELECT id, at, CASE WHEN created THEN 'created' WHEN gone OR id IN (SELECT id FROM merged_then) THEN 'gone'
        ELSE 'changed' END AS kind
      FROM differing
      WHERE id IS NOT NULL
        AND NOT (id IN (SELECT id FROM merged_then) AND (created OR id IN (SELECT id FROM merged_before))))`;

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
 * @param entriesMax of more, the latest of each history are looked through, and the answer says from when on
 * @throws AppError `invalid_input` when the days are the wrong way round
 */
export async function ledgerDiff(db: Db, query: z.output<typeof DiffQuery>, entriesMax = ENTRIES_MAX) {
  if (query.from > query.to) {
    throw invalid('The first day is after the second', [
      { at: '/from', message: `Choose a day before ${query.to}, or exchange the two` },
    ]);
  }
  const [from, to] = [endOfDay(query.from), endOfDay(query.to)];
  const { rows } = await sql<{
    items: { id: string; kind: Kind; at: string; by: string }[] | null;
    counts: Record<string, number> | null;
    after: Date | null;
  }>`${spanOf(from, to, query, entriesMax)},
    page AS (SELECT * FROM item WHERE ${query.kind ?? null}::text IS NULL OR kind = ${query.kind ?? null}
      ORDER BY at DESC, id LIMIT ${query.pageSize} OFFSET ${offsetOf(query)})
    SELECT (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'kind', p.kind, 'at', p.at, 'by', coalesce((
          SELECT actor_name FROM asset_change h WHERE h.asset_id = p.id AND h.at > ${from} AND h.at <= ${to}
          ORDER BY version DESC LIMIT 1), '')) ORDER BY p.at DESC, p.id) FROM page p) AS items,
      (SELECT jsonb_object_agg(kind, n) FROM (SELECT kind, count(*) AS n FROM item GROUP BY kind) c) AS counts,
      (SELECT after FROM differing WHERE id IS NULL) AS after`.execute(db);
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
    countedFrom: rows[0]?.after?.toISOString() ?? null,
  };
}
