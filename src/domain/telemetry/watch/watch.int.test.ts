import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAsset } from '#domain/ledger/index.ts';
import { addDays } from '#engine/clocks/calendar.ts';
import { toRow } from '#engine/fields/row.ts';
import { type EventStore, openEventStore } from '#platform/eventstore/open.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { openLocalQueue } from '#platform/queue/local.ts';
import type { Queue } from '#platform/queue/queue.ts';
import { callAs, serveRoutes } from '../../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { changeSource, createSource } from '../actions.ts';
import { BatchRows, readBatch } from '../batch.ts';
import { Health } from '../health.ts';
import { healthSeries } from '../health-store.ts';
import { normaliser } from '../normalise.ts';
import { encodeParcels } from '../parcel.ts';
import { reparsesOf } from '../reparse/reparse-store.ts';
import { beginReparse, reparseJob, runReparse } from '../reparse/run.ts';
import { connectTelemetry } from '../runtime.ts';
import { pageOfSources } from '../source-store.ts';
import { loadSources } from '../sources.ts';
import { NO_SUMS } from '../sums.ts';
import { coverageOf } from './coverage.ts';
import { fillingOf } from './filling.ts';
import { learnBaselines } from './habit.ts';
import { watchSources } from './watch.ts';
import { watchRoutes } from './watch-routes.ts';
import { openAlarms, watchedSources } from './watch-store.ts';

const NANNING = '/450000/450100/';
const NOW = '2026-05-20T02:00:30.000Z';
const MINUTE = 60_000;

