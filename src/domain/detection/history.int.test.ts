import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { contextFor, systemContext } from '#app/context.ts';
import { appendEntries } from '#domain/journal/index.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import { Correlator } from '#engine/sigma/correlator.ts';
import { compileRules } from '#engine/sigma/matcher.ts';
import { loadPack } from '#engine/sigma/pack.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { LIUZHOU_UNIT, NANNING_UNIT } from '../../../test/support/detections.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { outcomeOf } from './commit.ts';
import { engineOf, stopEngine } from './engine.ts';
import { foundIn } from './found.ts';
import { startRun, stopRun } from './history-actions.ts';
import { packsOf } from './history-sql.ts';
import { workOnRun } from './history-work.ts';
import { detectBatch } from './index.ts';
import { runHistory } from './jobs.ts';
import { idOfNames } from './rule.ts';

const ID = (last: string) => `30000000-0000-4000-8000-0000000000${last.padStart(2, '0')}`;
const rule = (last: string, name: string, marker: string, level: string) => `
title: ${name}
id: ${ID(last)}
name: ${name}
level: ${level}
logsource: { product: windows, category: process_creation }
detection: { sel: { CommandLine|contains: ${marker} }, condition: sel }
`;
const correlation = (last: string, body: string) => `
title: Correlation ${last}
id: ${ID(last)}
name: correlation_${last}
level: high
correlation: { ${body} }
`;
const RULES = [
  rule('1', 'loud', 'loud-mark', 'high'),
  rule('2', 'first', 'first-mark', 'informational'),
  rule('3', 'second', 'second-mark', 'informational'),
  correlation('10', 'type: event_count, rules: [first], group-by: [User], timespan: 10m, condition: { gte: 3 }'),
  correlation(
    '11',
    'type: value_count, rules: [first], group-by: [User], timespan: 30m, condition: { gte: 3, field: Port }',
  ),
  correlation('12', 'type: temporal, rules: [first, second], group-by: [User], timespan: 5m'),
  correlation('13', 'type: temporal_ordered, rules: [second, first], group-by: [User], timespan: 5m'),
  correlation(
    '14',
    'type: value_sum, rules: [first], group-by: [User], timespan: 20m, condition: { gte: 20, field: Port }',
  ),
  correlation(
    '15',
    'type: value_avg, rules: [second], group-by: [User], timespan: 20m, condition: { gte: 5, field: Port }',
  ),
  correlation(
    '16',
    'type: value_percentile, rules: [second], timespan: 40m, condition: { gte: 7, field: Port, percentile: 90 }',
  ),
  correlation('17', 'type: tongan_absence, rules: [first, second], group-by: [User], timespan: 8m'),
  correlation(
    '18',
    'type: event_count, rules: [correlation_10], group-by: [User], timespan: 2h, condition: { gte: 2 }',
  ),
  correlation('19', 'type: event_count, rules: [second], group-by: [User], timespan: 15m, condition: { lt: 2 }'),
].join('---');

let site: TestPlatform;
let folder: string;
const START_MS = Date.parse('2026-03-01T00:00:00Z');
const END_MS = START_MS + 86_400_000;

/** A fixed walk: the same events each time, in no order that a rule could rest on. */
const EVENTS: readonly SecurityEvent[] = (() => {
  let state = 17;
  const chance = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  let timeMs = START_MS;
  return Array.from({ length: 400 }, (_, index) => {
    timeMs += chance(180_000);
    const marks = ['loud-mark', 'first-mark', 'second-mark', 'first-mark second-mark', 'nothing'];
    return {
      id: `old-${String(index).padStart(4, '0')}`,
      timeMs,
      receivedAtMs: timeMs,
      source: 'microsoft-windows',
      logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
      unitPath: chance(4) === 0 ? LIUZHOU_UNIT : NANNING_UNIT,
      fields: {
        EventID: '1',
        Computer: `pc-${chance(3)}`,
        User: ['zhang', 'Zhang', 'li'][chance(3)] ?? '',
        CommandLine: `run ${marks[chance(marks.length)]}`,
        Port: String(chance(9)),
      },
      raw: `{"n":${index}}`,
      problem: '',
    };
  });
})();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tongan-history-'));
  await writeFile(join(folder, 'rules.yml'), RULES);
  const opened = await openTestPlatform({ append: appendEntries, events: true, jobs: [runHistory] });
  const { config } = opened.platform;
  const platform = { ...opened.platform, config: { ...config, rules: { ...config.rules, directories: [folder] } } };
  site = { ...opened, platform, system: systemContext(platform) };
  const lines = EVENTS.map((one) => JSON.stringify(toRow(one))).join('\n');
  await platform.events.writer.insert('event', Buffer.from(lines), 'history-1');
});
after(async () => {
  await stopEngine(site.platform.config);
  await site.close();
  await rm(folder, { recursive: true, force: true });
});

const ALL = ['1', '11', '12', '13', '14', '15', '16', '17', '18', '19'].map(ID);

