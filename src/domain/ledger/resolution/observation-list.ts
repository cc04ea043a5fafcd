import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import type { Ctx } from '#platform/context.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import { type Columns, pagesAfter, type Sheet, tabled } from '#platform/sheet.ts';
import { inArea } from '../area.ts';
import { unresolvedOnes } from '../gaps/unresolved.ts';
import type { ObservedFacts } from '../observations/observation.ts';
import { refuseCut } from '../query.ts';

export const lines = (text: string): string[] => (text === '' ? [] : text.split('\n'));

/** `withdrawn`: only a report that was taken back saw it. */
const STATES = ['linked', 'presumed', 'unresolved', 'withdrawn'] as const;

export const ObservationView = z.object({
  id: z.uuid(),
  source: z.string(),
  nativeKey: z.string(),
  class: z.string(),
  unitPath: z.string(),
  assetId: z.uuid().nullable(),
  state: z.enum(STATES),
  rule: z.string().describe('by which rule it was linked'),
  linkKeys: z.array(z.string()).describe('the keys that the rule used, `kind|space|value`'),
  linkedAt: z.string().nullable(),
  keys: z.array(z.string()),
  leftOut: z.array(z.object({ kind: z.string(), value: z.string(), why: z.string() })),
  facts: z.record(z.string(), z.unknown()),
  raw: z.record(z.string(), z.unknown()),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
});

export const observationRows = (db: Db) => db.selectFrom('asset_observation').selectAll();
export type ObservationRow = Awaited<ReturnType<ReturnType<typeof observationRows>['execute']>>[number];

/** What stands before the name of a record that was withdrawn, so that the same report may bring it anew. */
const WITHDRAWN = /^undone:[^:]*:/;

export const observationView = (row: ObservationRow): z.input<typeof ObservationView> => ({
  id: row.id,
  source: row.source,
  nativeKey: row.link_state === 'withdrawn' ? row.native_key.replace(WITHDRAWN, '') : row.native_key,
  class: row.class,
  unitPath: row.unit_path,
  assetId: row.asset_id,
  state: row.link_state,
  rule: row.link_rule,
  linkKeys: lines(row.link_keys),
  linkedAt: row.linked_at?.toISOString() ?? null,
  keys: lines(row.keys).map((key) => key.replace(/^\+/, '')),
  leftOut: row.left_out as z.input<typeof ObservationView>['leftOut'],
  facts: row.facts as Record<string, unknown>,
  raw: row.raw as Record<string, unknown>,
  firstSeenAt: row.first_seen_at.toISOString(),
  lastSeenAt: row.last_seen_at.toISOString(),
});

export const ObservationList = listOf(ObservationView.extend({ unit: z.string().describe('its name') })).extend({
  total: z.number().int().describe('observations that pages reach: at most 10,000'),
  all: z.number().int().nullable().describe('all that fit; null: more than were counted'),
});

export const ObservationQuery = Paging.extend({
  state: z.enum(STATES).optional(),
  source: z.string().max(80).optional(),
  unit: z.string().max(300).optional().describe('path: observations of this unit or area'),
  unresolved: z
    .literal('true')
    .optional()
    .describe('only machines, sites, services and interfaces that are seen and of no asset'),
  text: z
    .string()
    .trim()
    .max(200)
    .optional()
    .describe(
      'part of the native key, or of a key such as an address, a host name, a serial number: three letters or digits in a row, or its beginning',
    ),
});

/** The filters of the list, which its export takes as well. */
export const ObservationFilter = ObservationQuery.omit({ page: true, pageSize: true });
type Filter = z.output<typeof ObservationFilter>;

/** Names of the filters. */
export const OBSERVATION_FILTERS: readonly string[] = Object.keys(ObservationFilter.shape);

/** Observations that a search gives at most, and the most that are counted: nobody turns so many pages. */
const FOUND_MAX = 2_000;
const COUNTED_MAX = 10_000;

/**
 * Identifiers of the observations that the filter's text finds, at most `FOUND_MAX`; undefined where there is no text. Asked
 * first: inside the list it would be looked up again for each row.
 */
async function findByText(db: Db, { text }: Filter, path: string): Promise<readonly string[] | undefined> {
  if (!text) return undefined;
  const { rows } = await sql<{ id: string }>`
    SELECT f.id FROM asset_observations_found(${text}, ${path}, ${FOUND_MAX}) AS f (id)`.execute(db);
  return rows.map(({ id }) => id);
}

/** Observations in sight that fit. @param path of the asking person's scope @param found what `findByText` gave */
function fittingObservations(db: Db, filter: Filter, path: string, found: readonly string[] | undefined) {
  let fitting = db.selectFrom('asset_observation').where('unit_path', '>=', path).where('unit_path', '<', `${path}~`);
  if (filter.state) fitting = fitting.where('link_state', '=', filter.state);
  if (filter.unit) fitting = fitting.where(inArea(filter.unit));
  if (filter.unresolved) fitting = fitting.where(unresolvedOnes());
  if (filter.source) fitting = fitting.where('source', '=', filter.source);
  if (found) fitting = fitting.where(sql<boolean>`id = ANY(${found}::uuid[])`);
  return fitting;
}

