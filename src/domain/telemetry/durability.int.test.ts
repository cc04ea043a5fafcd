import assert from 'node:assert/strict';
import { it } from 'node:test';
import { killAndCompare } from '../../../test/support/kills.ts';

/** `npm run bench -- durability` kills two hundred times. */
const KILLS = 8;

it('loses nothing acknowledged and doubles nothing when it is killed at random moments under load', async () => {
  const { acknowledged, lost, doubled, invented, rolledUp, rows, faults } = await killAndCompare(KILLS, 1600);
  assert.ok(acknowledged > 1000, 'there was load');
  assert.deepEqual(lost, [], 'acknowledged but lost');
  assert.equal(doubled, 0, 'stored twice');
  assert.deepEqual(invented, [], 'stored but never sent');
  assert.equal(rolledUp, rows, 'the roll-ups count what is stored');
  assert.deepEqual(faults, []);
});
