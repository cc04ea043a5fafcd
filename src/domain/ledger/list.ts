import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths, type PlaceName } from '#domain/organizations/index.ts';
import { invalid } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import { DATA_GRADES, IMPORTANCES } from './asset.ts';
import { AFTER_MAX, cursorText, isBeyond, positionAt, positionOf } from './cursor.ts';
import { talliedTotal } from './facets.ts';
import { ON_ITS_OWN } from './gaps/gaps.ts';
import { ASSET_CLASSES, ASSET_KINDS } from './model/classes.ts';
import { ASSET_STATES } from './model/lifecycle.ts';
import {
  type Asked,
  AssetFilter,
  DUTY_SUMMARIES,
  type Filter,
  FOUND_MAX,
  findByText,
  isTallied,
  matching,
} from './query.ts';
import { ASSET_MARKS, type StoredAsset, withKeys } from './store.ts';

/** Rows that pages can reach; beyond them a filter or the cursor leads on. */
const REACHED_MAX = 10_000;

export const AssetQuery = Paging.extend({
  ...AssetFilter.shape,
  sort: z.enum(['name', 'kind', 'unit', 'protectionLevel', 'changedAt']).default('changedAt'),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z
    .string()
    .max(AFTER_MAX)
    .optional()
    .describe('`next` of the answer before: goes on from there however deep, in the order of that answer'),
});

export const AssetView = z.object({
  id: z.uuid(),
  unit: z.object({ path: z.string(), name: z.string() }),
  class: z.enum(ASSET_CLASSES),
  kind: z.enum(ASSET_KINDS),
  name: z.string(),
  code: z.string(),
  state: z.enum(ASSET_STATES),
  importance: z.enum(IMPORTANCES),
  protectionLevel: z.number().int().nullable(),
  filingNumber: z.string(),
  criticalInfrastructure: z.boolean(),
  dataGrade: z.enum(DATA_GRADES),
  supervisedBy: z.string(),
  operatedBy: z.string(),
  usedBy: z.string(),
  responsiblePerson: z.string(),
  product: z.string(),
  location: z.string(),
  remark: z.string(),
  addresses: z.array(z.string()),
  hosts: z.array(z.string()),
  domains: z.array(z.string()),
  segments: z.array(z.string()),
  attributes: z.record(z.string(), z.unknown()),
  duty: z.enum(DUTY_SUMMARIES).describe('what is known of who answers for it'),
  marks: z.array(z.enum(ASSET_MARKS)),
  dueOn: z.string().nullable().describe('the day by which the class has to be looked after'),
  source: z.enum(['manual', 'import', 'discovered']),
  createdAt: z.string(),
  retiredAt: z.string().nullable(),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
  changedAt: z.string(),
  version: z.number().int(),
});

export const assetView = (asset: StoredAsset, names: ReadonlyMap<string, PlaceName>): z.input<typeof AssetView> => ({
  id: asset.id,
  unit: { path: asset.unitPath, name: names.get(asset.unitPath)?.name ?? '' },
  ...asset.facts,
  attributes: { ...asset.facts.attributes },
  duty: asset.duty,
  marks: [...asset.marks],
  dueOn: asset.dueOn,
  source: asset.source,
  createdAt: asset.createdAt.toISOString(),
  retiredAt: asset.retiredAt?.toISOString() ?? null,
  firstSeenAt: asset.firstSeenAt.toISOString(),
  lastSeenAt: asset.lastSeenAt.toISOString(),
  changedAt: asset.changedAt.toISOString(),
  version: asset.version,
});

const SORT_COLUMNS = {
  name: 'name_key',
  kind: 'kind',
  unit: 'unit_path',
  protectionLevel: 'protection_level',
  changedAt: 'changed_at',
} as const;

export const AssetList = listOf(AssetView).extend({
  total: z.number().int().describe('assets that pages reach: at most 10,000'),
  all: z.number().int().nullable().describe('all that fit, where it is known; null: more than were counted'),
  next: z.string().nullable().describe('cursor of what follows'),
});

