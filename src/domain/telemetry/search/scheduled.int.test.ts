import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { alertsSlice } from '#domain/alerts/index.ts';
import { appendEntries } from '#domain/journal/index.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { callAs, serveRoutes } from '../../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { searchEvents } from './events.ts';
import { changeSearch, removeSearch, saveSearch, scheduleSearch } from './saved-actions.ts';
import { listRuns, pageOfSaved, savedById } from './saved-store.ts';
import { runSearches } from './scheduled.ts';

const NANNING = '/450000/450100/';
const MINUTE = 60_000;
const SHOWN_AS = { columns: ['host'], span: '7d' };
const SCHEDULE = { everyMinutes: 5, threshold: 2, entity: 'user_name', level: 'high' } as const;

describe('saved searches', () => {
  let site: TestPlatform;
  let analyst: Ctx;
  let stored = 0;

  before(async () => {
    site = await openTestPlatform({ append: appendEntries, events: true, now: '2026-03-02T02:00:30Z' });
    analyst = site.as({ roles: ['analyst'], path: NANNING, id: 'ana', name: '安娜' });
  });
  after(() => site.close());

  /** Events that were received `agoMs` before now. */
  const store = async (count: number, user: string, agoMs: number, unitPath = NANNING) => {
    const receivedAtMs = site.clock.now().getTime() - agoMs;
    const events = Array.from({ length: count }, (): SecurityEvent => {
      stored += 1;
      return {
        id: `e.${stored}`,
        timeMs: receivedAtMs,
        receivedAtMs,
        source: 'microsoft-windows',
        logsource: { product: 'windows', category: '', service: 'security' },
        unitPath,
        fields: { User: user, CommandLine: 'whoami /all' },
        raw: 'whoami',
        problem: '',
      };
    });
    const lines = events.map((event) => `${JSON.stringify(toRow(event))}\n`).join('');
    await site.platform.events.writer.insert('event', Buffer.from(lines), `stored-${stored}`);
  };

  const alerts = () =>
    site.system.read((db) =>
      db
        .selectFrom('alert')
        .select(['rule_id', 'rule_title_zh', 'entity_value', 'level', 'unit_path'])
        .orderBy('entity_value')
        .execute(),
    );
  const run = async (minutes: number) => {
    site.clock.advanceMs(minutes * MINUTE);
    await runSearches.handler(site.system, {});
  };
  const listed = (ctx: Ctx, some: { failing?: boolean; id?: string } = {}, page = { offset: 0, limit: 50 }) =>
    ctx.read((db) => pageOfSaved(db, { ownerId: ctx.actor.id, unitPath: ctx.scope.path, ...some }, page));
  const get = async (id: string) => {
    const saved = await analyst.read((db) => savedById(db, id));
    assert.ok(saved);
    return saved;
  };

  it('are listed page by page with their number, one by its id, and those that fail', async () => {
    const pat = site.as({ roles: ['analyst'], path: '/450000/450300/', id: 'pat' });
    const saved: string[] = [];
    for (const name of ['查询丙', '查询甲', '查询乙'])
      saved.push((await saveSearch(pat, { name, query: 'CommandLine:*whoami*', ...SHOWN_AS })).id);
    const [first, second] = [
      await listed(pat, {}, { offset: 0, limit: 2 }),
      await listed(pat, {}, { offset: 2, limit: 2 }),
    ];
    assert.deepEqual([first.total, first.items.length, second.total, second.items.length], [3, 2, 3, 1]);
    assert.deepEqual([...first.items, ...second.items].map(({ id }) => id).sort(), [...saved].sort());
    assert.deepEqual(
      (await listed(pat, { id: saved[1] ?? '' })).items.map(({ name }) => name),
      ['查询甲'],
    );
    assert.equal((await listed(analyst, { id: saved[1] ?? '' })).total, 0, 'not of another person');
    assert.equal((await listed(pat, { failing: true })).total, 0);
    const [id = ''] = saved;
    await scheduleSearch(pat, {
      id,
      version: 1,
      schedule: { everyMinutes: 5, threshold: 1, entity: 'host', level: 'low' },
    });
    const failed = (failures: number) =>
      site.system.transaction(({ db }) =>
        db.updateTable('telemetry_search').set({ failures }).where('id', '=', id).execute(),
      );
    await failed(2);
    assert.deepEqual(
      (await listed(pat, { failing: true })).items.map((one) => one.id),
      [id],
    );
    await failed(0);
    const version = (await listed(pat, { id })).items[0]?.version ?? 0;
    await scheduleSearch(pat, { id, version, schedule: null });
    assert.equal((await listed(pat, { failing: true })).total, 0);
  });

  it('are seen by their owner, and by the centre once shared; changed by their owner only', async () => {
    const { id } = await saveSearch(analyst, { name: '凭据窃取', query: 'CommandLine:*whoami*', ...SHOWN_AS });
    const other = site.as({ roles: ['analyst'], path: NANNING, id: 'bob' });
    const elsewhere = site.as({ roles: ['analyst'], path: '/450000/450200/', id: 'eve' });
    const seen = async (ctx: Ctx) => (await listed(ctx)).items.map((one) => one.id);
    assert.deepEqual([await seen(analyst), await seen(other)], [[id], []]);
    await changeSearch(analyst, { id, version: 1, change: { shared: true } });
    const { columns, span } = await get(id);
    assert.deepEqual([columns, span], [['host'], '7d'], 'what is not named stays as it is');
    assert.deepEqual([await seen(other), await seen(elsewhere)], [[id], []]);
    const is = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;
    await assert.rejects(changeSearch(other, { id, version: 2, change: { name: 'mine' } }), is('forbidden'));
    await assert.rejects(changeSearch(elsewhere, { id, version: 2, change: { name: 'mine' } }), is('not_found'));
    await assert.rejects(changeSearch(analyst, { id, version: 1, change: { name: 'late' } }), is('conflict'));
    await assert.rejects(saveSearch(analyst, { name: 'wrong', query: 'a:"' }), is('invalid_input'));
    await removeSearch(analyst, { id, version: 2 });
    assert.deepEqual(await seen(analyst), []);
  });

  it('raise alerts by themselves: from the threshold on, in their own area, each span and entity once', async () => {
    const { id } = await saveSearch(analyst, { name: '侦察', query: 'CommandLine:*whoami*' });
    await scheduleSearch(analyst, { id, version: 1, schedule: SCHEDULE });
    await run(1);
    assert.deepEqual(await alerts(), [], 'not due yet');
    await store(3, 'zhang', 0);
    await store(1, 'once', 0);
    await store(3, 'stranger', 0, '/450000/450200/');
    await run(6);
    const expected = {
      rule_id: `search:${id}`,
      rule_title_zh: '侦察',
      entity_value: 'zhang',
      level: 'high',
      unit_path: NANNING,
    };
    assert.deepEqual(await alerts(), [expected]);
    await saysWhy(id);
    await run(5);
    assert.equal((await alerts()).length, 1, 'looking back raises nothing twice');
    await store(2, 'late', 9 * MINUTE);
    await run(5);
    assert.deepEqual(
      (await alerts()).map(({ entity_value }) => entity_value),
      ['late', 'zhang'],
      'what reached the store late is found',
    );
    const runs = await analyst.read((db) => listRuns(db, id));
    assert.deepEqual(
      runs.map(({ state, raised }) => [state, raised]),
      [
        ['done', 1],
        ['done', 0],
        ['done', 1],
      ],
    );
  });

  /** The alert of a search says what was counted where, and its query finds exactly that, and not what came before or of others. */
  async function saysWhy(searchId: string): Promise<void> {
    const server = await serveRoutes(site, alertsSlice.routes ?? [], new Map([['analyst', analyst]]));
    const listed = await callAs(server, 'analyst', 'GET', `/api/alerts?rule=search:${searchId}`);
    const { body } = await callAs(server, 'analyst', 'GET', `/api/alerts/${listed.body.items[0].id}`);
    await server.close();
    assert.deepEqual([listed.body.total, body.count, body.spans.total, body.spans.events], [1, 3, 1, 3]);
    const [span] = body.spans.items;
    const [ran] = await analyst.read((db) => listRuns(db, searchId));
    assert.deepEqual(
      [span.events, span.threshold, span.query, span.runId, span.to],
      [3, SCHEDULE.threshold, 'CommandLine:*whoami*', ran?.id, '2026-03-02T02:05:00.000Z'],
    );
    await store(2, 'zhang', 60 * MINUTE);
    const from = new Date(Date.parse(span.firstEventAt) - 60 * MINUTE);
    const { items } = await searchEvents(
      analyst,
      { query: span.exactQuery, from, to: new Date(span.to), columns: [], order: 'asc', limit: 50, cursor: undefined },
      new AbortController().signal,
    );
    assert.deepEqual(items.map(({ event_id }) => event_id).sort(), ['e.1', 'e.2', 'e.3']);
  }

  it('raise nothing for what was received before they were switched on, or changed', async () => {
    const { id } = await saveSearch(analyst, { name: '起点', query: 'CommandLine:"whoami /all"' });
    const raisedBy = async () =>
      (await alerts()).filter(({ rule_id }) => rule_id === `search:${id}`).map(({ entity_value }) => entity_value);
    await store(5, 'before', 20 * MINUTE);
    await store(5, 'before-in-the-same-span', 1000);
    await scheduleSearch(analyst, { id, version: 1, schedule: SCHEDULE });
    const switchedOn = site.clock.now();
    await store(2, 'since', 0);
    await run(6);
    await run(5);
    assert.deepEqual(await raisedBy(), ['since']);
    const ranFrom = async () => (await analyst.read((db) => listRuns(db, id))).map(({ from }) => from);
    assert.deepEqual(await ranFrom(), [switchedOn, switchedOn]);

    const came = (await get(id)).lookedUntil;
    await store(2, 'since-change', 0);
    await changeSearch(analyst, { id, version: (await get(id)).version, change: { query: 'CommandLine:*whoami*' } });
    await run(5);
    assert.deepEqual(await raisedBy(), ['since', 'since-change'], 'the new condition is not held against the past');
    assert.deepEqual((await ranFrom())[0], came, 'and what came after the last run is not passed over');

    const until = (await get(id)).lookedUntil;
    await store(2, 'since-schedule', 0);
    const schedule = { ...SCHEDULE, everyMinutes: 10 };
    await scheduleSearch(analyst, { id, version: (await get(id)).version, schedule });
    await run(14);
    assert.deepEqual(
      await raisedBy(),
      ['since', 'since-change', 'since-schedule'],
      'nothing twice, nothing passed over',
    );
    assert.deepEqual((await ranFrom())[0], until);
    await removeSearch(analyst, { id, version: (await get(id)).version });
  });

  it('tell when a run fails, and look at the same span again', async () => {
    const [search] = (await listed(analyst)).items;
    assert.ok(search);
    const before = (await get(search.id)).lookedUntil;
    // A column that does not exist, as after a mistake by hand: the store refuses the statement.
    await site.asOwner(`UPDATE telemetry_search SET entity = 'no_such_column' WHERE id = '${search.id}'`);
    await run(5);
    const failed = await get(search.id);
    assert.equal(failed.failures, 1);
    assert.deepEqual(failed.lookedUntil, before);
    const [last] = await analyst.read((db) => listRuns(db, search.id));
    assert.equal(last?.state, 'failed');
    assert.notEqual(last?.problem, '');
    await site.asOwner(`UPDATE telemetry_search SET entity = 'user_name' WHERE id = '${search.id}'`);
    await run(5);
    assert.equal((await get(search.id)).failures, 0);
  });

  it('tell where a query is wrong that a former version took', async () => {
    const [search] = (await listed(analyst)).items;
    assert.ok(search);
    await site.asOwner(`UPDATE telemetry_search SET query = 'CommandLine:(a' WHERE id = '${search.id}'`);
    await run(5);
    const [last] = await analyst.read((db) => listRuns(db, search.id));
    assert.match(last?.problem ?? '', /^Character \d+: /);
    assert.equal((await get(search.id)).failures, 1);
    await site.asOwner(`UPDATE telemetry_search SET query = '${search.query}' WHERE id = '${search.id}'`);
    await run(5);
    assert.equal((await get(search.id)).failures, 0);
  });

  it('are ended by a colleague, who changes nothing else of them', async () => {
    const [search] = (await listed(analyst)).items;
    assert.ok(search?.schedule);
    const { id } = search;
    const { version } = await get(id);
    const night = site.as({ roles: ['duty_officer'], path: NANNING, id: 'night' });
    const elsewhere = site.as({ roles: ['duty_officer'], path: '/450000/450200/', id: 'far' });
    const is = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;
    await assert.rejects(scheduleSearch(night, { id, version, schedule: SCHEDULE }), is('forbidden'));
    await assert.rejects(scheduleSearch(elsewhere, { id, version, schedule: null }), is('not_found'));
    await scheduleSearch(night, { id, version, schedule: null });
    assert.deepEqual([(await get(id)).schedule, (await get(id)).shared], [null, true]);
  });
});
