/** Bytes of one file of a backup, before compression. */
const PIECE_BYTES = 16 * 1024 * 1024;

const LINE_FEED = 0x0a;

/** `events/event/20261125/00007`: pieces sort as they were made. */
export const pieceName = (folder: string, index: number): string => `${folder}/${String(index).padStart(5, '0')}`;

/**
 * Cuts lines into pieces of whole lines, each beginning with the first line (the names of the columns), so that a piece
 * can be loaded on its own.
 */
export async function* linePieces(chunks: AsyncIterable<Uint8Array>, bytesMax = PIECE_BYTES): AsyncGenerator<Buffer> {
  let header: Buffer | undefined;
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const raw of chunks) {
    let chunk = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    while (chunk.length > 0) {
      if (header === undefined) {
        const whole: Buffer = Buffer.concat([...parts, chunk]);
        const end = whole.indexOf(LINE_FEED);
        parts = end < 0 ? [whole] : [];
        if (end < 0) break;
        header = whole.subarray(0, end + 1);
        chunk = whole.subarray(end + 1);
        continue;
      }
      const end = bytes + chunk.length < bytesMax ? -1 : chunk.indexOf(LINE_FEED, Math.max(0, bytesMax - bytes - 1));
      const part = end < 0 ? chunk : chunk.subarray(0, end + 1);
      // A chunk is reused by its maker once the next one is asked for.
      parts.push(Buffer.from(part));
      bytes += part.length;
      chunk = chunk.subarray(part.length);
      if (end < 0) continue;
      yield Buffer.concat([header, ...parts]);
      parts = [];
      bytes = 0;
    }
  }
  if (header !== undefined && bytes > 0) yield Buffer.concat([header, ...parts]);
}

/** Cuts bytes into pieces. */
export async function* bytePieces(chunks: AsyncIterable<Uint8Array>, bytesMax = PIECE_BYTES): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    parts.push(Buffer.from(chunk));
    bytes += chunk.byteLength;
    if (bytes < bytesMax) continue;
    yield Buffer.concat(parts);
    parts = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(parts);
}

/** Cuts lines into pieces of whole lines. */
export async function* wholeLines(chunks: AsyncIterable<Uint8Array>, bytesMax = PIECE_BYTES): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of bytePieces(chunks, bytesMax)) {
    const whole = Buffer.concat([rest, piece]);
    const end = whole.lastIndexOf(LINE_FEED) + 1;
    rest = whole.subarray(end);
    if (end > 0) yield whole.subarray(0, end);
  }
  if (rest.length > 0) yield rest;
}
