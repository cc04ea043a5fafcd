import { COLUMNS } from '#engine/fields/dictionary.ts';
import { fromRow, textsOf } from '#engine/fields/row.ts';
import type { Ctx } from '#platform/context.ts';
import { invalid, notFound } from '#platform/errors.ts';
import type { EventSql } from '#platform/eventstore/reader.ts';
import { eventSql, joinSql, rawSql } from '#platform/eventstore/sql.ts';
import { checkedColumn } from './columns.ts';
import { rangeSql, searchSql } from './sql.ts';
import { type Span, sweep, type Unfinished } from './sweep.ts';

/** Shown when nobody chose columns. */
const DEFAULT_COLUMNS = ['source', 'event_code', 'host', 'user_name', 'source_ip', 'process_command_line', 'message'];
const RAW_SHOWN = 1000;
/** Put together from the rest of the event, which is dear: only for the lines that are shown. */
const LATE = new Set(['raw', 'message']);
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

/** The SELECT of one page, ordered by time and then by identifier so that pages neither overlap nor leave gaps. */
export function pageSql(
  query: Pick<EventQuery, 'query' | 'columns' | 'order'>,
  after?: Cursor,
): (spans: readonly Span[], limit: number) => EventSql {
  const columns = [...new Set(query.columns.length > 0 ? query.columns.map(checkedColumn) : DEFAULT_COLUMNS)];
  const list = columns.filter((column) => column !== 'event_id' && column !== 'time' && !LATE.has(column));
  const extra = rawSql(list.length === 0 ? '' : `, ${list.join(', ')}`);
  const direction = rawSql(query.order === 'asc' ? 'ASC' : 'DESC');
  const beyond = rawSql(query.order === 'asc' ? '>' : '<');
  const found = searchSql(query.query);
  const where =
    after === undefined || after.id === ''
      ? found
      : eventSql`(time, event_id) ${beyond} (${new Date(after.timeMs)}, ${after.id}) AND ${found}`;
  return (spans, limit) =>
    eventSql`SELECT event_id, time${extra} FROM event
      WHERE (${joinSql(spans.map(rangeSql), ' OR ', '0')}) AND ${where} ORDER BY time ${direction}, event_id ${direction} LIMIT ${limit}`;
}

/** Adds the original texts, and whatever else is put together from the whole event, to lines that were found. */
export async function withTexts(
  ctx: Ctx,
  lines: readonly EventLine[],
  columns: readonly string[],
  signal: AbortSignal,
): Promise<EventLine[]> {
  if (lines.length === 0) return [];
  const times = lines.map(({ time }) => Date.parse(time ?? ''));
  const span = { from: new Date(Math.min(...times)), to: new Date(Math.max(...times) + 1) };
  const message = rawSql(columns.length === 0 || columns.includes('message') ? ', message' : '');
  const found = await ctx.events.query<EventLine>(
    eventSql`SELECT event_id, substring(raw, 1, ${RAW_SHOWN}) AS text${message} FROM event
      WHERE ${rangeSql(span)} AND event_id IN ${lines.map(({ event_id }) => event_id ?? '')}`,
    { tag: 'search.texts', rowsMax: lines.length * 2, timeoutMs: PAGE_BUDGET_MS, signal },
  );
  const texts = new Map(found.map((line) => [line.event_id, line]));
  return lines.map((line) => ({ ...line, text: '', ...texts.get(line.event_id) }));
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
  const sql = pageSql(query, after);
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
      return ctx.events.query<EventLine>(sql([span], limit), { tag: 'search.page', rowsMax: limit, timeoutMs, signal });
    },
  );
  for await (const { answer, span } of pieces) {
    rows.push(...answer);
    looked = query.order === 'desc' ? { from: span.from, to: looked.to } : { from: looked.from, to: span.to };
    if (rows.length >= wanted) break;
  }
  const items = await withTexts(ctx, rows.slice(0, query.limit), query.columns, signal);
  return {
    items,
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
