import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openSigningKey, readSigningKey, verifyEd25519 } from './signing-key.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tongan-key-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const message = new TextEncoder().encode('what is signed');

test('a key is made once, readable by its owner alone, and is the same after a restart', async () => {
  const file = join(folder, 'keys', 'journal.pem');
  assert.equal(await readSigningKey(file), undefined);
  const first = await openSigningKey(file);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const again = await openSigningKey(file);
  assert.deepEqual(again.publicKey, first.publicKey);
  assert.equal(first.publicKey.length, 32);
  assert.ok(verifyEd25519(again.publicKey, message, first.sign(message)));
});

test('a key that others may read is refused, with the command that mends it', async () => {
  const file = join(folder, 'open.pem');
  await openSigningKey(file);
  await chmod(file, 0o640);
  await assert.rejects(openSigningKey(file), /mode 640\): run chmod 600/);
});

test('a damaged key file is never overwritten', async () => {
  const file = join(folder, 'damaged.pem');
  await writeFile(file, 'not a key', { mode: 0o600 });
  await assert.rejects(openSigningKey(file), /holds no Ed25519 key/);
  assert.equal(await readFile(file, 'utf8'), 'not a key');
});

test('a signature fails for another message, another key and a malformed key', async () => {
  const key = await openSigningKey(join(folder, 'a.pem'));
  const other = await openSigningKey(join(folder, 'b.pem'));
  const signature = key.sign(message);
  assert.ok(verifyEd25519(key.publicKey, message, signature));
  assert.equal(verifyEd25519(other.publicKey, message, signature), false);
  assert.equal(verifyEd25519(key.publicKey, new Uint8Array(3), signature), false);
  assert.equal(verifyEd25519(new Uint8Array(5), message, signature), false);
  assert.equal(verifyEd25519(key.publicKey, message, new Uint8Array(3)), false);
});
