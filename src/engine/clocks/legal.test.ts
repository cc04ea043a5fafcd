import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueReports, type ReportingDuty } from './legal.ts';

const duty = (id: string, limitMinutes: number, rest: Partial<ReportingDuty>): ReportingDuty => ({
  id,
  limitMinutes,
  fromGrade: 'III',
  startsAt: 'discovery',
  operator: 'other',
  ...rest,
});
const duties = [
  duty('first', 240, {}),
  duty('relay', 60, { fromGrade: 'II', startsAt: 'first' }),
  duty('critical', 60, { operator: 'critical' }),
  duty('summary', 43_200, { operator: 'any', startsAt: 'handling_ended' }),
];
const discovered = new Date('2026-02-17T18:00:00Z');

test('the first report is due four hours of wall time after discovery, at night and on holidays too', () => {
  assert.deepEqual(dueReports(duties, 'III', 'other', discovered), [
    { dutyId: 'first', dueAt: new Date('2026-02-17T22:00:00Z') },
    { dutyId: 'summary', dueAt: null },
  ]);
});

test('below III there is no duty to report', () => {
  assert.deepEqual(dueReports(duties, 'IV', 'other', discovered), []);
});

test('a relay starts when the report it relays has arrived, and only from II on', () => {
  const marks = { first: new Date('2026-02-17T19:30:00Z') };
  const due = dueReports(duties, 'II', 'other', discovered, marks);
  assert.deepEqual(due.find(({ dutyId }) => dutyId === 'relay')?.dueAt, new Date('2026-02-17T20:30:00Z'));
  assert.ok(!dueReports(duties, 'III', 'other', discovered, marks).some(({ dutyId }) => dutyId === 'relay'));
});

test('a graver grade adds duties and never moves those that run', () => {
  const before = dueReports(duties, 'III', 'critical', discovered);
  const after = dueReports(duties, 'I', 'critical', discovered);
  for (const due of before)
    assert.deepEqual(
      after.find(({ dutyId }) => dutyId === due.dutyId),
      due,
    );
});
