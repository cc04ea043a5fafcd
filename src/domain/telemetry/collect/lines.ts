import { CharacterWalk, receivedBytes, receivedJson } from '#engine/formats/received.ts';

/** A line that was not taken, and why. */
export interface Rejected {
  /** From 1. */
  readonly line: number;
  readonly reason: RejectReason;
}

/** The closed list of reasons for which a line is not taken. Whatever its content, a line of fair length is. */
type RejectReason = 'too_long' | 'incomplete';

export type SplitItem =
  | { readonly kind: 'line'; readonly line: number; readonly bytes: Buffer }
  | ({ readonly kind: 'rejected' } & Rejected);

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const isBlank = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** What a text turned out to be: records by line, or JSON values one after the other (an array, or pretty-printed). */
type Layout = 'lines' | 'values';

/**
 * Cuts a stream of bytes into records as it comes, without holding more than one of them. Understands lines (NDJSON,
 * logs), a JSON array, and JSON objects printed over several lines.
 */
export class Splitter {
  readonly #bytesMax: number;
  #layout: Layout | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #line = 0;
  /** The rest of a line or value that is too long is skipped. */
  #skipping = false;
  #scan: ValueScan = { at: 0, depth: 0, start: -1, inText: false, escaped: false, walk: new CharacterWalk() };
  #inArray = false;

  /**
   * @param bytesMax longest record
   * @param layout told by the first line when absent
   */
  constructor(bytesMax: number, layout?: Layout) {
    this.#bytesMax = bytesMax;
    this.#layout = layout;
  }

