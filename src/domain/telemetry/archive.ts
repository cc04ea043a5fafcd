import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { AppError } from '#platform/errors.ts';
import { type Member, tarMembers } from '#platform/files/tar.ts';
import { openZipFile } from './zip-file.ts';

/** Unpacked bytes of one import. More is an attack or belongs to the listeners. */
const IMPORT_BYTES_MAX = 8 * 1024 ** 3;
/** What any file may unpack to, however small: as much as the body of one request may. */
const UNPACKED_FREE_BYTES = 32 * 1024 ** 2;
/**
 * Unpacked bytes for each packed one. Texts of logs reach 1:20 to 1:50, recorded Windows events in one piece 1:94 with zstd -3; deflate alone
 * ends at 1:1032, and only what says the same over and over comes near it.
 */
const RATIO_MAX = 250;
const MEMBERS_MAX = 10_000;
/** Packings one around the other: a `.json.gz` in a `.tar` in a `.zst`. */
const LAYERS_MAX = 4;

/**
 * Opens a file for import: plain text, `.gz`, `.zst`, `.zip`, `.tar`, `.tar.gz`/`.tgz`. The kind is told by the content;
 * members may be packed themselves, except that a zip is opened only from a file. Text in UTF-16, as PowerShell writes it, comes
 * as UTF-8.
 *
 * @throws AppError `invalid_input` when the file is damaged, `too_large` when it unpacks to too much
 */
export async function* openArchive(path: string, name: string): AsyncGenerator<Member> {
  const budget = new Budget();
  const head = await firstBytes(path);
  if (isZip(head)) yield* zipMembers(path, budget);
  else yield* unpack({ name, content: budget.packed(chunksOf(createReadStream(path))) }, budget, LAYERS_MAX);
}

/** What a file may unpack to, by how much of it was read: a small one that becomes millions of records stops early. */
class Budget {
  #packedBytes = 0;
  /** By layer: what lies in several packings is not counted several times. */
  readonly #unpackedBytes = new Map<number, number>();

  async *packed(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      this.#packedBytes += chunk.length;
      yield chunk;
    }
  }

  /** Looks at what an entry of a zip says of itself before any of it is taken; that it is true is seen to by its reader. */
  announce({ fileName, compressedSize, uncompressedSize }: Entry, fileBytes: number): void {
    // Entries may say that they lie on one another.
    this.#packedBytes = Math.min(fileBytes, this.#packedBytes + compressedSize);
    this.#take(uncompressedSize, fileName, LAYERS_MAX + 1);
  }

  async *unpacked(content: AsyncIterable<Buffer>, name: string, layer: number): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      this.#take(chunk.length, name, layer);
      yield chunk;
    }
  }

  #take(bytes: number, name: string, layer: number): void {
    const unpacked = (this.#unpackedBytes.get(layer) ?? 0) + bytes;
    this.#unpackedBytes.set(layer, unpacked);
    if (unpacked > IMPORT_BYTES_MAX) throw tooMuch(`${name} unpacks to more than ${IMPORT_BYTES_MAX} bytes: split it`);
    if (unpacked <= UNPACKED_FREE_BYTES + RATIO_MAX * this.#packedBytes) return;
    throw tooMuch(
      `${name} unpacks to more than ${RATIO_MAX} times its size, as logs do not: if it is one all the same, unpack it and import the text`,
    );
  }
}

const tooMuch = (sentence: string): AppError =>
  new AppError('too_large', { public: sentence, reason: 'import.unpacks' });

/** The signatures of a zip that begins with a file, and of one without any (APPNOTE 4.3.7, 4.3.16). */
export const isZip = (head: Buffer): boolean => ['504b0304', '504b0506'].includes(head.toString('hex', 0, 4));
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** `ustar` at byte 257 (POSIX.1-1988). */
const isTar = (head: Buffer): boolean => head.length >= 262 && head.toString('latin1', 257, 262) === 'ustar';

async function firstBytes(path: string): Promise<Buffer> {
  for await (const chunk of createReadStream(path, { end: 511 })) return Buffer.from(chunk);
  return Buffer.alloc(0);
}

