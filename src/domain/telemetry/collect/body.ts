import type { IncomingHttpHeaders } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { AppError } from '#platform/errors.ts';
import { passing } from '#platform/garbage.ts';
import { ownPool } from '#platform/memory.ts';
import type { Place } from './room.ts';

/** Bytes of one request after unpacking. A small request that unpacks to more is an attack or a mistake. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;

const UNPACKERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  zstd: () => createZstdDecompress(),
};

/** Bodies from this size on lie in memory that is used again. */
const POOLED_BYTES_MIN = 64 * 1024;
const BODIES_KEPT = 8;
const pool = ownPool(BODIES_KEPT);

/** The body of a request. */
export interface Body {
  readonly bytes: Buffer;
  /** Nobody looks at the bytes any more: their memory is used for others. */
  release(): void;
}

/**
 * The whole body of a request, unpacked as its `content-encoding` says (RFC 9110, 8.4; zstd: RFC 8878).
 *
 * @param place where its bytes are counted while they come
 * @throws AppError `unsupported_media` for another encoding, `too_large`, `invalid_input` when it cannot be unpacked,
 *   `too_many_requests` when there is no room for it
 */
export async function readBody(
  stream: Readable,
  headers: IncomingHttpHeaders,
  place: Pick<Place, 'grow'>,
  bytesMax = BODY_BYTES_MAX,
): Promise<Body> {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const announced = Number(headers['content-length'] ?? 0);
  if (announced > bytesMax) throw tooLarge(bytesMax);
  place.grow(announced);
  if (encoding === 'identity' || encoding === '') {
    return collect(stream, place, bytesMax, announced).catch((error: unknown) => {
      throw endedEarly(stream) && !(error instanceof AppError) ? cutShort(error) : error;
    });
  }
  const unpacker = UNPACKERS[encoding];
  if (unpacker === undefined) {
    const known = Object.keys(UNPACKERS).join(', ');
    throw new AppError('unsupported_media', {
      public: `content-encoding "${encoding}" is not understood; use ${known}`,
    });
  }
  const unpacked = unpacker();
  stream.on('error', (error) => unpacked.destroy(error));
  stream.pipe(unpacked);
  try {
    return await collect(unpacked, place, bytesMax, 0);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (endedEarly(stream)) throw cutShort(error);
    throw new AppError('invalid_input', { public: `The body is not good ${encoding}`, cause: error });
  } finally {
    stream.unpipe(unpacked);
    unpacked.destroy();
    stream.resume();
  }
}

const endedEarly = (stream: Readable): boolean => stream.destroyed && !stream.readableEnded;

/** The sender went away: nobody hears the answer, and nothing is wrong here. */
const cutShort = (cause: unknown): AppError =>
  new AppError('invalid_input', { public: 'The connection ended before the body did: send it again', cause });

const tooLarge = (bytesMax: number): AppError =>
  new AppError('too_large', { public: `More than ${bytesMax} bytes in one request; send several smaller ones` });

/** @param announced bytes that the sender says will come; 0 when it says nothing */
async function collect(
  stream: Readable,
  place: Pick<Place, 'grow'>,
  bytesMax: number,
  announced: number,
): Promise<Body> {
  let memory = takeMemory(announced);
  let bytes = 0;
  for await (const chunk of stream) {
    const part: Buffer = chunk;
    const end = bytes + part.length;
    if (end > bytesMax) throw tooLarge(bytesMax);
    place.grow(end);
    if (end > memory.length) {
      const larger = takeMemory(Math.max(end, 2 * memory.length));
      memory.copy(larger, 0, 0, bytes);
      giveMemory(memory);
      memory = larger;
    }
    part.copy(memory, bytes);
    bytes = end;
    passing(part.length);
  }
  return { bytes: memory.subarray(0, bytes), release: () => giveMemory(memory) };
}

const takeMemory = (bytes: number): Buffer<ArrayBuffer> =>
  bytes < POOLED_BYTES_MIN ? Buffer.allocUnsafe(bytes) : pool.take(bytes);

function giveMemory(memory: Buffer<ArrayBuffer>): void {
  if (memory.length >= POOLED_BYTES_MIN) pool.give([memory]);
}
