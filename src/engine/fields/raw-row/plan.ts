import { COLUMN_FIELDS } from '../aliases.ts';
import type { FieldValue, SecurityEvent } from '../event.ts';
import { fieldHome, NAMES, type RowValues } from '../row.ts';
import type { EventKind } from '../row-layout.ts';
import { placeOf, STORED_COLUMNS } from '../stored.ts';
import { MARK_END, MARK_START, MESSAGE_END, MESSAGE_START } from '../template-signs.ts';
import type { LineReader } from './line-reader.ts';
import { type Held, Messages } from './messages.ts';
import type { Out } from './out.ts';
import type { Values } from './shapes.ts';

const encoder = new TextEncoder();
/** Pieces of rows by their text: all plans together have few different ones. */
const pieces = new Map<string, Uint8Array>();
const PIECES_MAX = 20_000;

function piece(text: string): Uint8Array {
  const known = pieces.get(text);
  if (known !== undefined) return known;
  if (pieces.size >= PIECES_MAX) pieces.clear();
  const bytes = encoder.encode(text);
  pieces.set(text, bytes);
  return bytes;
}

const mark = (name: string): Uint8Array => piece(`${MARK_START}${name}${MARK_END}`);
const [START, END] = [encoder.encode(MESSAGE_START), encoder.encode(MESSAGE_END)];
const TIME_MARKS = { '@T': mark('@T'), '@t': mark('@t'), '@S': mark('@S'), '@s': mark('@s') } as const;
const [QUOTE, DASH, LETTER_T, CLOSE] = [0x22, 0x2d, 0x54, 0x7d];
const COMMA = 0x2c;
const [TIME_CHARS, SECOND_CHARS, DAY_CHARS, YEAR_CHARS] = [23, 19, 10, 4];
const PLACE = { source: placeOf('source'), product: placeOf('product'), category: placeOf('category') } as const;
const SERVICE = placeOf('service');
const REST = placeOf('rest');
const TEMPLATE = placeOf('template');
const KINDS = STORED_COLUMNS.map(({ kind }) => kind);
/** Columns that tell the ledger whom an event is about. */
const ABOUT: ReadonlySet<string> = new Set(
  ['host', 'source_ip', 'destination_ip', 'url_domain', 'destination_host'].flatMap(
    (name) => COLUMN_FIELDS[name] ?? [],
  ),
);

/** A member that becomes a field. */
interface Kept {
  readonly member: number;
  readonly name: string;
  /** Its column; -1: its value goes to `rest`, as every empty one does. */
  readonly place: number;
  /** The column has another name first: an empty value would change what the row says about that. */
  readonly renamed: boolean;
  /** `"name":"` */
  readonly key: Uint8Array;
  readonly mark: Uint8Array;
}

/** How a row is written from lines of one shape and kind. */
export class RowPlan {
  readonly kind: EventKind;
  /** Names of the fields. */
  readonly names: ReadonlySet<string>;
  readonly messages: Messages;
  /** True when the message stands in a column too, for its own sake. */
  readonly #messageMark: Uint8Array | undefined;
  readonly #kept: readonly Kept[];
  readonly #about: readonly Kept[];
  /** By place: the member whose value the column takes, or the bytes it always has. */
  readonly #memberAt = new Int32Array(STORED_COLUMNS.length).fill(-1);
  readonly #constantAt: (string | undefined)[] = STORED_COLUMNS.map(() => undefined);
  /** `"@names":{…}` of fields that came under another name. */
  readonly #renamed: Uint8Array;
  /** By member: its mark in the template; undefined: it stays as it is. */
  readonly #marks: readonly (Uint8Array | undefined)[];
  /** What stands before each value, and after the last one. */
  readonly #literals: readonly Uint8Array[];
  /** Bytes that a row needs beyond what its line has. */
  readonly bytesMax: number;

