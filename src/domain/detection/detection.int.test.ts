import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemContext } from '#app/context.ts';
import { appendEntries } from '#domain/journal/index.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { LIUZHOU_UNIT, NANNING_UNIT } from '../../../test/support/detections.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { setRuleState } from './actions.ts';
import { Correlations } from './correlations.ts';
import { RuleDetail, ruleDetail } from './detail.ts';
import { engineOf, stopEngine } from './engine.ts';
import { FaultList, listFaults } from './faults.ts';
import { detectBatch } from './index.ts';
import { listRules, RuleItem, RuleQuery, readFacts } from './list.ts';
import { RuleReport, ruleReport } from './report.ts';

const RULES = `
title: Marker One
id: 10000000-0000-4000-8000-000000000001
level: high
tags: [attack.execution, attack.t1059]
logsource: { product: windows, category: process_creation }
detection: { sel: { CommandLine|contains: marker-one }, condition: sel }
tongan: { title_zh: 标记一, category: attack.command, entity: host }
---
title: Marker Failed
id: 10000000-0000-4000-8000-000000000002
name: marker_failed
level: informational
logsource: { product: windows, category: process_creation }
detection: { sel: { CommandLine|contains: marker-failed }, condition: sel }
---
title: Many Failed
id: 10000000-0000-4000-8000-000000000003
level: critical
correlation: { type: event_count, rules: [marker_failed], group-by: [User], timespan: 10m, condition: { gte: 3 } }
tongan: { entity: user }
---
title: Nobody Delivers This
id: 10000000-0000-4000-8000-000000000004
logsource: { product: huawei, service: bgp }
detection: { sel: { x: 1 }, condition: sel }
---
title: Broken
logsource: { product: windows }
detection: { sel: { x|nonsense: 1 }, condition: sel }
`;
const ID = (last: number) => `10000000-0000-4000-8000-00000000000${last}`;

let site: TestPlatform;
let folder: string;
let analyst: Ctx;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tongan-rules-'));
  await writeFile(join(folder, 'rules.yml'), RULES);
  const opened = await openTestPlatform({ append: appendEntries });
  const platform = {
    ...opened.platform,
    config: { ...opened.platform.config, rules: { ...opened.platform.config.rules, directories: [folder] } },
  };
  site = { ...opened, platform, system: systemContext(platform) };
  analyst = opened.as({ roles: ['analyst'], path: '/450000/' });
});
after(async () => {
  await stopEngine(site.platform.config);
  await site.close();
  await rm(folder, { recursive: true, force: true });
});

let serial = 0;
function event(commandLine: string, change: { user?: string; unitPath?: string; minute?: number } = {}): SecurityEvent {
  serial += 1;
  return {
    id: `test-${serial}`,
    timeMs: site.clock.now().getTime() + (change.minute ?? 0) * 60_000,
    receivedAtMs: site.clock.now().getTime(),
    source: 'microsoft-windows',
    logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
    unitPath: change.unitPath ?? NANNING_UNIT,
    fields: { EventID: '1', Computer: 'pc-1', User: change.user ?? 'zhang', CommandLine: commandLine },
    raw: '{}',
    problem: '',
  };
}

const alertsOf = (ruleId: string) =>
  site.system.read((db) => db.selectFrom('alert').selectAll().where('rule_id', '=', ruleId).execute());
const factsOf = (ctx: Ctx) => ctx.read((db) => readFacts(db, ctx.clock.now()));
const detailOf = async (ctx: Ctx, id: string) => {
  const { catalogue } = await engineOf(site.system);
  const rule = catalogue.rules.find((one) => one.id === id);
  assert(rule);
  return RuleDetail.parse(await ctx.read((db) => ruleDetail(db, catalogue, rule, ctx.clock.now())));
};

