import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';

const inflate = promisify(inflateRaw);

/** Why a container is not opened. */
export type ArchiveFault = 'not_zip' | 'too_many_entries' | 'unpacks_too_large' | 'encrypted' | 'damaged';

export interface ArchiveLimits {
  readonly entriesMax: number;
  /** Unpacked bytes of all entries together. */
  readonly bytesMax: number;
}

const END_SIGNATURE = 0x06054b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const COMMENT_MAX = 0xffff;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;

/** Offset of the record at the end of a zip file (APPNOTE 4.3.16), or -1. */
function endRecord(file: Buffer): number {
  const last = file.length - END_BYTES;
  for (let at = last; at >= 0 && at >= last - COMMENT_MAX; at -= 1) {
    if (file.readUInt32LE(at) === END_SIGNATURE) return at;
  }
  return -1;
}

interface Entry {
  readonly method: number;
  readonly encrypted: boolean;
  readonly packed: number;
  readonly unpacked: number;
  readonly offset: number;
}

/** Entries of the central directory; undefined when it is damaged or says more than `entriesMax`. */
function entriesOf(file: Buffer, end: number): Entry[] | undefined {
  const entries: Entry[] = [];
  let at = file.readUInt32LE(end + 16);
  for (let count = file.readUInt16LE(end + 10); count > 0; count -= 1) {
    if (at + CENTRAL_BYTES > end || file.readUInt32LE(at) !== CENTRAL_SIGNATURE) return undefined;
    entries.push({
      method: file.readUInt16LE(at + 10),
      encrypted: (file.readUInt16LE(at + 8) & 1) === 1,
      packed: file.readUInt32LE(at + 20),
      unpacked: file.readUInt32LE(at + 24),
      offset: file.readUInt32LE(at + 42),
    });
    at += CENTRAL_BYTES + file.readUInt16LE(at + 28) + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  return entries;
}

/** Bytes that an entry really unpacks to; undefined when it is damaged or passes `bytesMax`. What it declares is no proof. */
async function unpackedBytes(file: Buffer, entry: Entry, bytesMax: number): Promise<number | undefined> {
  const { offset } = entry;
  if (offset + LOCAL_BYTES > file.length || file.readUInt32LE(offset) !== LOCAL_SIGNATURE) return undefined;
  const start = offset + LOCAL_BYTES + file.readUInt16LE(offset + 26) + file.readUInt16LE(offset + 28);
  if (start + entry.packed > file.length) return undefined;
  const packed = file.subarray(start, start + entry.packed);
  if (entry.method === 0) return packed.length;
  if (entry.method !== 8) return undefined;
  try {
    return (await inflate(packed, { maxOutputLength: Math.max(1, bytesMax) })).length;
  } catch {
    return undefined;
  }
}

/**
 * Whether a zip container (an .xlsx is one) is safe to unpack: every entry is inflated against the limit, because the
 * sizes it declares may be lies.
 *
 * @returns undefined when it is safe
 */
export async function archiveFault(bytes: Uint8Array, limits: ArchiveLimits): Promise<ArchiveFault | undefined> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endRecord(file);
  if (end < 0) return 'not_zip';
  if (file.readUInt16LE(end + 10) > limits.entriesMax) return 'too_many_entries';
  const entries = entriesOf(file, end);
  if (entries === undefined) return 'damaged';
  if (entries.some(({ encrypted }) => encrypted)) return 'encrypted';
  if (entries.reduce((sum, { unpacked }) => sum + unpacked, 0) > limits.bytesMax) return 'unpacks_too_large';
  let left = limits.bytesMax;
  for (const entry of entries) {
    const size = await unpackedBytes(file, entry, left);
    if (size === undefined || size > entry.unpacked) return 'damaged';
    left -= size;
  }
  return undefined;
}
