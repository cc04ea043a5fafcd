const encoder = new TextEncoder();
const BACKSLASH = 0x5c;
const [LETTER_N, LETTER_R, LETTER_T, LETTER_U] = [0x6e, 0x72, 0x74, 0x75];
/** Of a sign written as a number. */
const DIGITS = 4;
const [LINE_FEED, RETURN, TAB] = [0x0a, 0x0d, 0x09];
/** Up to this length a loop is quicker than a call out of JavaScript. */
const LOOP_MAX = 64;
const TWO_32 = 2 ** 32;
/** Room that is left for the length of a long text: most take two bytes. */
const LENGTH_BYTES = 2;

/** Writes values in the form of RowBinary: a text is its length in seven-bit groups and UTF-8. */
export class Out {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;

  /** Bytes as they are. */
  raw(source: Uint8Array, from: number, to: number): void {
    const { bytes } = this;
    let { at } = this;
    if (to - from > LOOP_MAX) {
      bytes.set(source.subarray(from, to), at);
      this.at = at + to - from;
      return;
    }
    for (let index = from; index < to; index += 1) {
      bytes[at] = source[index] ?? 0;
      at += 1;
    }
    this.at = at;
  }

  byte(value: number): void {
    this.bytes[this.at] = value;
    this.at += 1;
  }

  all(source: Uint8Array): void {
    this.raw(source, 0, source.length);
  }

  length(value: number): void {
    let left = value;
    for (; left >= 0x80; left >>>= 7) {
      this.bytes[this.at] = (left & 0x7f) | 0x80;
      this.at += 1;
    }
    this.bytes[this.at] = left;
    this.at += 1;
  }

  /** What a JSON text says that stands here. @param escapes bytes that it loses when its escapes are resolved */
  value(source: Uint8Array, from: number, to: number, escapes: number): void {
    this.length(to - from - escapes);
    if (escapes === 0) {
      this.raw(source, from, to);
      return;
    }
    const { bytes } = this;
    let { at } = this;
    for (let index = from; index < to; index += 1) {
      let byte = source[index] ?? 0;
      if (byte === BACKSLASH) {
        index += 1;
        byte = source[index] ?? 0;
        if (byte === LETTER_N) byte = LINE_FEED;
        else if (byte === LETTER_R) byte = RETURN;
        else if (byte === LETTER_T) byte = TAB;
        else if (byte === LETTER_U) {
          byte = numbered(source, index);
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
    const { bytes } = this;
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
    this.all(encoded);
  }

  /** Milliseconds as 64 bits. */
  long(value: number): void {
    const high = Math.floor(value / TWO_32);
    this.word(Math.trunc(value - high * TWO_32));
    this.word(high);
  }

  word(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) {
      this.bytes[this.at] = (value >>> shift) & 0xff;
      this.at += 1;
    }
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