test('a batch raises its alerts once, however often it comes', async () => {
  const batch = [event('run marker-one now'), event('harmless')];
  await detectBatch(site.system, batch, 'batch-1');
  await detectBatch(site.system, batch, 'batch-1');
  const [alert, ...others] = await alertsOf(ID(1));
  assert.equal(others.length, 0);
  assert.equal(alert?.detection_count, 1);
  assert.equal(alert?.rule_title_zh, '标记一');
  assert.equal(alert?.entity_value, 'pc-1');
  assert.deepEqual(alert?.techniques, ['T1059']);
  const detail = await detailOf(analyst, ID(1));
  assert.equal(detail.hits.length, 1);
  assert.deepEqual(detail.hits[0]?.matched, [
    { field: 'CommandLine', value: 'run marker-one now', condition: 'contains marker-one' },
  ]);
  assert.deepEqual(
    detail.ledger.map(({ events, candidates, hits }) => [events, candidates, hits]),
    [[2, 1, 1]],
  );
});

test('informational rules mark events without an alert; the correlation over them alerts, across a restart too', async () => {
  await detectBatch(site.system, [event('marker-failed'), event('marker-failed', { minute: 1 })], 'batch-2');
  await stopEngine(site.platform.config);
  await detectBatch(site.system, [event('marker-failed', { minute: 2, user: 'li' })], 'batch-3');
  assert.deepEqual(await alertsOf(ID(3)), []);
  await detectBatch(site.system, [event('marker-failed', { minute: 2 })], 'batch-4');
  const [alert] = await alertsOf(ID(3));
  assert.equal(alert?.level, 'critical');
  assert.deepEqual([alert?.entity_kind, alert?.entity_value, alert?.event_ids.length], ['user', 'zhang', 3]);
  assert.deepEqual(await alertsOf(ID(2)), []);
});

test('a batch that could not be committed leaves no trace and works when it comes again', async () => {
  const batch = [event('marker-failed', { user: 'wang' }), event('marker-failed', { user: 'wang' })];
  await site.asOwner('ALTER TABLE detection_batch RENAME TO detection_batch_away');
  await assert.rejects(detectBatch(site.system, batch, 'batch-5'));
  await site.asOwner('ALTER TABLE detection_batch_away RENAME TO detection_batch');
  await detectBatch(site.system, batch, 'batch-5');
  await detectBatch(site.system, [event('marker-failed', { user: 'wang' })], 'batch-6');
  const alerts = (await alertsOf(ID(3))).filter(({ entity_value }) => entity_value === 'wang');
  assert.deepEqual(
    alerts.map(({ detection_count, event_ids }) => [detection_count, event_ids.length]),
    [[1, 3]],
  );
});

test('what cannot be processed is set aside, shown within scope, and everything else goes on', async () => {
  const unclonable = { ...event('marker-one'), id: 'breaks-the-thread', fields: { CommandLine: (() => '') as never } };
  const unstorable = { ...event('marker-one', { user: 'chen' }), id: 'breaks-the-store-\u0000' };
  const sound = event('marker-one', { unitPath: LIUZHOU_UNIT, user: 'sound' });
  const batch = [unclonable, unstorable, sound];
  await assert.rejects(detectBatch(site.system, batch, 'batch-poison'));
  await assert.rejects(detectBatch(site.system, batch, 'batch-poison'));
  await detectBatch(site.system, batch, 'batch-poison');
  const faults = FaultList.parse(await analyst.read((db) => listFaults(db, undefined)));
  assert.deepEqual(faults.items.map(({ stage, ruleId }) => [stage, ruleId]).sort(), [
    ['match', ''],
    ['raise', ID(1)],
  ]);
  assert.match(faults.items.find(({ stage }) => stage === 'match')?.error ?? '', /could not be cloned/);
  assert.equal((await alertsOf(ID(1))).filter(({ unit_path }) => unit_path === LIUZHOU_UNIT).length, 1);
  // The event that no rule could be asked about, and the one whose alert could not be kept.
  assert.equal((await detailOf(analyst, ID(1))).ledger[0]?.errors, 2);
  const liuzhou = site.as({ roles: ['analyst'], path: LIUZHOU_UNIT });
  assert.deepEqual((await liuzhou.read((db) => listFaults(db, undefined))).total, 0);
  await detectBatch(site.system, [event('harmless')], 'batch-after-poison');
});

