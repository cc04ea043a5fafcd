import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addDays, type Day, startOfDay } from '#engine/clocks/calendar.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { createSource } from '../actions.ts';
import { learnBaselines } from './habit.ts';
import { watchSources } from './watch.ts';
import { openAlarms } from './watch-store.ts';

const NANNING = '/450000/450100/';
const HOUR = 3_600_000;
/** The eight days from the 1st to the 8th of October 2025 are off; Sunday the 28th of September and Saturday the 11th of October are worked instead. */
const [FIRST, LAST_BEFORE, BACK, MADE_UP] = ['2025-10-01', '2025-09-30', '2025-10-09', '2025-10-11'] as const;
const MADE_UP_BEFORE = '2025-09-28';
/** On this day off the source that sends always breaks. */
const BROKE = '2025-10-04';

const at = (day: Day, clock: string): number => {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return startOfDay(day).getTime() + hour * HOUR + minute * 60_000;
};
const isWeekend = (day: Day) => [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
const daysFrom = (from: Day, count: number) => Array.from({ length: count }, (_, index) => addDays(from, index));

describe('sources over the eight days off in October, with the days worked instead before and after them', () => {
  let test: TestPlatform;
  let office = '';
  let gateway = '';

  before(async () => {
    test = await openTestPlatform({ now: new Date(at('2025-09-01', '00:00')).toISOString() });
    const admin = test.as({ roles: ['system_admin'], path: '/450000/' });
    const open = async (name: string) =>
      (await createSource(admin, { name, unitPath: NANNING, listener: 'http' })).source.id;
    [office, gateway] = [await open('办公系统'), await open('网关')];
    for (const day of daysFrom('2025-09-01', 27)) {
      if (!isWeekend(day)) await sendsByDay(day);
      await sendsAlways(day);
    }
    await sendsAlways(MADE_UP_BEFORE);
  });
  after(() => test.close());

  /** Lines every so many minutes of a day, from one hour to another. */
  const sends = (id: string, day: Day, hours: { from: number; to: number }, minutes: number) =>
    test.asOwner(`
      INSERT INTO telemetry_health (source_id, unit_path, minute, received, written)
      SELECT '${id}', '${NANNING}', minute, 10, 10 FROM generate_series('${day}T00:00:00+08:00'::timestamptz + interval '${hours.from} hours',
        '${day}T00:00:00+08:00'::timestamptz + interval '${hours.to} hours' - interval '1 minute', interval '${minutes} minutes') AS minute`);
  const sendsByDay = (day: Day, from = 9) => sends(office, day, { from, to: 18 }, 2);
  const sendsAlways = (day: Day, to = 24) => sends(gateway, day, { from: 0, to }, 10);
  /** Which sources are called silent at a moment, after what the jobs do by then. */
  async function silentAt(day: Day, clock: string): Promise<string[]> {
    test.clock.advanceMs(at(day, clock) - test.clock.now().getTime());
    await test.system.transaction(({ db }) => learnBaselines(db, test.clock.now()));
    await watchSources(test.system);
    const alarms = await test.system.read((db) => openAlarms(db));
    const silent = alarms.filter(({ kind }) => kind === 'silent');
    return silent.map(({ sourceId }) => (sourceId === office ? 'office' : 'gateway')).sort();
  }

  it('silence on the Sunday that is worked instead is an alarm, and over when lines come', async () => {
    assert.deepEqual(await silentAt('2025-09-27', '16:00'), [], 'an ordinary Saturday');
    assert.deepEqual(await silentAt(MADE_UP_BEFORE, '09:10'), [], 'the day begins');
    assert.deepEqual(await silentAt(MADE_UP_BEFORE, '09:20'), ['office']);
    await sendsByDay(MADE_UP_BEFORE, 10);
    assert.deepEqual(await silentAt(MADE_UP_BEFORE, '17:40'), []);
  });

  it('silence on the days off is none, in all eight of them; that of what sends always is', async () => {
    for (const day of ['2025-09-29', LAST_BEFORE]) {
      await sendsByDay(day);
      await sendsAlways(day);
    }
    for (const day of daysFrom(FIRST, 8)) {
      if (day <= BROKE) await sendsAlways(day, day === BROKE ? 12 : 24);
      for (const clock of ['09:20', '16:00', '23:30']) {
        const broken = at(day, clock) > at(BROKE, '12:00');
        assert.deepEqual(await silentAt(day, clock), broken ? ['gateway'] : [], `${day} ${clock}`);
      }
    }
  });

  it('on the Saturday that is worked instead it is an alarm again, and stays one on the Sunday after it', async () => {
    for (const day of daysFrom(BACK, 5)) await sendsAlways(day);
    assert.deepEqual(await silentAt(BACK, '09:10'), [], 'the first working day begins');
    for (const day of [BACK, addDays(BACK, 1)]) await sendsByDay(day);
    assert.deepEqual(await silentAt(MADE_UP, '09:10'), []);
    assert.deepEqual(await silentAt(MADE_UP, '09:20'), ['office']);
    assert.deepEqual(await silentAt(addDays(MADE_UP, 1), '16:00'), ['office'], 'it began on a working day');
  });
});
