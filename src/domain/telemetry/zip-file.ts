import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { fromRandomAccessReader, RandomAccessReader, type ZipFile } from 'yauzl';

/** End of central directory record: signature, 22 bytes, then a comment of at most 65,535 bytes (APPNOTE 4.3.16). */
const END_SIGNATURE = Buffer.from('PK\x05\x06', 'latin1');
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
/** Bytes after the archive that are looked past: a line feed or padding of whatever carried it. */
const TRAILING_BYTES_MAX = 4096;

class FileRange extends RandomAccessReader {
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.#path, { start, end: end - 1 });
  }
}

/**
 * Opens a zip file, also one with a few bytes after its end, which other tools read without a word and transfers by
 * mail and text forms produce.
 *
 * @throws the reader's own error when the file is no zip or is damaged
 */
export async function openZipFile(path: string): Promise<ZipFile> {
  const bytes = await archiveBytes(path);
  return new Promise((resolve, reject) => {
    fromRandomAccessReader(new FileRange(path), bytes, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

/** Where the archive ends: after the last end record whose comment lies within the file. */
async function archiveBytes(path: string): Promise<number> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - END_BYTES - COMMENT_BYTES_MAX - TRAILING_BYTES_MAX);
    const tail = Buffer.alloc(size - from);
    await file.read(tail, 0, tail.length, from);
    for (
      let at = tail.lastIndexOf(END_SIGNATURE);
      at !== -1;
      at = at === 0 ? -1 : tail.lastIndexOf(END_SIGNATURE, at - 1)
    ) {
      if (at + END_BYTES > tail.length) continue;
      const end = at + END_BYTES + tail.readUInt16LE(at + 20);
      if (end <= tail.length && tail.length - end <= TRAILING_BYTES_MAX) return from + end;
    }
    return size;
  } finally {
    await file.close();
  }
}