test('correlations go on from a snapshot and the batches since, and a process that was overtaken commits nothing', async () => {
  const failed = (user: string) => event('marker-failed', { user });
  await detectBatch(site.system, [failed('zhou')], 'snap-1');
  const engine = await engineOf(site.system);
  const other = await Correlations.open(site.system, engine.catalogue);
  await detectBatch(site.system, [failed('zhou')], 'snap-2');
  const late = failed('zhou');
  other.feed([{ ruleId: ID(2), event: late, clockMs: late.timeMs }], late.timeMs);
  await assert.rejects(
    site.system.transaction((tx) => other.write(tx.db)),
    (error: unknown) => error instanceof AppError && error.reason === 'detection.partition.lost',
  );
  await stopEngine(site.platform.config);
  await detectBatch(site.system, [failed('zhou')], 'snap-3');
  assert.equal((await alertsOf(ID(3))).filter(({ entity_value }) => entity_value === 'zhou').length, 1);
});

test('a rule that is off finds nothing until it is on again', async () => {
  const admin = site.as({ roles: ['security_admin'], path: '/' });
  const change = { ruleId: ID(1), title: 'Marker One' };
  await setRuleState(admin, { ...change, enabled: false, reason: '误报太多' });
  await (await engineOf(site.system)).readState();
  await detectBatch(site.system, [event('marker-one', { unitPath: LIUZHOU_UNIT })], 'batch-7');
  assert.equal((await alertsOf(ID(1))).length, 2);
  const off = await detailOf(analyst, ID(1));
  assert.equal(off.change?.reason, '误报太多');
  assert.deepEqual([off.ledger[0]?.skipped, off.ledger[0]?.gaps], [1, ['off', 'errors']]);
  await setRuleState(admin, { ...change, enabled: true, reason: '已调整' });
  await (await engineOf(site.system)).readState();
  await detectBatch(site.system, [event('marker-one', { unitPath: LIUZHOU_UNIT })], 'batch-8');
  const counts = (await alertsOf(ID(1))).map(({ detection_count }) => detection_count);
  assert.deepEqual(counts.sort(), [1, 2]);
  const isForbidden = (error: unknown) => error instanceof AppError && error.code === 'forbidden';
  await assert.rejects(setRuleState(analyst, { ...change, enabled: false, reason: 'no' }), isForbidden);
});

test('a city sees the hits of its own units only', async () => {
  const nanning = site.as({ roles: ['analyst'], path: '/450000/450100/' });
  const units = (await detailOf(nanning, ID(1))).hits.map(({ unitPath }) => unitPath);
  assert.deepEqual([...new Set(units)], [NANNING_UNIT]);
});

test('the list says what fired and what cannot fire, the report what could not be loaded', async () => {
  const { catalogue } = await engineOf(site.system);
  const facts = await factsOf(analyst);
  const fired = listRules(catalogue, facts, RuleQuery.parse({ fires: 'fired' }));
  assert(fired.items.some(({ id }) => id === ID(1)));
  const cannot = listRules(catalogue, facts, RuleQuery.parse({ text: 'nobody delivers' }));
  assert.deepEqual(
    cannot.items.map((item) => RuleItem.parse(item).cannotFire),
    [{ reason: 'no-source', fields: [] }],
  );
  const report = RuleReport.parse(await analyst.read((db) => ruleReport(db, catalogue, analyst.clock.now())));
  const problem = report.problems.find(({ code }) => code === 'modifier.unknown');
  assert.match(problem?.file ?? '', /rules\.yml$/);
  assert.equal(problem?.line, 30);
});

test('every rule of our own pack can fire on the sources we know', async () => {
  const { catalogue } = await engineOf(site.system);
  const own = catalogue.rules.filter(({ file }) => file.startsWith('content/'));
  assert(own.length >= 25);
  assert.deepEqual(
    own.filter(({ id }) => catalogue.cannotFire[id]).map(({ file, title }) => `${file}: ${title}`),
    [],
  );
  assert.deepEqual(
    catalogue.problems.filter(({ file }) => file.startsWith('content/')),
    [],
  );
});
