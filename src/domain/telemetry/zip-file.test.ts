import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { crc32, gzipSync } from 'node:zlib';
import { zip } from '../../../test/support/zip.ts';
import { openArchive } from './archive.ts';
import { importFile } from './import-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'zip-'));
after(() => rmSync(folder, { recursive: true }));

/** A zip with one stored file (APPNOTE 4.3.7, 4.3.12, 4.3.16). */
function zipOf(name: string, text: string, comment = ''): Buffer {
  const content = Buffer.from(text);
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt32LE(crc32(content), 10);
  shared.writeUInt32LE(content.length, 14);
  shared.writeUInt32LE(content.length, 18);
  shared.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(name), content]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), shared, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([local, central, end, Buffer.from(comment)]);
}

async function read(bytes: Buffer): Promise<string[]> {
  const path = join(folder, 'a.zip');
  writeFileSync(path, bytes);
  const texts: string[] = [];
  for await (const { name, content } of openArchive(path, 'a.zip')) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    texts.push(`${name}: ${Buffer.concat(chunks).toString()}`);
  }
  return texts;
}

test('a zip is read with a comment, and with bytes after its end', async () => {
  const expected = ['a.log: one line'];
  assert.deepEqual(await read(zipOf('a.log', 'one line')), expected);
  assert.deepEqual(await read(zipOf('a.log', 'one line', 'made by hand')), expected);
  assert.deepEqual(await read(Buffer.concat([zipOf('a.log', 'one line'), Buffer.from('\n')])), expected);
});

test('a zip that is cut off is named as damaged', async () => {
  const bytes = zipOf('a.log', 'one line');
  await assert.rejects(read(bytes.subarray(0, bytes.length - 30)), /cannot be read/);
});

const MIB = 1024 ** 2;
/** Lines that are all the same: nothing packs better. */
const bomb = (bytes: number): Buffer => Buffer.alloc(bytes, 'x\n');

/** Imports a file and counts what was taken of it. */
async function imported(bytes: Buffer): Promise<{ bytes: number; fault: unknown }> {
  const path = join(folder, 'bomb');
  writeFileSync(path, bytes);
  let read = 0;
  const fault: unknown = await importFile(path, 'bomb', async ({ lines }) => {
    for (const { length } of lines) read += length + 1;
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { bytes: read, fault };
}

const isRefused = (fault: unknown, name: string): void =>
  assert.throws(
    () => {
      throw fault;
    },
    {
      code: 'too_large',
      reason: 'import.unpacks',
      public: new RegExp(`^${name} unpacks to more than 250 times its size`),
    },
  );

test('a zip that says it unpacks to hundreds of times its size is refused before anything of it is taken', async () => {
  const small = { name: 'small.log', content: Buffer.from('one line\n') };
  const { bytes, fault } = await imported(zip([{ name: 'x.log', content: bomb(100 * MIB) }, small]));
  assert.equal(bytes, 0);
  isRefused(fault, 'x.log');
  const many = Array.from({ length: 10 }, (_, at) => ({ name: `${at}.log`, content: bomb(10 * MIB) }));
  isRefused((await imported(zip(many))).fault, '4.log');
});

test('what tells its size only while it unpacks is ended early, in one packing or several', async () => {
  const packed = gzipSync(bomb(200 * MIB));
  for (const file of [packed, gzipSync(packed), zip([{ name: 'a.gz', content: packed }])]) {
    const { bytes, fault } = await imported(file);
    assert.ok(bytes < 130 * MIB, `${bytes} bytes were taken`);
    isRefused(fault, '(bomb|a.gz)');
  }
});

test('a log of much that repeats is imported whole', async () => {
  const line = (number: number): string =>
    `Mar  2 10:00:00 web sshd[100]: Failed password for root from 10.1.2.3 port ${40_000 + (number % 7)} ssh2\n`;
  const text = Buffer.from(Array.from({ length: 600_000 }, (_, number) => line(number)).join(''));
  const file = gzipSync(text);
  assert.ok(text.length > 48 * MIB && text.length / file.length > 100, `1:${text.length / file.length}`);
  assert.deepEqual(await imported(file), { bytes: text.length, fault: undefined });
});