  /** The records that are complete after this chunk. */
  push(chunk: Buffer): SplitItem[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#layout ??= layoutOf(this.#rest, this.#bytesMax);
    if (this.#layout === undefined) return [];
    return this.#layout === 'lines' ? this.#cutLines() : this.#cutValues();
  }

  /** What remains when nothing more comes. */
  end(): SplitItem[] {
    this.#layout ??= layoutOf(Buffer.concat([this.#rest, Buffer.from('\n')]), 0) ?? 'lines';
    if (this.#layout === 'lines') {
      const items = this.#cutLines();
      const last = this.#skipping ? undefined : this.#lineItem(this.#rest);
      this.#rest = Buffer.alloc(0);
      return last === undefined ? items : [...items, last];
    }
    const items = this.#cutValues();
    // Inside a value, or inside an array that was not closed: the sender or the file stopped in the middle.
    if (this.#scan.start < 0 && !this.#inArray) return items;
    this.#line += 1;
    return [...items, { kind: 'rejected', line: this.#line, reason: 'incomplete' }];
  }

  #cutLines(): SplitItem[] {
    const items: SplitItem[] = [];
    let start = 0;
    for (;;) {
      const end = this.#rest.indexOf(NEWLINE, start);
      if (end < 0) break;
      const skipped = this.#skipping;
      this.#skipping = false;
      const item = skipped ? undefined : this.#lineItem(this.#rest.subarray(start, end));
      if (item !== undefined) items.push(item);
      start = end + 1;
    }
    this.#rest = this.#rest.subarray(start);
    if (this.#skipping) this.#rest = Buffer.alloc(0);
    else if (this.#rest.length > this.#bytesMax + 1) items.push(this.#skipRest());
    return items;
  }

  #skipRest(): SplitItem {
    this.#skipping = true;
    this.#rest = Buffer.alloc(0);
    this.#line += 1;
    return { kind: 'rejected', line: this.#line, reason: 'too_long' };
  }

  #lineItem(bytes: Buffer): SplitItem | undefined {
    const whole = bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
    this.#line += 1;
    if (whole.every(isBlank)) return undefined;
    if (whole.length > this.#bytesMax) return { kind: 'rejected', line: this.#line, reason: 'too_long' };
    return { kind: 'line', line: this.#line, bytes: whole };
  }

  /** Walks over JSON by brackets and quotes only; whether a value is good JSON is for the parser of its source. */
  #cutValues(): SplitItem[] {
    const items: SplitItem[] = [];
    const bytes = this.#rest;
    const scan = this.#scan;
    for (; scan.at < bytes.length; scan.at += 1) {
      const byte = bytes[scan.at] ?? 0;
      if (scan.start < 0) this.#between(byte);
      else if (!scan.inText && scan.depth === 0 && endsScalar(byte)) {
        items.push(this.#valueItem(bytes.subarray(scan.start, scan.at)));
        scan.start = -1;
        this.#between(byte);
      } else if (scan.inText ? stepInText(scan, byte) : stepInValue(scan, byte)) {
        items.push(this.#valueItem(bytes.subarray(scan.start, scan.at + 1)));
        scan.start = -1;
      }
    }
    const keepFrom = scan.start < 0 ? bytes.length : scan.start;
    this.#rest = bytes.subarray(keepFrom);
    scan.at -= keepFrom;
    if (scan.start >= 0) scan.start = 0;
    if (this.#rest.length > this.#bytesMax) this.#forget(items);
    return items;
  }

  /** A value that is too long is still followed to its end, without keeping it. */
  #forget(items: SplitItem[]): void {
    if (!this.#skipping) {
      this.#line += 1;
      items.push({ kind: 'rejected', line: this.#line, reason: 'too_long' });
    }
    this.#skipping = true;
    this.#rest = Buffer.alloc(0);
    this.#scan.at = 0;
  }

  #between(byte: number): void {
    const scan = this.#scan;
    if (byte === OPEN_ARRAY && !this.#inArray) this.#inArray = true;
    else if (byte === CLOSE_ARRAY) this.#inArray = false;
    else if (!isBlank(byte) && byte !== COMMA) {
      scan.start = scan.at;
      scan.depth = 0;
      scan.inText = byte === QUOTE;
      scan.escaped = false;
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) scan.depth = 1;
    }
  }

  #valueItem(bytes: Buffer): SplitItem {
    if (this.#skipping) {
      this.#skipping = false;
      return { kind: 'rejected', line: this.#line, reason: 'too_long' };
    }
    this.#line += 1;
    if (bytes.length > this.#bytesMax) return { kind: 'rejected', line: this.#line, reason: 'too_long' };
    return { kind: 'line', line: this.#line, bytes: bytes[0] === QUOTE ? unquoted(bytes) : bytes };
  }
}

/** An array of texts is a list of lines: the record is what the text says. */
function unquoted(bytes: Buffer): Buffer {
  try {
    return receivedBytes(String(JSON.parse(receivedJson(bytes))));
  } catch {
    return bytes;
  }
}

interface ValueScan {
  at: number;
  depth: number;
  /** First byte of the value, -1 between values. */
  start: number;
  inText: boolean;
  escaped: boolean;
  /** Through the text. */
  readonly walk: CharacterWalk;
}

/** A number or word outside objects ends where the next thing begins. */
const endsScalar = (byte: number): boolean => byte === COMMA || byte === CLOSE_ARRAY || isBlank(byte);

/** @returns true when the value is a text and ends with this byte */
function stepInText(scan: ValueScan, byte: number): boolean {
  if (scan.walk.goesOn(byte)) return false;
  if (scan.escaped) scan.escaped = false;
  else if (byte === BACKSLASH) scan.escaped = true;
  else if (byte === QUOTE) {
    scan.inText = false;
    return scan.depth === 0;
  }
  return false;
}

/** @returns true when the value ends with this byte */
function stepInValue(scan: ValueScan, byte: number): boolean {
  if (byte === QUOTE) scan.inText = true;
  else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) scan.depth += 1;
  else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
    scan.depth -= 1;
    return scan.depth <= 0;
  }
  return false;
}

/**
 * Looks at the first line: `[` starts an array; an object that is not closed on its line is printed over several.
 *
 * @returns undefined while the first line is not there yet
 */
function layoutOf(bytes: Buffer, waitBytes: number): Layout | undefined {
  const first = bytes.findIndex((byte) => !isBlank(byte));
  if (first < 0) return bytes.length > waitBytes ? 'lines' : undefined;
  if (bytes[first] === OPEN_ARRAY) return layoutOfBracket(bytes, first);
  if (bytes[first] !== OPEN_OBJECT) return 'lines';
  const end = bytes.indexOf(NEWLINE, first);
  if (end < 0) return bytes.length > waitBytes ? 'lines' : undefined;
  return isOpen(bytes.subarray(first, end)) ? 'values' : 'lines';
}

/** An Apache error log begins with `[` too: an array goes on with an object, a text or its end. */
function layoutOfBracket(bytes: Buffer, first: number): Layout | undefined {
  const next = bytes.subarray(first + 1).find((byte) => !isBlank(byte));
  if (next === undefined) return undefined;
  return next === OPEN_OBJECT || next === CLOSE_ARRAY || next === QUOTE || next === OPEN_ARRAY ? 'values' : 'lines';
}

/** True when a first line opens an object and ends outside a text with brackets still open. */
function isOpen(line: Buffer): boolean {
  const scan: ValueScan = { at: 0, depth: 0, start: 0, inText: false, escaped: false, walk: new CharacterWalk() };
  for (const byte of line) {
    if (scan.inText) stepInText(scan, byte);
    else stepInValue(scan, byte);
  }
  return scan.depth > 0 && !scan.inText;
}

/** Cuts bytes that are all there. */
export function splitAll(bytes: Buffer, bytesMax: number, layout?: Layout): SplitItem[] {
  const splitter = new Splitter(bytesMax, layout);
  return [...splitter.push(bytes), ...splitter.end()];
}
