import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addDays, type Day, dayOf, startOfDay } from '#engine/clocks/calendar.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { createSource } from '../actions.ts';
import { learnBaselines } from './habit.ts';
import { judge } from './judge.ts';
import { watchedSources } from './watch-store.ts';

const NANNING = '/450000/450100/';
const [MINUTE, HOUR] = [60_000, 3_600_000];
/** The eight days off in October 2025, and the days worked instead before and after them. */
const HOLIDAYS = Array.from({ length: 8 }, (_, index) => addDays('2025-10-01', index));
const WORKED_INSTEAD = ['2025-09-28', '2025-10-11'];
const [FIRST, LAST] = ['2025-09-01', '2025-10-24'] as const;
/** From here on everything that can be learnt was learnt. */
const KNOWN_FROM = '2025-09-16';

const isWorked = (day: Day): boolean =>
  WORKED_INSTEAD.includes(day) ||
  !(HOLIDAYS.includes(day) || [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay()));
const at = (day: Day, clock: string): number => {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return startOfDay(day).getTime() + hour * HOUR + minute * MINUTE;
};
/** A number from 0 to below `below` that is the same for the same seed. */
const some = (seed: number, below: number): number => ((seed * 2_654_435_761) >>> 7) % below;
const hours = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** When lines of a source come on a day. */
const SENDS = {
  hourly: (day: Day) =>
    isWorked(day) ? hours(9, 17).map((hour) => at(day, `${hour}:${some(at(day, `${hour}:0`) / HOUR, 6)}`)) : [],
  nightly: (day: Day) => [at(day, `2:${some(at(day, '0:0') / HOUR, 25)}`)],
  morning: (day: Day) => (isWorked(day) ? [at(day, '8:30')] : []),
  twice: (day: Day) => [at(day, '6:00'), at(day, '18:30')],
  continuous: (day: Day) => Array.from({ length: 96 }, (_, index) => at(day, '0:0') + index * 15 * MINUTE),
  rare: (day: Day) =>
    hours(0, 23).flatMap((hour) => (some(at(day, `${hour}:7`), 8) === 0 ? [at(day, `${hour}:7`)] : [])),
} as const;
type Kind = keyof typeof SENDS;
const KINDS = Object.keys(SENDS) as Kind[];

describe('silence of sources with different habits, from September to the end of October', () => {
  let test: TestPlatform;
  const ids = new Map<Kind, string>();
  /** Of a kind and a day: whether it would be called silent at a moment of the day, when its last line came at another. */
  const judged = new Map<string, (lastMs: number, nowMs: number) => boolean>();

  before(async () => {
    test = await openTestPlatform({ now: new Date(at(FIRST, '00:00')).toISOString() });
    const admin = test.as({ roles: ['system_admin'], path: '/450000/' });
    for (const name of KINDS) {
      const { source } = await createSource(admin, { name, unitPath: NANNING, listener: 'http' });
      ids.set(name, source.id);
    }
    for (let day: Day = FIRST; day <= LAST; day = addDays(day, 1)) {
      const now = new Date(at(day, '00:07'));
      await test.system.transaction(({ db }) => learnBaselines(db, now));
      const watched = await test.system.read((db) => watchedSources(db, now));
      for (const kind of KINDS) {
        const facts = watched.find(({ id }) => id === ids.get(kind))?.facts;
        assert.ok(facts);
        judged.set(`${kind} ${day}`, (lastReceivedAtMs, nowMs) =>
          judge({ ...facts, lastReceivedAtMs }, nowMs).some((finding) => finding.kind === 'silent'),
        );
        const moments = SENDS[kind](day).map((ms) => `('${new Date(ms).toISOString()}'::timestamptz)`);
        if (moments.length === 0) continue;
        await test.asOwner(`INSERT INTO telemetry_health (source_id, unit_path, minute, received, written)
          SELECT '${ids.get(kind)}', '${NANNING}', m, 10, 10 FROM (VALUES ${moments.join(', ')}) AS sent(m)`);
      }
    }
  });
  after(() => test.close());

  /** Moments, ten minutes apart, at which a source is called silent that sends nothing any more from `brokeAt` on. */
  function alarms(kind: Kind, from: Day, to: Day, brokeAt = Number.POSITIVE_INFINITY): string[] {
    const found: string[] = [];
    const sent = hours(0, 60).flatMap((index) => SENDS[kind](addDays(FIRST, index)).filter((ms) => ms < brokeAt));
    for (let now = at(from, '00:05'); now < at(to, '24:00'); now += 10 * MINUTE) {
      const last = sent.findLast((ms) => ms <= now);
      if (last === undefined) continue;
      const silent = judged.get(`${kind} ${dayOf(new Date(now))}`);
      if (silent?.(last + 59_000, now)) found.push(new Date(now + 8 * HOUR).toISOString().slice(0, 16));
    }
    return found;
  }
  const breaks = (kind: Kind, day: Day, clock: string) => alarms(kind, day, addDays(day, 11), at(day, clock))[0];

  for (const kind of KINDS) {
    it(`${kind}: as long as it sends as usual it is never called silent, holidays and days worked instead among them`, () => {
      assert.deepEqual(alarms(kind, KNOWN_FROM, LAST), []);
    });
  }

  /** That what broke at a moment is called silent between two others. */
  function found(kind: Kind, broke: string, after: string, before: string): void {
    const [day = '', clock = ''] = broke.split(' ');
    const moment = breaks(kind, day, clock)?.replace('T', ' ') ?? 'never';
    assert.ok(
      moment > after && moment <= before,
      `${kind} broke at ${broke}, was found ${moment}, not after ${after} and until ${before}`,
    );
  }

  it('what sends each hour of work is found within three of them, also before and after days off', () => {
    found('hourly', '2025-10-15 11:30', '2025-10-15 13:30', '2025-10-15 14:15');
    found('hourly', '2025-09-30 12:30', '2025-09-30 14:30', '2025-09-30 15:15');
    // Not on any of the eight days off, but on the Saturday that is worked.
    found('hourly', '2025-09-30 17:30', '2025-10-09 10:30', '2025-10-09 11:15');
    found('hourly', '2025-10-10 17:30', '2025-10-11 10:30', '2025-10-11 11:15');
  });

  it('what sends once a day is found some two hours after it should have come', () => {
    found('nightly', '2025-10-15 00:00', '2025-10-15 04:00', '2025-10-15 05:00');
    found('nightly', '2025-10-04 00:00', '2025-10-04 04:00', '2025-10-04 05:00');
    found('morning', '2025-10-15 00:00', '2025-10-15 10:25', '2025-10-15 10:45');
    found('morning', '2025-10-01 00:00', '2025-10-09 10:25', '2025-10-09 10:45');
    found('morning', '2025-10-11 00:00', '2025-10-11 10:25', '2025-10-11 10:45');
  });

  it('what always sends is found at once, and what sends seldom a day later than it ever paused', () => {
    found('continuous', '2025-10-04 12:00', '2025-10-04 12:15', '2025-10-04 12:45');
    found('twice', '2025-10-15 06:00', '2025-10-15 08:30', '2025-10-15 09:45');
    found('rare', '2025-10-13 00:00', '2025-10-13 00:00', '2025-10-15 00:00');
  });

  it('a night that failed does not make the next one be found later', () => {
    const failed = addDays(LAST, -3);
    assert.equal(breaks('nightly', failed, '00:00')?.slice(0, 10), failed);
  });
});
