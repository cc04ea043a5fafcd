import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { passing } from '#platform/garbage.ts';
import type { QueueBatch } from '#platform/queue/queue.ts';

/** First byte of a packed record; what else a record may begin with is the parcel's business. */
const PACKED = 2;
/** That byte, and how many bytes the record has unpacked. */
const HEADER_BYTES = 1 + 4;
/** Less is not worth setting up the compression. */
const WORTH_BYTES = 16 * 1024;
/** More than a parcel ever has: a long line, what is known of it, its length. */
const PLAIN_BYTES_MAX = 16 * 1024 * 1024;
/** The quickest: lines of one sender resemble each other so much that more effort saves little. */
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/**
 * A record of the queue as it is written: lines of one sender mostly shrink to a tenth and less, and each byte that need not be
 * written and synced is one that no sender waits for. Here and not in other threads: records of a sender stay in order.
 *
 * @returns the record itself when it is short or does not shrink
 */
export function packed(record: Buffer): Buffer {
  if (record.length < WORTH_BYTES) return record;
  const body = zstdCompressSync(record, OPTIONS);
  if (HEADER_BYTES + body.length >= record.length) return record;
  const whole = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  whole.writeUInt8(PACKED, 0);
  whole.writeUInt32BE(record.length, 1);
  body.copy(whole, HEADER_BYTES);
  return whole;
}

const isPacked = (record: Buffer): boolean => record[0] === PACKED && record.length > HEADER_BYTES;

/** Bytes of a record when it is unpacked: what batches and memory are measured by. */
export const plainBytes = (record: Buffer): number => (isPacked(record) ? record.readUInt32BE(1) : record.length);

/** Bytes of all records of a batch when they are unpacked. */
export const batchBytes = ({ records }: QueueBatch): number =>
  records.reduce((sum, { payload }) => sum + plainBytes(payload), 0);

/**
 * The record as it was before `packed`.
 *
 * @throws Error when it is not what it says: its checksum was right, so this is a fault of the program
 */
export function unpacked(record: Buffer): Buffer {
  if (!isPacked(record)) return record;
  const bytes = plainBytes(record);
  if (bytes > PLAIN_BYTES_MAX) throw new Error(`a record of the queue says that it has ${bytes} bytes`);
  // The pieces that it comes in, and the whole. Not in one large piece: Node keeps the last piece of each call until the whole heap is
  // looked through, and 100 MB of them call for that every few seconds.
  passing(2 * bytes);
  const plain = zstdDecompressSync(record.subarray(HEADER_BYTES), { maxOutputLength: bytes });
  if (plain.length !== bytes) throw new Error(`a record of the queue has ${plain.length} bytes and not ${bytes}`);
  return plain;
}
