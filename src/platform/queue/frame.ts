import { crc32 } from 'node:zlib';

/** Bytes before each record: length (u32) and CRC-32 of the payload (u32), both big endian. */
export const FRAME_HEADER_BYTES = 8;

/** The pieces of the records as they lie on disk: headers of our own, the records themselves, not copied. */
export function framePieces(records: readonly Uint8Array[]): Uint8Array[] {
  const headers = Buffer.alloc(records.length * FRAME_HEADER_BYTES);
  return records.flatMap((record, index) => {
    const at = index * FRAME_HEADER_BYTES;
    headers.writeUInt32BE(record.byteLength, at);
    headers.writeUInt32BE(crc32(record), at + 4);
    return [headers.subarray(at, at + FRAME_HEADER_BYTES), record];
  });
}

/** The records as they lie on disk, one frame after the other. */
export function framesOf(records: readonly Uint8Array[]): Buffer {
  return Buffer.concat(framePieces(records));
}

/** What stands at one place of a segment. */
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
