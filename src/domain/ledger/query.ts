import { type SelectQueryBuilder, sql } from 'kysely';
import { z } from 'zod';
import { invalid } from '#platform/errors.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import { beyond, inArea } from './area.ts';
import { GAP_IDS, gapCondition } from './gaps/gaps.ts';
import { EXPOSURES } from './model/attributes.ts';
import { ASSET_CLASSES, ASSET_KINDS } from './model/classes.ts';
import { ASSET_STATES, GONE_STATES } from './model/lifecycle.ts';
import { foldText, pairsOf } from './model/search.ts';
import { assetsOfPerson } from './responsibility/persons.ts';
import { DUTY_STATES } from './responsibility/store.ts';
import { ASSET_MARKS } from './store.ts';

export const DUTY_SUMMARIES = ['none', 'inherited', ...DUTY_STATES] as const;

/** The filters of the list, which facets, export and bulk changes take as well. */
export const AssetFilter = z.object({
  class: z.enum(ASSET_CLASSES).optional(),
  kind: z.enum(ASSET_KINDS).optional(),
  state: z.enum(ASSET_STATES).optional(),
  gone: z
    .enum(['true', 'false'])
    .optional()
    .describe('true: retired and written-off assets too; without it they are listed only where `state` asks for them'),
  importance: z.enum(['especially_important', 'important', 'general', 'unknown']).optional(),
  protectionLevel: z.coerce.number().int().min(0).max(5).optional().describe('0: not graded'),
  critical: z.enum(['true', 'false']).optional().describe('critical information infrastructure only, or without it'),
  duty: z.enum(DUTY_SUMMARIES).optional().describe('what is known of who answers for it'),
  mark: z.enum(ASSET_MARKS).optional(),
  gap: z.enum(GAP_IDS).optional().describe('only assets in use with this gap; see /api/assets/gaps'),
  exposure: z.enum(EXPOSURES).optional().describe('of a service or interface: who reaches it'),
  person: z.string().trim().max(50).optional().describe('named for the asset, or for one of its roles'),
  unit: z.string().max(300).optional().describe('path: assets of this unit or area'),
  text: z
    .string()
    .trim()
    .max(200)
    .optional()
    .describe('in the name or the initials of its pinyin; beginning of number, filing number, person or key'),
});
export type Filter = z.output<typeof AssetFilter>;

/** Names of the filters. */
export const ASSET_FILTERS: readonly string[] = Object.keys(AssetFilter.shape);

/** Where and when a question is asked. */
export interface Asked {
  readonly path: string;
  readonly now: Date;
}

/** So many assets are found by a text, and so many are counted where counts are not kept. */
export const FOUND_MAX = 10_000;

const MARK_COLUMN = { shadow: 'is_shadow', zombie: 'is_zombie', outside: 'is_outside', stale: 'is_stale' } as const;

/** Whether retired and written-off assets may fit: where nothing asks for them only those in use do. A zombie is retired on paper. */
export const isGoneAsked = ({ state, gone, mark, gap }: Filter): boolean =>
  state !== undefined || gone === 'true' || mark === 'zombie' || gap === 'zombie';

/**
 * Identifiers of the assets that the filter's text finds, at most `FOUND_MAX`; undefined where there is no text. Asked
 * before the list, because a list that joins them reads all assets.
 */
