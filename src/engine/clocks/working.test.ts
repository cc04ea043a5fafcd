import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays, type CalendarLayer, dayOf, startOfDay, workCalendar } from './calendar.ts';
import { deadlineAfter, type Pause, workingMinutesBetween } from './working.ts';

const off = (name: string, ...days: string[]) => days.map((day) => ({ day, kind: 'off' as const, name }));
const work = (name: string, ...days: string[]) => days.map((day) => ({ day, kind: 'work' as const, name }));

const national: CalendarLayer = {
  id: 'national',
  name: 'State Council',
  version: '1',
  cover: 'yearly',
  years: [
    {
      year: 2026,
      standing: 'published',
      source: 'test',
      days: [
        ...off('春节', '2026-02-16', '2026-02-17', '2026-02-18', '2026-02-19', '2026-02-20', '2026-02-23'),
        ...work('春节调休上班', '2026-02-14', '2026-02-28'),
      ],
    },
    { year: 2025, standing: 'published', source: 'test', days: [] },
  ],
};
const region: CalendarLayer = {
  id: 'region',
  name: '三月三',
  version: '1',
  cover: 'yearly',
  years: [
    { year: 2026, standing: 'published', source: 'test', days: off('壮族三月三', '2026-04-20', '2026-04-21') },
    { year: 2025, standing: 'published', source: 'test', days: off('壮族三月三', '2025-03-31', '2025-04-01') },
  ],
};
const hours = {
  version: '1',
  spans: [
    { from: 540, to: 720 },
    { from: 870, to: 1050 },
  ],
};
const calendar = workCalendar([national, region], hours);
const at = (text: string): Date => new Date(`${text}:00+08:00`);
const minutesFrom = (start: string, workingMinutes: number) => deadlineAfter(at(start), { workingMinutes }, calendar);
const daysFrom = (start: string, workingDays: number) => deadlineAfter(at(start), { workingDays }, calendar);

test('minutes run through office hours only and stop at the lunch break', () => {
  assert.deepEqual(minutesFrom('2026-03-02T11:00', 60).at, at('2026-03-02T12:00'));
  assert.deepEqual(minutesFrom('2026-03-02T11:00', 61).at, at('2026-03-02T14:31'));
  assert.deepEqual(minutesFrom('2026-03-02T18:00', 30).at, at('2026-03-03T09:30'));
  assert.deepEqual(minutesFrom('2026-03-07T10:00', 1).at, at('2026-03-09T09:01'));
});

test('a period of days leaves out its first day and ends when business hours end', () => {
  assert.deepEqual(daysFrom('2026-03-02T08:00', 1).at, at('2026-03-03T17:30'));
  assert.deepEqual(daysFrom('2026-03-02T23:30', 3).at, at('2026-03-05T17:30'));
});

test('over Spring Festival the make-up Saturdays count and the days off do not', () => {
  const deadline = daysFrom('2026-02-13T10:00', 3);
  assert.deepEqual(deadline.at, at('2026-02-25T17:30'));
  assert.deepEqual(
    deadline.trace.filter(({ kind }) => kind === 'counted').map(({ day, name }) => `${day} ${name}`),
    ['2026-02-14 春节调休上班', '2026-02-24 ', '2026-02-25 '],
  );
  assert.equal(deadline.trace.filter(({ kind }) => kind === 'skipped').length, 6);
  assert.equal(deadline.provisional, false);
});

test('壮族三月三 is a day off in Guangxi and can be switched off by a layer above it', () => {
  assert.deepEqual(daysFrom('2026-04-17T10:00', 1).at, at('2026-04-22T17:30'));
  const duty: CalendarLayer = {
    id: 'unit',
    name: 'duty unit',
    version: '7',
    cover: 'occasional',
    years: [{ year: 2026, standing: 'published', source: 'unit', days: work('值班单位', '2026-04-20') }],
  };
  const own = workCalendar([national, region, duty], hours);
  const deadline = deadlineAfter(at('2026-04-17T10:00'), { workingDays: 1 }, own);
  assert.deepEqual(deadline.at, at('2026-04-20T17:30'));
  assert.equal(deadline.calendarVersion, 'national@1+region@1+unit@7+hours@1');
});

test('a deadline that reaches an unpublished year is provisional and says which layer is missing', () => {
  const deadline = daysFrom('2026-12-18T10:00', 12);
  assert.equal(deadline.provisional, true);
  assert.deepEqual(deadline.doubts, ['national:2027:missing', 'region:2027:missing']);
  assert.equal(daysFrom('2026-12-14T10:00', 3).provisional, false);
});

test('the last days of December are provisional until the next year is published', () => {
  assert.equal(daysFrom('2026-12-25T10:00', 1).provisional, true);
  assert.equal(daysFrom('2025-12-25T10:00', 1).provisional, false);
});

test('a layer whose days fall into one season leaves no doubt outside of it', () => {
  const seasonal: CalendarLayer = { ...region, years: [], season: { from: '03-15', to: '05-10' } };
  const own = workCalendar([national, seasonal], hours);
  assert.equal(deadlineAfter(at('2026-09-01T10:00'), { workingDays: 5 }, own).provisional, false);
  assert.deepEqual(deadlineAfter(at('2026-04-01T10:00'), { workingDays: 5 }, own).doubts, ['region:2026:missing']);
});