/** What live detection finds in events that arrive in order: ids of detections. */
async function liveIds(events: readonly SecurityEvent[]): Promise<string[]> {
  const { catalogue } = await engineOf(site.system);
  const pack = loadPack([{ file: 'rules.yml', text: RULES }]);
  const matcher = compileRules(pack.rules);
  const hits = events.flatMap((event, index) =>
    matcher.match(event).map((hit) => ({ ruleId: hit.ruleId, event: index, matched: hit.matched })),
  );
  const found = foundIn(events, { hits, failures: [], candidates: new Map() });
  const limits = { groupsMax: 10_000, entriesMax: 100_000, latenessMs: 0 };
  const counted = found.hits.map(({ ruleId, event }) => ({ ruleId, event, clockMs: event.timeMs }));
  const answer = new Correlator(pack.correlations, idOfNames(catalogue.rules), limits).feed(counted, END_MS);
  const rules = new Map(catalogue.rules.map((one) => [one.id, one]));
  return outcomeOf('live', found, answer, rules, new Set()).detections.map(({ id }) => id);
}

const person = (path: string): Ctx => {
  const inner = site.as({ roles: ['analyst'], path });
  // The test platform's own persons do not know of the rules' folder.
  return contextFor(site.platform, {
    actor: inner.actor,
    scope: inner.scope,
    permissions: new Set(['rule.run', 'rule.stop-run', 'rule.read']),
    requestId: 'test',
  });
};

async function run(path: string, ruleIds: readonly string[], raises = true): Promise<string> {
  const { id } = await startRun(person(path), {
    ruleIds: [...ruleIds],
    from: new Date(START_MS).toISOString(),
    to: new Date(END_MS).toISOString(),
    reason: '新规则回溯',
    raises,
  });
  return id;
}

/** Works in the smallest steps, with a new correlator for each: as if every step was followed by a restart. */
async function finish(id: string): Promise<void> {
  const { catalogue } = await engineOf(site.system);
  await site.asOwner(`UPDATE detection_run SET chunk_seconds = 28800 WHERE id = '${id}'`);
  while (await workOnRun(site.system, catalogue, id, 0)) {
    await site.asOwner(`UPDATE detection_run SET chunk_seconds = 28800 WHERE id = '${id}'`);
  }
}

const rowOf = async (id: string) => {
  const row = await site.system.read((db) =>
    db.selectFrom('detection_run').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  );
  const { state, hits, raised, known, cut } = row;
  return { state, hits: Number(hits), raised: Number(raised), known: Number(known), cut: Number(cut) };
};

const detectionIds = async (): Promise<string[]> => {
  const rows = await site.system.read((db) => db.selectFrom('detection').select('id').execute());
  return rows.map(({ id }) => id).sort();
};

test('a run that only counts raises nothing', async () => {
  const id = await run('/450000/', ALL, false);
  await finish(id);
  const row = await rowOf(id);
  assert.equal(row.state, 'done');
  assert.equal(row.hits, (await liveIds(EVENTS)).length);
  assert.deepEqual([row.raised, await detectionIds()], [0, []]);
});

test('a run within a city finds what live detection would have found in its units only', async () => {
  const own = EVENTS.filter(({ unitPath }) => unitPath === LIUZHOU_UNIT);
  const id = await run(LIUZHOU_UNIT, ALL);
  await finish(id);
  assert.deepEqual(await detectionIds(), (await liveIds(own)).sort());
  assert((await rowOf(id)).raised > 10);
  const nanning = person('/450000/450100/');
  await assert.rejects(
    stopRun(nanning, { id }),
    (error: unknown) => error instanceof AppError && error.code === 'not_found',
  );
});

test('a run over everything raises the rest, marked, and nothing that was found before', async () => {
  const expected = (await liveIds(EVENTS)).sort();
  const before = (await detectionIds()).length;
  const live = EVENTS.filter(({ unitPath }) => unitPath === NANNING_UNIT).slice(0, 20);
  await detectBatch(site.system, live, 'live-1');
  const raisedLive = (await detectionIds()).length - before;
  assert(raisedLive > 0);
  const id = await run('/450000/', ALL);
  await finish(id);
  assert.deepEqual(await detectionIds(), expected);
  const row = await rowOf(id);
  assert.deepEqual([row.known, row.raised], [before + raisedLive, expected.length - before - raisedLive]);
  const alerts = await site.system.read((db) => db.selectFrom('alert').select(['found_in_history']).execute());
  assert(
    alerts.some(({ found_in_history }) => found_in_history) && alerts.some(({ found_in_history }) => !found_in_history),
  );
});

test('a stopped run stops before its next part, and an ended one cannot be stopped', async () => {
  const id = await run('/450000/', [ID('1')]);
  await stopRun(person('/450000/'), { id });
  await finish(id);
  assert.equal((await rowOf(id)).state, 'stopped');
  await assert.rejects(
    stopRun(person('/450000/'), { id }),
    (error: unknown) => error instanceof AppError && error.code === 'conflict',
  );
});

test('rules are packed by log source, none is lost', async () => {
  const pack = loadPack([{ file: 'rules.yml', text: RULES }]);
  const many = Array.from({ length: 1_000 }, (_, index) => pack.rules[index % 3]).filter((one) => one !== undefined);
  const packs = packsOf(many);
  assert.equal(packs.flat().length, 1_000);
  assert(packs.every((one) => one.length <= 300));
});
