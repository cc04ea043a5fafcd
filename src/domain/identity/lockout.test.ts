import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADDRESS_LIMIT, type Attempts, LOGIN_LIMIT, releaseAttempt, takeAttempt } from './lockout.ts';

const MINUTE_MS = 60_000;
const start = Date.parse('2026-03-02T02:00:00Z');
const at = (minutes: number) => new Date(start + minutes * MINUTE_MS);

/** Fails until the lock holds; returns the state and until when. */
function failUntilLocked(
  before: Attempts | undefined,
  minute: number,
): { state: Attempts; until: Date; tries: number } {
  let state = before;
  for (let tries = 0; tries < 100; tries += 1) {
    const taken = takeAttempt(state, at(minute), LOGIN_LIMIT);
    if (!taken.allowed) {
      assert.ok(state);
      return { state, until: taken.until, tries };
    }
    state = taken.after;
  }
  throw new Error('was never locked');
}

test('the sixth attempt after five failures is refused for 15 minutes', () => {
  const { tries, until, state } = failUntilLocked(undefined, 0);
  assert.equal(tries, 5);
  assert.deepEqual(until, at(15));
  assert.equal(takeAttempt(state, at(14.9), LOGIN_LIMIT).allowed, false);
  assert.equal(takeAttempt(state, at(15), LOGIN_LIMIT).allowed, true);
});

test('each further lock lasts twice as long, at most four hours', () => {
  let minute = 0;
  let state: Attempts | undefined;
  const lengths: number[] = [];
  for (let lock = 0; lock < 7; lock += 1) {
    const locked = failUntilLocked(state, minute);
    lengths.push((locked.until.getTime() - at(minute).getTime()) / MINUTE_MS);
    minute += lengths.at(-1) ?? 0;
    state = locked.state;
  }
  assert.deepEqual(lengths, [15, 30, 60, 120, 240, 240, 240]);
});

test('a day without attempts forgets everything', () => {
  const { state } = failUntilLocked(undefined, 0);
  const taken = takeAttempt(state, at(24 * 60 + 1), LOGIN_LIMIT);
  assert.deepEqual(taken.allowed && [taken.after.failures, taken.after.locks], [1, 0]);
});

test('guesses under way at the same time count before any of them is answered', () => {
  let state: Attempts | undefined;
  let allowed = 0;
  for (let guess = 0; guess < 50; guess += 1) {
    const taken = takeAttempt(state, at(0), LOGIN_LIMIT);
    if (!taken.allowed) continue;
    allowed += 1;
    state = taken.after;
  }
  assert.equal(allowed, 5);
});

test('an attempt given back was never counted', () => {
  const one = takeAttempt(undefined, at(0), LOGIN_LIMIT);
  assert.ok(one.allowed);
  assert.equal(releaseAttempt(one.after).failures, 0);
  const locking: Attempts = { failures: 5, locks: 1, lockedUntil: at(15), lastAt: at(0) };
  assert.deepEqual(releaseAttempt(locking), { failures: 4, locks: 0, lockedUntil: null, lastAt: at(0) });
});

test('an address has room for an office, but not for guessing', () => {
  let state: Attempts | undefined;
  let allowed = 0;
  for (let guess = 0; guess < 200; guess += 1) {
    const taken = takeAttempt(state, at(0), ADDRESS_LIMIT);
    if (!taken.allowed) break;
    allowed += 1;
    state = taken.after;
  }
  assert.equal(allowed, 30);
});
