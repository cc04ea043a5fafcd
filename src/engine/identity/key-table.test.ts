import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyTable } from './key-table.ts';

const KINDS = [1, 2, 4, 8];

test('a text gives back all that was put under it, of every kind, and nothing else', () => {
  const key = fc.record({
    kind: fc.constantFrom(...KINDS),
    text: fc.stringMatching(/^[a-c]{0,2}$/),
    note: fc.integer({ min: 0, max: 2 ** 30 }),
  });
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
      const table = KeyTable.for(keys.length);
      for (const [at, { kind, text, note }] of keys.entries()) table.put(kind, text, at, note);
      for (const text of [...keys.map((one) => one.text), 'absent']) {
        const found: number[][] = [];
        for (let slot = table.first(text); slot >= 0; slot = table.next(slot)) {
          found.push([table.valueAt(slot), table.kindAt(slot), table.noteAt(slot)]);
        }
        const put = keys.flatMap((one, at) => (one.text === text ? [[at, one.kind, one.note]] : []));
        assert.deepEqual(
          found.sort(([left = 0], [right = 0]) => left - right),
          put,
        );
      }
    }),
  );
});