describe('the health of sources, and reading their texts again', () => {
  let test: TestPlatform;
  let store: EventStore;
  let queue: Queue;
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tongan-watch-'));
    store = openEventStore({ kind: 'embedded', path: join(folder, 'events') });
    await store.migrate();
    test = await openTestPlatform({ events: store, now: NOW, jobs: [reparseJob] });
    queue = await openLocalQueue({ folder: join(folder, 'queue'), bytesMax: 1e9 });
    connectTelemetry(test.platform.config, {
      queue,
      store,
      work: () => Promise.reject(new Error('no pipeline runs here')),
      rulesMet: async (events) => events.map(() => [{ id: 'rule', title: { zh: '规则', en: 'Rule' }, level: 'high' }]),
    });
  });

  after(async () => {
    await queue.close();
    await store.close();
    await test.close();
    await rm(folder, { recursive: true, force: true });
  });

  const admin = () => test.as({ roles: ['analyst', 'system_admin'], path: '/450000/' });
  const open = (name: string) => createSource(admin(), { name, unitPath: NANNING, listener: 'http' });

  /** Counts as the collector would have made them at the given moment. */
  async function deliver(id: string, at: number, lines: number, unparsed = 0, delayMs = 1000): Promise<void> {
    const health = new Health({ now: () => new Date(at) });
    const source = { id, unitPath: NANNING };
    health.received(source, lines, lines * 100);
    const delay = { delayMs: delayMs * lines, delayMsMin: delayMs, delayMsMax: delayMs };
    health.written(source, { ...NO_SUMS, events: lines, unparsed, ...delay, lastEventAtMs: at - delayMs });
    await health.flush(test.system);
  }

  it('raises an alarm when a source falls silent against its habit, shows it in scope, and clears it', async () => {
    const { source } = await open('会断的设备');
    const now = Date.parse(NOW);
    for (let minute = 24 * 60; minute > 20; minute -= 5) await deliver(source.id, now - minute * MINUTE, 10);
    await test.system.transaction(({ db }) => learnBaselines(db, new Date(NOW)));
    const [watched] = await test.system.read((db) => watchedSources(db, new Date(NOW), [source.id]));
    assert.equal(watched?.facts.baseline?.usualGapMs, 5 * MINUTE);
    assert.deepEqual(await watchSources(test.system), { raised: 1, cleared: 0 });
    assert.deepEqual(await watchSources(test.system), { raised: 0, cleared: 0 }, 'once, not every minute');
    const seenBy = (path: string) => test.as({ roles: ['duty_officer'], path }).read((db) => openAlarms(db));
    assert.deepEqual(
      (await seenBy('/450000/')).map(({ kind, sourceId }) => [kind, sourceId]),
      [['silent', source.id]],
    );
    assert.deepEqual(await seenBy('/450000/450200/'), []);
    const listed = async (alarm: 'any' | 'silent' | 'flood') => {
      const page = await test.system.read((db) => pageOfSources(db, { alarm }, { offset: 0, limit: 10 }));
      return [page.total, ...page.items.map(({ id }) => id)];
    };
    assert.deepEqual(await listed('any'), [1, source.id]);
    assert.deepEqual(await listed('silent'), [1, source.id]);
    assert.deepEqual(await listed('flood'), [0]);
    await deliver(source.id, now - MINUTE, 10);
    assert.deepEqual(await watchSources(test.system), { raised: 0, cleared: 1 });
    assert.deepEqual(await seenBy('/450000/'), []);
    assert.deepEqual(await listed('any'), [0]);
  });

  it('tells of tried lines which rules they meet, and to whom may not see rules that they were not asked', async () => {
    const callers = { analyst: admin(), sysadmin: test.as({ roles: ['system_admin'], path: '/450000/' }) };
    const server = await serveRoutes(test, watchRoutes, new Map(Object.entries(callers)));
    const rulesFor = async (who: string) =>
      (await callAs(server, who, 'POST', '/api/sources/try', { text: 'a line' })).body.items[0].rules;
    assert.deepEqual(await rulesFor('analyst'), [{ id: 'rule', title: { zh: '规则', en: 'Rule' }, level: 'high' }]);
    assert.equal(await rulesFor('sysadmin'), null);
    await server.close();
  });

  it('learns who sends on working days only, from the calendar of laws and units', async () => {
    const [office, always, idle] = [await open('办公系统'), await open('网关'), await open('从未发送')];
    const at = (day: string, hour: number) => Date.parse(`${day}T${String(hour).padStart(2, '0')}:30:00+08:00`);
    // The 1st to the 5th of May are off, Saturday the 9th is worked instead.
    const days = Array.from({ length: 24 }, (_, index) => addDays('2026-04-26', index));
    const off = (day: string) => ['6', '0'].includes(String(new Date(`${day}T00:00:00Z`).getUTCDay()));
    const holiday = (day: string) => day >= '2026-05-01' && day <= '2026-05-05';
    for (const day of days) {
      for (const hour of [9, 10, 11, 14, 15]) {
        await deliver(always.source.id, at(day, hour), off(day) || holiday(day) ? 10 : 100);
        const works = day === '2026-05-09' || !(off(day) || holiday(day));
        if (works) await deliver(office.source.id, at(day, hour), 100);
      }
    }
    const own = {
      unit_path: NANNING,
      day: '2026-05-18',
      kind: 'off' as const,
      name: '停电检修',
      reason: '年度检修',
      revision: 1,
    };
    const by = { set_by: test.system.actor.id, set_by_name: '管理员', set_at: new Date(NOW) };
    await test.system.transaction(({ db }) =>
      db
        .insertInto('order_calendar_day')
        .values({ ...own, ...by })
        .execute(),
    );
    await test.system.transaction(({ db }) => learnBaselines(db, new Date(NOW)));
    const known = async (id: string) =>
      (await test.system.read((db) => watchedSources(db, new Date(NOW), [id])))[0]?.facts;
    const officeFacts = await known(office.source.id);
    assert.equal(officeFacts?.baseline?.rests, true);
    assert.equal(officeFacts?.baseline?.hourly[10], 100);
    assert.equal(officeFacts?.baseline?.hourlyOff[10], null);
    const alwaysFacts = await known(always.source.id);
    assert.equal(alwaysFacts?.baseline?.rests, false);
    assert.deepEqual([alwaysFacts?.baseline?.hourly[10], alwaysFacts?.baseline?.hourlyOff[10]], [100, 10]);
    assert.deepEqual(
      ['2026-05-05', '2026-05-09', '2026-05-10', '2026-05-12', own.day].map((day) => alwaysFacts?.isOff(day)),
      [true, false, true, false, true],
    );
    assert.equal((await known(idle.source.id))?.baseline, undefined);
    for (const { source } of [office, always]) await deliver(source.id, Date.parse(NOW) - MINUTE, 100);
    assert.deepEqual(await watchSources(test.system), { raised: 0, cleared: 0 });
  });

  it('keeps all alarms that stand apart, however many they are, and shows a page of them with their number', async () => {
    const many = 1001;
    const silentMs = 73 * 60 * MINUTE + 30_000 - 59_000;
    const seen = { silentMs, awakeMs: silentMs, usualMs: 36 * 60 * MINUTE };
    await test.asOwner(`
      INSERT INTO telemetry_source (id, unit_path, name, listener, state, created_at, created_by_name, changed_at)
      SELECT gen_random_uuid(), '${NANNING}', 'many ' || n, 'http', 'active', now(), 'x', now() FROM generate_series(1, ${many}) AS n;
      INSERT INTO telemetry_health (source_id, unit_path, minute, received)
      SELECT id, unit_path, '2026-05-17T01:00:00Z', 5 FROM telemetry_source WHERE name LIKE 'many %';
      INSERT INTO telemetry_alarm (id, source_id, unit_path, kind, seen, raised_at)
      SELECT gen_random_uuid(), id, unit_path, 'silent', '${JSON.stringify(seen)}', '2026-05-18T13:01:00Z'
      FROM telemetry_source WHERE name LIKE 'many %'`);
    assert.deepEqual(await watchSources(test.system), { raised: 0, cleared: 0 });
    const server = await serveRoutes(test, watchRoutes, new Map([['admin', admin()]]));
    const { body } = await callAs(server, 'admin', 'GET', '/api/telemetry/alarms');
    await server.close();
    assert.deepEqual([body.sources, body.items.length], [many, 50]);
    await test.asOwner(`
      DELETE FROM telemetry_alarm WHERE source_id IN (SELECT id FROM telemetry_source WHERE name LIKE 'many %');
      DELETE FROM telemetry_health WHERE source_id IN (SELECT id FROM telemetry_source WHERE name LIKE 'many %');
      DELETE FROM telemetry_source WHERE name LIKE 'many %'`);
  });

  it('tells a wrong clock and texts that cannot be read from ordinary delivery', async () => {
    const { source } = await open('时钟错误');
    await deliver(source.id, Date.parse(NOW) - 2 * MINUTE, 100, 50, -8 * 60 * MINUTE);
    await watchSources(test.system);
    const kinds = (await test.system.read((db) => openAlarms(db, [source.id]))).map(({ kind }) => kind);
    assert.deepEqual(kinds.sort(), ['clock', 'unparsed']);
    const unparsed = async () => {
      const open = await test.system.read((db) => openAlarms(db, [source.id]));
      return open.find(({ kind }) => kind === 'unparsed')?.seen.unparsed;
    };
    assert.equal(await unparsed(), 50);
    await deliver(source.id, Date.parse(NOW) - MINUTE, 60, 40, -8 * 60 * MINUTE);
    assert.deepEqual(await watchSources(test.system), { raised: 0, cleared: 0 });
    assert.equal(await unparsed(), 90, 'an alarm that stands says how it is now');
  });

  it('tells a source that is configured for another kind than what it sends, and not one whose kind is told by content', async () => {
    const normalise = normaliser(await loadSources());
    const at = Date.parse(NOW) - MINUTE;
    const text = '<34>1 2026-05-20T01:59:30Z web01 sshd 311 - - Accepted password for ops from 10.1.2.3 port 22 ssh2';
    const lines = Array.from({ length: 120 }, () => Buffer.from(text));
    const kindsOf = async (name: string, sourceHint: string) => {
      const { source } = await open(name);
      const rows = new BatchRows();
      const parcel = { sourceId: source.id, unitPath: NANNING, sourceHint, sender: '', receivedAtMs: at, lines };
      const records = [...encodeParcels(parcel)].map((payload, id) => ({ id: String(id), payload }));
      readBatch(records, normalise, (event, line) => rows.add(event, line));
      const health = new Health({ now: () => new Date(at) });
      for (const sums of rows.finish().sums) health.written({ id: source.id, unitPath: NANNING }, sums);
      await health.flush(test.system);
      await watchSources(test.system);
      const [point] = await test.system.read((db) =>
        healthSeries(db, { sourceId: source.id, since: new Date(at - MINUTE), stepMinutes: 10 }),
      );
      assert.deepEqual([point?.written, point?.mistaken], [120, sourceHint === '' ? 0 : 120]);
      return (await test.system.read((db) => openAlarms(db, [source.id]))).map(({ kind, seen }) => ({ kind, seen }));
    };
    assert.deepEqual(await kindsOf('网站日志', 'nginx'), [{ kind: 'mistaken', seen: { mistaken: 120, written: 120 } }]);
    assert.deepEqual(await kindsOf('按内容', ''), []);
  });

  it('reads stored texts again in place: same events, new reading, nothing lost, nothing doubled', async () => {
    const { source } = await open('认错的服务器');
    const line = (host: number) => `192.0.2.${host} - - [20/May/2026:09:50:10 +0800] "GET /a HTTP/1.1" 200 5 "-" "-"`;
    const normalise = normaliser(await loadSources());
    const receivedAtMs = Date.parse(NOW) - 5 * MINUTE;
    const rows = Array.from({ length: 12 }, (_, index) => {
      const event = normalise({
        ...{ id: `seg-${index}`, text: index === 11 ? 'unknown' : line(index + 10), receivedAtMs },
        ...{ unitPath: NANNING, sourceHint: '', sender: '192.0.2.1', encoding: index === 0 ? 'latin1' : '' },
      });
      return JSON.stringify({
        ...toRow(event),
        ...{ source_id: source.id, sender: '192.0.2.1', encoding: index === 0 ? 'latin1' : '' },
      });
    });
    await store.writer.insert('event', Buffer.from(`${rows.join('\n')}\n`), 'batch-1');
    const read = () =>
      store
        .reader({ path: '/', side: 'centre' })
        .query<{ id: string; source: string; text: string; revision: number; asset: string; problem: string }>(
          eventSql`SELECT event_id AS id, source, raw AS text, revision, asset_name AS asset, problem FROM event WHERE source_id = ${source.id} ORDER BY id`,
          { tag: 'test' },
        );
    const before = await read();
    assert.deepEqual([...new Set(before.map((row) => row.source))].sort(), ['nginx-access', 'unparsed']);
    assert.equal((await fillingOf(admin(), source.id)).repeats, 0, 'texts of one second that differ in a column');

    const span = { from: '2026-05-20T01:00:00Z', to: '2026-05-20T03:00:00Z', wasKind: 'nginx-access' };
    const { id } = await beginReparse(admin(), source.id, { ...span, asKind: 'apache-access' });
    await assert.rejects(beginReparse(admin(), source.id, { ...span, asKind: '' }), /read again already/);
    await test.asOwner(`
      INSERT INTO division (code, name, level, parent_code, path, standard_version) VALUES
        ('450000', '广西壮族自治区', 'region', NULL, '/450000/', 't'), ('450100', '南宁市', 'city', '450000', '${NANNING}', 't')
        ON CONFLICT DO NOTHING;
      INSERT INTO unit (id, code, name, short_name, kind, sector, division_code, unit_path, created_at, changed_at) VALUES
        ('00000000-0000-7000-8000-000000000001', 'nn-hr', '南宁市人社局', '人社局', 'member', 'hr', '450100', '${NANNING}nn-hr/', now(), now())`);
    const officer = test.as({ roles: ['unit_officer'], path: `${NANNING}nn-hr/` });
    await createAsset(officer, { kind: 'endpoint', name: '门户服务器', addresses: ['192.0.2.1'] });
    await runReparse(test.system, id);
    const afterwards = await read();
    assert.deepEqual(
      afterwards.map(({ id: event, text }) => [event, text]),
      before.map(({ id: event, text }) => [event, text]),
    );
    assert.deepEqual([...new Set(afterwards.map((row) => row.source))].sort(), ['apache-access', 'unparsed']);
    assert.match(afterwards[0]?.problem ?? '', /^the bytes are neither UTF-8 nor GB 18030/);
    const assets = afterwards.map(({ source: kind, asset }) => `${kind} ${asset}`);
    assert.deepEqual([...new Set(assets)].sort(), ['apache-access 门户服务器', 'unparsed ']);
    const [run] = await test.system.read((db) => reparsesOf(db, source.id));
    assert.deepEqual([run?.state, run?.total, run?.done, run?.changed], ['done', 11, 11, 11]);
    await runReparse(test.system, id);
    assert.deepEqual(await read(), afterwards, 'a job that comes again changes nothing');

    const filling = await fillingOf(admin(), source.id);
    assert.deepEqual(
      filling.kinds.map(({ kind, sender, events }) => [kind, sender, events]),
      [
        ['apache-access', '192.0.2.1', 11],
        ['unparsed', '192.0.2.1', 1],
      ],
    );
    assert.ok(filling.fields[0]?.never.includes('cs-referer'));
    assert.ok(!filling.fields[0]?.never.includes('c-ip'));
  });

  it('keeps what single senders of a relay write, and refuses a kind that does not exist', async () => {
    const { source } = await open('转发器');
    const changed = await changeSource(admin(), {
      id: source.id,
      change: { senderKinds: { '192.0.2.9': 'cisco-asa' } },
    });
    assert.deepEqual(changed.senderKinds, { '192.0.2.9': 'cisco-asa' });
    const wrong = changeSource(admin(), { id: source.id, change: { senderKinds: { '192.0.2.9': 'no-such' } } });
    await assert.rejects(wrong, /not known/);
  });

  it('covers only units in sight', async () => {
    const elsewhere = await coverageOf(test.as({ roles: ['duty_officer'], path: '/450000/450200/' }));
    assert.ok(elsewhere.items.every(({ unit }) => unit.path.startsWith('/450000/450200/')));
  });
});
