import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { completeUscc, describeUsccFault, normaliseUscc, usccFault } from './uscc.ts';

const ALPHABET = [...'0123456789ABCDEFGHJKLMNPQRTUWXY'];
const bodies = fc
  .tuple(
    fc.array(fc.constantFrom(...ALPHABET), { minLength: 2, maxLength: 2 }),
    fc.array(fc.constantFrom(...'0123456789'), { minLength: 6, maxLength: 6 }),
    fc.array(fc.constantFrom(...ALPHABET), { minLength: 9, maxLength: 9 }),
  )
  .map((parts) => parts.flat().join(''));

test('the check character follows weights 3^i mod 31', () => {
  // Computed by hand: sum of value × weight for 1,3,9,27,19,26,16,17,20,29,25,13,8,24,10,30,28 over "11450000000000000".
  // 1×1 + 1×3 + 4×9 + 5×27 = 175; 175 mod 31 = 20; 31 − 20 = 11 → B.
  assert.equal(completeUscc('11450000000000000'), '11450000000000000B');
  assert.equal(usccFault('11450000000000000B'), undefined);
});

test('a sum divisible by 31 gives the check character 0, never a 32nd one', () => {
  assert.equal(completeUscc('00000000000000000'), '000000000000000000');
});

test('every completed code is valid and every single wrong character is found', () => {
  fc.assert(
    fc.property(bodies, fc.nat({ max: 17 }), fc.constantFrom(...ALPHABET), (body, position, replacement) => {
      const code = completeUscc(body);
      assert.equal(usccFault(code), undefined);
      const wrong = code.slice(0, position) + replacement + code.slice(position + 1);
      assert.equal(usccFault(wrong) === undefined, wrong === code);
    }),
  );
});

test('two swapped neighbours are found', () => {
  fc.assert(
    fc.property(bodies, fc.nat({ max: 15 }), (body, position) => {
      const code = completeUscc(body);
      const swapped =
        code.slice(0, position) + code.charAt(position + 1) + code.charAt(position) + code.slice(position + 2);
      assert.equal(usccFault(swapped) === undefined, swapped === code);
    }),
  );
});

test('the five excluded letters and other characters are named with their place', () => {
  for (const letter of 'IOZSV') {
    assert.deepEqual(usccFault(`1${letter}450000000000000B`), { reason: 'character', position: 2, character: letter });
  }
  assert.equal(usccFault('1145000000000000')?.reason, 'length');
  assert.equal(usccFault('114A0000000000000B')?.reason, 'division');
});

test('typed spaces, hyphens, lower case and full-width forms are accepted', () => {
  assert.equal(normaliseUscc(' 1145-0000 0000 00000b '), '11450000000000000B');
  assert.equal(normaliseUscc('１１４５００００００００００００0b'), '11450000000000000B');
});

test('any text gets an answer and a sentence', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      const fault = usccFault(normaliseUscc(text));
      if (fault) assert.ok(describeUsccFault(fault).length > 10);
    }),
  );
});
