import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addSighting, holdersAt, type Stay } from './holders.ts';

const stay = (assetId: string, firstMs: number, lastMs = firstMs): Stay => ({ assetId, firstMs, lastMs });
const after = (...sightings: Stay[]) => sightings.reduce<Stay[]>(addSighting, []);

test('an event of last March belongs to whoever had the address last March', () => {
  const stays = after(stay('a', 1, 10), stay('b', 40, 50), stay('a', 90));
  assert.deepEqual(holdersAt(stays, 5), ['a']);
  // Nobody else was seen yet.
  assert.deepEqual(holdersAt(stays, 30), ['a']);
  assert.deepEqual(holdersAt(stays, 45), ['b']);
  assert.deepEqual(holdersAt(stays, 80), ['b']);
  assert.deepEqual(holdersAt(stays, 200), ['a']);
  assert.deepEqual(holdersAt(stays, 0), []);
});

test('a shared address has several holders for the time it was shared', () => {
  const stays = after(stay('a', 1, 10), stay('b', 5, 20));
  assert.deepEqual(holdersAt(stays, 7), ['a', 'b']);
  assert.deepEqual(holdersAt(stays, 15), ['b']);
});

test('sightings without anybody in between are one stay, in whatever order they are told', () => {
  const sightings = [stay('a', 1), stay('a', 9), stay('a', 5), stay('b', 20), stay('a', 30), stay('a', 25)];
  assert.deepEqual(after(...sightings), [stay('a', 1, 9), stay('b', 20), stay('a', 25, 30)]);
});

test('each sighting is inside a stay of its asset', () => {
  const sighting = fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(100), fc.nat(5))
    .map(([asset, first, more]) => stay(asset, first, first + more));
  fc.assert(
    fc.property(fc.array(sighting, { maxLength: 20 }), (all) => {
      const stays = after(...all);
      for (const one of all) {
        assert.ok(holdersAt(stays, one.firstMs).includes(one.assetId));
        assert.ok(holdersAt(stays, one.lastMs).includes(one.assetId));
      }
    }),
    { numRuns: 300 },
  );
});
