import { everyByte, type Memory, mayHold, memoryOf, WORD } from './bytes.ts';

const encoder = new TextEncoder();
const BACKSLASH = 0x5c;
const BACKSLASHES = everyByte(BACKSLASH);
const [LETTER_N, LETTER_R, LETTER_T, LETTER_U] = [0x6e, 0x72, 0x74, 0x75];
/** Of a sign written as a number. */
const DIGITS = 4;
const [LINE_FEED, RETURN, TAB] = [0x0a, 0x0d, 0x09];
/** Up to this length a loop is quicker than a call out of JavaScript. */
const LOOP_MAX = 160;
const TWO_32 = 2 ** 32;
/** Room that is left for the length of a long text: most take two bytes. */
const LENGTH_BYTES = 2;

/** Writes values in the form of RowBinary: a text is its length in seven-bit groups and UTF-8. */
export class Out {
  #memory = memoryOf(new Uint8Array(0));
  at = 0;

  /** Where it writes. */
  get bytes(): Uint8Array {
    return this.#memory.bytes;
  }

  set bytes(bytes: Uint8Array) {
    if (bytes !== this.#memory.bytes) this.#memory = memoryOf(bytes);
  }

  /** Bytes as they are. */
  raw(source: Memory, from: number, to: number): void {
    const { bytes, words } = this.#memory;
    const { at } = this;
    const length = to - from;
    this.at = at + length;
    if (length > LOOP_MAX) {
      bytes.set(source.bytes.subarray(from, to), at);
      return;
    }
    if (length < WORD) {
      for (let index = 0; index < length; index += 1) bytes[at + index] = source.bytes[from + index] ?? 0;
      return;
    }
    const last = length - WORD;
    for (let index = 0; index < last; index += WORD) {
      words.setInt32(at + index, source.words.getInt32(from + index, true), true);
    }
    // The last word may overlap the one before it.
    words.setInt32(at + last, source.words.getInt32(from + last, true), true);
  }

  byte(value: number): void {
    this.#memory.bytes[this.at] = value;
    this.at += 1;
  }

  all(source: Memory): void {
    this.raw(source, 0, source.bytes.length);
  }

  length(value: number): void {
    let left = value;
    for (; left >= 0x80; left >>>= 7) this.byte((left & 0x7f) | 0x80);
    this.byte(left);
  }

  /** What a JSON text says that stands here. @param escapes bytes that it loses when its escapes are resolved */
  value(source: Memory, from: number, to: number, escapes: number): void {
    this.length(to - from - escapes);
    if (escapes === 0) {
      this.raw(source, from, to);
      return;
    }
    const { bytes, words } = this.#memory;
    const lastWord = to - WORD;
    let { at } = this;
    for (let index = from; index < to; index += 1) {
      while (index <= lastWord) {
        const word = source.words.getInt32(index, true);
        if (mayHold(word, BACKSLASHES)) break;
        words.setInt32(at, word, true);
        index += WORD;
        at += WORD;
      }
      if (index >= to) break;
      let byte = source.bytes[index] ?? 0;
      if (byte === BACKSLASH) {
        index += 1;
        byte = source.bytes[index] ?? 0;
        if (byte === LETTER_N) byte = LINE_FEED;
        else if (byte === LETTER_R) byte = RETURN;
        else if (byte === LETTER_T) byte = TAB;
        else if (byte === LETTER_U) {
          byte = numbered(source.bytes, index);
          index += DIGITS;
        }
      }
      bytes[at] = byte;
      at += 1;
    }
    this.at = at;
  }

  /** A JSON text as it stands here, but for signs that are written as numbers and need not be. */
  plain(source: Uint8Array, from: number, to: number): void {
    for (let index = from; index < to; index += 1) {
      const byte = source[index] ?? 0;
      if (byte !== BACKSLASH) this.byte(byte);
      else if (source[index + 1] === LETTER_U) {
        this.byte(numbered(source, index + 1));
        index += DIGITS + 1;
      } else {
        this.byte(byte);
        index += 1;
        this.byte(source[index] ?? 0);
      }
    }
  }

  text(value: string): void {
    const start = this.at;
    this.length(value.length);
    const { bytes } = this.#memory;
    let { at } = this;
    let high = 0;
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      high |= code;
      bytes[at] = code;
      at += 1;
    }
    this.at = at;
    if (high < 0x80) return;
    const encoded = encoder.encode(value);
    this.at = start;
    this.length(encoded.length);
    this.all(memoryOf(encoded));
  }

  /** Milliseconds as 64 bits. */
  long(value: number): void {
    const high = Math.floor(value / TWO_32);
    this.word(Math.trunc(value - high * TWO_32));
    this.word(high);
  }

  word(value: number): void {
    this.#memory.words.setInt32(this.at, value, true);
    this.at += WORD;
  }

  /** Begins a text whose length is not known yet. @returns where, for `end` */
  begin(): number {
    this.at += LENGTH_BYTES;
    return this.at;
  }

  end(start: number): void {
    const length = this.at - start;
    const needed = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : 4;
    const to = start - LENGTH_BYTES + needed;
    if (to !== start) this.bytes.copyWithin(to, start, start + length);
    this.at = start - LENGTH_BYTES;
    this.length(length);
    this.at += length;
  }
}

/** The sign whose number stands behind the `u` here. */
const numbered = (source: Uint8Array, at: number): number =>
  Number.parseInt(String.fromCharCode(...source.subarray(at + 1, at + 1 + DIGITS)), 16);
