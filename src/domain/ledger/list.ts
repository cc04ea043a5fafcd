import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths, type PlaceName } from '#domain/organizations/index.ts';
import { offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import { DATA_GRADES, IMPORTANCES } from './asset.ts';
import { ASSET_CLASSES, ASSET_KINDS } from './model/classes.ts';
import { ASSET_STATES } from './model/lifecycle.ts';
import { ASSET_MARKS, type StoredAsset, withKeys } from './store.ts';

/** The filters of the list, which the export takes as well. */
export const AssetFilter = z.object({
  class: z.enum(ASSET_CLASSES).optional(),
  kind: z.enum(ASSET_KINDS).optional(),
  state: z.enum(ASSET_STATES).optional(),
  importance: z.enum(['especially_important', 'important', 'general', 'unknown']).optional(),
  protectionLevel: z.coerce.number().int().min(1).max(5).optional(),
  critical: z.enum(['true', 'false']).optional().describe('critical information infrastructure only, or without it'),
  unit: z.string().max(300).optional().describe('path: assets of this unit or area'),
  text: z.string().trim().max(200).optional().describe('in name, number, filing number, person or key'),
});

const DUTY_STATES = ['none', 'presumed', 'to_claim', 'confirmed', 'disputed', 'expired', 'inherited'] as const;

export const AssetQuery = Paging.extend({
  ...AssetFilter.shape,
  sort: z.enum(['name', 'kind', 'unit', 'protectionLevel', 'changedAt']).default('changedAt'),
  order: z.enum(['asc', 'desc']).default('desc'),
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
  duty: z.enum(DUTY_STATES).describe('what is known of who answers for it'),
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
  name: 'name',
  kind: 'kind',
  unit: 'unit_path',
  protectionLevel: 'protection_level',
  changedAt: 'changed_at',
} as const;

const contains = (text: string): string => `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;

function matching(db: Db, filter: z.output<typeof AssetFilter>) {
  // What turned out to be another asset is found as that one.
  let query = db.selectFrom('asset').where('merged_into', 'is', null);
  if (filter.class) query = query.where('class', '=', filter.class);
  if (filter.kind) query = query.where('kind', '=', filter.kind);
  if (filter.state) query = query.where('state', '=', filter.state);
  if (filter.importance)
    query = query.where('importance', '=', filter.importance === 'unknown' ? '' : filter.importance);
  if (filter.protectionLevel) query = query.where('protection_level', '=', filter.protectionLevel);
  if (filter.critical) query = query.where('critical_infrastructure', '=', filter.critical === 'true');
  if (filter.unit) query = query.where(sql<boolean>`starts_with(unit_path, ${filter.unit})`);
  if (filter.text) {
    const like = contains(filter.text);
    query = query.where(
      sql<boolean>`(name ILIKE ${like} OR code ILIKE ${like} OR filing_number ILIKE ${like}
        OR responsible_person ILIKE ${like}
        OR EXISTS (SELECT 1 FROM asset_key k WHERE k.asset_id = asset.id AND k.value ILIKE ${like}))`,
    );
  }
  return query;
}

/** One page of the assets that fit. */
export async function listAssets(db: Db, query: z.output<typeof AssetQuery>) {
  const rows = await matching(db, query)
    .selectAll()
    .orderBy(SORT_COLUMNS[query.sort], query.order)
    .orderBy('id')
    .limit(query.pageSize)
    .offset(offsetOf(query))
    .execute();
  const { total } = await matching(db, query).select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  const assets = await withKeys(db, rows);
  const names = await namesAtPaths(
    db,
    assets.map(({ unitPath }) => unitPath),
  );
  return { items: assets.map((asset) => assetView(asset, names)), total };
}

/** All assets that fit, up to `max`, for the export. */
export async function allAssets(db: Db, filter: z.output<typeof AssetFilter>, max: number): Promise<StoredAsset[]> {
  const rows = await matching(db, filter).selectAll().orderBy('unit_path').orderBy('name').limit(max).execute();
  return withKeys(db, rows);
}

export const AssetCounts = z.object({
  total: z.number().int(),
  kinds: z.array(z.object({ kind: z.enum(ASSET_KINDS), count: z.number().int() })),
  critical: z.number().int(),
  ungraded: z.number().int().describe('applications without a 等保 level'),
  withoutPerson: z.number().int().describe('assets nobody is named for'),
});

/** The numbers above the list. */
export async function countAssets(db: Db): Promise<z.input<typeof AssetCounts>> {
  const { rows } = await sql<{
    kind: (typeof ASSET_KINDS)[number];
    count: number;
    critical: number;
    ungraded: number;
    nobody: number;
  }>`SELECT kind, count(*)::int AS count, count(*) FILTER (WHERE critical_infrastructure)::int AS critical,
      count(*) FILTER (WHERE kind = 'application' AND protection_level IS NULL)::int AS ungraded,
      count(*) FILTER (WHERE responsible_person = '')::int AS nobody
    FROM asset WHERE state NOT IN ('retired', 'written_off') AND merged_into IS NULL GROUP BY kind`.execute(db);
  const sum = (key: 'count' | 'critical' | 'ungraded' | 'nobody') => rows.reduce((total, row) => total + row[key], 0);
  return {
    total: sum('count'),
    kinds: ASSET_KINDS.map((kind) => ({ kind, count: rows.find((row) => row.kind === kind)?.count ?? 0 })),
    critical: sum('critical'),
    ungraded: sum('ungraded'),
    withoutPerson: sum('nobody'),
  };
}