/** How many fit, counted up to a bound. */
async function countUpTo(db: Db, fitting: ReturnType<typeof fittingObservations>, max: number) {
  const { total } = await db
    .selectFrom(
      fitting
        .select('id')
        .limit(max + 1)
        .as('f'),
    )
    .select(sql<number>`count(*)::int`.as('total'))
    .executeTakeFirstOrThrow();
  return total;
}

/**
 * Observations in sight: of one source by their native keys, otherwise those that became known last first.
 *
 * @param path of the asking person's scope
 * @returns `total` up to 10,000; `all` is null where there are more
 */
export async function listObservations(db: Db, query: z.output<typeof ObservationQuery>, path: string) {
  const fitting = fittingObservations(db, query, path, await findByText(db, query, path));
  const sorted =
    query.source && !query.text
      ? fitting.orderBy('native_key').orderBy('reported_path')
      : fitting.orderBy('id', 'desc');
  const rows = await sorted.selectAll().limit(query.pageSize).offset(offsetOf(query)).execute();
  const total = await countUpTo(db, fitting, COUNTED_MAX);
  const names = await namesAtPaths(db, [...new Set(rows.map((row) => row.unit_path))]);
  return {
    items: rows.map((row) => ({ ...observationView(row), unit: names.get(row.unit_path)?.name ?? '' })),
    total: Math.min(total, COUNTED_MAX),
    all: total > COUNTED_MAX ? null : total,
  };
}

const LINK_STATES = { linked: '已关联', presumed: '推定', unresolved: '未关联', withdrawn: '已撤销' } as const;

const COLUMNS: Columns<Exported> = [
  ['来源', ({ view }) => view.source],
  ['来源编号', ({ view }) => view.nativeKey],
  ['类型', ({ view }) => view.class],
  ['所属单位', ({ unit }) => unit],
  ['关联状态', ({ view }) => LINK_STATES[view.state]],
  ['依据', ({ view }) => view.linkKeys.join('; ')],
  ['资产ID', ({ view }) => view.assetId ?? ''],
  ['名称', ({ facts }) => facts.name ?? facts.designation ?? ''],
  ['主机名', ({ facts }) => (facts.hostNames ?? []).join('; ')],
  ['IP地址', ({ facts }) => (facts.addresses ?? []).join('; ')],
  ['MAC地址', ({ facts }) => (facts.macs ?? []).join('; ')],
  ['序列号', ({ facts }) => facts.serial ?? ''],
  ['操作系统', ({ facts }) => facts.operatingSystem ?? ''],
  ['应用协议', ({ facts }) => facts.application ?? ''],
  ['产品', ({ facts }) => [facts.product ?? '', facts.version ?? ''].join(' ').trim()],
  ['首次看到', ({ view }) => view.firstSeenAt],
  ['最近看到', ({ view }) => view.lastSeenAt],
];

interface Exported {
  readonly view: z.input<typeof ObservationView>;
  readonly facts: ObservedFacts;
  readonly unit: string;
}

const EXPORT_PAGE = 1000;

/** The observations that fit, the newest first, read page by page while they are written. */
async function* exportedObservations(
  ctx: Ctx,
  filter: Filter,
  found: readonly string[] | undefined,
): AsyncGenerator<Exported> {
  const pages = pagesAfter<ObservationRow>(
    (after) =>
      ctx.read((db) => {
        const page = fittingObservations(db, filter, ctx.scope.path, found).selectAll().orderBy('id', 'desc');
        return (after === undefined ? page : page.where('id', '<', after.id)).limit(EXPORT_PAGE).execute();
      }),
    EXPORT_PAGE,
  );
  for await (const rows of pages) {
    const paths = [...new Set(rows.map((row) => row.unit_path))];
    const names = await ctx.read((db) => namesAtPaths(db, paths));
    for (const row of rows)
      yield {
        view: observationView(row),
        facts: row.facts as ObservedFacts,
        unit: names.get(row.unit_path)?.name ?? '',
      };
  }
}

/** The observations that fit as a sheet, however many. @throws AppError `invalid_input` for a text that finds too many */
export async function observationSheet(ctx: Ctx, filter: Filter): Promise<Sheet<Exported>> {
  const found = await ctx.read((db) => findByText(db, filter, ctx.scope.path));
  refuseCut(found, FOUND_MAX, 'observations');
  return {
    name: '资产观测',
    ...tabled(COLUMNS),
    record: ({ view }) => view,
    rows: exportedObservations(ctx, filter, found),
  };
}
