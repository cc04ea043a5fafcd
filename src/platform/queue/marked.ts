import { crc32 } from 'node:zlib';
import { FRAME_HEADER_BYTES, type Frame, frameAt, writeHeader } from './frame.ts';

/**
 * In a segment each frame stands behind a mark: a word to search for, the number of the record in its segment, and a CRC-32 over that
 * number, the frame's header and the place it was written at. So a damaged record costs itself only: with a whole mark its length is
 * beyond doubt, without one the next mark is searched for. Nothing that a sender puts into a record passes for a mark: it would have
 * to know at which byte of which segment it will lie.
 */
const WORD = Buffer.from('TGQ1', 'latin1');
const WORD_NUMBER = WORD.readUInt32BE();
const INDEX_AT = 4;
const CHECK_AT = 8;
const MARK_BYTES = 12;

/** Bytes before each record of a segment. */
export const HEADER_BYTES = MARK_BYTES + FRAME_HEADER_BYTES;

/** Where the first of some bytes lies. */
export interface Base {
  readonly segment: number;
  readonly offset: number;
}

/** Odd, so that places of different segments give different numbers. */
const SPREAD = 0x9e3779b1;

function checkOf(header: Buffer, { segment, offset }: Base, at: number): number {
  const place = (Math.imul(segment, SPREAD) + offset + at) >>> 0;
  return crc32(header.subarray(MARK_BYTES), crc32(header.subarray(INDEX_AT, CHECK_AT), place));
}

/** The pieces of records as they lie in a segment: headers of our own, the records themselves, not copied. */
export function markedPieces(records: readonly Uint8Array[], base: Base, firstIndex: number): Uint8Array[] {
  const headers = Buffer.alloc(records.length * HEADER_BYTES);
  let at = 0;
  return records.flatMap((record, number) => {
    const header = headers.subarray(number * HEADER_BYTES, (number + 1) * HEADER_BYTES);
    WORD.copy(header);
    header.writeUInt32BE(firstIndex + number, INDEX_AT);
    writeHeader(header.subarray(MARK_BYTES), record);
    header.writeUInt32BE(checkOf(header, base, at), CHECK_AT);
    at += HEADER_BYTES + record.byteLength;
    return [header, record];
  });
}

const isMarked = (bytes: Buffer, base: Base, at: number): boolean =>
  bytes.readUInt32BE(at) === WORD_NUMBER &&
  bytes.readUInt32BE(at + CHECK_AT) === checkOf(bytes.subarray(at, at + HEADER_BYTES), base, at);

/** A frame of a segment. `index`: its number, where it says so; `end` of a bad one: where the next one begins, where that is known. */
export type MarkedFrame =
  | (Extract<Frame, { kind: 'record' }> & { readonly index: number | undefined })
  | Extract<Frame, { kind: 'short' }>
  | (Extract<Frame, { kind: 'bad' }> & { readonly end: number | undefined });

/** Reads the frame that starts at `at` of bytes that begin at `base`. */
export function markedFrameAt(bytes: Buffer, base: Base, at: number, recordBytesMax: number): MarkedFrame {
  const left = bytes.length - at;
  if (left < WORD.length || bytes.readUInt32BE(at) !== WORD_NUMBER) return bareFrameAt(bytes, at, recordBytesMax);
  if (left < HEADER_BYTES) return { kind: 'short', needed: HEADER_BYTES };
  if (!isMarked(bytes, base, at)) return { kind: 'bad', reason: 'the mark does not fit', end: undefined };
  const frame = frameAt(bytes, at + MARK_BYTES, recordBytesMax);
  if (frame.kind === 'record') return { ...frame, index: bytes.readUInt32BE(at + INDEX_AT) };
  if (frame.kind === 'short') return { kind: 'short', needed: MARK_BYTES + frame.needed };
  return { ...frame, end: at + HEADER_BYTES + bytes.readUInt32BE(at + MARK_BYTES) };
}

/** Segments had no marks at first; what a queue from then still holds is read. The word of a mark is no possible length. */
function bareFrameAt(bytes: Buffer, at: number, recordBytesMax: number): MarkedFrame {
  const frame = frameAt(bytes, at, recordBytesMax);
  if (frame.kind === 'record') return { ...frame, index: undefined };
  return frame.kind === 'bad' ? { ...frame, end: undefined } : frame;
}

/** Where the next whole mark stands, from `at` on. */
export function findMark(bytes: Buffer, base: Base, at: number): number | undefined {
  for (let found = bytes.indexOf(WORD, at); found >= 0; found = bytes.indexOf(WORD, found + 1)) {
    if (bytes.length - found < HEADER_BYTES) return undefined;
    if (isMarked(bytes, base, found)) return found;
  }
  return undefined;
}