/** How many fit: exactly where counts are kept, else counted up to a bound. */
async function countFitting(
  db: Db,
  filter: Filter,
  asked: Asked,
  found: readonly string[] | undefined,
): Promise<{ total: number; all: number | null }> {
  if (isTallied(filter)) {
    const all = await talliedTotal(db, filter, asked);
    return { total: Math.min(all, REACHED_MAX), all };
  }
  const { n } = await db
    .selectFrom(
      matching(db, filter, asked, found)
        .select(sql<number>`1`.as('one'))
        .limit(FOUND_MAX + 1)
        .as('found'),
    )
    .select(sql<number>`count(*)::int`.as('n'))
    .executeTakeFirstOrThrow();
  return { total: Math.min(n, REACHED_MAX), all: n > FOUND_MAX ? null : n };
}

/** One page of the assets that fit. */
export async function listAssets(db: Db, query: z.output<typeof AssetQuery>, asked: Asked) {
  const offset = query.after === undefined ? offsetOf(query) : 0;
  if (offset + query.pageSize > REACHED_MAX + query.pageSize) {
    throw invalid('Pages reach the first 10,000 assets: narrow the filter, or go on with the cursor', [
      { at: '/page', message: 'Use `after`' },
    ]);
  }
  const found = await findByText(db, query, asked);
  let page = matching(db, query, asked, found).selectAll();
  const from = query.after === undefined ? undefined : positionAt(query.after);
  const { sort, order } = from ?? query;
  if (from !== undefined) page = page.where(isBeyond(from));
  page = page.orderBy(SORT_COLUMNS[sort], order).orderBy('id', order);
  const counted = await countFitting(db, query, asked, found);
  // In the order of the list nothing is found last of all: the whole ledger would be gone through.
  const rows = counted.total === 0 ? [] : await page.limit(query.pageSize).offset(offset).execute();
  const assets = await withKeys(db, rows);
  const names = await namesAtPaths(
    db,
    assets.map(({ unitPath }) => unitPath),
  );
  const last = rows.at(-1);
  const position = last === undefined ? undefined : positionOf(last, sort, order);
  return {
    items: assets.map((asset) => assetView(asset, names)),
    ...counted,
    next: position !== undefined && rows.length === query.pageSize ? cursorText(position) : null,
  };
}

export const AssetCounts = z.object({
  total: z.number().int(),
  kinds: z.array(z.object({ kind: z.enum(ASSET_KINDS), count: z.number().int() })),
  critical: z.number().int(),
  ungraded: z.number().int().describe('systems without a 等保 level'),
  withoutPerson: z.number().int().describe('assets nobody is named for, counted up to 10,000'),
});

/** The numbers above the list. */
export async function countAssets(db: Db): Promise<z.input<typeof AssetCounts>> {
  const { rows } = await sql<{
    kind: (typeof ASSET_KINDS)[number];
    count: number;
    critical: number;
    ungraded: number;
  }>`SELECT kind, sum(assets)::int AS count, coalesce(sum(assets) FILTER (WHERE critical), 0)::int AS critical,
      coalesce(sum(assets) FILTER (WHERE class = 'system' AND protection_level = 0), 0)::int AS ungraded
    FROM asset_tally WHERE state NOT IN ('retired', 'written_off') GROUP BY kind`.execute(db);
  const nobody = await sql<{ n: number }>`SELECT count(*)::int AS n FROM (SELECT 1 FROM asset
    WHERE responsible_person = '' AND state NOT IN ('retired', 'written_off') AND merged_into IS NULL AND ${ON_ITS_OWN}
    LIMIT ${FOUND_MAX}) c`.execute(db);
  const sum = (key: 'count' | 'critical' | 'ungraded') => rows.reduce((total, row) => total + row[key], 0);
  return {
    total: sum('count'),
    kinds: ASSET_KINDS.map((kind) => ({ kind, count: rows.find((row) => row.kind === kind)?.count ?? 0 })),
    critical: sum('critical'),
    ungraded: sum('ungraded'),
    withoutPerson: nobody.rows[0]?.n ?? 0,
  };
}
