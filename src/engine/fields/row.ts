import { COLUMN_FIELDS } from './aliases.ts';
import { COLUMNS } from './dictionary.ts';
import type { FieldValue, SecurityEvent } from './event.ts';
import { fromTemplate, type Held, messageOf, toTemplate } from './template.ts';

/**
 * A row of table `event` as it is stored: its fixed columns and one text column for each entry of the dictionary. `time`
 * and `received_at` are `YYYY-MM-DD hh:mm:ss.mmm` in UTC; the original text is `template` (see there), the rendered
 * message is `message_text`, '' where `template` has it. Empty columns may be absent.
 */
export type EventRow = Record<string, string>;

export interface RowOptions {
  /** Keeps the rendered message of Windows in its column too, although the original text has it. */
  readonly keepMessage?: boolean;
}

/** Column of the dictionary whose stored name differs, because a reader asks for `message` and gets either form. */
const MESSAGE = 'message';
const MESSAGE_STORED = 'message_text';

/** Key in `rest` that says which name a column's value came under, where it is not the column's first name. */
const NAMES = '@names';

const storeTime = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 23);
const parseTime = (text: string): number =>
  Date.parse(text.endsWith('Z') ? text : `${text.replace(' ', 'T')}${text.includes('.') ? '' : '.000'}Z`);

interface Home {
  readonly column: string;
  /** Names that speak for the column before this one. */
  readonly before: readonly string[];
}

const HOMES: ReadonlyMap<string, Home> = new Map(
  Object.entries(COLUMN_FIELDS).flatMap(([column, names]) =>
    names.map((name, index) => [name, { column, before: names.slice(0, index) }] as const),
  ),
);

/** The column that takes the value: the first name of its list that the event has, when it is one non-empty text. */
function homeOf(fields: SecurityEvent['fields'], name: string, value: FieldValue): Home | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const home = HOMES.get(name);
  return home?.before.some((earlier) => Object.hasOwn(fields, earlier)) ? undefined : home;
}

/**
 * Lays an event out as a row. A value goes to its column when it is one non-empty text; empty and multi-valued fields and
 * fields without a column go to `rest`, a JSON object. `fromRow` gives the same event back.
 */
export function toRow(event: SecurityEvent, options: RowOptions = {}): EventRow {
  const time = storeTime(event.timeMs);
  const row: EventRow = {
    event_id: event.id,
    time,
    received_at: storeTime(event.receivedAtMs),
    source: event.source,
    product: event.logsource.product,
    category: event.logsource.category,
    service: event.logsource.service,
    unit_path: event.unitPath,
    problem: event.problem,
  };
  const rest: Record<string, FieldValue | Record<string, string>> = {};
  const otherNames: Record<string, string> = {};
  const held: Held[] = [];
  let message = '';
  for (const [name, value] of Object.entries(event.fields)) {
    const home = homeOf(event.fields, name, value);
    if (home === undefined || typeof value !== 'string') {
      rest[name] = value;
      if (typeof value === 'string') held.push({ name: `.${name}`, value });
      continue;
    }
    if (home.column === MESSAGE) message = value;
    else {
      row[home.column] = value;
      held.push({ name: home.column, value });
    }
    if (home.before.length > 0) otherNames[home.column] = name;
  }
  if (Object.keys(otherNames).length > 0) rest[NAMES] = otherNames;
  row.rest = Object.keys(rest).length > 0 ? JSON.stringify(rest) : '';
  const derivable = event.logsource.product === 'windows' && options.keepMessage !== true;
  if (!derivable && message !== '') held.push({ name: MESSAGE_STORED, value: message });
  const template = toTemplate(event.raw, held, derivable ? message : '', time);
  row.template = template.text;
  row[MESSAGE_STORED] = template.holdsMessage ? '' : message;
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

/** The original text and the message of a stored row. */
export function textsOf(row: Readonly<Record<string, unknown>>): { raw: string; message: string } {
  const rest = parseRest(textIn(row, 'rest')).fields;
  const lookUp = (name: string): string => {
    const value = name.startsWith('.') ? rest[name.slice(1)] : textIn(row, name);
    return typeof value === 'string' ? value : '';
  };
  const template = textIn(row, 'template');
  const time = textIn(row, 'time').replace('T', ' ').slice(0, 23);
  return {
    raw: fromTemplate(template, lookUp, time),
    message: textIn(row, MESSAGE_STORED) || messageOf(template, lookUp, time),
  };
}

function textIn(row: Readonly<Record<string, unknown>>, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : '';
}

/** The event of a stored row; the inverse of `toRow`. Columns that were not selected count as empty. */
export function fromRow(row: Readonly<Record<string, unknown>>): SecurityEvent {
  const text = (column: string): string => textIn(row, column);
  const { fields: rest, names } = parseRest(text('rest'));
  const { raw, message } = textsOf(row);
  const fields: Record<string, FieldValue> = {};
  for (const { column } of COLUMNS) {
    const value = column === MESSAGE ? message : text(column);
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
    raw,
    problem: text('problem'),
  };
}
