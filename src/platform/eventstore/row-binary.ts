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

/** Values of a row by column: text, or a number for `time` (ms since 1970) and `number`. Absent means empty or 0. */
export type BinaryRow = Readonly<Record<string, string | number | undefined>>;

const FIRST_BYTES = 1024 * 1024;
/** Bytes of the longest length prefix, and of any number. */
const PREFIX_BYTES = 10;

/** Writes rows one after the other into one growing buffer. */
export class RowBinaryWriter {
  readonly #columns: readonly BinaryColumn[];
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;

  constructor(columns: readonly BinaryColumn[]) {
    this.#columns = columns;
  }

  add(row: BinaryRow): void {
    this.#reserve(this.#columns.length * PREFIX_BYTES);
    for (const { column, kind } of this.#columns) {
      const value = row[column];
      if (kind === 'text') this.#text(typeof value === 'string' ? value : '');
      else this.#number(typeof value === 'number' ? value : 0, kind);
    }
  }

  /** The rows so far, in a buffer of their own that may be handed to another thread. */
  finish(): BinaryRows {
    const bytes = new Uint8Array(this.#buffer.buffer, 0, this.#at);
    this.#buffer = Buffer.allocUnsafeSlow(0);
    this.#at = 0;
    return { columns: this.#columns, bytes };
  }

  #number(value: number, kind: 'time' | 'number'): void {
    if (kind === 'number') this.#at = this.#buffer.writeUInt32LE(value, this.#at);
    else this.#at = this.#buffer.writeBigInt64LE(BigInt(Math.trunc(value)), this.#at);
  }

  /** Length in seven-bit groups, then UTF-8. */
  #text(value: string): void {
    if (value === '') {
      this.#buffer[this.#at] = 0;
      this.#at += 1;
      return;
    }
    const bytes = Buffer.byteLength(value);
    this.#reserve(bytes + this.#columns.length * PREFIX_BYTES);
    let length = bytes;
    while (length >= 0x80) {
      this.#buffer[this.#at] = (length & 0x7f) | 0x80;
      this.#at += 1;
      length >>>= 7;
    }
    this.#buffer[this.#at] = length;
    this.#at += 1;
    this.#at += this.#buffer.write(value, this.#at, bytes, 'utf8');
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
