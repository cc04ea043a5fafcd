import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnreachable } from './unreachable.ts';

const coded = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more });

test('a connection that does not come about or was cut is one, however the client wraps it', () => {
  assert.equal(isUnreachable(coded('ECONNREFUSED', { syscall: 'connect' })), true);
  assert.equal(isUnreachable(coded('ECONNRESET')), true);
  assert.equal(isUnreachable(coded('ENOENT', { syscall: 'connect' })), true);
  assert.equal(isUnreachable(new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')])), true);
  assert.equal(isUnreachable(new Error('asked in vain', { cause: coded('EAI_AGAIN') })), true);
  assert.equal(isUnreachable(new Error('Timeout error.')), true);
  assert.equal(isUnreachable(new Error('Connection terminated unexpectedly')), true);
});

test('what was refused, a missing file and a fault of ours are none', () => {
  assert.equal(isUnreachable(coded('23505')), false);
  assert.equal(isUnreachable(coded('ENOENT', { syscall: 'open' })), false);
  assert.equal(isUnreachable(new TypeError('x is not a function')), false);
  assert.equal(isUnreachable('ECONNREFUSED'), false);
});
