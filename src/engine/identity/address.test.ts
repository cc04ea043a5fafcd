import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IPV4_TEXT } from '../condition/address.ts';
import { canonicalAddress } from './address.ts';

test('an IPv4 address is taken exactly where its pattern takes it', () => {
  const pattern = new RegExp(IPV4_TEXT);
  const octet = fc.oneof(
    fc.integer({ min: 0, max: 300 }).map(String),
    fc.constantFrom('', '00', '01', '-1', ' 1', '١'),
  );
  const near = fc.array(octet, { minLength: 3, maxLength: 5 }).map((octets) => octets.join('.'));
  fc.assert(
    fc.property(fc.oneof(near, fc.stringMatching(/^[0-9.]{0,15}$/), fc.string()), (text) => {
      assert.equal(canonicalAddress(text) === text && !text.includes(':'), pattern.test(text));
    }),
  );
});
