import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSeal } from './seal.ts';

test('a sealed text opens for its purpose only, and not after a change of any byte', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tongan-seal-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const seal = openSeal(join(folder, 'keys'));
  const sealed = seal.seal('JBSWY3DPEHPK3PXP 统安', 'totp of a');
  assert.equal(seal.open(sealed, 'totp of a'), 'JBSWY3DPEHPK3PXP 统安');
  assert.notEqual(seal.seal('JBSWY3DPEHPK3PXP 统安', 'totp of a'), sealed);
  assert.throws(() => seal.open(sealed, 'totp of b'));
  const bytes = Buffer.from(sealed.slice(3), 'base64url');
  for (let index = 0; index < bytes.length; index += 1) {
    const altered = Buffer.from(bytes);
    altered.writeUInt8(altered.readUInt8(index) ^ 1, index);
    assert.throws(() => seal.open(`v1.${altered.toString('base64url')}`, 'totp of a'));
  }
  assert.throws(() => seal.open('plain', 'totp of a'));
});

test('the key is made once and belongs to the platform alone', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tongan-seal-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const first = openSeal(join(folder, 'a'));
  assert.equal(openSeal(join(folder, 'a')), first);
  assert.equal(statSync(join(folder, 'a', 'seal.key')).mode & 0o777, 0o600);
  const other = openSeal(join(folder, 'b'));
  assert.throws(() => other.open(first.seal('x', 'p'), 'p'));
});
