import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import { talliedTotal } from '../facets.ts';
import { ASSET_STATES, GONE_STATES } from '../model/lifecycle.ts';
import { pairsOf } from '../model/search.ts';
import { type Asked, AssetFilter, FOUND_MAX, isTallied, matching } from '../query.ts';
import { assetsOfPersonAt } from '../responsibility/at.ts';
import { dayOfMoment } from '../responsibility/store.ts';
import { AsOfView, asOfView, assetsAt } from './as-of.ts';
import { endOfDay } from './at.ts';
import { pastAt, touchedSince } from './past.ts';

export const DayQuery = Paging.extend({
  ...AssetFilter.pick({ class: true, kind: true, gone: true, duty: true, mark: true, person: true, unit: true }).shape,
  state: z.enum(ASSET_STATES).optional(),
  day: z.iso.date().describe('the ledger at the end of this day (Asia/Shanghai)'),
  text: z.string().trim().max(200).optional().describe('in the name of that day'),
});
type DayQuery = z.output<typeof DayQuery>;

/** Assets that are told by their history one by one; of more it takes all. */
const REBUILT_MAX = 50_000;

export const DayList = listOf(AsOfView).extend({
  bounded: z.boolean().describe('more fit than are counted: `total` is the least'),
  unknown: z
    .number()
    .int()
    .describe('assets whose marks or responsibility of that day are not known: filters by these leave them out'),
  rebuilt: z
    .boolean()
    .describe(
      `more than ${REBUILT_MAX} assets changed since that day: the history of all is looked through, for seconds`,
    ),
  since: z.iso.date().nullable().describe('the first day that is known of any asset in sight; told where none fitted'),
});

function conditions({ unit, state, gone, mark, duty, text, person, ...query }: DayQuery, at: Date) {
  const goneAsked = state !== undefined || gone === 'true' || mark === 'zombie';
  const told = [
    ...(unit ? [sql`starts_with(unit_path, ${unit})`] : []),
    ...(query.class ? [sql`class = ${query.class}`] : []),
    ...(query.kind ? [sql`kind = ${query.kind}`] : []),
    ...(state ? [sql`state = ${state}`] : []),
    ...(goneAsked ? [] : [sql`state <> ALL(${[...GONE_STATES]}::text[])`]),
    ...(person ? [sql`(person = ${person} OR id IN (${assetsOfPersonAt(person, at)}))`] : []),
    ...(text ? [sql`position(${text.toLowerCase()} IN lower(name)) > 0`] : []),
  ];
  const uncertain = [...(duty ? [sql`duty = ${duty}`] : []), ...(mark ? [sql.ref(mark)] : [])];
  const all = (of: readonly ReturnType<typeof sql>[]) => (of.length === 0 ? sql`true` : sql.join(of, sql` AND `));
  return { told: all(told), uncertain: all(uncertain) };
}

interface Found {
  readonly total: number;
  readonly bounded: boolean;
  readonly unknown: number;
  readonly ids: readonly string[];
}

/** Every asset is told by its history. */
async function searchAll(db: Db, query: DayQuery, at: Date): Promise<Found> {
  const { told, uncertain } = conditions(query, at);
  const { rows } = await sql<{
    total: number;
    unknown: number;
    ids: string[] | null;
  }>`${await pastAt(db, at, undefined)},
    fitting AS MATERIALIZED (SELECT id, name_key, duty, ${uncertain} AS fits FROM past WHERE ${told}),
    page AS (SELECT id, name_key FROM fitting WHERE fits ORDER BY name_key, id LIMIT ${query.pageSize} OFFSET ${offsetOf(query)})
    SELECT (SELECT count(*)::int FROM fitting WHERE fits) AS total,
      (SELECT count(*)::int FROM fitting WHERE duty IS NULL) AS unknown,
      (SELECT array_agg(id::text ORDER BY name_key, id) FROM page) AS ids`.execute(db);
  const [found] = rows;
  return { total: found?.total ?? 0, bounded: false, unknown: found?.unknown ?? 0, ids: found?.ids ?? [] };
}

