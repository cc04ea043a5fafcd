import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { AppError, notFound } from '../errors.ts';
import type { Files } from './files.ts';

const codeOf = (cause: unknown): unknown =>
  typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;

/** Keeps files under `folder`, named by their SHA-256. A half-written file never gets its name. */
export async function openFiles(folder: string): Promise<Files> {
  const incoming = join(folder, 'incoming');
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true });
  const placeOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);

  return {
    async put(content, bytesMax) {
      const temporary = join(incoming, randomUUID());
      const hash = createHash('sha256');
      let bytes = 0;
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length;
          hash.update(chunk);
          if (bytes > bytesMax) {
            done(
              new AppError('too_large', {
                public: `The file is larger than ${bytesMax} bytes`,
                reason: 'file.too_large',
              }),
            );
          } else done(null, chunk);
        },
      });
      try {
        await pipeline(content, measure, createWriteStream(temporary, { flush: true, mode: 0o600 }));
        const sha256 = hash.digest('hex');
        await mkdir(join(folder, sha256.slice(0, 2)), { recursive: true });
        await rename(temporary, placeOf(sha256));
        return { sha256, bytes };
      } catch (cause) {
        await rm(temporary, { force: true });
        if (codeOf(cause) === 'ENOSPC') {
          throw new AppError('storage_full', { public: 'The disk is full, the file was not kept', cause });
        }
        throw cause;
      }
    },
    async get(sha256) {
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw notFound('The file');
      try {
        return await buffer(createReadStream(placeOf(sha256)));
      } catch (cause) {
        if (codeOf(cause) === 'ENOENT') throw notFound('The file');
        throw cause;
      }
    },
  };
}
