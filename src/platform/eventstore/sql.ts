import type { EventSql } from './reader.ts';

/** SQL text that was written by us, never by a user: names of columns, sort directions. Made by `rawSql` only. */
export class RawEventSql {
  readonly raw: string;
  constructor(raw: string) {
    this.raw = raw;
  }
}

/** Marks text as SQL. Only for constants and names from our own tables; a value belongs into `${…}` directly. */
export const rawSql = (text: string): RawEventSql => new RawEventSql(text);

type EventSqlValue = string | number | boolean | Date | readonly string[] | readonly number[] | EventSql | RawEventSql;

/**
 * SQL for the event store with its values apart: every `${value}` becomes a bound parameter of ClickHouse with a type
 * (String, Int64, Float64, UInt8, DateTime64(3), Array). Another `eventSql` is put in as SQL, with its own values.
 *
 * @example eventSql`SELECT host FROM event WHERE time >= ${from} AND user_name = ${name}`
 */
export function eventSql(strings: TemplateStringsArray, ...values: readonly EventSqlValue[]): EventSql {
  const params: Record<string, unknown> = {};
  let text = strings[0] ?? '';
  values.forEach((value, index) => {
    text += place(value, params) + (strings[index + 1] ?? '');
  });
  return { text, params };
}

/** Puts conditions or columns one after the other; nothing gives `otherwise`. */
export function joinSql(parts: readonly EventSql[], separator: ' AND ' | ' OR ' | ', ', otherwise: string): EventSql {
  if (parts.length === 0) return { text: otherwise, params: {} };
  const params: Record<string, unknown> = {};
  return { text: parts.map((part) => place(part, params)).join(separator), params };
}

/** What the store can tell the hour of: seconds since 1970 in 32 bits. */
const HOURS_END_MS = 4_294_967_295_000;
const HOUR_S = 3600;

/**
 * Events of a stretch of time as a condition on the table `event`, `from` inclusive, `to` exclusive. Events are kept in the order of their hours, but the store
 * does not conclude from a time to its hour: without the hours it reads whole days.
 */
export function rangeSql({ from, to }: { readonly from: Date; readonly to: Date }): EventSql {
  const exact = eventSql`time >= ${from} AND time < ${to}`;
  if (from.getTime() < 0 || to.getTime() > HOURS_END_MS) return eventSql`(${exact})`;
  const hour = (ms: number) => Math.floor(ms / 1000 / HOUR_S) * HOUR_S;
  // Not as a mere hint for the index: with that the store tests the whole condition a second time.
  return eventSql`(${exact} AND toStartOfHour(time) >= toDateTime(${hour(from.getTime())}, 'UTC')
    AND toStartOfHour(time) <= toDateTime(${hour(to.getTime())}, 'UTC'))`;
}

function place(value: EventSqlValue, params: Record<string, unknown>): string {
  if (value instanceof RawEventSql) return value.raw;
  if (value instanceof Date) return `fromUnixTimestamp64Milli(${bind(value.getTime(), 'Int64', params)}, 'UTC')`;
  switch (typeof value) {
    case 'string':
      return bind(value, 'String', params);
    case 'number':
      return bind(value, Number.isSafeInteger(value) ? 'Int64' : 'Float64', params);
    case 'boolean':
      return bind(value ? 1 : 0, 'UInt8', params);
    default:
      return 'text' in value ? nest(value, params) : bind([...value], arrayType(value), params);
  }
}

const arrayType = (values: readonly unknown[]): string =>
  values.length > 0 && values.every((value) => typeof value === 'number') ? 'Array(Int64)' : 'Array(String)';

function bind(value: unknown, type: string, params: Record<string, unknown>): string {
  const name = `q${Object.keys(params).length}`;
  params[name] = value;
  return `{${name}:${type}}`;
}

/** Copies the parameters of a fragment under fresh names, since two fragments may use the same ones. */
function nest(fragment: EventSql, params: Record<string, unknown>): string {
  const renamed = new Map<string, string>();
  for (const [name, value] of Object.entries(fragment.params)) {
    const fresh = `q${Object.keys(params).length}`;
    params[fresh] = value;
    renamed.set(name, fresh);
  }
  return fragment.text.replace(/\{([A-Za-z_]\w*):/g, (whole, name: string) => {
    const fresh = renamed.get(name);
    return fresh === undefined ? whole : `{${fresh}:`;
  });
}