/** Assets that are named by a text now; undefined where the names have to be looked through. */
async function namedNow(db: Db, { text = '', unit }: DayQuery, path: string): Promise<readonly string[] | undefined> {
  const pairs = pairsOf(text);
  if (pairs.length === 0) return undefined;
  const area = unit?.startsWith(path) ? unit : path;
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM asset_named(${pairs}::text[], ${text.toLowerCase()}, ${area}, ${FOUND_MAX + 1}) AS f(id)`.execute(
    db,
  );
  return rows.length > FOUND_MAX ? undefined : rows.map(({ id }) => id);
}

/**
 * The same where few were touched since: those alone are told by their history, the others are found as they are now.
 *
 * @param touched see `touchedSince`
 */
async function searchTouched(
  db: Db,
  query: DayQuery,
  at: Date,
  { touched, ...asked }: Asked & { readonly touched: readonly string[] },
): Promise<Found> {
  const { told, uncertain } = conditions(query, at);
  const { text, day: _, page: __, pageSize, ...filter } = query;
  const [found, isCounted] = [await namedNow(db, query, asked.path), isTallied(query)];
  let now = matching(db, filter, asked, found);
  if (text && found === undefined) now = now.where(sql<boolean>`position(${text.toLowerCase()} IN lower(name)) > 0`);
  const isTouched = sql<boolean>`asset.id IN (SELECT unnest(${touched}::uuid[]))`;
  const untouched = now.where('created_at', '<=', at).where(sql<boolean>`NOT ${isTouched}`);
  const likeNow = untouched.select(['id', 'name_key']);
  // Few have a mark, and of these many were touched: walking along the names would look through nearly all.
  const isFew = found !== undefined || query.mark !== undefined || Boolean(query.person);
  const first = likeNow
    .orderBy('name_key')
    .orderBy('id')
    .limit(offsetOf(query) + pageSize);
  const count = (from: typeof now) => sql`(SELECT count(*)::int FROM (${from.select(sql<number>`1`.as('one'))}) c)`;
  const others = isCounted
    ? sql`-${count(now.where('created_at', '>', at))} - ${count(now.where('created_at', '<=', at).where(isTouched))}`
    : count(untouched.limit(FOUND_MAX + 1));
  const { rows } = await sql<{ fitting: number; others: number; unknown: number; ids: string[] | null }>`
    ${await pastAt(db, at, touched)},
    fitting AS MATERIALIZED (SELECT id, name_key, duty, ${uncertain} AS fits FROM past WHERE ${told}),
    same AS MATERIALIZED (${isFew ? likeNow : first}),
    page AS (
      SELECT id, name_key FROM (SELECT id, name_key FROM fitting WHERE fits UNION ALL SELECT id, name_key FROM same) f
      ORDER BY name_key, id LIMIT ${pageSize} OFFSET ${offsetOf(query)})
    SELECT (SELECT count(*)::int FROM fitting WHERE fits) AS fitting, ${others} AS others,
      (SELECT count(*)::int FROM fitting WHERE duty IS NULL) AS unknown,
      (SELECT array_agg(id::text ORDER BY name_key, id) FROM page) AS ids`.execute(db);
  const [row = { fitting: 0, others: 0, unknown: 0, ids: [] }] = rows;
  const bounded = !isCounted && row.others > FOUND_MAX;
  const all = isCounted ? await talliedTotal(db, filter, asked) : 0;
  const total = bounded ? FOUND_MAX : all + row.others + row.fitting;
  return { total, bounded, unknown: row.unknown, ids: row.ids ?? [] };
}

/**
 * The ledger as it stood at the end of a day: assets that were in it then and were no part of another, with what they were.
 * What was touched since is looked through, so the more that is the longer it takes.
 *
 * @param rebuiltMax where more were touched, the history of all is read at once
 */
export async function ledgerOn(
  db: Db,
  query: DayQuery,
  asked: Asked,
  rebuiltMax = REBUILT_MAX,
): Promise<z.input<typeof DayList>> {
  const at = endOfDay(query.day);
  const touched = await touchedSince(db, at, rebuiltMax);
  const rebuilt = touched === undefined;
  const { ids, ...counts } =
    touched === undefined ? await searchAll(db, query, at) : await searchTouched(db, query, at, { ...asked, touched });
  const assets = await assetsAt(db, ids, at);
  const items = ids.flatMap((id) => assets.get(id) ?? []);
  const names = await namesAtPaths(
    db,
    items.map(({ unitPath }) => unitPath),
  );
  return {
    ...counts,
    rebuilt,
    items: items.map((asset) => asOfView(asset, names)),
    since: counts.total > 0 ? null : await firstDay(db),
  };
}

async function firstDay(db: Db): Promise<string | null> {
  const { at } = await db
    .selectFrom('asset')
    .select(({ fn }) => fn.min<Date | null>('created_at').as('at'))
    .executeTakeFirstOrThrow();
  return at === null ? null : dayOfMoment(at);
}
