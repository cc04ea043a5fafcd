import { COLUMN_FIELDS, isLedgerField } from './aliases.ts';
import { COLUMNS } from './dictionary.ts';
import type { FieldValue, SecurityEvent } from './event.ts';
import { placeOf, STORED_COLUMNS } from './stored.ts';
import { fromTemplate, messageOf, toTemplate } from './template.ts';
import type { Held } from './template-signs.ts';

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
export const NAMES = '@names';

const THOUSANDTHS = Array.from({ length: 1000 }, (_, ms) => `.${String(ms).padStart(3, '0')}`);
/** The second that was written last: events of one second come together. */
let last = { second: Number.NaN, text: '' };

/** A time as the store writes it: `2026-03-02 02:00:00.000`, UTC. @throws RangeError when it is no time */
export function storeTime(ms: number): string {
  const whole = Math.trunc(ms);
  const second = Math.floor(whole / 1000);
  if (second !== last.second) {
    last = { second, text: new Date(second * 1000).toISOString().replace('T', ' ').slice(0, 19) };
  }
  return `${last.text}${THOUSANDTHS[whole - second * 1000] ?? ''}`;
}
const parseTime = (text: string): number =>
  Date.parse(text.endsWith('Z') ? text : `${text.replace(' ', 'T')}${text.includes('.') ? '' : '.000'}Z`);

interface Home {
  readonly column: string;
  readonly place: number;
  /** Names that speak for the column before this one. */
  readonly before: readonly string[];
  /** Not a value of the original text: a template must not take it for one. */
  readonly ledger: boolean;
}

const HOMES: ReadonlyMap<string, Home> = new Map(
  Object.entries(COLUMN_FIELDS).flatMap(([column, names]) => {
    const place = placeOf(column === MESSAGE ? MESSAGE_STORED : column);
    return names.map(
      (name, index) => [name, { column, place, before: names.slice(0, index), ledger: isLedgerField(name) }] as const,
    );
  }),
);

/** Where the values of an event's fields go, whatever they are: told once for all events with the same fields. */
export interface FieldHome {
  readonly column: string;
  readonly place: number;
  /** The name is not the column's first one: the row says which it was. */
  readonly renamed: boolean;
}

/** The home of a field among these; undefined: its value goes to `rest`, as all empty ones do. */
export function fieldHome(fields: SecurityEvent['fields'], name: string): FieldHome | undefined {
  const home = homeOf(fields, name);
  return home && { column: home.column, place: home.place, renamed: home.before.length > 0 };
}

/** The column that takes the value: the first name of its list that the event has, when it is one non-empty text. */
function homeOf(fields: SecurityEvent['fields'], name: string): Home | undefined {
  const home = HOMES.get(name);
  if (home === undefined) return undefined;
  for (const earlier of home.before) if (Object.hasOwn(fields, earlier)) return undefined;
  return home;
}

/** What a column of the dictionary would hold of these fields, without the rest of the row; '' where there is none. */
export function columnText(fields: SecurityEvent['fields'], column: string): string {
  const name = COLUMN_FIELDS[column]?.find((one) => Object.hasOwn(fields, one));
  const value = name === undefined ? '' : fields[name];
  return typeof value === 'string' ? value : '';
}

/** Values of a row by the place of their column (`placeOf`); '' where there is none. */
export type RowValues = (string | number)[];

const PLACE = {
  eventId: placeOf('event_id'),
  time: placeOf('time'),
  receivedAt: placeOf('received_at'),
  source: placeOf('source'),
  product: placeOf('product'),
  category: placeOf('category'),
  service: placeOf('service'),
  unitPath: placeOf('unit_path'),
  problem: placeOf('problem'),
  rest: placeOf('rest'),
  template: placeOf('template'),
  message: placeOf(MESSAGE_STORED),
} as const;

/**
 * Lays an event out as a row: all values are texts, but for times, which are milliseconds since 1970. A value goes to its
 * column when it is one non-empty text; empty and multi-valued fields and fields without a column go to `rest`, a JSON object.
 *
 * @param row takes the values; what it held before is gone
 */
export function layOut(event: SecurityEvent, options: RowOptions, row: RowValues): void {
  const { fields, logsource } = event;
  row.fill('');
  const time = storeTime(event.timeMs);
  row[PLACE.eventId] = event.id;
  row[PLACE.time] = event.timeMs;
  row[PLACE.receivedAt] = event.receivedAtMs;
  row[PLACE.source] = event.source;
  row[PLACE.product] = logsource.product;
  row[PLACE.category] = logsource.category;
  row[PLACE.service] = logsource.service;
  row[PLACE.unitPath] = event.unitPath;
  row[PLACE.problem] = event.problem;
  let rest: Record<string, FieldValue | Record<string, string>> | undefined;
  let otherNames: Record<string, string> | undefined;
  const held: Held[] = [];
  let message = '';
  for (const name of Object.keys(fields)) {
    const value = fields[name] ?? '';
    const isText = typeof value === 'string';
    const home = isText && value !== '' ? homeOf(fields, name) : undefined;
    if (home === undefined || !isText) {
      rest ??= {};
      rest[name] = value;
      if (isText) held.push({ name: `.${name}`, value });
      continue;
    }
    if (home.column === MESSAGE) message = value;
    else {
      row[home.place] = value;
      if (!home.ledger) held.push({ name: home.column, value });
    }
    if (home.before.length > 0) {
      otherNames ??= {};
      otherNames[home.column] = name;
    }
  }
  if (otherNames !== undefined) {
    rest ??= {};
    rest[NAMES] = otherNames;
  }
  if (rest !== undefined) row[PLACE.rest] = JSON.stringify(rest);
  const derivable = logsource.product === 'windows' && options.keepMessage !== true;
  if (!derivable && message !== '') held.push({ name: MESSAGE_STORED, value: message });
  const template = toTemplate(event.raw, held, derivable ? message : '', time);
  row[PLACE.template] = template.text;
  row[PLACE.message] = template.holdsMessage ? '' : message;
}

/** An event as a row by the names of its columns; `fromRow` gives the same event back. */
export function toRow(event: SecurityEvent, options: RowOptions = {}): EventRow {
  const values: RowValues = new Array<string>(STORED_COLUMNS.length);
  layOut(event, options, values);
  const row: EventRow = {};
  STORED_COLUMNS.forEach(({ column }, place) => {
    const value = values[place];
    if (value !== undefined && value !== '') row[column] = typeof value === 'number' ? storeTime(value) : value;
  });
  return { [MESSAGE_STORED]: '', ...row };
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
