import { COLUMNS } from '#engine/fields/dictionary.ts';
import { fromRow, textsOf } from '#engine/fields/row.ts';
import type { Ctx } from '#platform/context.ts';
import { invalid, notFound } from '#platform/errors.ts';
import type { EventSql } from '#platform/eventstore/reader.ts';
import { eventSql, joinSql, rangeSql, rawSql } from '#platform/eventstore/sql.ts';
import { checkedColumn, FACT_COLUMNS } from './columns.ts';
import { type Searched, searchIn } from './sql.ts';
import { type Span, sweep, type Unfinished } from './sweep.ts';

/** Shown when nobody chose columns. */
const DEFAULT_COLUMNS = ['source', 'event_code', 'host', 'user_name', 'source_ip', 'process_command_line', 'message'];
const RAW_SHOWN = 1000;
/** Put together from the other columns of an event, here and not in the store. */
export const LATE: ReadonlySet<string> = new Set(['raw', 'message']);
/** What that takes: read by the store for the lines of the page only. */
const STORED = ['template', 'rest', 'message_text'];
const TEXT_COLUMNS = COLUMNS.map(({ column }) => column).filter((column) => !LATE.has(column));
const PAGE_BUDGET_MS = 15_000;
const HOUR_MS = 3_600_000;

export interface EventQuery extends Span {
  readonly query: string;
  readonly columns: readonly string[];
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** One line of a result: the chosen columns as text. */
export type EventLine = Record<string, string>;

export interface EventPage {
  readonly items: EventLine[];
  /** Where the next page begins; null at the end. */
  readonly cursor: string | null;
  /** Set when a bound ended the search before the page was full; `cursor` goes on where it stopped. */
  readonly unfinished: Unfinished | null;
  /** What was looked at to fill this page. */
  readonly looked: { readonly from: string; readonly to: string };
  readonly tookMs: number;
}

/** The last event of a page, or (without `id`) the time up to which nothing more was found. */
export interface Cursor {
  readonly timeMs: number;
  readonly id: string;
}

export const cursorText = ({ timeMs, id }: Cursor): string => Buffer.from(`${timeMs} ${id}`).toString('base64url');

function cursorOf(text: string): Cursor {
  const match = /^(-?\d{1,16}) (\S{0,200})$/.exec(Buffer.from(text, 'base64url').toString('utf8'));
  if (match) return { timeMs: Number(match[1]), id: match[2] ?? '' };
  throw invalid(
    'The cursor is not one of ours',
    [{ at: '/cursor', message: 'begin again without it' }],
    'search.cursor',
  );
}

/** What of the range is still to be looked at after a cursor. */
function rangeAfter(query: EventQuery, after: Cursor | undefined): Span {
  if (after === undefined) return query;
  // The event of the cursor may share its millisecond with others of the next page.
  const own = after.id === '' ? 0 : 1;
  if (query.order === 'desc')
    return { from: query.from, to: new Date(Math.min(query.to.getTime(), after.timeMs + own)) };
  return { from: new Date(Math.max(query.from.getTime(), after.timeMs)), to: query.to };
}

/** What the lines of a page are made of, of the columns that hold anything. */
export function lineColumns(held: ReadonlySet<string>) {
  return rawSql([...FACT_COLUMNS, ...STORED, ...TEXT_COLUMNS.filter((column) => held.has(column))].join(', '));
}

/**
 * The SELECT of the newest events of a query in stretches of time of which it is known that they hold some: only there
 * the condition is tested at all.
 */
export const newestSql = ({ found, columns }: Searched, spans: readonly Span[], limit: number): EventSql =>
  eventSql`SELECT ${lineColumns(columns)} FROM event PREWHERE ${joinSql(spans.map(rangeSql), ' OR ', '0')}
    WHERE ${found} ORDER BY time DESC, event_id DESC LIMIT ${limit}`;

/**
 * The SELECT of one page, ordered by time and then by identifier so that pages neither overlap nor leave gaps.
 *
 * @param found condition of the query
 */
function pageSql({ found, columns }: Searched, order: EventQuery['order'], after: Cursor | undefined) {
  const shown = lineColumns(columns);
  const direction = rawSql(order === 'asc' ? 'ASC' : 'DESC');
  const beyond = rawSql(order === 'asc' ? '>' : '<');
  const where =
    after === undefined || after.id === ''
      ? found
      : eventSql`(time, event_id) ${beyond} (${new Date(after.timeMs)}, ${after.id}) AND ${found}`;
  return (span: Span, limit: number): EventSql =>
    eventSql`SELECT ${shown} FROM event
      WHERE ${rangeSql(span)} AND ${where} ORDER BY time ${direction}, event_id ${direction} LIMIT ${limit}`;
}

/** @throws AppError `invalid_input` for a name that is no column */
export const shownColumns = (columns: readonly string[]): readonly string[] => [
  ...new Set(['event_id', 'time', ...(columns.length > 0 ? columns.map(checkedColumn) : DEFAULT_COLUMNS)]),
];

/** Of a row with everything: the columns that are shown, and the beginning of the original text. */
export function lineOf(row: EventLine, shown: readonly string[]): EventLine {
  const { raw, message } = textsOf(row);
  const whole: EventLine = { ...row, raw, message };
  return {
    ...Object.fromEntries(shown.map((column) => [column, whole[column] ?? ''])),
    text: Array.from(raw.slice(0, 2 * RAW_SHOWN))
      .slice(0, RAW_SHOWN)
      .join(''),
  };
}

/**
 * One page of events. Looks from the near end of the range on until the page is full, the range is done, or a bound is
 * reached: then the page says so and its cursor goes on from there.
 *
 * @throws AppError `invalid_input` for the query, `unavailable` when not even a part could be looked at
 */
export async function searchEvents(ctx: Ctx, query: EventQuery, signal: AbortSignal): Promise<EventPage> {
  const startedAtMs = performance.now();
  const after = query.cursor === undefined ? undefined : cursorOf(query.cursor);
  const range = rangeAfter(query, after);
  const shown = shownColumns(query.columns);
  const sql = pageSql(await searchIn(ctx, query.query, range, signal), query.order, after);
  const wanted = query.limit + 1;
  const rows: EventLine[] = [];
  let looked: Span = query.order === 'desc' ? { from: range.to, to: range.to } : { from: range.from, to: range.from };
  let unfinished: Unfinished | null = null;
  const pieces = sweep(
    {
      range,
      from: query.order === 'desc' ? 'newest' : 'oldest',
      budgetMs: PAGE_BUDGET_MS,
      stepMs: HOUR_MS,
      signal,
      onUnfinished: (why) => {
        unfinished = why;
      },
    },
    (span, timeoutMs) => {
      const limit = wanted - rows.length;
      return ctx.events.query<EventLine>(sql(span, limit), { tag: 'search.page', rowsMax: limit, timeoutMs, signal });
    },
  );
  for await (const { answer, span } of pieces) {
    rows.push(...answer);
    looked = query.order === 'desc' ? { from: span.from, to: looked.to } : { from: looked.from, to: span.to };
    if (rows.length >= wanted) break;
  }
  return {
    items: rows.slice(0, query.limit).map((row) => lineOf(row, shown)),
    cursor: nextCursor(rows, query, unfinished === null ? undefined : looked),
    unfinished: rows.length >= wanted ? null : unfinished,
    looked: { from: looked.from.toISOString(), to: looked.to.toISOString() },
    tookMs: Math.round(performance.now() - startedAtMs),
  };
}

function nextCursor(rows: readonly EventLine[], query: EventQuery, stopped: Span | undefined): string | null {
  if (rows.length > query.limit) {
    const last = rows[query.limit - 1];
    return cursorText({ timeMs: Date.parse(last?.time ?? ''), id: last?.event_id ?? '' });
  }
  if (stopped === undefined) return null;
  return cursorText({ timeMs: (query.order === 'desc' ? stopped.from : stopped.to).getTime(), id: '' });
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
  const whole: Record<string, unknown> = { ...row, ...textsOf(row) };
  for (const { column } of COLUMNS) {
    const value = whole[column];
    if (typeof value === 'string' && value !== '') columns[column] = value;
  }
  return { event: fromRow(row), columns, sourceId: typeof row.source_id === 'string' ? row.source_id : '' };
}
