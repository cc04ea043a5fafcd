import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, glob, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { createGunzip } from 'node:zlib';

/** Files that one pattern may name. */
const FILES_MAX = 2_000;
export const HEAD_BYTES = 256;

/** A file as it lies on the disk now. */
export interface Found {
  readonly path: string;
  /** Device and inode. */
  readonly file: string;
  readonly bytes: number;
  readonly isPacked: boolean;
  readonly changedMs: number;
}

/**
 * The regular files a pattern names, oldest change first, so that rotated parts are read before what follows them.
 *
 * @param roots folders that may be read; what links lead to outside is left out
 */
export async function findFiles(pattern: string, roots: readonly string[]): Promise<Found[]> {
  const allowed = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
  const found: Found[] = [];
  for await (const path of glob(pattern)) {
    if (found.length >= FILES_MAX) break;
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined || !allowed.some((root) => root !== undefined && isInside(real, root))) continue;
    const facts = await stat(real).catch(() => undefined);
    if (facts?.isFile() !== true) continue;
    const file = `${facts.dev}:${facts.ino}`;
    found.push({ path: real, file, bytes: facts.size, isPacked: real.endsWith('.gz'), changedMs: facts.mtimeMs });
  }
  return found.sort((left, right) => left.changedMs - right.changedMs);
}

/** Where a file of a folder lies now that had another name when it was last seen. */
export async function findRenamed(folder: string, file: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.slice(0, FILES_MAX)) {
    const facts = await stat(join(folder, name)).catch(() => undefined);
    if (facts?.isFile() === true && `${facts.dev}:${facts.ino}` === file) return join(folder, name);
  }
  return undefined;
}

const isInside = (path: string, root: string): boolean => path.startsWith(root.endsWith(sep) ? root : root + sep);

/** The beginning of a file's content: digest, and of how many bytes. A file that still grows is known by those it has. */
export interface Head {
  readonly head: string;
  readonly headBytes: number;
}

const headOfBytes = (start: Buffer): Head => ({
  head: createHash('sha256').update(start).digest('hex'),
  headBytes: start.length,
});

export async function headOfHandle(handle: FileHandle, bytes = HEAD_BYTES): Promise<Head> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
  return headOfBytes(buffer.subarray(0, bytesRead));
}

export const headOfPacked = async (path: string): Promise<Head> => headOfBytes(await unpackedStart(path, HEAD_BYTES));

async function unpackedStart(path: string, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of unpacked(path)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytes) break;
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}

/** The content of a packed file, piece by piece. */
export async function* unpacked(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path);
  const unpacking = createGunzip();
  file.on('error', (error) => unpacking.destroy(error));
  file.pipe(unpacking);
  try {
    for await (const chunk of unpacking) yield Buffer.from(chunk);
  } finally {
    file.destroy();
    unpacking.destroy();
  }
}
