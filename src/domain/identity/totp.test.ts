import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { generate } from 'otplib';
import { newRecoveryCodes, newTotpSecret, readRecoveryCode, totpStep, totpUri } from './totp.ts';

const secret = newTotpSecret();
const now = new Date('2026-03-02T02:00:10Z');
const codeAt = (offsetSeconds: number) => generate({ secret, epoch: now.getTime() / 1000 + offsetSeconds });

test('the code of the running, the last and the next half minute is accepted, older and later ones are not', async () => {
  for (const offset of [-30, 0, 30]) assert.ok(await totpStep(secret, await codeAt(offset), now, 0), String(offset));
  for (const offset of [-90, 90]) assert.equal(await totpStep(secret, await codeAt(offset), now, 0), undefined);
});

test('a code is not good twice, nor is an older one after it', async () => {
  const code = await codeAt(0);
  const step = await totpStep(secret, code, now, 0);
  assert.ok(step);
  assert.equal(await totpStep(secret, code, now, step), undefined);
  assert.equal(await totpStep(secret, await codeAt(-30), now, step), undefined);
  assert.equal(await totpStep(secret, await codeAt(30), now, step), step + 1);
});

test('the vectors of RFC 6238 hold in their last six digits', async () => {
  const vector = Buffer.from('12345678901234567890');
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...vector].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const base32 = (bits.match(/.{5}/g) ?? []).map((group) => alphabet.charAt(Number.parseInt(group, 2))).join('');
  for (const [seconds, code] of [
    [59, '287082'],
    [1111111109, '081804'],
    [1234567890, '005924'],
    [20000000000, '353130'],
  ] as const) {
    assert.equal(await totpStep(base32, code, new Date(seconds * 1000), 0), Math.floor(seconds / 30));
  }
});

test('whatever is typed instead of a code gets an answer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 12 }), async (text) => {
      if (!/^\d{6}$/.test(text)) assert.equal(await totpStep(secret, text, now, 0), undefined);
      readRecoveryCode(text);
    }),
  );
});

test('recovery codes are read back as people type them', () => {
  const codes = newRecoveryCodes();
  assert.equal(new Set(codes).size, 10);
  for (const code of codes) {
    assert.equal(readRecoveryCode(code), code);
    assert.equal(readRecoveryCode(` ${code.toUpperCase().replace('-', ' ')} `), code);
  }
  assert.equal(readRecoveryCode('123456'), undefined);
});

test('the address for the app names the product and the account', () => {
  assert.match(totpUri(secret, 'wang.fang'), /^otpauth:\/\/totp\/Tong.*wang\.fang\?secret=[A-Z2-7]{32}/);
});
