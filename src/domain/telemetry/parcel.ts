import { receivedLine } from '#engine/formats/received.ts';
import { unpacked } from './packing.ts';
import type { RawLine } from './raw-line.ts';

/** Lines of one sender that were accepted together; a parcel is one record of the queue. */
export interface Parcel {
  /** The configured source that took them. */
  readonly sourceId: string;
  readonly unitPath: string;
  readonly sourceHint: string;
  readonly sender: string;
  readonly receivedAtMs: number;
  readonly lines: readonly Buffer[];
}

const FORMAT = 1;
const FIXED_BYTES = 1 + 8;
/** Small enough that a batch of parcels has a steady size, large enough that frames cost nothing. */
const LINES_MAX = 500;
const BYTES_MAX = 1024 * 1024;

/** Gives memory for a record of so many bytes. */
type Allocate = (bytes: number) => Buffer;

/**
 * Splits what was accepted into records for the queue, one after the other. A line longer than the bound gets a record of its own.
 *
 * @param allocate where the records lie
 */
export function* encodeParcels(
  parcel: Parcel,
  allocate: Allocate = (bytes) => Buffer.allocUnsafe(bytes),
): Generator<Buffer> {
  let lines: Buffer[] = [];
  let bytes = 0;
  for (const line of parcel.lines) {
    if (lines.length > 0 && (lines.length >= LINES_MAX || bytes + line.length > BYTES_MAX)) {
      yield encode(parcel, lines, bytes, allocate);
      lines = [];
      bytes = 0;
    }
    lines.push(line);
    bytes += line.length;
  }
  if (lines.length > 0) yield encode(parcel, lines, bytes, allocate);
}

function encode(parcel: Parcel, lines: readonly Buffer[], lineBytes: number, allocate: Allocate): Buffer {
  const texts = [parcel.sourceId, parcel.unitPath, parcel.sourceHint, parcel.sender].map((text) => Buffer.from(text));
  const textBytes = texts.reduce((sum, text) => sum + 2 + text.length, 0);
  const buffer = allocate(FIXED_BYTES + textBytes + lines.length * 4 + lineBytes);
  let at = buffer.writeUInt8(FORMAT, 0);
  at = buffer.writeDoubleBE(parcel.receivedAtMs, at);
  for (const text of texts) {
    at = buffer.writeUInt16BE(text.length, at);
    at += text.copy(buffer, at);
  }
  for (const line of lines) {
    at = buffer.writeUInt32BE(line.length, at);
    at += line.copy(buffer, at);
  }
  return buffer;
}

/** A raw line and the configured source it came by. */
export interface TakenLine extends RawLine {
  readonly sourceId: string;
  readonly encoding: string;
}

/** A line in a record of the queue: where it stands, and what is known of it before it is read. */
export interface LinePlace extends Omit<TakenLine, 'text' | 'encoding'> {
  readonly from: number;
  readonly to: number;
}

/**
 * Gives the lines of a record of the queue, one after the other: a line that is done with before the next one is read
 * costs the garbage collector nothing.
 *
 * @param recordId identifier of the record; a line's is `<record>-<number>`, the same each time
 * @param take gets the record in which the line stands, unpacked
 * @throws Error when the record is not one of ours: its checksum was right, so this is a fault of the program
 */
export function eachPlace(recordId: string, packed: Buffer, take: (place: LinePlace, record: Buffer) => void): void {
  const record = unpacked(packed);
  if (record.readUInt8(0) !== FORMAT) throw new Error(`record ${recordId} of the queue has an unknown format`);
  const receivedAtMs = record.readDoubleBE(1);
  let at = FIXED_BYTES;
  const text = (): string => {
    const end = at + 2 + record.readUInt16BE(at);
    const value = record.toString('utf8', at + 2, end);
    at = end;
    return value;
  };
  const sourceId = text();
  const unitPath = text();
  const sourceHint = text();
  const sender = text();
  for (let number = 0; at < record.length; number += 1) {
    const end = at + 4 + record.readUInt32BE(at);
    const id = `${recordId}-${number.toString(36).padStart(2, '0')}`;
    take({ id, from: at + 4, to: end, receivedAtMs, unitPath, sourceHint, sender, sourceId }, record);
    at = end;
  }
}

/** The line that stands at a place of a record. */
export function lineAt({ from, to, ...known }: LinePlace, record: Buffer): TakenLine {
  return { ...known, ...receivedLine(record.subarray(from, to)) };
}
