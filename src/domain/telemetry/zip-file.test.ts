import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { openArchive } from './archive.ts';

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
