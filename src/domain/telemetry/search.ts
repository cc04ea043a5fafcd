import { COLUMNS } from '#engine/fields/dictionary.ts';
import { fromRow } from '#engine/fields/row.ts';
import type { Ctx } from '#platform/context.ts';
import { invalid, notFound } from '#platform/errors.ts';
import { eventSql, rawSql } from '#platform/eventstore/sql.ts';
import { searchSql, type TimeRange } from './search-sql.ts';

/** Columns that may be shown, counted and sorted by. */
export const FACT_COLUMNS = [
  'event_id',
  'time',
  'received_at',
  'source',
  'source_id',
  'product',
  'category',
  'service',
  'unit_path',
  'problem',
] as const;

const KNOWN = new Set<string>([...FACT_COLUMNS, 'raw', 'rest', ...COLUMNS.map(({ column }) => column)]);

/** Shown when nobody chose columns. */
const DEFAULT_COLUMNS = ['source', 'event_code', 'host', 'user_name', 'source_ip', 'process_command_line', 'message'];

const RAW_SHOWN = 1000;

/** @throws AppError `invalid_input` for a name that is no column; columns become SQL text, so only known ones pass */
export function checkedColumn(column: string): string {
  if (KNOWN.has(column)) return column;
  throw invalid(
    `"${column}" is not a column`,
    [{ at: '/columns', message: `"${column}" is not a column` }],
    'search.column',
  );
}

export interface EventQuery extends TimeRange {
  readonly query: string;
  readonly columns: readonly string[];
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** One line of a result: the chosen columns as text. */
type EventLine = Record<string, string>;

export interface EventPage {
  readonly items: EventLine[];
  /** Where the next page begins; null at the end. */
  readonly cursor: string | null;
  readonly tookMs: number;
}

interface Cursor {
  readonly timeMs: number;
  readonly id: string;
}

const cursorText = ({ timeMs, id }: Cursor): string => Buffer.from(`${timeMs} ${id}`).toString('base64url');

function cursorOf(text: string): Cursor {
  const match = /^(-?\d{1,16}) (\S{1,200})$/.exec(Buffer.from(text, 'base64url').toString('utf8'));
  if (match) return { timeMs: Number(match[1]), id: match[2] ?? '' };
  throw invalid(
    'The cursor is not one of ours',
    [{ at: '/cursor', message: 'begin again without it' }],
    'search.cursor',
  );
}

/** The SELECT of one page, ordered by time and then by identifier so that pages neither overlap nor leave gaps. */
function pageSql(query: EventQuery) {
  const columns = [...new Set(query.columns.length > 0 ? query.columns.map(checkedColumn) : DEFAULT_COLUMNS)];
  const list = columns.filter((column) => column !== 'event_id' && column !== 'time' && column !== 'raw');
  const direction = rawSql(query.order === 'asc' ? 'ASC' : 'DESC');
  const where = searchSql(query.query, query);
  const after = query.cursor === undefined ? undefined : cursorOf(query.cursor);
  const beyond = rawSql(query.order === 'asc' ? '>' : '<');
  const page =
    after === undefined
      ? where
      : eventSql`${where} AND (time, event_id) ${beyond} (${new Date(after.timeMs)}, ${after.id})`;
  const extra = rawSql(list.length === 0 ? '' : `, ${list.join(', ')}`);
  return eventSql`SELECT event_id, time, substring(raw, 1, ${RAW_SHOWN}) AS text${extra} FROM event WHERE ${page}
    ORDER BY time ${direction}, event_id ${direction} LIMIT ${query.limit + 1}`;
}

/** One page of events. @throws AppError `invalid_input` for the query, `unavailable` when it takes too long */
export async function searchEvents(ctx: Ctx, query: EventQuery, signal: AbortSignal): Promise<EventPage> {
  const startedAtMs = performance.now();
  const rows = await ctx.events.query<EventLine>(pageSql(query), {
    tag: 'search.page',
    rowsMax: query.limit + 1,
    timeoutMs: 20_000,
    signal,
  });
  const items = rows.slice(0, query.limit);
  const last = items.at(-1);
  const more = rows.length > query.limit && last !== undefined;
  return {
    items,
    cursor: more ? cursorText({ timeMs: Date.parse(last.time ?? ''), id: last.event_id ?? '' }) : null,
    tookMs: Math.round(performance.now() - startedAtMs),
  };
}

export interface HistogramBar {
  readonly at: string;
  readonly count: number;
}

const STEPS_S = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800];
const BARS_MAX = 120;

/** Number of events over time, in at most 120 even steps; steps without events are left out. */
export async function histogram(
  ctx: Ctx,
  query: TimeRange & { readonly query: string },
  signal: AbortSignal,
): Promise<{ items: HistogramBar[]; stepSeconds: number; total: number; tookMs: number }> {
  const startedAtMs = performance.now();
  const seconds = (query.to.getTime() - query.from.getTime()) / 1000;
  const stepSeconds = STEPS_S.find((step) => seconds / step <= BARS_MAX) ?? 604_800;
  const items = await ctx.events.query<HistogramBar>(
    eventSql`SELECT toDateTime64(intDiv(toUnixTimestamp(time), ${stepSeconds}) * ${stepSeconds}, 3, 'UTC') AS at, count() AS count
      FROM event WHERE ${searchSql(query.query, query)} GROUP BY at ORDER BY at`,
    { tag: 'search.histogram', rowsMax: 2000, timeoutMs: 20_000, signal },
  );
  const total = items.reduce((sum, { count }) => sum + count, 0);
  return { items, stepSeconds, total, tookMs: Math.round(performance.now() - startedAtMs) };
}

export interface Facet {
  readonly column: string;
  readonly values: { readonly value: string; readonly count: number }[];
}

/** The most frequent values of some columns among the events found. Empty values are left out. */
export async function facets(
  ctx: Ctx,
  query: TimeRange & { readonly query: string; readonly columns: readonly string[]; readonly top: number },
  signal: AbortSignal,
): Promise<Facet[]> {
  const columns = query.columns.map(checkedColumn);
  const pairs = rawSql(columns.map((column) => `('${column}', toString(${column}))`).join(', '));
  const rows = await ctx.events.query<{ column: string; value: string; count: number }>(
    eventSql`SELECT pair.1 AS column, pair.2 AS value, count() AS count FROM event ARRAY JOIN [${pairs}] AS pair
      WHERE ${searchSql(query.query, query)} AND value != '' GROUP BY column, value
      ORDER BY count DESC, value LIMIT ${query.top} BY column`,
    { tag: 'search.facets', rowsMax: columns.length * query.top, timeoutMs: 20_000, signal },
  );
  return columns.map((column) => ({
    column,
    values: rows.filter((row) => row.column === column).map(({ value, count }) => ({ value, count })),
  }));
}

/** An event with everything that is kept of it. @throws AppError `not_found` also outside the scope */
export async function eventById(ctx: Ctx, id: string) {
  const [row] = await ctx.events.query<Record<string, unknown>>(
    eventSql`SELECT * FROM event WHERE event_id = ${id} LIMIT 1`,
    {
      tag: 'search.event',
      rowsMax: 1,
      timeoutMs: 20_000,
    },
  );
  if (row === undefined) throw notFound('The event');
  const columns: Record<string, string> = {};
  for (const { column } of COLUMNS) {
    const value = row[column];
    if (typeof value === 'string' && value !== '') columns[column] = value;
  }
  return { event: fromRow(row), columns, sourceId: typeof row.source_id === 'string' ? row.source_id : '' };
}
