import assert from 'node:assert/strict';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { AppError } from '../errors.ts';
import { openFiles } from './open.ts';

const folder = () => mkdtemp(join(tmpdir(), 'tongan-files-'));
async function* chunks(...parts: string[]) {
  for (const part of parts) yield Buffer.from(part);
}

test('a file is found again by the hash of its bytes, and the same bytes are kept once', async () => {
  const files = await openFiles(await folder());
  const first = await files.put(chunks('整改', '报告'), 100);
  const second = await files.put(chunks('整改报告'), 100);
  assert.deepEqual(first, second);
  assert.equal(Buffer.from(await files.get(first.sha256)).toString(), '整改报告');
});

test('a file past the limit is refused and leaves nothing behind', async () => {
  const place = await folder();
  const files = await openFiles(place);
  await assert.rejects(
    files.put(chunks('12345', '67890'), 9),
    (error) => error instanceof AppError && error.code === 'too_large',
  );
  assert.deepEqual(await readdir(join(place, 'incoming')), []);
});

test('a name that is not a hash, or unknown, is not found', async () => {
  const files = await openFiles(await folder());
  for (const name of ['../../etc/passwd', '', 'a'.repeat(64)]) {
    await assert.rejects(files.get(name), (error) => error instanceof AppError && error.code === 'not_found');
  }
});
