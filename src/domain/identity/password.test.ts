import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashPassword, NOBODYS_HASH, passwordFaults, temporaryPassword, verifyPassword } from './password.ts';

const reasons = (password: string, login = 'wang.fang') => passwordFaults(password, login).map((fault) => fault.reason);

test('a password verifies against its own hash only, and the hash says how it was made', async () => {
  const hash = await hashPassword('correct horse battery');
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await verifyPassword('correct horse battery', hash), true);
  assert.equal(await verifyPassword('correct horse batterY', hash), false);
  assert.notEqual(hash, await hashPassword('correct horse battery'));
});

test('a hash with other parameters still verifies', async () => {
  const nonce = Buffer.alloc(16, 7);
  const tag = argon2Sync('argon2id', { message: 'older', nonce, parallelism: 2, tagLength: 32, memory: 64, passes: 3 });
  const strip = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
  assert.equal(await verifyPassword('older', `$argon2id$v=19$m=64,t=3,p=2$${strip(nonce)}$${strip(tag)}`), true);
});

test('full-width and composed forms of a password are the same password', async () => {
  const hash = await hashPassword('ｐａｓｓ phrase für alle');
  assert.equal(await verifyPassword('pass phrase fu\u0308r alle', hash), true);
});

test('a text that is no hash matches nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (text) => assert.equal(await verifyPassword(text, text), false)),
    { numRuns: 50 },
  );
  assert.equal(await verifyPassword('', NOBODYS_HASH), false);
});

test('each fault of a password has its own sentence', () => {
  assert.deepEqual(reasons('correct horse battery'), []);
  assert.deepEqual(reasons('我们的口令由四个词组成吧'), []);
  assert.deepEqual(reasons('short one'), ['password.short']);
  assert.deepEqual(reasons('my wang.fang phrase'), ['password.login']);
  assert.deepEqual(reasons('long enough aaaa b'), ['password.repeats']);
  assert.deepEqual(reasons('long enough aaa b'), []);
  assert.deepEqual(reasons(`${'ab'.repeat(65)}`), ['password.long']);
});

test('the passwords that are tried first are refused in their usual disguises', () => {
  for (const password of [
    'Password1234!',
    'P@ssw0rd2026!',
    'Admin@123456',
    '123456789012',
    'qwertyuiop123',
    'Guangxi@2026',
  ]) {
    assert.ok(reasons(password).includes('password.guessed'), password);
  }
});

test('temporary passwords satisfy the policy and differ', () => {
  const made = new Set(Array.from({ length: 50 }, temporaryPassword));
  assert.equal(made.size, 50);
  for (const password of made) assert.deepEqual(passwordFaults(password, 'li'), []);
});
