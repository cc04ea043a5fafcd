import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Baseline, type Facts, judge, silentAfterMs } from './judge.ts';

const now = Date.UTC(2026, 4, 20, 2, 0, 0);
const MINUTE = 60_000;
const usual = (perHour: number, gapMinutes = 1): Baseline => ({
  hourly: Array.from({ length: 24 }, () => perHour),
  hourlyOff: [],
  rests: false,
  byHour: false,
  usualGapMs: gapMinutes * MINUTE,
  regular: false,
});
const facts = (some: Partial<Facts>): Facts => ({
  listener: 'syslog',
  state: 'active',
  lastReceivedAtMs: now - MINUTE,
  received: 1000,
  written: 1000,
  unparsed: 0,
  mistaken: 0,
  rejected: 0,
  delayMsMin: 500,
  baseline: usual(1000),
  isOff: () => false,
  ...some,
});
const kinds = (some: Partial<Facts>) => judge(facts(some), now).map(({ kind }) => kind);

describe('what is wrong with a source', () => {
  test('a source that does as usual raises nothing', () => {
    assert.deepEqual(kinds({}), []);
    assert.deepEqual(kinds({ baseline: undefined }), []);
  });

  test('silence is judged by the source’s own habit', () => {
    assert.deepEqual(kinds({ lastReceivedAtMs: now - 16 * MINUTE, received: 0 }), ['silent']);
    const rare = usual(2, 120);
    assert.deepEqual(kinds({ lastReceivedAtMs: now - 300 * MINUTE, received: 0, baseline: rare }), []);
    assert.deepEqual(kinds({ lastReceivedAtMs: now - 361 * MINUTE, received: 0, baseline: rare }), ['silent']);
    assert.equal(
      silentAfterMs(undefined),
      36 * 60 * MINUTE,
      'of a new source nobody knows yet that it does not send once a day',
    );
  });

  test('what sends by the clock is late after two hours, and nothing is waited for a day longer than usual', () => {
    const after = (hours: number, regular: boolean) =>
      silentAfterMs({ ...usual(1, hours * 60), regular }) / (60 * MINUTE);
    assert.deepEqual([after(1, true), after(24, true), after(24, false), after(6, false)], [3, 26, 48, 18]);
  });

  test('what sends in the hours of work only is not silent at night, nor in the moment its day begins', () => {
    const office: Baseline = {
      ...usual(600),
      hourly: Array.from({ length: 24 }, (_, hour) => (hour >= 9 && hour < 18 ? 600 : null)),
      byHour: true,
    };
    const at = (clock: string) => Date.parse(`2026-05-20T${clock}:00+08:00`);
    const judgedAt = (clock: string, last: string, byHour = true) => {
      const lastReceivedAtMs = Date.parse(`2026-05-${last}:00+08:00`);
      const baseline = { ...office, byHour };
      const seen = facts({ baseline, lastReceivedAtMs, received: 0, written: 0, delayMsMin: null });
      return judge(seen, at(clock)).find(({ kind }) => kind === 'silent')?.seen;
    };
    assert.equal(judgedAt('23:30', '20T17:58'), undefined);
    assert.equal(judgedAt('09:10', '19T17:58'), undefined);
    assert.deepEqual(judgedAt('09:16', '19T17:58'), {
      silentMs: (15 * 60 + 18) * MINUTE,
      awakeMs: 18 * MINUTE,
      gapMs: MINUTE,
      usualMs: 15 * MINUTE,
    });
    assert.ok(judgedAt('23:30', '20T15:00'), 'what fell silent by day stays so at night');
    assert.ok(judgedAt('23:30', '10T15:00'));
    assert.ok(judgedAt('17:50', '20T17:30'));
    assert.ok(judgedAt('23:30', '20T17:58', false), 'hours that may be without a line by chance');
    assert.equal(judge(facts({ lastReceivedAtMs: now - 16 * MINUTE, received: 0 }), now)[0]?.kind, 'silent');
  });

  test('what sends on working days only is not silent on days off, and what fell silent before them stays so', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => (hour >= 9 && hour < 18 ? 600 : null));
    // Friday the 22nd is worked, then two days off; the make-up Sunday of the 31st is worked.
    const off = new Set(['2026-05-23', '2026-05-24', '2026-05-30']);
    const silentAt = (clock: string, last: string, some: Partial<Baseline> = {}) => {
      const at = (text: string) => Date.parse(`2026-05-${text}:00+08:00`);
      const baseline = { ...usual(600), hourly: hours, byHour: true, rests: true, ...some };
      const seen = facts({ baseline, lastReceivedAtMs: at(last), received: 0, isOff: (day) => off.has(day) });
      return judge(seen, at(clock)).some(({ kind }) => kind === 'silent');
    };
    assert.equal(silentAt('23T10:00', '22T17:58'), false);
    assert.equal(silentAt('23T10:00', '22T17:58', { rests: false }), true);
    assert.equal(silentAt('24T23:00', '22T17:58'), false);
    assert.equal(silentAt('25T09:10', '22T17:58'), false);
    assert.equal(silentAt('25T09:16', '22T17:58'), true);
    assert.equal(silentAt('24T23:00', '22T15:00'), true, 'it fell silent on a working day');
    assert.equal(silentAt('24T23:00', '15T15:00'), true);
    assert.equal(silentAt('31T10:00', '29T17:58'), true, 'a day worked instead is a working day');
    const rare = { byHour: false, usualGapMs: 120 * MINUTE };
    assert.equal(silentAt('24T20:00', '22T21:00', rare), false);
    assert.equal(silentAt('25T03:30', '22T21:00', rare), true, 'three hours of Friday and more of Monday');
  });

  test('a rate is compared with days of the same sort', () => {
    const weekend = usual(1000).hourly.map(() => 100);
    const off = { isOff: () => true, received: 90 };
    assert.deepEqual(kinds({ ...off, baseline: { ...usual(1000), hourlyOff: weekend } }), []);
    assert.deepEqual(kinds({ ...off, baseline: { ...usual(1000), hourlyOff: weekend }, received: 15 }), ['slow']);
    assert.deepEqual(kinds({ ...off, baseline: usual(1000) }), [], 'nobody knows yet what is usual on days off');
    assert.deepEqual(kinds({ received: 90 }), ['slow']);
  });

  test('a source that never sent, a paused one and one for files are not silent', () => {
    assert.deepEqual(kinds({ lastReceivedAtMs: null, received: 0, baseline: undefined }), []);
    assert.deepEqual(kinds({ lastReceivedAtMs: now - 99 * MINUTE, state: 'paused' }), []);
    assert.deepEqual(kinds({ lastReceivedAtMs: now - 99 * MINUTE, listener: 'import' }), []);
  });

  test('far fewer or far more lines than at this hour on other days', () => {
    assert.deepEqual(kinds({ received: 150 }), ['slow']);
    assert.deepEqual(kinds({ received: 5001 }), ['flood']);
    assert.deepEqual(kinds({ received: 0, baseline: usual(30) }), []);
  });

  test('lines of another kind than the configured one, when most are and not when some are', () => {
    assert.deepEqual(judge(facts({ mistaken: 120, written: 120 }), now), [
      { kind: 'mistaken', seen: { mistaken: 120, written: 120 } },
    ]);
    assert.deepEqual(kinds({ mistaken: 500, written: 1000 }), []);
    assert.deepEqual(kinds({ mistaken: 19, written: 19 }), []);
  });

  test('unparsed, refused, and a clock that is ahead or hours behind', () => {
    assert.deepEqual(kinds({ unparsed: 101 }), ['unparsed']);
    assert.deepEqual(kinds({ unparsed: 5, written: 6 }), []);
    assert.deepEqual(kinds({ rejected: 1 }), ['rejecting']);
    assert.deepEqual(judge(facts({ delayMsMin: -8 * 60 * MINUTE }), now), [
      { kind: 'clock', seen: { skewMs: 8 * 60 * MINUTE } },
    ]);
    assert.deepEqual(kinds({ delayMsMin: 8 * 60 * MINUTE }), ['clock']);
    assert.deepEqual(kinds({ delayMsMin: 8 * 60 * MINUTE, listener: 'import' }), []);
  });
});