export async function findByText(db: Db, filter: Filter, { path }: Asked): Promise<readonly string[] | undefined> {
  const { text } = filter;
  if (!text) return undefined;
  const area = filter.unit?.startsWith(path) ? filter.unit : path;
  const needle = foldText(text);
  const pairs = pairsOf(text);
  const lower = text.toLowerCase();
  const starts = (column: string, value: string) =>
    sql`${sql.ref(column)} COLLATE "C" >= ${value} AND ${sql.ref(column)} COLLATE "C" < ${beyond(value)}`;
  const named =
    pairs.length === 0
      ? sql`SELECT id FROM asset WHERE starts_with(lower(name), ${lower}) OR starts_with(initials, ${needle}) LIMIT ${FOUND_MAX}`
      : sql`SELECT id FROM asset_found(${pairs}::text[], ${needle}, ${area}, ${FOUND_MAX}) AS f(id)`;
  const { rows } = await sql<{ id: string }>`SELECT id FROM (
    (${named})
    UNION (SELECT id FROM asset WHERE code <> '' AND ${starts('code', text)} LIMIT ${FOUND_MAX})
    UNION (SELECT id FROM asset WHERE filing_number <> '' AND ${starts('filing_number', text)} LIMIT ${FOUND_MAX})
    UNION (SELECT id FROM (${assetsOfPerson(text)}) p LIMIT ${FOUND_MAX})
    UNION (SELECT asset_id FROM asset_key WHERE ${starts('value', lower)} LIMIT ${FOUND_MAX})) f
    LIMIT ${FOUND_MAX}`.execute(db);
  return rows.map(({ id }) => id);
}

/**
 * Refuses an export of what a text finds where that may be a part only, which would look like the whole.
 *
 * @param what things that are exported, in a sentence
 * @throws AppError `invalid_input`
 */
export function refuseCut(found: readonly string[] | undefined, max: number, what: string): void {
  if ((found?.length ?? 0) < max) return;
  throw invalid(`The text finds ${max} ${what} or more: not all of them would be there`, [
    { at: '/text', message: 'Write more of it, or choose by the other filters instead' },
  ]);
}

/**
 * The assets that fit a filter, below a path. What turned out to be another asset is found as that one.
 *
 * @param found what `findByText` gave for the same filter
 */
export function matching(
  db: Db,
  filter: Filter,
  { path, now }: Asked,
  found: readonly string[] | undefined,
): SelectQueryBuilder<Database, 'asset', object> {
  const area = filter.unit?.startsWith(path) ? filter.unit : path;
  let query = db.selectFrom('asset').where('merged_into', 'is', null);
  // Row-level security says the same; written as a range it finds an index.
  if (area !== '/') query = query.where(inArea(area));
  if (filter.unit !== undefined && area !== filter.unit)
    query = query.where(sql<boolean>`starts_with(unit_path, ${filter.unit})`);
  if (filter.class) query = query.where('class', '=', filter.class);
  if (filter.kind) query = query.where('kind', '=', filter.kind);
  if (filter.state) query = query.where('state', '=', filter.state);
  if (!isGoneAsked(filter)) query = query.where('state', 'not in', GONE_STATES);
  if (filter.importance)
    query = query.where('importance', '=', filter.importance === 'unknown' ? '' : filter.importance);
  if (filter.protectionLevel === 0) query = query.where('protection_level', 'is', null);
  else if (filter.protectionLevel) query = query.where('protection_level', '=', filter.protectionLevel);
  if (filter.critical) query = query.where('critical_infrastructure', '=', filter.critical === 'true');
  if (filter.duty) query = query.where('duty', '=', filter.duty);
  if (filter.mark) query = query.where(MARK_COLUMN[filter.mark], '=', true);
  if (filter.exposure) query = query.where(sql<boolean>`asset.attributes ->> 'exposure' = ${sql.lit(filter.exposure)}`);
  if (filter.person) query = query.where(sql<boolean>`asset.id IN (${assetsOfPerson(filter.person)})`);
  if (filter.gap) {
    if (filter.gap !== 'zombie') query = query.where('state', 'not in', GONE_STATES);
    query = query.where(gapCondition(filter.gap, now));
  }
  if (found !== undefined) query = query.where(sql<boolean>`asset.id = ANY(${found}::uuid[])`);
  return query;
}

/** Whether the kept counts answer a filter: they know units and the columns that have few values. */
export const isTallied = ({ mark, gap, exposure, person, text }: Filter): boolean =>
  mark === undefined && gap === undefined && exposure === undefined && !person && !text;