test('a day touched by a pause does not count, and is shown', () => {
  const pause = { from: at('2026-03-03T16:00'), to: at('2026-03-04T09:00') };
  const deadline = deadlineAfter(at('2026-03-02T10:00'), { workingDays: 2 }, calendar, [pause]);
  assert.deepEqual(deadline.at, at('2026-03-05T17:30'));
  assert.deepEqual(
    deadline.trace.map(({ day, kind }) => `${day} ${kind}`),
    ['2026-03-03 paused', '2026-03-04 counted', '2026-03-05 counted'],
  );
});

test('a wrong duration or wrong hours are refused with a sentence', () => {
  assert.throws(() => minutesFrom('2026-03-02T10:00', -1), /duration of 0 or more/);
  assert.throws(() => minutesFrom('2026-03-02T10:00', Number.NaN), /duration of 0 or more/);
  assert.throws(() => daysFrom('2026-03-02T10:00', 1e6), /days ahead/);
  assert.throws(() => workCalendar([national], { version: '1', spans: [] }), /no span/);
  assert.throws(() => workCalendar([national], { version: '1', spans: [{ from: 60, to: 1500 }] }), /leaves the day/);
});

test('a day begins at midnight in Shanghai', () => {
  assert.equal(dayOf(new Date('2026-03-01T16:00:00Z')), '2026-03-02');
  assert.deepEqual(startOfDay('2026-03-02'), new Date('2026-03-01T16:00:00Z'));
  assert.equal(addDays('2026-02-28', 1), '2026-03-01');
});

const instant = fc
  .integer({ min: Date.parse('2026-01-05T00:00:00Z'), max: Date.parse('2026-10-01T00:00:00Z') })
  .map((ms) => new Date(ms));
const minutes = fc.nat(6000);
const stretch = fc
  .tuple(instant, fc.nat(20 * 24 * 3600))
  .map(([from, seconds]): Pause => ({ from, to: new Date(from.getTime() + seconds * 1000) }));

test('two durations one after the other are as long as both together', () => {
  fc.assert(
    fc.property(instant, minutes, minutes, (start, a, b) => {
      const first = deadlineAfter(start, { workingMinutes: a }, calendar).at;
      const both = deadlineAfter(start, { workingMinutes: a + b }, calendar).at;
      assert.deepEqual(deadlineAfter(first, { workingMinutes: b }, calendar).at, both);
    }),
    { numRuns: 60 },
  );
});

test('exactly the duration lies between start and deadline, and the trace adds up to it', () => {
  fc.assert(
    fc.property(
      instant,
      fc.integer({ min: 1, max: 6000 }),
      fc.array(stretch, { maxLength: 3 }),
      (start, length, pauses) => {
        const deadline = deadlineAfter(start, { workingMinutes: length }, calendar, pauses);
        const between = workingMinutesBetween(start, deadline.at, calendar, pauses);
        const traced = deadline.trace
          .filter(({ kind }) => kind === 'counted')
          .reduce((sum, part) => sum + part.minutes, 0);
        assert.ok(Math.abs(between - length) < 1e-6, `${between} between, ${length} asked`);
        assert.ok(Math.abs(traced - length) < 1e-6, `${traced} traced, ${length} asked`);
      },
    ),
    { numRuns: 60 },
  );
});

test('starting later, asking for more or pausing never gives an earlier deadline', () => {
  fc.assert(
    fc.property(
      instant,
      fc.nat(86_400),
      fc.integer({ min: 1, max: 20 }),
      fc.nat(5),
      stretch,
      (start, delay, days, more, pause) => {
        const later = new Date(start.getTime() + delay * 1000);
        const plain = deadlineAfter(start, { workingDays: days }, calendar).at;
        assert.ok(deadlineAfter(later, { workingDays: days }, calendar).at >= plain);
        assert.ok(deadlineAfter(start, { workingDays: days + more }, calendar).at >= plain);
        assert.ok(deadlineAfter(start, { workingDays: days }, calendar, [pause]).at >= plain);
      },
    ),
    { numRuns: 60 },
  );
});

test('a pause moves a deadline in minutes by the working time it covers', () => {
  fc.assert(
    fc.property(instant, fc.integer({ min: 1, max: 3000 }), stretch, (start, length, pause) => {
      const plain = deadlineAfter(start, { workingMinutes: length }, calendar).at;
      const paused = deadlineAfter(start, { workingMinutes: length }, calendar, [pause]).at;
      const from = new Date(Math.max(pause.from.getTime(), start.getTime()));
      const to = new Date(Math.min(pause.to.getTime(), paused.getTime()));
      const covered = workingMinutesBetween(from, to, calendar);
      assert.ok(Math.abs(workingMinutesBetween(plain, paused, calendar) - covered) < 1e-6);
    }),
    { numRuns: 60 },
  );
});
