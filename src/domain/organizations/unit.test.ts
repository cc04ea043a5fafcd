import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { divisionPath, levelOfDivision, parentDivision } from './division.ts';
import { maskEmail, maskPhone, UnitInput } from './unit.ts';

test('level and parent of a division follow from its digits', () => {
  assert.deepEqual(
    ['450000', '450100', '450103'].map((code) => [levelOfDivision(code), parentDivision(code), divisionPath(code)]),
    [
      ['region', undefined, '/450000/'],
      ['city', '450000', '/450000/450100/'],
      ['county', '450100', '/450000/450100/450103/'],
    ],
  );
});

test('a masked number or address keeps less than it hides', () => {
  assert.equal(maskPhone('138 0013 8000'), '138****8000');
  assert.equal(maskPhone('0771-1234567'), '077****4567');
  assert.equal(maskPhone('12345678'), '****78');
  assert.equal(maskEmail('zhang.san@example.cn'), 'z***@example.cn');
});

test('whatever is sent as a unit is accepted or refused, never a crash', () => {
  fc.assert(
    fc.property(
      fc.record({
        code: fc.string(),
        name: fc.string(),
        uscc: fc.string(),
        divisionCode: fc.string(),
        kind: fc.string(),
      }),
      (input) => {
        UnitInput.safeParse(input);
      },
    ),
  );
});
