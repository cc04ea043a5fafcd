import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { z } from 'zod';
import { parseInput, refuseUnkeepable } from './input.ts';

const Note = z.object({ title: z.string().max(5), lines: z.array(z.object({ text: z.string() })) });

test('every fault of an input is named with its place', () => {
  assert.throws(() => parseInput(Note, { title: 'too long', lines: [{ text: 7 }] }), {
    code: 'invalid_input',
    faults: [
      { at: '/title', message: 'Too big: expected string to have <=5 characters', reason: 'input.too_big' },
      {
        at: '/lines/0/text',
        message: 'Invalid input: expected string, received number',
        reason: 'input.invalid_type',
      },
    ],
  });
});

test('a text that no store keeps is a fault with its place', () => {
  for (const text of ['a\0b', '\ud800', 'x\udc00']) {
    assert.throws(
      () => refuseUnkeepable({ lines: [{ text: 'good 😀' }, { text }], count: 3, none: null }),
      (error: { faults: { at: string }[] }) => error.faults.length === 1 && error.faults[0]?.at === '/lines/1/text',
    );
  }
  refuseUnkeepable({ lines: [{ text: '\u0008 😀' }], bytes: new Uint8Array(3), nothing: undefined });
  refuseUnkeepable(Readable.from(['a\0b']));
});
