import type { EventSql } from '#platform/eventstore/reader.ts';
import { eventSql, rangeSql, rawSql } from '#platform/eventstore/sql.ts';
import { type EventLine, lineColumns } from './events.ts';
import type { Searched } from './sql.ts';
import type { Span } from './sweep.ts';

/** Values a column and piece; what is rarer in every piece is not shown anyway. */
export const VALUES_MAX = 200;

/** Events counted together: those of a slot of time, or those with a value. */
export interface Row {
  /** 0: a slot of time; otherwise the number of the column. */
  readonly kind: number;
  /** Of a slot when it begins, seconds since 1970. */
  readonly value: string;
  readonly count: number;
  /** Milliseconds since 1970; 0 where they were not asked for. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Slots of time, in seconds, and whether their first and last events are asked for too: that costs as much as counting. */
export interface Slots {
  readonly seconds: number;
  readonly withTimes: boolean;
}

/** Slots of time and values of one piece in one pass over its events. */
export function pieceSql(
  span: Span,
  { seconds, withTimes }: Slots,
  columns: readonly string[],
  found: EventSql,
): EventSql {
  const slot = rawSql(`intDiv(toUnixTimestamp(time), ${seconds})`);
  const time = rawSql(withTimes ? 'time, ' : '');
  const sums = rawSql(withTimes ? 'count() AS count, min(time) AS first, max(time) AS last' : 'count() AS count');
  const shown = rawSql(
    withTimes
      ? 'count, toUnixTimestamp64Milli(first) AS firstMs, toUnixTimestamp64Milli(last) AS lastMs'
      : 'count, 0 AS firstMs, 0 AS lastMs',
  );
  if (columns.length === 0) {
    return eventSql`SELECT 0 AS kind, toString(slot * ${seconds}) AS value, ${shown} FROM (
        SELECT ${slot} AS slot, ${sums} FROM event WHERE ${rangeSql(span)} AND ${found} GROUP BY slot
      )`;
  }
  const keys = ['slot', ...columns.map((_, index) => `c${index + 1}`)];
  const inner = columns.map((column, index) => `${column} AS c${index + 1}`).join(', ');
  // GROUPING() has a 0 at the place of the key that a row was grouped by, the last key at the lowest place.
  const isOf = (index: number) => `bitTest(mask, ${keys.length - 1 - index}) = 0`;
  const kind = keys.map((_, index) => `${isOf(index)}, ${index}`).join(', ');
  const text = (key: string) => `toString(${key === 'slot' ? `slot * ${seconds}` : key})`;
  const value = keys.map((key, index) => `${isOf(index)}, ${text(key)}`).join(', ');
  return eventSql`SELECT multiIf(${rawSql(kind)}, 0) AS kind, multiIf(${rawSql(value)}, '') AS value, ${shown} FROM (
      SELECT ${rawSql(keys.join(', '))}, GROUPING(${rawSql(keys.join(', '))}) AS mask, ${sums} FROM (
        SELECT ${slot} AS slot, ${time}${rawSql(inner)} FROM event WHERE ${rangeSql(span)} AND ${found}
      ) GROUP BY GROUPING SETS (${rawSql(keys.map((key) => `(${key})`).join(', '))})
    ) WHERE value != '' ORDER BY count DESC, value LIMIT ${VALUES_MAX} BY kind, if(kind = 0, value, '')`;
}

const valueColumn = (index: number): string => `value${index}`;

/**
 * The events of a piece as they are, in no order, for a piece that should have few: they are shown anyway, and to find
 * them a second time would take a block of every column for each.
 *
 * @param limit more of them are not given
 */
export function linesSql(span: Span, columns: readonly string[], searched: Searched, limit: number): EventSql {
  const values = columns.map((column, index) => `, toString(${column}) AS ${valueColumn(index)}`).join('');
  return eventSql`SELECT ${lineColumns(searched.columns)}${rawSql(values)} FROM event
    WHERE ${rangeSql(span)} AND ${searched.found} LIMIT ${limit}`;
}

/** Newest first, as the store orders them. */
export const newestFirst = (lines: readonly EventLine[]): EventLine[] =>
  lines.toSorted((left, right) => order(left.time, right.time) || order(left.event_id, right.event_id));

const order = (left = '', right = ''): number => Buffer.compare(Buffer.from(right), Buffer.from(left));

/** What `pieceSql` would say of the events that `linesSql` gave. */
export function rowsOf(lines: readonly EventLine[], slotSeconds: number, columns: readonly string[]): Row[] {
  const rows = new Map<string, Row>();
  const add = (kind: number, value: string, timeMs: number): void => {
    const key = `${kind} ${value}`;
    const { count, firstMs, lastMs } = rows.get(key) ?? { count: 0, firstMs: timeMs, lastMs: timeMs };
    const times = { firstMs: Math.min(firstMs, timeMs), lastMs: Math.max(lastMs, timeMs) };
    if (value !== '') rows.set(key, { kind, value, count: count + 1, ...times });
  };
  for (const line of lines) {
    const timeMs = Date.parse(line.time ?? '');
    add(0, String(Math.floor(timeMs / 1000 / slotSeconds) * slotSeconds), timeMs);
    columns.forEach((_, index) => {
      add(index + 1, line[valueColumn(index)] ?? '', timeMs);
    });
  }
  return [...rows.values()];
}
