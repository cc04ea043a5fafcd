import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import type { Db } from '#platform/postgres/database.ts';
import { inArea } from './area.ts';
import { LIVE_STATES } from './model/lifecycle.ts';
import { type Asked, type Filter, FOUND_MAX, findByText, isGoneAsked, isTallied, matching } from './query.ts';

/** Columns of few values, by which assets are counted as they change. */
const DIMENSIONS = ['class', 'kind', 'state', 'protectionLevel', 'importance', 'critical', 'duty'] as const;
type Dimension = (typeof DIMENSIONS)[number];

const FACETS = [...DIMENSIONS, 'area'] as const;

export const Facets = z.object({
  facets: z.array(
    z.object({
      facet: z.enum(FACETS),
      values: z.array(
        z.object({ value: z.string(), count: z.number().int(), name: z.string().describe('of an area or unit') }),
      ),
    }),
  ),
  bounded: z.boolean().describe('only the first 10,000 assets that fit were counted'),
});

type Group = Readonly<Record<Dimension, string>> & { readonly assets: number; readonly path: string };

const RAW = {
  class: sql.ref('class'),
  kind: sql.ref('kind'),
  state: sql.ref('state'),
  importance: sql.ref('importance'),
  duty: sql.ref('duty'),
} as const;

/** The same of the kept counts, as text. */
const TALLIED = { ...RAW, protectionLevel: sql`protection_level::text`, critical: sql`critical::text` } as const;

/** Cities of a region, counties of a city, units of a county: the next step below where somebody looks. */
const below = (area: string) =>
  sql`array_to_string((string_to_array(unit_path, '/'))[1:${area.split('/').length}], '/') || '/'`;

/** Sums of the kept counts below an area, without the filters of the columns themselves. */
async function talliedGroups(db: Db, area: string): Promise<readonly Group[]> {
  const { rows } =
    await sql<Group>`SELECT ${RAW.class}, ${RAW.kind}, ${RAW.state}, ${TALLIED.protectionLevel} AS "protectionLevel",
      ${RAW.importance}, ${TALLIED.critical} AS critical, ${RAW.duty}, ${below(area)} AS path, sum(assets)::int AS assets
    FROM asset_tally WHERE ${inArea(area)} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(assets) > 0`.execute(db);
  return rows;
}

/** The same of what a text or a gap found, counted from the assets themselves, up to a bound. */
async function foundGroups(db: Db, filter: Filter, asked: Asked, area: string): Promise<readonly Group[]> {
  const { mark, gap, exposure, person, text, unit } = filter;
  const narrowed = { mark, gap, exposure, person, text, unit, gone: 'true' as const };
  const ids = await findByText(db, narrowed, asked);
  const found = matching(db, narrowed, asked, ids).selectAll().limit(FOUND_MAX).as('asset');
  const { rows } = await sql<Group>`SELECT ${RAW.class}, ${RAW.kind}, ${RAW.state},
      coalesce(protection_level, 0)::text AS "protectionLevel", ${RAW.importance},
      critical_infrastructure::text AS critical, ${RAW.duty}, ${below(area)} AS path, count(*)::int AS assets
    FROM ${found} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`.execute(db);
  return rows;
}

/** Where it is counted: what is asked for, unless one sees a part of it only. Of what one does not see nothing is counted. */
const areaOf = ({ unit }: Filter, path: string): string => (unit === undefined || path.startsWith(unit) ? path : unit);

/** The values of each column that fit; a column that is not named takes every value. */
const wantedOf = (filter: Filter): Readonly<Partial<Record<Dimension, readonly string[]>>> => ({
  ...(filter.class ? { class: [filter.class] } : {}),
  ...(filter.kind ? { kind: [filter.kind] } : {}),
  ...(filter.state ? { state: [filter.state] } : isGoneAsked(filter) ? {} : { state: LIVE_STATES }),
  ...(filter.protectionLevel === undefined ? {} : { protectionLevel: [String(filter.protectionLevel)] }),
  ...(filter.importance ? { importance: [filter.importance === 'unknown' ? '' : filter.importance] } : {}),
  ...(filter.critical ? { critical: [filter.critical] } : {}),
  ...(filter.duty ? { duty: [filter.duty] } : {}),
});

const fits = (group: Group, wanted: ReturnType<typeof wantedOf>, except?: Dimension): boolean =>
  DIMENSIONS.every((name) => name === except || (wanted[name]?.includes(group[name]) ?? true));

/** Adds up groups by one of their values. @returns the most frequent first */
function sums(groups: readonly Group[], pick: (group: Group) => string): { value: string; count: number }[] {
  const counted = new Map<string, number>();
  for (const group of groups) counted.set(pick(group), (counted.get(pick(group)) ?? 0) + group.assets);
  return [...counted].map(([value, count]) => ({ value, count })).sort((left, right) => right.count - left.count);
}

const VALUES_MAX = 20;

/**
 * How many assets have each value. A column's own filter does not narrow its values, so that another can be chosen.
 */
export async function assetFacets(db: Db, filter: Filter, asked: Asked): Promise<z.input<typeof Facets>> {
  const area = areaOf(filter, asked.path);
  const tallied = isTallied(filter);
  const groups = tallied ? await talliedGroups(db, area) : await foundGroups(db, filter, asked, area);
  const wanted = wantedOf(filter);
  const columns = DIMENSIONS.map((name) => ({
    facet: name,
    values: sums(
      groups.filter((group) => fits(group, wanted, name)),
      (group) => group[name],
    ).map((one) => ({ ...one, name: '' })),
  }));
  const places = sums(
    groups.filter((group) => fits(group, wanted)),
    (group) => group.path,
  ).slice(0, VALUES_MAX);
  const names = await namesAtPaths(
    db,
    places.map(({ value }) => value),
  );
  const counted = groups.reduce((sum, { assets }) => sum + assets, 0);
  return {
    facets: [
      ...columns,
      { facet: 'area' as const, values: places.map((one) => ({ ...one, name: names.get(one.value)?.name ?? '' })) },
    ],
    bounded: !tallied && counted >= FOUND_MAX,
  };
}

/** How many assets fit a filter that the kept counts answer. */
export async function talliedTotal(db: Db, filter: Filter, asked: Asked): Promise<number> {
  const wanted = wantedOf(filter);
  const fitting = DIMENSIONS.flatMap((name) => {
    const values = wanted[name];
    return values === undefined ? [] : [sql`${TALLIED[name]} = ANY(${[...values]}::text[])`];
  });
  const { rows } = await sql<{ assets: number }>`SELECT coalesce(sum(assets), 0)::int AS assets FROM asset_tally
    WHERE ${sql.join([inArea(areaOf(filter, asked.path)), ...fitting], sql` AND `)}`.execute(db);
  return rows[0]?.assets ?? 0;
}
