/** A typed value of binary XML as Windows writes it in XML; several for an array type. */
export type EvtxValue = string | number | boolean | null | readonly (string | number | boolean)[];

/** A chunk being read; offsets are those of the chunk. */
export class ChunkBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** UTF-16LE text of `units` code units. @throws RangeError outside the chunk */
  text(at: number, units: number): string {
    if (units < 0 || at + units * 2 > this.bytes.length) throw new RangeError('a text ends behind its chunk');
    let text = '';
    let codes: number[] = [];
    for (let index = 0; index < units; index += 1) {
      codes.push(this.view.getUint16(at + index * 2, true));
      if (codes.length === 4096) {
        text += String.fromCharCode(...codes);
        codes = [];
      }
    }
    return text + String.fromCharCode(...codes);
  }
}

/** Types of values ([MS-EVEN6] 2.2.12, BinXml). An array has the bit 0x80. */
export const BINXML = 0x21;
const STRING = 0x01;
const ANSI = 0x02;
const ARRAY = 0x80;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

const hexBytes = (bytes: Uint8Array): string => Array.from(bytes, (byte) => hex(byte, 2).toUpperCase()).join('');

/** `{54849625-5478-4994-A5BA-3E3B0328C30D}`, with braces as Windows writes it. */
function guid({ view, bytes }: ChunkBytes, at: number): string {
  const head = [
    hex(view.getUint32(at, true), 8),
    hex(view.getUint16(at + 4, true), 4),
    hex(view.getUint16(at + 6, true), 4),
  ];
  const tail = hexBytes(bytes.subarray(at + 8, at + 16));
  return `{${head.join('-')}-${tail.slice(0, 4)}-${tail.slice(4)}}`.toUpperCase();
}

/** Between 1601 and 1970, in steps of 100 ns. */
const FILETIME_EPOCH = 116_444_736_000_000_000n;
const STEPS_PER_MS = 10_000n;

/** A FILETIME as `2016-07-08T18:12:51.6816400Z`; '' outside the years a calendar knows. */
function fileTime(steps: bigint): string {
  const since = steps - FILETIME_EPOCH;
  const ms = since / STEPS_PER_MS - (since < 0n && since % STEPS_PER_MS !== 0n ? 1n : 0n);
  const rest = since - ms * STEPS_PER_MS;
  const date = new Date(Number(ms));
  if (Number.isNaN(date.getTime())) return '';
  return date.toISOString().replace('Z', `${String(rest).padStart(4, '0')}Z`);
}

function systemTime({ view }: ChunkBytes, at: number): string {
  const part = (index: number): number => view.getUint16(at + index * 2, true);
  const ms = Date.UTC(part(0), part(1) - 1, part(3), part(4), part(5), part(6), part(7));
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString();
}

/** `S-1-5-18` ([MS-DTYP] 2.4.2). */
function sid({ view, bytes }: ChunkBytes, at: number, size: number): string {
  if (size < 8) return '';
  let authority = 0;
  for (let index = 2; index < 8; index += 1) authority = authority * 256 + (bytes[at + index] ?? 0);
  const parts = [bytes[at] ?? 0, authority];
  for (let offset = 8; offset + 4 <= size; offset += 4) parts.push(view.getUint32(at + offset, true));
  return `S-${parts.join('-')}`;
}

/** Whole numbers beyond 2^53 stay text, so that none is rounded. */
function whole(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

const withoutNulls = (text: string): string => text.replace(/\0+$/, '');

type Read = (chunk: ChunkBytes, at: number, size: number) => string | number | boolean;

interface Reader {
  /** Bytes of one value in an array; 0 = it has no fixed size. */
  readonly size: number;
  /** Fewest bytes of a value alone, where that is less: pointers have 4 or 8 bytes, truths 1 to 8. */
  readonly min?: number;
  readonly read: Read;
}

const READERS: Readonly<Record<number, Reader>> = {
  1: { size: 0, read: (chunk, at, size) => withoutNulls(chunk.text(at, size >> 1)) },
  2: {
    size: 0,
    read: ({ bytes }, at, size) =>
      withoutNulls(String.fromCharCode(...bytes.subarray(at, at + Math.min(size, 65_536)))),
  },
  3: { size: 1, read: ({ view }, at) => view.getInt8(at) },
  4: { size: 1, read: ({ view }, at) => view.getUint8(at) },
  5: { size: 2, read: ({ view }, at) => view.getInt16(at, true) },
  6: { size: 2, read: ({ view }, at) => view.getUint16(at, true) },
  7: { size: 4, read: ({ view }, at) => view.getInt32(at, true) },
  8: { size: 4, read: ({ view }, at) => view.getUint32(at, true) },
  9: { size: 8, read: ({ view }, at) => whole(view.getBigInt64(at, true)) },
  10: { size: 8, read: ({ view }, at) => whole(view.getBigUint64(at, true)) },
  11: { size: 4, read: ({ view }, at) => view.getFloat32(at, true) },
  12: { size: 8, read: ({ view }, at) => view.getFloat64(at, true) },
  13: { size: 4, min: 1, read: ({ bytes }, at, size) => bytes.subarray(at, at + size).some((byte) => byte !== 0) },
  14: { size: 0, read: ({ bytes }, at, size) => hexBytes(bytes.subarray(at, at + size)) },
  15: { size: 16, read: guid },
  16: { size: 8, min: 4, read: ({ view }, at, size) => hexNumber(view, at, size) },
  17: { size: 8, read: ({ view }, at) => fileTime(view.getBigUint64(at, true)) },
  18: { size: 16, read: systemTime },
  19: { size: 0, read: sid },
  20: { size: 4, read: ({ view }, at, size) => hexNumber(view, at, size) },
  21: { size: 8, min: 4, read: ({ view }, at, size) => hexNumber(view, at, size) },
};

/** Pointers and numbers that Windows writes as `0x3e7`. */
const hexNumber = (view: DataView, at: number, size: number): string =>
  `0x${(size >= 8 ? view.getBigUint64(at, true) : view.getUint32(at, true)).toString(16)}`;

function readArray(chunk: ChunkBytes, type: number, at: number, size: number): EvtxValue {
  if (type === STRING) return withoutNulls(chunk.text(at, size >> 1)).split('\0');
  const reader = READERS[type];
  if (!reader || reader.size === 0) return hexBytes(chunk.bytes.subarray(at, at + size));
  const values: (string | number | boolean)[] = [];
  for (let offset = 0; offset + reader.size <= size; offset += reader.size)
    values.push(reader.read(chunk, at + offset, reader.size));
  return values;
}

/**
 * Reads one typed value; null when it is empty. A type that is not known is given as the hexadecimal text of its bytes.
 * @throws RangeError when it reaches beyond the chunk
 */
export function readValue(chunk: ChunkBytes, type: number, at: number, size: number): EvtxValue {
  if (at + size > chunk.bytes.length) throw new RangeError('a value ends behind its chunk');
  if (type === 0 || (size === 0 && type !== STRING && type !== ANSI)) return null;
  if (type & ARRAY) return readArray(chunk, type & ~ARRAY, at, size);
  const reader = READERS[type];
  if (!reader) return hexBytes(chunk.bytes.subarray(at, at + size));
  if (size < (reader.min ?? reader.size)) return null;
  return reader.read(chunk, at, size);
}
