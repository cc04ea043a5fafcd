import { COLUMN_FIELDS } from '../aliases.ts';
import { decimal } from '../decimal.ts';
import type { FieldValue, SecurityEvent } from '../event.ts';
import { fieldHome, NAMES, type RowValues } from '../row.ts';
import type { EventKind } from '../row-layout.ts';
import { placeOf, STORED_COLUMNS } from '../stored.ts';
import { MARK_END, MARK_START, MESSAGE_END, MESSAGE_START } from '../template-signs.ts';
import { type Memory, memoryOf } from './bytes.ts';
import type { LineReader } from './line-reader.ts';
import { type Held, Messages } from './messages.ts';
import type { Out } from './out.ts';
import { type Step, stepsOf } from './steps.ts';
import type { Values } from './values.ts';

const encoder = new TextEncoder();
/** Pieces of rows by their text: all plans together have few different ones. */
const pieces = new Map<string, Memory>();
const PIECES_MAX = 20_000;

function piece(text: string): Memory {
  const known = pieces.get(text);
  if (known !== undefined) return known;
  if (pieces.size >= PIECES_MAX) pieces.clear();
  const bytes = memoryOf(encoder.encode(text));
  pieces.set(text, bytes);
  return bytes;
}

const mark = (name: string): Memory => piece(`${MARK_START}${name}${MARK_END}`);
const [START, END] = [piece(MESSAGE_START), piece(MESSAGE_END)];
const TIME_MARKS = { '@T': mark('@T'), '@t': mark('@t'), '@S': mark('@S'), '@s': mark('@s') } as const;
const [QUOTE, DASH, LETTER_T, CLOSE] = [0x22, 0x2d, 0x54, 0x7d];
const COMMA = 0x2c;
/** Of the longest number of 32 bits. */
const HEX_CHARS = '0xffffffff'.length;
const [TIME_CHARS, SECOND_CHARS, DAY_CHARS, YEAR_CHARS] = [23, 19, 10, 4];
const PLACE = {
  source: placeOf('source'),
  product: placeOf('product'),
  category: placeOf('category'),
  service: placeOf('service'),
} as const;
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
  /** The column has another form of the number than the line. */
  readonly decimal: boolean;
  /** `"name":"` */
  readonly key: Memory;
  readonly mark: Memory;
}

/** How a row is written from lines of one shape and kind. */
export class RowPlan {
  readonly kind: EventKind;
  /** Names of the fields. */
  readonly names: ReadonlySet<string>;
  readonly messages: Messages;
  /** True when the message stands in a column too, for its own sake. */
  readonly #messageMark: Memory | undefined;
  readonly #kept: readonly Kept[];
  readonly #about: readonly Kept[];
  readonly #steps: readonly Step[];
  /** What `rest` always has: values that are the same for all, and `"@names":{…}` of fields that came under another name. */
  readonly #always: Memory;
  /** By member: its mark in the template; undefined: it stays as it is. */
  readonly #marks: readonly (Memory | undefined)[];
  /** Bytes that a row needs beyond what its line has. */
  readonly bytesMax: number;

