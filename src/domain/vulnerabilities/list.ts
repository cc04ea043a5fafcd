import { sql } from 'kysely';
import { z } from 'zod';
import { assetsById, bodyOf } from '#domain/ledger/index.ts';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { prioritySentence } from '#engine/vulnerability/priority.ts';
import { CONFIDENCES } from '#engine/vulnerability/report.ts';
import type { Ctx } from '#platform/context.ts';
import { offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import { pagesAfter } from '#platform/sheet.ts';
import type { IssueRow } from './step.ts';
import { ACTIVE, ISSUE_STATES, type IssueState } from './workflow.ts';

const ISSUE_GRADES = ['critical', 'high', 'medium', 'low'] as const;

/** The filters of the list, of its facets and of the export. */
export const IssueFilter = z.object({
  state: z
    .enum(['active', ...ISSUE_STATES])
    .optional()
    .describe('`active`: something has still to be done'),
  grade: z.enum(ISSUE_GRADES).optional(),
  priority: z.coerce.number().int().min(1).max(4).optional(),
  exploited: z.enum(['true', 'false']).optional().describe('known to be exploited (KEV)'),
  overdue: z.enum(['true', 'false']).optional(),
  ledger: z.enum(['in', 'out']).optional().describe('whether the host is in the ledger'),
  confidence: z.enum(CONFIDENCES).optional(),
  tool: z.string().max(60).optional(),
  unit: z.string().max(300).optional().describe('path: of this unit or area'),
  asset: z.uuid().optional().describe('of this asset; of a system also those of what belongs to it'),
  text: z.string().trim().max(200).optional().describe('in number, title, host or place'),
});
type Filter = z.output<typeof IssueFilter>;

/** A filter with the ids that the asset goes by: of a system also those of what belongs to it. */
type Meant = Filter & { readonly assetIds?: readonly string[] };

const meant = async (db: Db, filter: Filter): Promise<Meant> =>
  filter.asset === undefined ? filter : { ...filter, assetIds: (await bodyOf(db, filter.asset)).whole };

export const IssueQuery = Paging.extend({
  ...IssueFilter.shape,
  sort: z.enum(['priority', 'grade', 'deadlineAt', 'lastSeenAt', 'firstSeenAt', 'changedAt']).default('priority'),
  order: z.enum(['asc', 'desc']).default('asc'),
});

const Sentence = z.object({ zh: z.string(), en: z.string() });

export const IssueView = z.object({
  id: z.uuid(),
  unit: z.object({ path: z.string(), name: z.string() }),
  asset: z.object({ id: z.uuid(), name: z.string() }).nullable().describe('null: the host is not in the ledger'),
  target: z.string(),
  place: z.string(),
  primaryId: z.string(),
  ids: z.array(z.string()),
  title: z.string(),
  grade: z.enum(ISSUE_GRADES),
  score: z.number().nullable(),
  confidence: z.enum(CONFIDENCES),
  tools: z.array(z.string()),
  state: z.enum(ISSUE_STATES),
  priority: z.number().int().describe('1 at once … 4 watch'),
  why: Sentence.describe('why it has this priority'),
  exploited: z.boolean(),
  installedVersion: z.string(),
  fixedVersion: z.string(),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
  closedAt: z.string().nullable(),
  regressions: z.number().int(),
  deadlineAt: z.string().nullable(),
  deadlineProvisional: z.boolean(),
  orderId: z.uuid().nullable(),
  version: z.number().int(),
});

const contains = (text: string): string => `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;

/** What was ever found; what only an import said that was taken back is asked for by its state. */
const FOUND = ISSUE_STATES.filter((state) => state !== 'undone');

const statesOf = (state: Filter['state']): readonly IssueState[] =>
  state === undefined ? FOUND : state === 'active' ? ACTIVE : [state];

function matching(db: Db, filter: Meant, now: Date) {
  let query = db.selectFrom('vulnerability_issue');
  query = query.where('state', 'in', [...statesOf(filter.state)]);
  if (filter.grade) query = query.where('grade', '=', filter.grade);
  if (filter.priority) query = query.where(sql<boolean>`priority = ${filter.priority}`);
  if (filter.confidence) query = query.where('confidence', '=', filter.confidence);
  if (filter.tool) query = query.where(sql<boolean>`${filter.tool} = ANY(tools)`);
  if (filter.assetIds) query = query.where(sql<boolean>`asset_id = ANY(${[...filter.assetIds]}::uuid[])`);
  if (filter.ledger) query = query.where('asset_id', filter.ledger === 'in' ? 'is not' : 'is', null);
  if (filter.unit) query = query.where(sql<boolean>`starts_with(unit_path, ${filter.unit})`);
  if (filter.exploited)
    query = query.where(sql<boolean>`(reasons->>'exploited' = 'known') = ${filter.exploited === 'true'}`);
  if (filter.overdue === 'true') query = query.where('deadline_at', '<', now).where('state', 'in', [...ACTIVE]);
  if (filter.overdue === 'false')
    query = query.where(
      sql<boolean>`(deadline_at IS NULL OR deadline_at >= ${now} OR NOT state = ANY(${[...ACTIVE]}::text[]))`,
    );
  if (filter.text) {
    const like = contains(filter.text);
    const id = filter.text.toUpperCase();
    query = query.where(
      sql<boolean>`(title ILIKE ${like} OR target ILIKE ${like} OR place ILIKE ${like} OR primary_id ILIKE ${like}
        OR ids @> ARRAY[${id}]::text[])`,
    );
  }
  return query;
}

export const SORTS = {
  priority: sql`priority`,
  grade: sql`array_position(ARRAY['critical', 'high', 'medium', 'low'], grade)`,
  deadlineAt: sql`deadline_at`,
  lastSeenAt: sql`last_seen_at`,
  firstSeenAt: sql`first_seen_at`,
  changedAt: sql`changed_at`,
} as const;

/** Rows as everybody sees them, with the names of assets and units. */
export async function issueViews(db: Db, rows: readonly IssueRow[]): Promise<z.input<typeof IssueView>[]> {
  const names = await namesAtPaths(
    db,
    rows.map((row) => row.unit_path),
  );
  const assets = await assetsById(
    db,
    rows.flatMap((row) => row.asset_id ?? []),
  );
  return rows.map((row) => ({
    id: row.id,
    unit: { path: row.unit_path, name: names.get(row.unit_path)?.name ?? '' },
    asset: row.asset_id === null ? null : { id: row.asset_id, name: assets.get(row.asset_id)?.name ?? '' },
    target: row.target,
    place: row.place,
    primaryId: row.primary_id,
    ids: row.ids,
    title: row.title,
    grade: row.grade,
    score: row.score,
    confidence: row.confidence,
    tools: row.tools,
    state: row.state,
    priority: row.priority,
    why: prioritySentence(row.priority, row.reasons),
    exploited: row.reasons.exploited === 'known',
    installedVersion: row.installed_version,
    fixedVersion: row.fixed_version,
    firstSeenAt: row.first_seen_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
    regressions: row.regressions,
    deadlineAt: row.deadline_at?.toISOString() ?? null,
    deadlineProvisional: row.deadline_provisional,
    orderId: row.order_id,
    version: row.version,
  }));
}

/** One page of the issues that fit. */
export async function listIssues(db: Db, query: z.output<typeof IssueQuery>, now: Date) {
  const filter = await meant(db, query);
  const direction = query.order === 'asc' ? sql`ASC` : sql`DESC`;
  const rows = await matching(db, filter, now)
    .selectAll()
    .orderBy(sql`${SORTS[query.sort]} ${direction} NULLS LAST`)
    .orderBy(SORTS.grade)
    .orderBy('last_seen_at', 'desc')
    .orderBy('id')
    .limit(query.pageSize)
    .offset(offsetOf(query))
    .execute();
  const { total } = await matching(db, filter, now)
    .select(sql<number>`count(*)::int`.as('total'))
    .executeTakeFirstOrThrow();
  return { items: await issueViews(db, rows), total };
}

const Facet = z.array(z.object({ value: z.string(), count: z.number().int() }));

export const IssueFacets = z.object({
  state: Facet,
  grade: Facet,
  priority: Facet,
  confidence: Facet,
  tool: Facet,
  active: z.number().int(),
  exploited: z.number().int(),
  overdue: z.number().int(),
  outOfLedger: z.number().int().describe('issues of hosts that are not in the ledger'),
});

const FACETS_MAX = 30;

/**
 * Numbers behind each choice of the filters. Each facet counts without its own choice, so that the others of the same
 * list show what they would give.
 */
export async function issueFacets(db: Db, asked: Filter, now: Date): Promise<z.input<typeof IssueFacets>> {
  const filter = await meant(db, asked);
  const facet = async (without: keyof Filter, value: ReturnType<typeof sql<string>>) => {
    const rows = await matching(db, { ...filter, [without]: undefined }, now)
      .select([value.as('value'), sql<number>`count(*)::int`.as('count')])
      .groupBy('value')
      .orderBy('count', 'desc')
      .limit(FACETS_MAX)
      .execute();
    return rows.map((row) => ({ value: String(row.value), count: row.count }));
  };
  const sums = await matching(db, { ...filter, state: undefined }, now)
    .select([
      sql<number>`count(*)::int`.as('active'),
      sql<number>`(count(*) FILTER (WHERE reasons->>'exploited' = 'known'))::int`.as('exploited'),
      sql<number>`(count(*) FILTER (WHERE deadline_at < ${now}))::int`.as('overdue'),
      sql<number>`(count(*) FILTER (WHERE asset_id IS NULL))::int`.as('outOfLedger'),
    ])
    .where('state', 'in', [...ACTIVE])
    .executeTakeFirstOrThrow();
  return {
    state: await facet('state', sql<string>`state`),
    grade: await facet('grade', sql<string>`grade`),
    priority: await facet('priority', sql<string>`priority::text`),
    confidence: await facet('confidence', sql<string>`confidence`),
    tool: await facet('tool', sql<string>`unnest(tools)`),
    ...sums,
  };
}

const EXPORT_PAGE = 1000;

/** All issues that fit, by priority and grade, read page by page while they are used. */
export async function* allIssues(ctx: Ctx, filter: Filter, now: Date): AsyncGenerator<z.input<typeof IssueView>> {
  const whole = await ctx.read((db) => meant(db, filter));
  const place = sql`(priority, ${SORTS.grade}, id)`;
  const pages = pagesAfter<IssueRow>(
    (after) =>
      ctx.read((db) => {
        let page = matching(db, whole, now).selectAll();
        if (after !== undefined) {
          const rank = ISSUE_GRADES.indexOf(after.grade) + 1;
          page = page.where(sql<boolean>`${place} > (${after.priority}, ${rank}, ${after.id}::uuid)`);
        }
        return page.orderBy('priority').orderBy(SORTS.grade).orderBy('id').limit(EXPORT_PAGE).execute();
      }),
    EXPORT_PAGE,
  );
  for await (const rows of pages) yield* await ctx.read((db) => issueViews(db, rows));
}
