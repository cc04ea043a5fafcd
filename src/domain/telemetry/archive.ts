import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { AppError } from '#platform/errors.ts';
import { type Member, tarMembers } from '#platform/files/tar.ts';
import { openZipFile } from './zip-file.ts';

/** Unpacked bytes of one import. More is an attack or belongs to the listeners. */
const IMPORT_BYTES_MAX = 8 * 1024 ** 3;
const MEMBERS_MAX = 10_000;

/**
 * Opens a file for import: plain text, `.gz`, `.zst`, `.zip`, `.tar`, `.tar.gz`/`.tgz`. The kind is told by the content;
 * members of a zip may be packed themselves.
 *
 * @throws AppError `invalid_input` when the file is damaged, `too_large` when it unpacks to too much
 */
export async function* openArchive(path: string, name: string): AsyncGenerator<Member> {
  const budget = { left: IMPORT_BYTES_MAX };
  const head = await firstBytes(path);
  if (head.subarray(0, 4).equals(ZIP)) yield* zipMembers(path, budget);
  else yield* unpack({ name, content: chunksOf(createReadStream(path)) }, budget);
}

const ZIP = Buffer.from('PK\x03\x04', 'latin1');
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** `ustar` at byte 257 (POSIX.1-1988). */
const isTar = (head: Buffer): boolean => head.length >= 262 && head.toString('latin1', 257, 262) === 'ustar';

async function firstBytes(path: string): Promise<Buffer> {
  for await (const chunk of createReadStream(path, { end: 511 })) return Buffer.from(chunk);
  return Buffer.alloc(0);
}

async function* unpack(member: Member, budget: { left: number }): AsyncGenerator<Member> {
  const { head, content } = await peek(member.content);
  if (head.subarray(0, 2).equals(GZIP)) {
    yield* unpack(
      { name: member.name.replace(/\.(gz|tgz)$/i, ''), content: through(content, createGunzip(), member.name) },
      budget,
    );
  } else if (head.subarray(0, 4).equals(ZSTD)) {
    yield* unpack(
      { name: member.name.replace(/\.zst$/i, ''), content: through(content, createZstdDecompress(), member.name) },
      budget,
    );
  } else if (isTar(head)) {
    for await (const inner of tarMembers(content)) yield { name: inner.name, content: limited(inner.content, budget) };
  } else yield { name: member.name, content: limited(content, budget) };
}

async function* zipMembers(path: string, budget: { left: number }): AsyncGenerator<Member> {
  const zip = await opened(path);
  try {
    let count = 0;
    for (let entry = await nextEntry(zip); entry !== undefined; entry = await nextEntry(zip)) {
      count += 1;
      if (count > MEMBERS_MAX) throw damaged(path, `more than ${MEMBERS_MAX} files in it`);
      const directory = entry.fileName.endsWith('/');
      const foreign = /(^|\/)(__MACOSX\/|\.)/.test(entry.fileName);
      if (directory || foreign) continue;
      const stream = await entryStream(zip, entry);
      yield* unpack({ name: entry.fileName, content: chunksOf(stream) }, budget);
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

async function* limited(content: AsyncIterable<Buffer>, budget: { left: number }): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    budget.left -= chunk.length;
    if (budget.left < 0) {
      throw new AppError('too_large', { public: `The file unpacks to more than ${IMPORT_BYTES_MAX} bytes; split it` });
    }
    yield chunk;
  }
}

async function* chunksOf(stream: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of stream) yield Buffer.from(chunk);
}

const damaged = (name: string, reason: string): AppError =>
  new AppError('invalid_input', { public: `${name} cannot be read: ${reason}`, reason: 'import.damaged' });
