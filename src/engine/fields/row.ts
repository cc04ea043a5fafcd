import { COLUMN_FIELDS, columnOf } from './aliases.ts';
import { COLUMNS } from './dictionary.ts';
import type { FieldValue, SecurityEvent } from './event.ts';

/**
 * A row of table `event`: its fixed columns and one text column for each entry of the dictionary. `time` and
 * `received_at` are `YYYY-MM-DD hh:mm:ss.mmm` in UTC.
 */
export type EventRow = Record<string, string>;

/** Key in `rest` that says which name a column's value came under, where it is not the column's first name. */
const NAMES = '@names';

const storeTime = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 23);
const parseTime = (text: string): number =>
  Date.parse(text.endsWith('Z') ? text : `${text.replace(' ', 'T')}${text.includes('.') ? '' : '.000'}Z`);

/** The one name whose value goes to the column: the first of its list that the event has. */
function speaker(fields: SecurityEvent['fields'], names: readonly string[]): string | undefined {
  return names.find((name) => Object.hasOwn(fields, name));
}

/**
 * Lays an event out as a row. A value goes to its column when it is one non-empty text; empty and multi-valued fields and
 * fields without a column go to `rest`, a JSON object. `fromRow` gives the same event back.
 */
export function toRow(event: SecurityEvent): EventRow {
  const row: EventRow = {
    event_id: event.id,
    time: storeTime(event.timeMs),
    received_at: storeTime(event.receivedAtMs),
    source: event.source,
    product: event.logsource.product,
    category: event.logsource.category,
    service: event.logsource.service,
    unit_path: event.unitPath,
    raw: event.raw,
    problem: event.problem,
  };
  for (const { column } of COLUMNS) row[column] = '';
  const rest: Record<string, FieldValue | Record<string, string>> = {};
  const otherNames: Record<string, string> = {};
  for (const [name, value] of Object.entries(event.fields)) {
    const column = columnOf(name);
    const names = COLUMN_FIELDS[column];
    const typed =
      names !== undefined && typeof value === 'string' && value !== '' && speaker(event.fields, names) === name;
    if (!typed) rest[name] = value;
    else {
      row[column] = value;
      if (names[0] !== name) otherNames[column] = name;
    }
  }
  if (Object.keys(otherNames).length > 0) rest[NAMES] = otherNames;
  row.rest = Object.keys(rest).length > 0 ? JSON.stringify(rest) : '';
  return row;
}

/** Reads `rest`, which only `toRow` writes. */
function parseRest(text: string): { fields: Record<string, FieldValue>; names: Record<string, string> } {
  if (text === '') return { fields: {}, names: {} };
  const { [NAMES]: names, ...fields } = JSON.parse(text) as Record<string, FieldValue> & {
    [NAMES]?: Record<string, string>;
  };
  return { fields, names: names ?? {} };
}

/** The event of a stored row; the inverse of `toRow`. Columns that were not selected count as empty. */
export function fromRow(row: Readonly<Record<string, unknown>>): SecurityEvent {
  const text = (column: string): string => {
    const value = row[column];
    return typeof value === 'string' ? value : '';
  };
  const { fields: rest, names } = parseRest(text('rest'));
  const fields: Record<string, FieldValue> = {};
  for (const { column } of COLUMNS) {
    const value = text(column);
    const name = names[column] ?? COLUMN_FIELDS[column]?.[0];
    if (value !== '' && name !== undefined) fields[name] = value;
  }
  return {
    id: text('event_id'),
    timeMs: parseTime(text('time')),
    receivedAtMs: parseTime(text('received_at')),
    source: text('source'),
    logsource: { product: text('product'), category: text('category'), service: text('service') },
    unitPath: text('unit_path'),
    fields: { ...fields, ...rest },
    raw: text('raw'),
    problem: text('problem'),
  };
}
