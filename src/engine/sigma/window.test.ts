import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { CORRELATIONS } from '../../../test/support/correlation-arbitraries.ts';
import { Group } from './correlator-state.ts';
import { EntryPool } from './entry-pool.ts';
import { firesAtOnce, MovingWindow, windowHolds } from './window.ts';

const anyEntry = fc.record({
  timeMs: fc.integer({ min: 0, max: 50 }),
  rule: fc.integer({ min: 0, max: 2 }),
  value: fc.constantFrom('a', 'b', 'c', '1', '2'),
  eventId: fc.constantFrom('x', 'y', 'z'),
});
/** How far each end moves on. */
const anyMoves = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 30 });

it('a window that moves on says at each place what one says that was counted anew', () => {
  const correlations = fc.constantFrom(...CORRELATIONS.filter(firesAtOnce));
  fc.assert(
    fc.property(correlations, fc.array(anyEntry, { maxLength: 40 }), anyMoves, (correlation, entries, moves) => {
      const group: Group = new Group(new EntryPool(() => [group]), '/', '', []);
      for (const entry of entries) group.add(entry);
      const window = new MovingWindow(correlation, group);
      let [from, to] = [0, 0];
      for (const [first, last] of moves) {
        from = Math.min(from + first, group.length);
        to = Math.min(Math.max(from, to + last), group.length);
        if (from === to) continue;
        assert.equal(window.holds(from, to), windowHolds(correlation, group, from, to), correlation.title);
      }
    }),
    { numRuns: 500 },
  );
});
