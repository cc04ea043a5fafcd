import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ownPool, sharedPool } from './memory.ts';

describe('memory that is used again', () => {
  it('gives a piece to the next one who needs no more than it has', () => {
    const pool = ownPool(2);
    const first = pool.take(300_000);
    assert.ok(first.length >= 300_000);
    const other = pool.take(300_000);
    assert.notEqual(other.buffer, first.buffer);
    pool.give([first]);
    assert.equal(pool.take(first.length).buffer, first.buffer);
    pool.give([first]);
    assert.notEqual(pool.take(first.length + 1).buffer, first.buffer);
  });

  it('keeps no more pieces than it may, the largest', () => {
    const pool = sharedPool(1);
    const [small, large] = [pool.take(1), pool.take(1_000_000)];
    pool.give([large, small]);
    assert.equal(pool.take(1).buffer, large.buffer);
    assert.notEqual(pool.take(1).buffer, small.buffer);
  });

  it('gives back what nobody has used for a while, also where nothing else asks for a collection', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const pool = sharedPool(4);
    const used = new WeakRef(pool.take(48 * 1024 * 1024));
    pool.give([used.deref()].filter((piece) => piece !== undefined));
    // What a turn has looked at stays until its end.
    await nextTurn();
    assert.ok(used.deref() !== undefined);
    await nextTurn();
    t.mock.timers.tick(10_000);
    assert.ok(used.deref() === undefined);
  });
});
