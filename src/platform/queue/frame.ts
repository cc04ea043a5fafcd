import { crc32 } from 'node:zlib';

/** Bytes before each record: length (u32) and CRC-32 of the payload (u32), both big endian. */
export const FRAME_HEADER_BYTES = 8;

/** Writes what stands before a record. */
export function writeHeader(header: Buffer, record: Uint8Array): void {
  header.writeUInt32BE(record.byteLength, 0);
  header.writeUInt32BE(crc32(record), 4);
}

/** The records of one message, one frame after the other. */
export function framesOf(records: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    records.flatMap((record) => {
      const header = Buffer.alloc(FRAME_HEADER_BYTES);
      writeHeader(header, record);
      return [header, record];
    }),
  );
}

/** What stands at one place. */
export type Frame =
  | { readonly kind: 'record'; readonly payload: Buffer; readonly end: number }
  /** The bytes end inside the frame; `needed` is how many bytes the frame has in all, as far as known. */
  | { readonly kind: 'short'; readonly needed: number }
  | { readonly kind: 'bad'; readonly reason: string };

/**
 * Reads the frame that starts at `at`.
 *
 * @param recordBytesMax a longer length is taken for damage, so that a flipped bit cannot ask for gigabytes
 */
export function frameAt(bytes: Buffer, at: number, recordBytesMax: number): Frame {
  if (bytes.length - at < FRAME_HEADER_BYTES) return { kind: 'short', needed: FRAME_HEADER_BYTES };
  const length = bytes.readUInt32BE(at);
  // An empty record is never written: zeros at the end of a file (a crash of the machine) must not look like records.
  if (length === 0) return { kind: 'bad', reason: 'a record of no length' };
  if (length > recordBytesMax) return { kind: 'bad', reason: `a record of ${length} bytes, at most ${recordBytesMax}` };
  const end = at + FRAME_HEADER_BYTES + length;
  if (bytes.length < end) return { kind: 'short', needed: FRAME_HEADER_BYTES + length };
  const payload = bytes.subarray(at + FRAME_HEADER_BYTES, end);
  if (crc32(payload) !== bytes.readUInt32BE(at + 4)) return { kind: 'bad', reason: 'the checksum does not fit' };
  return { kind: 'record', payload, end };
}
