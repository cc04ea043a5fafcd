import { z } from 'zod';
import { wallTime } from '#engine/clocks/calendar.ts';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { csvCell } from '#platform/csv.ts';
import type { EventSql } from '#platform/eventstore/reader.ts';
import { eventSql, rangeSql, rawSql } from '#platform/eventstore/sql.ts';
import { checkedColumn } from './columns.ts';
import { searchSql } from './sql.ts';
import type { Span } from './sweep.ts';

export const EXPORT_ROWS_MAX = 200_000;
export const EXPORT_FORMATS = ['ndjson', 'csv', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const TIMES = new Set(['time', 'received_at']);
const TIMEOUT_MS = 300_000;
const COUNT_TIMEOUT_MS = 60_000;

export const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

export interface ExportQuery extends Span {
  readonly query: string;
  readonly columns: readonly string[];
  readonly format: ExportFormat;
  /** What columns are called in the first line of CSV, by their names; a column without a heading goes by its name. */
  readonly headings?: Readonly<Record<string, string>> | undefined;
}

export interface Export {
  /** Events in the file. */
  readonly events: number;
  /** Events found but not in the file, the latest ones. */
  readonly leftOut: number;
  readonly content: AsyncIterable<string | Uint8Array>;
}

/**
 * Found events as a file, oldest first, at most `EXPORT_ROWS_MAX`, made while it is read. CSV is for people and their spreadsheets:
 * UTF-8 with a byte order mark, times as in the console with their offset. The other formats are for programs and have UTC.
 *
 * @throws AppError for the query, or when counting takes too long, before the first byte
 */
export async function exportEvents(ctx: Ctx, query: ExportQuery, signal: AbortSignal): Promise<Export> {
  const columns = [...new Set(['time', 'event_id', ...query.columns.map(checkedColumn)])];
  const where = eventSql`${rangeSql(query)} AND ${searchSql(query.query)}`;
  const found = await count(ctx, where, signal);
  const sql = eventSql`SELECT ${rawSql(columns.join(', '))} FROM event WHERE ${where} ORDER BY time, event_id`;
  const limits = { tag: 'search.export', rowsMax: EXPORT_ROWS_MAX, timeoutMs: TIMEOUT_MS, signal };
  const events = Math.min(found, EXPORT_ROWS_MAX);
  const file = { events, leftOut: found - events };
  if (query.format === 'parquet') return { ...file, content: ctx.events.parquet(sql, limits) };
  const lines = ctx.events.stream(sql, limits);
  return { ...file, content: query.format === 'csv' ? csv(lines, columns, query.headings ?? {}) : lines };
}

async function count(ctx: Ctx, where: EventSql, signal: AbortSignal): Promise<number> {
  const limits = { tag: 'search.export', rowsMax: 1, timeoutMs: COUNT_TIMEOUT_MS, signal };
  const [row] = await ctx.events.query<{ n: number }>(eventSql`SELECT count() AS n FROM event WHERE ${where}`, limits);
  return row?.n ?? 0;
}

async function* csv(
  chunks: AsyncIterable<string>,
  columns: readonly string[],
  headings: Readonly<Record<string, string>>,
): AsyncGenerator<string> {
  yield `\uFEFF${columns.map((column) => csvCell(headings[column] ?? column)).join(',')}\r\n`;
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield lines
      .filter((line) => line !== '')
      .map((line) => csvLine(line, columns))
      .join('');
  }
  if (rest !== '') yield csvLine(rest, columns);
}

function csvLine(line: string, columns: readonly string[]): string {
  const row: Record<string, unknown> = JSON.parse(line);
  const text = (column: string) => {
    const value = String(row[column] ?? '');
    return TIMES.has(column) && value !== '' ? wallTime(new Date(value)) : value;
  };
  return `${columns.map((column) => csvCell(text(column))).join(',')}\r\n`;
}

/** Writes into the journal who took which events out of the platform. */
export const recordExport = action(
  'event.export',
  z.object({
    query: z.string(),
    from: z.string(),
    to: z.string(),
    columns: z.array(z.string()),
    format: z.enum(EXPORT_FORMATS),
    events: z.int(),
    leftOut: z.int(),
  }),
  async (tx, input) => {
    tx.record({
      object: { type: 'export', id: tx.ids.next() },
      unitPath: tx.scope.path,
      data: { change: 'events exported', ...input },
    });
  },
);
