import type { Ctx } from '#platform/context.ts';
import { eventSql, rawSql } from '#platform/eventstore/sql.ts';
import { checkedColumn } from './search.ts';
import { searchSql, type TimeRange } from './search-sql.ts';

export const EXPORT_ROWS_MAX = 200_000;

export interface ExportQuery extends TimeRange {
  readonly query: string;
  readonly columns: readonly string[];
  readonly format: 'ndjson' | 'csv';
}

/**
 * Streams found events, oldest first, at most `EXPORT_ROWS_MAX`. CSV is UTF-8 with a byte order mark, for spreadsheets.
 *
 * @throws AppError for the query before the first byte
 */
export function exportEvents(ctx: Ctx, query: ExportQuery, signal: AbortSignal): AsyncIterable<string> {
  const columns = [...new Set(['time', 'event_id', ...query.columns.map(checkedColumn)])];
  const sql = eventSql`SELECT ${rawSql(columns.join(', '))} FROM event WHERE ${searchSql(query.query, query)} ORDER BY time, event_id`;
  const lines = ctx.events.stream(sql, { tag: 'search.export', rowsMax: EXPORT_ROWS_MAX, timeoutMs: 300_000, signal });
  return query.format === 'ndjson' ? lines : csv(lines, columns);
}

async function* csv(chunks: AsyncIterable<string>, columns: readonly string[]): AsyncGenerator<string> {
  yield `\uFEFF${columns.map(csvCell).join(',')}\r\n`;
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
  return `${columns.map((column) => csvCell(String(row[column] ?? ''))).join(',')}\r\n`;
}

/**
 * A cell of RFC 4180. A value that a spreadsheet would run as a formula gets an apostrophe before it: what attackers put
 * into a user agent must not run on the analyst's desk.
 */
export function csvCell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
