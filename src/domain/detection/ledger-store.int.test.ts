import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { addRuleCounts, addScopeCounts, Counts } from './ledger-store.ts';

const ROWS = 150;
const ROUNDS = 12;
const HOUR = new Date('2026-03-02T02:00:00Z');
const numbers = Array.from({ length: ROWS }, (_, number) => number);

let test: TestPlatform;
before(async () => {
  test = await openTestPlatform();
});
after(() => test.close());

/** What a detector adds at the end of a batch, its rows in the order in which it came upon them. */
const add = (order: readonly number[]): Promise<void> =>
  test.system.transaction(async ({ db }) => {
    const counts = new Counts();
    for (const number of order) {
      counts.add(`rule ${number}`, 'hits', 1);
      counts.limit(`rule ${number}`, 'groups', 1);
    }
    const scopes = order.map((number) => ({
      ...{ product: 'p', category: `c${number}`, service: 's' },
      ...{ events: 1, errors: 0 },
    }));
    await addScopeCounts(db, HOUR, scopes);
    await addRuleCounts(db, HOUR, counts);
  });

it('detectors that add to the same rows in different orders do not block each other for good', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all([add(numbers), add(numbers.toReversed()), add([...numbers.slice(70), ...numbers.slice(0, 70)])]);
  }
  const { scopes, rules } = await test.system.read(async (db) => ({
    scopes: await db.selectFrom('detection_scope_hour').select('events').execute(),
    rules: await db.selectFrom('detection_rule_hour').select('hits').execute(),
  }));
  assert.equal(scopes.length, ROWS);
  assert.ok(scopes.every(({ events }) => Number(events) === 3 * ROUNDS));
  assert.ok(rules.every(({ hits }) => Number(hits) === 3 * ROUNDS));
});