  /**
   * @param line the first line of the kind, kept as part of the plan
   * @param lineFrom where it stood when its values were read
   */
  constructor(source: string, kind: EventKind, line: Uint8Array, lineFrom: number, values: Values) {
    this.kind = kind;
    const all = Object.fromEntries(kind.fields.map(({ name }) => [name, '']));
    this.names = new Set(Object.keys(all));
    const renamed: Record<string, string> = {};
    const kept: Kept[] = [];
    for (const field of kind.fields) {
      const home = fieldHome(all, field.name);
      if (home?.renamed) renamed[home.column] = field.name;
      const place = home === undefined || field.name === 'Message' ? -1 : home.place;
      if ('value' in field) this.#constantAt[place < 0 ? REST : place] = field.value;
      else if (field.member !== kind.message || field.name !== 'Message') {
        if (place >= 0) this.#memberAt[place] = field.member;
        const own = place < 0 ? `.${field.name}` : (home?.column ?? '');
        const key = piece(`${JSON.stringify(field.name)}:"`);
        kept.push({ ...field, place, renamed: home?.renamed ?? false, key, mark: mark(own) });
      }
    }
    this.#constantAt[PLACE.source] = source;
    this.#constantAt[PLACE.product] = kind.logsource.product;
    this.#constantAt[PLACE.category] = kind.logsource.category;
    this.#constantAt[SERVICE] = kind.logsource.service;
    this.#kept = kept;
    this.#about = kept.filter(({ name }) => ABOUT.has(name));
    const names = Object.keys(renamed).length === 0 ? '' : `${JSON.stringify(NAMES)}:${JSON.stringify(renamed)}`;
    this.#renamed = piece(names);
    const members = Array.from({ length: values.count }, (_, member) => member);
    this.#marks = members.map((member) =>
      member === kind.message ? undefined : kept.find((one) => one.member === member)?.mark,
    );
    this.#messageMark = kept.find(({ member }) => member === kind.message)?.mark;
    const ends = [lineFrom, ...members.map((member) => values.to[member] ?? 0)];
    this.#literals = ends.map((end, member) =>
      line.subarray(end - lineFrom, member < values.count ? (values.from[member] ?? 0) - lineFrom : undefined),
    );
    this.messages = new Messages(
      kept.flatMap(({ member, name, place }): Held[] => {
        const column = STORED_COLUMNS[place]?.column ?? `.${name}`;
        return member === kind.message ? [] : [{ member, name, mark: column }];
      }),
    );
    const texts = kept.reduce((sum, one) => sum + one.key.length + one.mark.length + 2, 0);
    this.bytesMax = texts + this.#renamed.length + 10 * STORED_COLUMNS.length + 1_000;
  }

  /** Whether all values fit the plan: an empty one under another name than the column's first would change the row. */
  takes(reader: LineReader): boolean {
    return this.#kept.every(({ member, renamed }) => !renamed || !reader.isEmpty(member));
  }

  /** Whether the fields are those that `parse` gave. */
  agrees(event: SecurityEvent, reader: LineReader, source: string): boolean {
    const { fields, logsource } = this.kind;
    const values: Record<string, FieldValue> = {};
    for (const field of fields) values[field.name] = 'value' in field ? field.value : reader.text(field.member);
    const own = [event.source, event.logsource, Object.entries(event.fields)];
    return (
      fields.length === this.names.size &&
      JSON.stringify(own) === JSON.stringify([source, logsource, Object.entries(values)]) &&
      this.#constantAt[REST] === undefined
    );
  }

  /** The fields by which the ledger finds out whom the event is about. */
  about(reader: LineReader): Record<string, string> {
    const fields: Record<string, string> = {};
    for (const { name, member } of this.#about) fields[name] = reader.text(member);
    return fields;
  }

  /**
   * Writes the row.
   *
   * @param given values of the columns that do not come from the line; '' for others
   * @param time of the event as the row has it
   * @param message its template
   */
  write(
    out: Out,
    line: Uint8Array,
    values: Values,
    given: Readonly<RowValues>,
    time: string,
    message: Uint8Array | undefined,
  ): void {
    const { from, to, escapes } = values;
    for (let place = 0; place < KINDS.length; place += 1) {
      const member = this.#memberAt[place] ?? -1;
      const constant = this.#constantAt[place];
      if (member >= 0) out.value(line, from[member] ?? 0, to[member] ?? 0, escapes[member] ?? 0);
      else if (place === REST) this.#writeRest(out, line, values);
      else if (place === TEMPLATE) this.#writeTemplate(out, line, values, time, message);
      else if (constant !== undefined) out.text(constant);
      else {
        const value = given[place] ?? '';
        if (typeof value === 'number') out.long(value);
        else if (KINDS[place] === 'number') out.word(0);
        else out.text(value);
      }
    }
  }

  #writeRest(out: Out, line: Uint8Array, { from, to }: Values): void {
    const start = out.begin();
    for (const { member, place, key } of this.#kept) {
      const [begin, end] = [from[member] ?? 0, to[member] ?? 0];
      if (place >= 0 && begin < end) continue;
      out.byte(out.at === start ? 0x7b : COMMA);
      out.all(key);
      out.raw(line, begin, end);
      out.byte(QUOTE);
    }
    if (this.#renamed.length > 0) {
      out.byte(out.at === start ? 0x7b : COMMA);
      out.all(this.#renamed);
    }
    if (out.at > start) out.byte(CLOSE);
    out.end(start);
  }

  #writeTemplate(
    out: Out,
    line: Uint8Array,
    { from, to }: Values,
    time: string,
    message: Uint8Array | undefined,
  ): void {
    const start = out.begin();
    const literals = this.#literals;
    const last = literals.length - 1;
    for (let member = 0; member < last; member += 1) {
      out.all(literals[member] ?? START);
      const own = this.#marks[member];
      const [begin, end] = [from[member] ?? 0, to[member] ?? 0];
      if (member === this.kind.message) {
        out.all(START);
        out.all(this.#messageMark ?? message ?? START);
        out.all(END);
      } else if (own === undefined) writeLeft(out, line, begin, end, time);
      else if (begin < end) out.all(own);
    }
    out.all(literals[last] ?? START);
    out.end(start);
  }

  /** True when templates of the message are told by what it holds. */
  get composed(): boolean {
    return this.kind.message >= 0 && this.#messageMark === undefined;
  }
}

/** A value that no column has: as it is, but for the event's time at its beginning. */
function writeLeft(out: Out, line: Uint8Array, from: number, to: number, time: string): void {
  const isT = line[from + DAY_CHARS] === LETTER_T;
  const isTime = to - from >= SECOND_CHARS && line[from + YEAR_CHARS] === DASH;
  const chars = isTime ? sameChars(line, from, to, time, isT) : 0;
  if (chars < SECOND_CHARS) {
    out.raw(line, from, to);
    return;
  }
  const isLong = chars >= TIME_CHARS;
  out.all(TIME_MARKS[isT ? (isLong ? '@T' : '@S') : isLong ? '@t' : '@s']);
  out.raw(line, from + (isLong ? TIME_CHARS : SECOND_CHARS), to);
}

function sameChars(line: Uint8Array, from: number, to: number, time: string, isT: boolean): number {
  let chars = 0;
  while (chars < time.length && from + chars < to) {
    const wanted = isT && chars === DAY_CHARS ? LETTER_T : time.charCodeAt(chars);
    if (line[from + chars] !== wanted) break;
    chars += 1;
  }
  return chars;
}
