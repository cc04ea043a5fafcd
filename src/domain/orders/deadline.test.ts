import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stagesOf } from './deadline.ts';
import { orderStandards } from './standards.ts';

test('reminders and escalation follow the working time between start and deadline', () => {
  const { calendar } = orderStandards();
  // Monday 09:00 to Tuesday 17:30 in Guangxi: two days of six hours.
  const stages = stagesOf(new Date('2026-03-02T01:00:00Z'), new Date('2026-03-03T09:30:00Z'), calendar, []);
  assert.deepEqual(
    stages.map(({ stage, kind, at }) => `${stage} ${kind} ${at.toISOString()}`),
    [
      'half reminder 2026-03-02T09:30:00.000Z',
      'near reminder 2026-03-03T07:06:00.000Z',
      'due reminder 2026-03-03T09:30:00.000Z',
      'unit_leader escalation 2026-03-04T02:12:00.000Z',
      'centre_director escalation 2026-03-04T09:30:00.000Z',
    ],
  );
});

test('a pause moves the reminders with the deadline', () => {
  const { calendar } = orderStandards();
  const pause = { from: new Date('2026-03-02T00:00:00Z'), to: new Date('2026-03-02T16:00:00Z') };
  const [half] = stagesOf(new Date('2026-03-02T01:00:00Z'), new Date('2026-03-04T09:30:00Z'), calendar, [pause]);
  assert.equal(half?.at.toISOString(), '2026-03-03T09:30:00.000Z');
});
