import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { seedDivisions } from '#domain/organizations/index.ts';
import { toRow } from '#engine/fields/row.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { eventSql, rawSql } from '#platform/eventstore/sql.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { connectTelemetry } from '../runtime.ts';
import { searchEvents } from '../search/events.ts';
import { endRetentionRule, placeHold, releaseHold, setRetentionRule } from './actions.ts';
import { countCovered } from './cover.ts';
import { deleteExpired } from './run.ts';
import { rulesBelowLegalMinimum } from './store.ts';
import { setTimesToLive } from './times-to-live.ts';

const DAY_MS = 86_400_000;
const REGION = '/450000/';
const NANNING = '/450000/450100/';
const LIUZHOU = '/450000/450200/';

const faults = (reason: string) => (error: unknown) =>
  error instanceof AppError && (error.reason ?? error.code) === reason;

describe('retention and holds', () => {
  let test: TestPlatform;
  let admin: Ctx;
  let director: Ctx;
  let second: Ctx;

  before(async () => {
    test = await openTestPlatform({ events: true });
    await seedDivisions(test.system);
    const { config, events } = test.platform;
    const never = () => {
      throw new Error('nothing is worked on here');
    };
    connectTelemetry(config, { queue: Object.create(null), store: events, work: never });
    admin = test.as({ name: 'System', roles: ['system_admin'], path: '/' });
    director = test.as({ name: 'Director', roles: ['director'], path: '/' });
    second = test.as({ name: 'Second', roles: ['director'], path: '/' });
  });
  after(() => test.close());

  /** Three events of each unit and kind of so many days ago, received at once or later. */
  async function store(daysAgo: number, token: string, receivedAt?: number): Promise<void> {
    const timeMs = test.clock.now().getTime() - daysAgo * DAY_MS;
    const receivedAtMs = receivedAt ?? timeMs;
    const rows = [NANNING, LIUZHOU].flatMap((unitPath) =>
      ['nginx-access', 'linux-sshd'].flatMap((source) =>
        [1, 2, 3].map((n) => ({
          ...toRow({
            id: `${token}-${unitPath}-${source}-${n}`,
            timeMs,
            receivedAtMs,
            source,
            logsource: { product: '', category: '', service: '' },
            unitPath,
            fields: { User: 'ops-1' },
            raw: 'x',
            problem: '',
          }),
        })),
      ),
    );
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await test.platform.events.writer.insert('event', Buffer.from(lines), token);
  }

  async function left(): Promise<string[]> {
    const answer = await test.platform.events.maintain(
      eventSql`SELECT concat(unit_path, ' ', source, ' ', toString(count())) FROM event GROUP BY unit_path, source ORDER BY 1 FORMAT TSV`,
    );
    return answer.trim().split('\n');
  }

  it('refuses less than the legal minimum without a reason, and a unit of another area', async () => {
    const rule = { unitPath: NANNING, kind: '', days: 30 };
    await assert.rejects(setRetentionRule(admin, rule), faults('retention.legal'));
    const city = test.as({ name: 'City', roles: ['system_admin'], path: LIUZHOU });
    await assert.rejects(setRetentionRule(city, { ...rule, days: 365 }), faults('retention.unit'));
    await assert.rejects(setRetentionRule(director, { ...rule, days: 365 }), faults('permission.missing'));
  });

  it('refuses rules and holds that are about nothing: an unknown unit or kind', async () => {
    const reason = 'evidence of a case';
    for (const unitPath of ['/450000/450199/', `${NANNING}no-such-unit/`]) {
      await assert.rejects(setRetentionRule(admin, { unitPath, days: 365 }), faults('retention.unit'));
      await assert.rejects(placeHold(director, { unitPath, reason }), faults('retention.unit'));
    }
    const wrongKind = { unitPath: NANNING, kind: 'nginx-acess' };
    await assert.rejects(setRetentionRule(admin, { ...wrongKind, days: 365 }), faults('source.kind.unknown'));
    await assert.rejects(placeHold(director, { ...wrongKind, reason }), faults('source.kind.unknown'));
    for (const about of [{ unitPath: '/' }, { unitPath: LIUZHOU, kind: 'unparsed' }]) {
      await setRetentionRule(admin, { ...about, days: 365 });
      await endRetentionRule(admin, { kind: '', ...about });
    }
  });

  it('deletes what is over by the nearest rule, keeps what is held, and writes both into the journal', async () => {
    await store(250, 'old');
    await store(1, 'new');
    await setRetentionRule(admin, { unitPath: REGION, kind: '', days: 400 });
    await setRetentionRule(admin, { unitPath: NANNING, kind: 'nginx-access', days: 200 });
    await setRetentionRule(admin, { unitPath: LIUZHOU, kind: '', days: 200 });
    const reason = 'evidence of a case';
    const hold = await placeHold(director, { unitPath: LIUZHOU, kind: 'linux-sshd', reason, incident: 'SJ-1' });
    assert.equal(await countCovered(director, hold), 6);
    const since = new Date(test.clock.now().getTime() - 30 * DAY_MS);
    assert.equal(await countCovered(director, { ...hold, from: since }), 3);
    assert.equal(await countCovered(director, { ...hold, to: since, unitPath: REGION, kind: '' }), 12);
    assert.equal(await countCovered(director, { ...hold, to: new Date(0) }), 0);
    await deleteExpired(test.system);
    assert.deepEqual(await left(), [
      `${NANNING} linux-sshd 6`,
      `${NANNING} nginx-access 3`,
      `${LIUZHOU} linux-sshd 6`,
      `${LIUZHOU} nginx-access 3`,
    ]);
    await assert.rejects(releaseHold(director, { id: hold.id, reason: 'no longer needed' }), faults('hold.own'));
    await releaseHold(second, { id: hold.id, reason: 'no longer needed' });
    await assert.rejects(releaseHold(second, { id: hold.id, reason: 'once more' }), faults('hold.ended'));
    await deleteExpired(test.system);
    assert.deepEqual(await left(), [
      `${NANNING} linux-sshd 6`,
      `${NANNING} nginx-access 3`,
      `${LIUZHOU} linux-sshd 3`,
      `${LIUZHOU} nginx-access 3`,
    ]);
  });

  it('holds only the time it names, and not after its end', async () => {
    await endRetentionRule(admin, { unitPath: LIUZHOU, kind: '' });
    await assert.rejects(endRetentionRule(admin, { unitPath: LIUZHOU, kind: '' }), faults('not_found'));
    const now = test.clock.now().getTime();
    const past = new Date(now - DAY_MS).toISOString();
    await assert.rejects(
      placeHold(director, { unitPath: REGION, reason: 'evidence', until: past }),
      faults('hold.range'),
    );
    await setRetentionRule(admin, { unitPath: REGION, days: 1, overrideReason: 'a test installation' });
    await store(20, 'held');
    await store(10, 'free');
    const from = new Date(now - 21 * DAY_MS).toISOString();
    const to = new Date(now - 15 * DAY_MS).toISOString();
    await placeHold(director, { unitPath: NANNING, kind: 'linux-sshd', from, to, reason: 'evidence' });
    const short = await test.system.read(rulesBelowLegalMinimum);
    assert.deepEqual(
      short.map(({ unitPath, days, overrideReason }) => ({ unitPath, days, overrideReason })),
      [{ unitPath: REGION, days: 1, overrideReason: 'a test installation' }],
    );
    await deleteExpired(test.system);
    // What is exactly a day old stays; the kind with a rule of its own goes by that one.
    assert.deepEqual(await left(), [
      `${NANNING} linux-sshd 6`,
      `${NANNING} nginx-access 9`,
      `${LIUZHOU} linux-sshd 3`,
      `${LIUZHOU} nginx-access 3`,
    ]);
  });

  it('compresses what came in long ago more strongly, and loses nothing by it', async () => {
    const { events } = test.platform;
    // By the clock of the store, which is that of the machine.
    await store(40, 'imported', Date.now());
    const imported = new Date(test.clock.now().getTime() - 40 * DAY_MS).toISOString().slice(0, 10);
    const parts = async () => {
      const text = await events.maintain(
        eventSql`SELECT toString(min_time), default_compression_codec FROM system.parts
          WHERE active AND table = 'event' AND rows > 0 AND database = currentDatabase() ORDER BY min_time FORMAT TSV`,
      );
      return text
        .trim()
        .split('\n')
        .map((line) => line.split('\t'));
    };
    const before = await left();
    assert.deepEqual([...new Set((await parts()).map(([, codec]) => codec))], ['ZSTD(6)']);
    await setTimesToLive(events, { eventDays: 200, coldAfterDays: 5 });
    await events.maintain(eventSql`OPTIMIZE TABLE event FINAL SETTINGS mutations_sync = 2`);
    const now = Date.now();
    for (const [time, codec] of await parts())
      assert.equal(
        codec,
        now - Date.parse(`${time}Z`) > 5 * DAY_MS && !time?.startsWith(imported) ? 'ZSTD(12)' : 'ZSTD(6)',
        time,
      );
    assert.deepEqual(await left(), before);
  });

  it('lets no time to live delete anything: the store knows of no hold', async () => {
    const { events } = test.platform;
    const shown = (table: 'event' | 'event_count') =>
      events.maintain(table === 'event' ? eventSql`SHOW CREATE TABLE event` : eventSql`SHOW CREATE TABLE event_count`);
    await events.maintain(eventSql`ALTER TABLE event MODIFY TTL toDateTime(received_at) + toIntervalDay(5)`);
    await events.maintain(eventSql`ALTER TABLE event_count MODIFY TTL hour + toIntervalDay(200)`);
    for (let time = 0; time < 2; time += 1) await setTimesToLive(events, { eventDays: 200, coldAfterDays: 30 });
    assert.match(
      await shown('event'),
      /TTL toDateTime\(received_at\) \+ toIntervalDay\(30\) RECOMPRESS CODEC\(ZSTD\(12\)\)\n/,
    );
    assert.doesNotMatch(await shown('event_count'), /\bTTL\b/);
    await setTimesToLive(events, { eventDays: 200, coldAfterDays: 0 });
    assert.doesNotMatch(await shown('event'), /\bTTL\b/);
  });

  it('keeps what is counted of events as long as any of their day is there, however old they were when they came', async () => {
    const { events } = test.platform;
    const days = async (table: string, span: string) => {
      const answer = await events.maintain(
        eventSql`SELECT DISTINCT toString(${rawSql(span)}) FROM ${rawSql(table)} ORDER BY 1 FORMAT TSV`,
      );
      return answer.trim().split('\n');
    };
    const day = (daysAgo: number) => new Date(test.clock.now().getTime() - daysAgo * DAY_MS).toISOString().slice(0, 10);
    const month = (daysAgo: number) => `${day(daysAgo).slice(0, 7)}-01`;
    // Kept: brought in today. Over: its time, and that of the whole month; and what a clock that was ahead has dated.
    await store(500, 'old-logs', test.clock.now().getTime());
    await store(700, 'over');
    await store(-3000, 'ahead', test.clock.now().getTime() - 300 * DAY_MS);
    await setTimesToLive(events, { eventDays: 200, coldAfterDays: 30 });
    await deleteExpired(test.system);
    for (const table of ['event_count', 'entity_sighting', 'field_use'])
      await events.maintain(eventSql`OPTIMIZE TABLE ${rawSql(table)} FINAL`);
    const kept = [
      ['event_count', 'toDate(hour)', day] as const,
      ['entity_sighting', 'day', day] as const,
      ['field_use', 'month', month] as const,
    ];
    for (const [table, span, of] of kept) {
      const left = await days(table, span);
      assert.ok(left.includes(of(500)), `${table} has forgotten what is kept`);
      for (const over of [700, -3000]) assert.ok(!left.includes(of(over)), `${table} counts what is over`);
    }
    assert.ok(
      !(await days('event', 'toDate(time)')).includes(day(-3000)),
      'what a clock that was ahead dated is over too',
    );
    const span = { from: new Date(`${day(501)}T00:00:00Z`), to: new Date(`${day(499)}T00:00:00Z`) };
    for (const query of ['user:ops-1', 'ops']) {
      const asked = { ...span, query, columns: ['host'], order: 'desc', limit: 20, cursor: undefined } as const;
      const { items } = await searchEvents(test.system, asked, AbortSignal.timeout(20_000));
      assert.equal(items.length, 12, `${query} finds what is kept`);
    }
  });
});
