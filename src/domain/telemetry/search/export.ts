import { setImmediate } from 'node:timers/promises';
import { wallTime } from '#engine/clocks/calendar.ts';
import { chunks } from '#platform/chunks.ts';
import type { Ctx } from '#platform/context.ts';
import { csvCell } from '#platform/csv.ts';
import type { EventSql } from '#platform/eventstore/reader.ts';
import { eventSql, rangeSql } from '#platform/eventstore/sql.ts';
import { parquetOf } from '#platform/parquet.ts';
import { checkedColumn } from './columns.ts';
import type { EventLine } from './events.ts';
import { keysOf, piecesOf } from './export-pieces.ts';
import { searchIn } from './sql.ts';
import type { Span } from './sweep.ts';

export const EXPORT_ROWS_MAX = 200_000;
export const EXPORT_FORMATS = ['ndjson', 'csv', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Events written at once. */
const AT_ONCE = 500;
const TIMES = new Set(['time', 'received_at']);
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
  /** Events in what of the content was taken so far, or is about to be: at most a piece more. */
  readonly sent: () => number;
  /** The first piece already has events, when there are any. */
  readonly content: AsyncIterable<string | Uint8Array>;
}

type Pieces = AsyncIterable<readonly EventLine[]>;

/**
 * Found events as a file, oldest first, at most `EXPORT_ROWS_MAX`, made while it is read. CSV is for people and their spreadsheets:
 * UTF-8 with a byte order mark, times as in the console with their offset. The other formats are for programs and have UTC.
 *
 * @throws AppError for the query, or when counting takes too long, before the first byte
 */
export async function exportEvents(ctx: Ctx, query: ExportQuery, signal: AbortSignal): Promise<Export> {
  const columns = [...new Set(['time', 'event_id', ...query.columns.map(checkedColumn)])];
  const { found } = await searchIn(ctx, query.query, query, signal);
  const total = await count(ctx, query, found, signal);
  const keys = await keysOf(ctx, query, found, EXPORT_ROWS_MAX, signal);
  let sent = 0;
  const pieces = counted(piecesOf(ctx, keys, found, columns, signal), (rows) => {
    sent += rows;
  });
  return {
    events: keys.length,
    leftOut: Math.max(0, total - keys.length),
    sent: () => sent,
    content: written(pieces, columns, query),
  };
}

async function count(ctx: Ctx, span: Span, found: EventSql, signal: AbortSignal): Promise<number> {
  const limits = { tag: 'search.export-count', rowsMax: 1, timeoutMs: COUNT_TIMEOUT_MS, signal };
  const sql = eventSql`SELECT count() AS n FROM event WHERE ${rangeSql(span)} AND ${found}`;
  const [row] = await ctx.events.query<{ n: number }>(sql, limits);
  return row?.n ?? 0;
}

async function* counted(pieces: Pieces, taken: (rows: number) => void): AsyncGenerator<readonly EventLine[]> {
  for await (const rows of pieces) {
    taken(rows.length);
    yield rows;
  }
}

function written(
  pieces: Pieces,
  columns: readonly string[],
  { format, headings = {} }: ExportQuery,
): AsyncIterable<string | Uint8Array> {
  switch (format) {
    case 'csv':
      return csv(pieces, columns, headings);
    case 'ndjson':
      return ndjson(pieces);
    case 'parquet':
      return parquetOf(
        columns.map((name) => ({ name, kind: TIMES.has(name) ? 'time' : 'text' })),
        pieces,
      );
  }
}

/** Few enough to be written at once: then others have their turn. */
async function* someOf(pieces: Pieces): AsyncGenerator<readonly EventLine[]> {
  for await (const rows of pieces) {
    for (const some of chunks(rows, AT_ONCE)) {
      yield some;
      await setImmediate();
    }
  }
}

async function* ndjson(pieces: Pieces): AsyncGenerator<string> {
  for await (const rows of someOf(pieces)) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** The headings come with the first events: alone they would be an answer that has begun, and looks complete, when nothing follows. */
async function* csv(
  pieces: Pieces,
  columns: readonly string[],
  headings: Readonly<Record<string, string>>,
): AsyncGenerator<string> {
  let head = `\uFEFF${columns.map((column) => csvCell(headings[column] ?? column)).join(',')}\r\n`;
  for await (const rows of someOf(pieces)) {
    yield head + rows.map((row) => csvLine(row, columns)).join('');
    head = '';
  }
  if (head !== '') yield head;
}

function csvLine(row: EventLine, columns: readonly string[]): string {
  const text = (column: string) => {
    const value = row[column] ?? '';
    return TIMES.has(column) && value !== '' ? wallTime(new Date(value)) : value;
  };
  return `${columns.map((column) => csvCell(text(column))).join(',')}\r\n`;
}
