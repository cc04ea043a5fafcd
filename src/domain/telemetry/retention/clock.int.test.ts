import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { seedDivisions } from '#domain/organizations/index.ts';
import { toRow } from '#engine/fields/row.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { checkRetentionClock } from '../../../app/doctor/stores.ts';
import { connectTelemetry } from '../runtime.ts';
import { placeHold } from './actions.ts';
import { confirmClock, trustedNow } from './clock.ts';
import { deleteExpired } from './run.ts';

const DAY_MS = 86_400_000;
const UNIT = '/450000/450100/';
const START = Date.parse('2026-03-02T02:00:00Z');

describe('what deletion takes for now', () => {
  const day = (days: number) => new Date(START + days * DAY_MS);
  for (const [what, trusted, clock, now, expected] of [
    ['the next night', 0, 0, 1, 1],
    ['off over a long weekend', 0, 0, 4, 4],
    ['off for a month, or a clock that jumped', 0, 0, 30, 4],
    ['the night after a clock jumped', 4, 365, 366, 5],
    ['a clock that was corrected', 5, 366, 2, 2],
    ['a clock that is behind', 0, 0, -400, -400],
    ['a clock that was behind and is right again', 0, -400, 1, 1],
  ] as const) {
    it(what, () => {
      assert.deepEqual(trustedNow({ trustedAt: day(trusted), clockAt: day(clock) }, day(now)), day(expected));
    });
  }
});

describe('deletion and a clock that is wrong', () => {
  let test: TestPlatform;
  let admin: Ctx;

  before(async () => {
    test = await openTestPlatform({ events: true, now: new Date(START).toISOString() });
    await seedDivisions(test.system);
    const { config, events } = test.platform;
    const never = () => {
      throw new Error('nothing is worked on here');
    };
    connectTelemetry(config, { queue: Object.create(null), store: events, work: never });
    admin = test.as({ name: 'System', roles: ['system_admin'], path: '/' });
    for (const daysAgo of [500, 199, 196, 100, 1]) await store(daysAgo);
    // The row was made by the database's clock; from here on time is the test's.
    const moment = `'${test.clock.now().toISOString()}'`;
    await test.asOwner(`UPDATE telemetry_retention_clock SET trusted_at = ${moment}, clock_at = ${moment}`);
    await deleteExpired(test.system);
  });
  after(() => test.close());

  async function store(daysAgo: number): Promise<void> {
    const timeMs = START - daysAgo * DAY_MS;
    const row = toRow({
      id: `of-${daysAgo}`,
      timeMs,
      receivedAtMs: timeMs,
      source: 'nginx-access',
      logsource: { product: '', category: '', service: '' },
      unitPath: UNIT,
      fields: { User: 'ops-1' },
      raw: 'x',
      problem: '',
    });
    await test.platform.events.writer.insert('event', Buffer.from(`${JSON.stringify(row)}\n`), `of-${daysAgo}`);
  }

  const text = (sql: Parameters<typeof test.platform.events.maintain>[0]) => test.platform.events.maintain(sql);
  /** Ages at the start, of events and of what is counted of them. */
  async function left(): Promise<{ events: number[]; counted: number }> {
    const ages = await text(
      eventSql`SELECT dateDiff('day', time, ${new Date(START)}) FROM event ORDER BY 1 FORMAT TSV`,
    );
    const counted = await text(eventSql`SELECT uniqExact(toDate(hour)) FROM event_count FORMAT TSV`);
    return { events: ages.trim().split('\n').map(Number), counted: Number(counted.trim()) };
  }
  const at = (days: number) => test.clock.set(new Date(START + days * DAY_MS));
  const doubts = async () => {
    const { state, sentence } = await checkRetentionClock(test.platform.postgres, test.clock.now());
    return state === 'ok' ? undefined : sentence;
  };

  it('goes by a clock that goes on', async () => {
    assert.deepEqual(await left(), { events: [1, 100, 196, 199], counted: 4 });
    assert.equal(await doubts(), undefined);
  });

  it('deletes nothing by a clock that is a year ahead but a few days, tells of it, and needs nothing when it is corrected', async () => {
    const director = test.as({ name: 'Director', roles: ['director'], path: '/' });
    const until = new Date(START + 30 * DAY_MS).toISOString();
    await placeHold(director, {
      unitPath: UNIT,
      from: new Date(START - 200 * DAY_MS).toISOString(),
      to: new Date(START - 198 * DAY_MS).toISOString(),
      reason: 'evidence',
      until,
    });
    at(365);
    assert.match((await doubts()) ?? '', /the clock says 2027-03-02.*got to 2026-03-06/);
    for (let run = 0; run < 3; run += 1) await deleteExpired(test.system);
    assert.deepEqual(await left(), { events: [1, 100, 196, 199], counted: 4 }, 'a hold that has not ended binds, too');
    at(366);
    await deleteExpired(test.system);
    assert.deepEqual((await left()).events, [1, 100, 199], 'it goes on from where it was, as fast as time does');
    at(1);
    assert.equal(await doubts(), undefined);
    await deleteExpired(test.system);
    assert.deepEqual((await left()).events, [1, 100, 199]);
  });

  it('deletes nothing by a clock that is behind, and goes on when it is right', async () => {
    at(-400);
    await deleteExpired(test.system);
    assert.deepEqual((await left()).events, [1, 100, 199]);
    assert.equal(await doubts(), undefined);
    at(2);
    assert.equal(await doubts(), undefined);
    await deleteExpired(test.system);
  });

  it('goes by the clock again when somebody says that the platform was off for so long', async () => {
    at(120);
    assert.ok(await doubts());
    await deleteExpired(test.system);
    assert.deepEqual((await left()).events, [1, 100, 199]);
    await assert.rejects(confirmClock(test.as({ roles: ['director'], path: '/' }), { reason: 'off' }), AppError);
    await confirmClock(admin, { reason: 'the machine room was moved' });
    assert.equal(await doubts(), undefined);
    await deleteExpired(test.system);
    assert.deepEqual(await left(), { events: [1], counted: 1 });
    await assert.rejects(
      confirmClock(admin, { reason: 'once more' }),
      (error) => error instanceof AppError && error.reason === 'retention.clock',
    );
  });
});
