import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { isolate } from './isolate.ts';

test('finds exactly the items that fail, and keeps the others in their order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ id: fc.nat(), bad: fc.boolean() }), { maxLength: 50 }), async (items) => {
      const { sound, poison } = await isolate(items, async (part) => {
        if (part.some(({ bad }) => bad)) throw new Error('bad');
      });
      assert.deepEqual(
        sound,
        items.filter(({ bad }) => !bad),
      );
      assert.deepEqual(
        poison.map(({ item }) => item),
        items.filter(({ bad }) => bad),
      );
    }),
  );
});

test('blames no item for what fails without any', async () => {
  const broken = async (): Promise<void> => {
    throw new Error('the store is down');
  };
  await assert.rejects(isolate([1, 2], broken), /the store is down/);
});
