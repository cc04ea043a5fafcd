import { arePlain, type Memory, spells, WORD } from './bytes.ts';
import { endOfList, endsBare, LEAVES_MAX, type Leaf } from './leaves.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const [ZERO, NINE] = [0x30, 0x39];
const [LETTER_F, LETTER_N, LETTER_R, LETTER_T] = [0x66, 0x6e, 0x72, 0x74];
const DELETE = 0x7f;
/** Digits of a whole number that stay as they are, whoever reads them. */
const DIGITS_MAX = 20;
/** Bytes of the longest list that is looked at. */
const LIST_MAX = 1_000;

const encoder = new TextEncoder();
const [TRUE, FALSE] = [encoder.encode('true'), encoder.encode('false')];

export const KINDS = { text: 0, bare: 1, list: 2 } as const satisfies Record<Leaf['kind'], number>;
export type KindNumber = (typeof KINDS)[Leaf['kind']];

/** Where the values of a line stand, by member. */
export class Values {
  /** Where the line stands. */
  start = 0;
  end = 0;
  count = 0;
  readonly from = new Int32Array(LEAVES_MAX);
  readonly to = new Int32Array(LEAVES_MAX);
  /** Bytes that a text loses when its escapes are resolved. */
  readonly escapes = new Int32Array(LEAVES_MAX);
  /** 1: a text has signs escaped that need not be, so that it cannot be put back from what it says. */
  readonly odd = new Uint8Array(LEAVES_MAX);
  /** The members in the order in which they stand in the line. */
  readonly order = new Int32Array(LEAVES_MAX);
  /** Above 0x7f when the line has bytes outside ASCII. */
  high = 0;
  /** The list that was seen last to be good JSON in ASCII: senders put the same few words in. */
  #list: Uint8Array = new Uint8Array(0);
  /** For `renumber`: made anew for each line it would be garbage. */
  readonly #read = new Int32Array(LEAVES_MAX);

  /** Reads the value that begins here, a text behind its quote. @returns where it ends; -1: it is one for the usual way */
  take(member: number, kind: KindNumber, line: Memory, from: number, to: number): number {
    this.from[member] = from;
    this.escapes[member] = 0;
    this.odd[member] = 0;
    const end =
      kind === KINDS.text
        ? this.#endOfText(member, line, from, to)
        : kind === KINDS.bare
          ? endOfBare(line.bytes, from, to)
          : this.#endOfList(line.bytes, from, to);
    if (end >= to) return -1;
    this.to[member] = end;
    return end;
  }

  /** Gives values that are numbered by their places in the line the numbers of their members. @param order by place */
  renumber(order: Int32Array): void {
    const { count } = this;
    const read = this.#read;
    for (const all of [this.from, this.to, this.escapes, this.odd]) {
      for (let place = 0; place < count; place += 1) read[place] = all[place] ?? 0;
      for (let place = 0; place < count; place += 1) all[order[place] ?? 0] = read[place] ?? 0;
    }
    for (let place = 0; place < count; place += 1) this.order[place] = order[place] ?? 0;
  }

  #endOfText(member: number, { bytes, words }: Memory, from: number, to: number): number {
    const lastWord = to - WORD;
    let at = from;
    let [escapes, high] = [0, 0];
    for (;;) {
      while (at <= lastWord && arePlain(words.getInt32(at, true))) at += WORD;
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        if (isPlainEscape(bytes[at + 1] ?? 0)) {
          escapes += 1;
          at += 2;
          continue;
        }
        if (!isCautious(bytes, at)) return -1;
        this.odd[member] = 1;
        escapes += CAUTIOUS_BYTES - 1;
        at += CAUTIOUS_BYTES;
        continue;
      }
      if (byte < 0x20 || byte === DELETE) return -1;
      high |= byte;
      at += 1;
    }
    this.escapes[member] = escapes;
    this.high |= high;
    return at;
  }

  /** Where a list ends; -1 when it is not good JSON, or not ASCII. */
  #endOfList(bytes: Uint8Array, from: number, to: number): number {
    if (from + this.#list.length < to && spells(this.#list, bytes, from, from + this.#list.length)) {
      if (this.#list.length > 0) return from + this.#list.length;
    }
    const end = endOfList(bytes, from, to);
    if (end < 0) return -1;
    const list = bytes.slice(from, end);
    try {
      JSON.parse(String.fromCharCode(...list.subarray(0, LIST_MAX)));
    } catch {
      return -1;
    }
    if (list.length > LIST_MAX || list.some((byte) => byte >= 0x80)) return -1;
    this.#list = list;
    return end;
  }
}

/** The escapes that every writer of JSON writes in the same way. */
const isPlainEscape = (byte: number): boolean =>
  byte === BACKSLASH || byte === QUOTE || byte === LETTER_N || byte === LETTER_R || byte === LETTER_T;

/** Bytes of `\\u003c`, and where its digits stand. */
const CAUTIOUS_BYTES = 6;
const [ZEROES_AT, TENS_AT, ONES_AT] = [2, 4, 5];
const encoded = (text: string): number => new TextEncoder().encode(text)[0] ?? 0;
const [LETTER_U, TWO, THREE, SIX, SEVEN, LETTER_C, LETTER_E] = [...'u2367ce'].map(encoded);

/** `&`, `'`, `<` or `>` as a number, as writers do whose JSON may come to stand in a page of HTML (Go, PowerShell). */
function isCautious(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 1] !== LETTER_U || bytes[at + ZEROES_AT] !== ZERO || bytes[at + ZEROES_AT + 1] !== ZERO) return false;
  const [tens, ones] = [bytes[at + TENS_AT], bytes[at + ONES_AT]];
  return tens === TWO ? ones === SIX || ones === SEVEN : tens === THREE && (ones === LETTER_C || ones === LETTER_E);
}

/** Where a whole number, true or false ends; -1 for anything else. */
function endOfBare(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && !endsBare(bytes[at] ?? 0)) at += 1;
  const first = bytes[from] ?? 0;
  if (first === LETTER_T) return spells(TRUE, bytes, from, at) ? at : -1;
  if (first === LETTER_F) return spells(FALSE, bytes, from, at) ? at : -1;
  const digits = first === MINUS ? from + 1 : from;
  const length = at - digits;
  if (length < 1 || length > DIGITS_MAX || (bytes[digits] === ZERO && (length > 1 || digits > from))) return -1;
  for (let index = digits; index < at; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte < ZERO || byte > NINE) return -1;
  }
  return at;
}
