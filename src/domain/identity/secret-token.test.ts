import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Login } from './account.ts';
import { csrfOf, hashToken, newApiToken, newSessionToken, readBearer, sameText } from './secret-token.ts';

test('a token is read back from its header, in any case of the scheme', () => {
  const token = newApiToken();
  assert.equal(readBearer(`Bearer ${token}`), token);
  assert.equal(readBearer(`bearer ${token}`), token);
  assert.equal(readBearer(`Bearer ${token} ${token}`), undefined);
  assert.equal(readBearer(undefined), undefined);
});

test('whatever stands in the header, only the form of our tokens is looked up', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `Bearer ${text}`),
      ),
      (text) => {
        const token = readBearer(text);
        if (token !== undefined) assert.match(token, /^tongan_[A-Za-z0-9_-]{43}$/);
      },
    ),
  );
});

test('tokens never repeat, and what is derived from one tells nothing of it', () => {
  const tokens = Array.from({ length: 100 }, newSessionToken);
  assert.equal(new Set(tokens).size, 100);
  for (const token of tokens) {
    const derived = [hashToken(token), csrfOf(token)];
    assert.equal(new Set([token, ...derived]).size, 3);
    assert.ok(derived.every((text) => !text.includes(token)));
  }
});

test('texts of any length are compared without a crash', () => {
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => assert.equal(sameText(a, b), a === b)));
  assert.equal(sameText(undefined, 'x'), false);
});

test('an account name is the same however it is typed, and nothing else becomes one', () => {
  assert.equal(Login.parse(' Ｗang.Fang '), 'wang.fang');
  fc.assert(
    fc.property(fc.string({ maxLength: 120 }), (text) => {
      const result = Login.safeParse(text);
      if (result.success) assert.match(result.data, /^[a-z0-9][a-z0-9._-]{2,39}$/);
    }),
  );
});
