import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

interface FrozenFile {
  readonly name: string;
  readonly bytes: number;
}

/** The files of the queue as they were at one moment. */
export interface FrozenQueue {
  readonly files: readonly FrozenFile[];
  read(file: FrozenFile): AsyncIterable<Uint8Array>;
  drop(): Promise<void>;
}

/**
 * Fixes the files of the queue. Segments only grow and are then removed, so a second name and the length of now are a
 * copy that costs nothing; the small files beside them are replaced, so they are copied.
 */
export async function freezeQueue(folder: string, copy: string): Promise<FrozenQueue> {
  await rm(copy, { recursive: true, force: true });
  const files: FrozenFile[] = [];
  for (const path of await filesUnder(folder)) {
    const name = relative(folder, path);
    const target = join(copy, name);
    await mkdir(dirname(target), { recursive: true });
    await (name.endsWith('.seg') ? link(path, target) : copyFile(path, target));
    files.push({ name, bytes: (await stat(target)).size });
  }
  return {
    files,
    read: ({ name, bytes }) => (bytes === 0 ? nothing() : createReadStream(join(copy, name), { end: bytes - 1 })),
    drop: () => rm(copy, { recursive: true, force: true }),
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** All plain files below a folder, in order; none when it does not exist. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