async function* unpack({ name, content: given }: Member, budget: Budget, layers: number): AsyncGenerator<Member> {
  const { head, content } = await peek(given);
  const [isGzip, isZstd] = [head.subarray(0, 2).equals(GZIP), head.subarray(0, 4).equals(ZSTD)];
  if (!(isGzip || isZstd || isTar(head))) {
    yield { name, content: inUtf8(head, budget.unpacked(content, name, layers)) };
    return;
  }
  if (layers === 0) throw damaged(name, `packed more than ${LAYERS_MAX} times`);
  if (isTar(head)) {
    for await (const inner of tarMembers(content)) yield* unpack(inner, budget, layers - 1);
    return;
  }
  const unpacked = through(content, isGzip ? createGunzip() : createZstdDecompress(), name);
  const inner = budget.unpacked(unpacked, name, layers);
  yield* unpack({ name: name.replace(/\.(?:gz|tgz|zst)$/i, ''), content: inner }, budget, layers - 1);
}

const UTF16 = new Map([
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
]);

/** Text in UTF-16 says so by its first two bytes (the Unicode Standard, 23.8); all else stays as it is. */
async function* inUtf8(head: Buffer, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const encoding = UTF16.get(head.toString('hex', 0, 2));
  if (encoding === undefined) {
    yield* content;
    return;
  }
  const decoder = new TextDecoder(encoding);
  for await (const chunk of content) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

async function* zipMembers(path: string, budget: Budget): AsyncGenerator<Member> {
  const zip = await opened(path);
  const { size } = await stat(path);
  try {
    let count = 0;
    for (let entry = await nextEntry(zip); entry !== undefined; entry = await nextEntry(zip)) {
      count += 1;
      if (count > MEMBERS_MAX) throw damaged(path, `more than ${MEMBERS_MAX} files in it`);
      const directory = entry.fileName.endsWith('/');
      const foreign = /(^|\/)(__MACOSX\/|\.)/.test(entry.fileName);
      if (directory || foreign) continue;
      budget.announce(entry, size);
      const stream = await entryStream(zip, entry);
      yield* unpack({ name: entry.fileName, content: chunksOf(stream) }, budget, LAYERS_MAX);
    }
  } finally {
    zip.close();
  }
}

const opened = (path: string): Promise<ZipFile> =>
  openZipFile(path).catch((error: unknown) => {
    throw damaged(path, error instanceof Error ? error.message : String(error));
  });

const nextEntry = (zip: ZipFile): Promise<Entry | undefined> =>
  new Promise((resolve, reject) => {
    const done = (result: Entry | undefined, error?: Error) => {
      zip.removeAllListeners();
      if (error) reject(damaged('the zip', error.message));
      else resolve(result);
    };
    zip.once('entry', (entry: Entry) => done(entry));
    zip.once('end', () => done(undefined));
    zip.once('error', (error: Error) => done(undefined, error));
    zip.readEntry();
  });

const entryStream = (zip: ZipFile, entry: Entry): Promise<Readable> =>
  new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) =>
      error ? reject(damaged(entry.fileName, error.message)) : resolve(stream),
    );
  });

/** Enough of the first bytes to tell the kind, and the content from its start. */
async function peek(content: AsyncIterable<Buffer>): Promise<{ head: Buffer; content: AsyncIterable<Buffer> }> {
  const iterator = content[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 512) {
    const next = await iterator.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* whole(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  return { head, content: whole() };
}

async function* through(
  content: AsyncIterable<Buffer>,
  unpacker: NodeJS.ReadWriteStream & Readable,
  name: string,
): AsyncGenerator<Buffer> {
  const feed = async () => {
    for await (const chunk of content) {
      if (!unpacker.write(chunk)) await new Promise((resolve) => unpacker.once('drain', resolve));
    }
    unpacker.end();
  };
  const fed = feed().catch((error: unknown) =>
    unpacker.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    for await (const chunk of unpacker) yield Buffer.from(chunk);
    await fed;
  } catch (error) {
    throw error instanceof AppError ? error : damaged(name, error instanceof Error ? error.message : String(error));
  } finally {
    unpacker.destroy();
  }
}

async function* chunksOf(stream: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of stream) yield Buffer.from(chunk);
}

const damaged = (name: string, reason: string): AppError =>
  new AppError('invalid_input', { public: `${name} cannot be read: ${reason}`, reason: 'import.damaged' });
