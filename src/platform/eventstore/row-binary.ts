/** A column as ClickHouse's RowBinary has it: text, milliseconds of a DateTime64(3), or a UInt32. */
export interface BinaryColumn {
  readonly column: string;
  readonly kind: 'text' | 'time' | 'number';
}

/** Finished rows: what a store takes quickest, since it has nothing to parse. */
export interface BinaryRows {
  readonly columns: readonly BinaryColumn[];
  readonly bytes: Uint8Array;
}

/** Values of a row in the order of the columns: text, or a number for `time` (ms since 1970) and `number`. '' means empty or 0. */
export type BinaryRow = readonly (string | number)[];

const BYTES_EXPECTED = 1024 * 1024;
/** Bytes of the longest length prefix, and of any number. */
const PREFIX_BYTES = 10;
/** UTF-8 needs no more for one unit of UTF-16. */
const UNIT_BYTES_MAX = 3;
/** Up to this length a loop is quicker than a call out of JavaScript. */
const LOOP_MAX = 24;
const TWO_32 = 2 ** 32;

/** Bytes of a length in seven-bit groups. */
const prefixBytes = (length: number): number =>
  length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : length < 0x1000_0000 ? 4 : 5;

/** Writes rows one after the other into one growing buffer. */
export class RowBinaryWriter {
  readonly #columns: readonly BinaryColumn[];
  readonly #kinds: readonly BinaryColumn['kind'][];
  #buffer: Buffer;
  #at = 0;

  /** @param memory is written to as long as there is room in it: enough of it saves copies */
  constructor(columns: readonly BinaryColumn[], memory: Buffer = Buffer.allocUnsafeSlow(BYTES_EXPECTED)) {
    this.#columns = columns;
    this.#buffer = memory;
    this.#kinds = columns.map(({ kind }) => kind);
  }

  add(row: BinaryRow): void {
    const kinds = this.#kinds;
    this.#reserve(kinds.length * PREFIX_BYTES);
    for (let index = 0; index < kinds.length; index += 1) {
      const value = row[index] ?? '';
      if (kinds[index] !== 'text') this.#number(typeof value === 'number' ? value : 0, kinds[index] === 'time');
      else if (value === '' || typeof value !== 'string') {
        this.#buffer[this.#at] = 0;
        this.#at += 1;
      } else this.#text(value);
    }
  }

  /**
   * Room for a row that somebody else writes, in the same form, from `at` on.
   * @param bytes that it takes at most
   */
  room(bytes: number): { readonly bytes: Uint8Array; readonly at: number } {
    this.#reserve(bytes);
    return { bytes: this.#buffer, at: this.#at };
  }

  /** The row was written up to here. */
  written(at: number): void {
    this.#at = at;
  }

  /** The rows so far, in memory that nothing else lies in, or in what was given: it may be handed to another thread. */
  finish(): BinaryRows {
    const bytes = new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset, this.#at);
    this.#buffer = Buffer.allocUnsafeSlow(0);
    this.#at = 0;
    return { columns: this.#columns, bytes };
  }

  #number(value: number, isLong: boolean): void {
    const high = Math.floor(value / TWO_32);
    this.#at = this.#buffer.writeUInt32LE(Math.trunc(value - high * TWO_32), this.#at);
    if (isLong) this.#at = this.#buffer.writeInt32LE(high, this.#at);
  }

  /** Length in seven-bit groups, then UTF-8. */
  #text(value: string): void {
    const units = value.length;
    this.#reserve(units * UNIT_BYTES_MAX + this.#kinds.length * PREFIX_BYTES);
    const buffer = this.#buffer;
    let at = this.#at;
    if (units <= LOOP_MAX) {
      let or = 0;
      buffer[at] = units;
      for (let index = 0; index < units; index += 1) {
        const code = value.charCodeAt(index);
        or |= code;
        at += 1;
        buffer[at] = code;
      }
      if (or < 0x80) {
        this.#at = at + 1;
        return;
      }
      at = this.#at;
    }
    // Most texts are ASCII, and their length in bytes is known before they are written.
    const guessed = prefixBytes(units);
    const bytes = buffer.write(value, at + guessed, 'utf8');
    const needed = prefixBytes(bytes);
    if (needed !== guessed) buffer.copyWithin(at + needed, at + guessed, at + guessed + bytes);
    let length = bytes;
    for (; length >= 0x80; length >>>= 7) {
      buffer[at] = (length & 0x7f) | 0x80;
      at += 1;
    }
    buffer[at] = length;
    this.#at = at + 1 + bytes;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

const TYPES = { text: 'String', time: "DateTime64(3, 'UTC')", number: 'UInt32' } as const;

/** The columns as the store names their structure. */
export const structureOf = (columns: readonly BinaryColumn[]): string =>
  columns.map(({ column, kind }) => `${column} ${TYPES[kind]}`).join(', ');
