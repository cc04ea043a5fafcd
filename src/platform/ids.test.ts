import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from './clock.ts';
import { uuidIds } from './ids.ts';

const START = '2026-03-02T02:00:00Z';
const msOf = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16);

test('what is made later is greater, also within a millisecond and when the clock is set back a little', () => {
  const clock = manualClock(START);
  const ids = uuidIds(clock);
  const made: string[] = [];
  for (const stepMs of [0, 0, 1, -400, 5]) {
    clock.advanceMs(stepMs);
    for (let count = 0; count < 5_000; count += 1) made.push(ids.next());
  }
  assert.deepEqual(made, made.toSorted());
  assert.equal(new Set(made).size, made.length);
  for (const id of made) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(msOf(made.at(-1) ?? '') - Date.parse(START) < 50);
});

test('a clock that is set back by days is believed', () => {
  const clock = manualClock(START);
  const ids = uuidIds(clock);
  ids.next();
  clock.advanceMs(-86_400_000);
  assert.equal(msOf(ids.next()), Date.parse(START) - 86_400_000);
});