  /** @param memberCount how many members such lines have */
  constructor(source: string, kind: EventKind, memberCount: number) {
    this.kind = kind;
    const all = Object.fromEntries(kind.fields.map(({ name }) => [name, '']));
    this.names = new Set(Object.keys(all));
    const renamed: Record<string, string> = {};
    const kept: Kept[] = [];
    const always: string[] = [];
    const constants = new Map<number, string>([
      [PLACE.source, source],
      [PLACE.product, kind.logsource.product],
      [PLACE.category, kind.logsource.category],
      [PLACE.service, kind.logsource.service],
    ]);
    for (const field of kind.fields) {
      const home = fieldHome(all, field.name);
      if (home?.renamed) renamed[home.column] = field.name;
      const place = home === undefined || field.name === 'Message' ? -1 : home.place;
      if ('value' in field) {
        if (place >= 0) constants.set(place, field.value);
        else always.push(`${JSON.stringify(field.name)}:${JSON.stringify(field.value)}`);
      } else if (field.member !== kind.message || field.name !== 'Message') {
        const own = place < 0 ? `.${field.name}` : (home?.column ?? '');
        const key = piece(`${JSON.stringify(field.name)}:"`);
        const { name, member, decimal = false } = field;
        kept.push({ name, member, decimal, place, renamed: home?.renamed ?? false, key, mark: mark(own) });
      }
    }
    this.#kept = kept;
    this.#steps = stepsOf(kept, constants);
    this.#about = kept.filter(({ name }) => ABOUT.has(name));
    if (Object.keys(renamed).length > 0) always.push(`${JSON.stringify(NAMES)}:${JSON.stringify(renamed)}`);
    this.#always = piece(always.join(','));
    this.#marks = Array.from({ length: memberCount }, (_, member) =>
      member === kind.message ? undefined : kept.find((one) => one.member === member && !one.decimal)?.mark,
    );
    this.#messageMark = kept.find(({ member }) => member === kind.message)?.mark;
    this.messages = new Messages(
      kept.flatMap(({ member, name, place, decimal }): Held[] => {
        const column = STORED_COLUMNS[place]?.column ?? `.${name}`;
        return member === kind.message || decimal ? [] : [{ member, name, mark: column }];
      }),
    );
    const texts = kept.reduce((sum, one) => sum + one.key.bytes.length + one.mark.bytes.length + 2, 0);
    this.bytesMax = texts + this.#always.bytes.length + 10 * STORED_COLUMNS.length + 1_000;
  }

  /** Whether all values fit the plan: an empty one under another name than the column's first would change the row. */
  takes(reader: LineReader): boolean {
    return this.#kept.every(({ member, renamed, decimal }) => !(renamed || decimal) || !reader.isEmpty(member));
  }

  /** Whether the fields are those that `parse` gave. */
  agrees(event: SecurityEvent, reader: LineReader, source: string): boolean {
    const { fields, logsource } = this.kind;
    const values: Record<string, FieldValue> = {};
    for (const field of fields) {
      const text = 'value' in field ? field.value : reader.text(field.member);
      values[field.name] = 'decimal' in field ? decimal(text) : text;
    }
    const inOrder = (all: Readonly<Record<string, FieldValue>>) => Object.entries(all).sort(byName);
    const own = [event.source, event.logsource, inOrder(event.fields)];
    return (
      fields.length === this.names.size &&
      this.#kept.every(({ decimal, place }) => !decimal || place >= 0) &&
      JSON.stringify(own) === JSON.stringify([source, logsource, inOrder(values)])
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
    line: Memory,
    values: Values,
    given: Readonly<RowValues>,
    time: string,
    message: Memory | undefined,
  ): void {
    const { from, to, escapes } = values;
    const { message: said } = this.kind;
    // A message that cannot be read from the template stands in its column.
    const kept = said >= 0 && values.odd[said] === 1 ? said : -1;
    const put = (member: number): void => out.value(line, from[member] ?? 0, to[member] ?? 0, escapes[member] ?? 0);
    for (const step of this.#steps) {
      if (step.kind === 'piece') out.all(step.piece);
      else if (step.kind === 'given') writeGiven(out, given[step.place] ?? '', step.isNumber);
      else if (step.kind === 'value') put(step.member);
      else if (step.kind === 'rest') this.#writeRest(out, line, values);
      else if (step.kind === 'template') this.#writeTemplate(out, line, values, time, message);
      else if (step.kind === 'decimal') {
        const { member } = step;
        writeDecimal(out, line, from[member] ?? 0, to[member] ?? 0, escapes[member] ?? 0);
      } else if (kept < 0) out.byte(0);
      else put(kept);
    }
  }

  #writeRest(out: Out, line: Memory, { from, to, odd }: Values): void {
    const start = out.begin();
    for (const { member, place, key } of this.#kept) {
      const [begin, end] = [from[member] ?? 0, to[member] ?? 0];
      if (place >= 0 && begin < end) continue;
      out.byte(out.at === start ? 0x7b : COMMA);
      out.all(key);
      if (odd[member] === 1) out.plain(line.bytes, begin, end);
      else out.raw(line, begin, end);
      out.byte(QUOTE);
    }
    if (this.#always.bytes.length > 0) {
      out.byte(out.at === start ? 0x7b : COMMA);
      out.all(this.#always);
    }
    if (out.at > start) out.byte(CLOSE);
    out.end(start);
  }

  #writeTemplate(out: Out, line: Memory, values: Values, time: string, message: Memory | undefined): void {
    const { from, to, order, odd, count } = values;
    const start = out.begin();
    let at = values.start;
    for (let index = 0; index < count; index += 1) {
      const member = order[index] ?? 0;
      const own = this.#marks[member];
      const [begin, end] = [from[member] ?? 0, to[member] ?? 0];
      out.raw(line, at, begin);
      at = end;
      if (odd[member] === 1) out.raw(line, begin, end);
      else if (member === this.kind.message) {
        out.all(START);
        out.all(this.#messageMark ?? message ?? START);
        out.all(END);
      } else if (own === undefined) writeLeft(out, line, begin, end, time);
      else if (begin < end) out.all(own);
    }
    out.raw(line, at, values.end);
    out.end(start);
  }

  /** True when templates of the message are told by what it holds. */
  get composed(): boolean {
    return this.kind.message >= 0 && this.#messageMark === undefined;
  }
}

const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number =>
  left < right ? -1 : 1;

function writeGiven(out: Out, value: string | number, isNumber: boolean): void {
  if (typeof value === 'number') out.long(value);
  else if (isNumber) out.word(0);
  else out.text(value);
}

/** A number in its other form; a text that is no such number as it is. */
function writeDecimal(out: Out, line: Memory, from: number, to: number, escapes: number): void {
  const text = to - from > HEX_CHARS ? '' : String.fromCharCode(...line.bytes.subarray(from, to));
  const written = decimal(text);
  if (written === text) out.value(line, from, to, escapes);
  else out.text(written);
}

/** A value that no column has: as it is, but for the event's time at its beginning. */
function writeLeft(out: Out, line: Memory, from: number, to: number, time: string): void {
  const isT = line.bytes[from + DAY_CHARS] === LETTER_T;
  const isTime = to - from >= SECOND_CHARS && line.bytes[from + YEAR_CHARS] === DASH;
  const chars = isTime ? sameChars(line.bytes, from, to, time, isT) : 0;
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
