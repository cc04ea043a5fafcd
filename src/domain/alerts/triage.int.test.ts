import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { appendEntries } from '#domain/journal/index.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { detectionMaker, LIUZHOU_UNIT, NANNING_UNIT, START_MS } from '../../../test/support/detections.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { acknowledgeAlert, assignAlert, closeAlert, commentAlert, reopenAlert, revealAlert } from './actions.ts';
import { AlertCounts, CountsQuery, countAlerts } from './counts.ts';
import { AlertDetail, alertDetail, relatedDetail } from './detail.ts';
import type { Detection } from './detection-input.ts';
import { alertsById, linkAlertsToIncident, proposeIncident, unlinkAlertsFromIncident } from './incident-link.ts';
import { AlertQuery, listAlerts } from './list.ts';
import { raiseDetections } from './raise.ts';
import { changeSettings } from './settings.ts';
import { createSuppression, endSuppression } from './suppression-actions.ts';
import { listSuppressions, SuppressionQuery } from './suppression-list.ts';

const INCIDENT = '00000000-0000-7000-8000-0000000000aa';
const OTHER_INCIDENT = '00000000-0000-7000-8000-0000000000bb';
const ID_CARD = '11010519491231002X';

let platform: TestPlatform;
let analyst: Ctx;
before(async () => {
  platform = await openTestPlatform({ append: appendEntries });
  analyst = platform.as({ roles: ['analyst'], path: '/450000/', name: '李分析' });
});
after(() => platform.close());

const { anEvent, aDetection } = detectionMaker('triage');
const raise = (detections: readonly Detection[]) =>
  platform.system.transaction((tx) => raiseDetections(tx, detections, 'batch'));

async function anAlert(change: Partial<Detection>): Promise<string> {
  const [id = ''] = (await raise([aDetection(change)])).raised;
  return id;
}

const detailOf = (id: string, reveal = false) => analyst.read((db) => alertDetail(analyst, db, id, reveal));
const isCode = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;

test('an alert goes new, in triage, closed with a verdict, reopened; every step is in its history', async () => {
  const id = await anAlert({ ruleId: 'life' });
  await acknowledgeAlert(analyst, { id });
  assert.equal((await detailOf(id)).assignee?.name, '李分析');
  await commentAlert(analyst, { id, text: '已联系单位' });
  await closeAlert(analyst, { id, verdict: 'benign', reason: '巡检脚本' });
  const closed = AlertDetail.parse(await detailOf(id));
  assert.equal(closed.state, 'closed');
  assert.deepEqual(
    closed.actions.map(({ action }) => action),
    ['reopen'],
  );
  await assert.rejects(closeAlert(analyst, { id, verdict: 'true', reason: 'again' }), isCode('conflict'));
  await assert.rejects(assignAlert(analyst, { id, assignee: null }), isCode('conflict'));
  await reopenAlert(analyst, { id, reason: '又出现' });
  const again = await detailOf(id);
  assert.equal(again.state, 'acknowledged');
  assert.equal(again.verdict, '');
  assert.deepEqual(
    again.notes.map(({ kind }) => kind),
    ['acknowledge', 'comment', 'close', 'reopen'],
  );
});

test('a person without the permission, of another city or of a unit changes nothing', async () => {
  const id = await anAlert({ ruleId: 'rights' });
  const dispatcher = platform.as({ roles: ['dispatcher'], path: '/450000/' });
  await assert.rejects(acknowledgeAlert(dispatcher, { id }), isCode('forbidden'));
  const elsewhere = platform.as({ roles: ['analyst'], path: '/450000/450200/' });
  await assert.rejects(acknowledgeAlert(elsewhere, { id }), isCode('not_found'));
  const officer = platform.as({ roles: ['unit_officer'], path: NANNING_UNIT });
  await assert.rejects(closeAlert(officer, { id, verdict: 'false', reason: 'no' }), isCode('forbidden'));
  assert.equal((await detailOf(id)).state, 'new');
});

test('personal identifiers in the kept events are masked until somebody gives a reason', async () => {
  const event = anEvent({
    fields: { Computer: 'web01', CommandLine: `export ${ID_CARD}` },
    raw: `{"id":"${ID_CARD}"}`,
  });
  const id = await anAlert({
    ruleId: 'masking',
    event,
    matched: [{ field: 'CommandLine', value: `export ${ID_CARD}`, condition: 'contains export' }],
  });
  const masked = JSON.stringify(await detailOf(id));
  assert.ok(!masked.includes(ID_CARD));
  assert.ok(masked.includes('110105************'));
  await revealAlert(analyst, { id, reason: '核对泄露范围' });
  const shown = await detailOf(id, true);
  assert.ok(JSON.stringify(shown).includes(ID_CARD));
  assert.equal(shown.notes.at(-1)?.kind, 'reveal');
});

test('a suppression keeps what it names from raising, counts it, and ends by itself', async () => {
  const expiresAt = new Date(platform.clock.now().getTime() + 7_200_000).toISOString();
  const { id } = await createSuppression(analyst, {
    ruleId: 'scan',
    unitPath: '/450000/450100/',
    entity: { kind: 'address', value: '10.9.9.9' },
    field: { name: 'CommandLine', value: 'nmap *' },
    reason: '授权扫描',
    expiresAt,
  });
  const entity = { kind: 'address', value: '10.9.9.9' } as const;
  const scan = (fields: Record<string, string>, unitPath = NANNING_UNIT) =>
    aDetection({ ruleId: 'scan', entity, event: anEvent({ fields, unitPath }) });
  const known = scan({ CommandLine: 'NMAP -sV 10.0.0.0/8' });
  const first = await raise([known, scan({ CommandLine: 'masscan' }), scan({ CommandLine: 'nmap x' }, LIUZHOU_UNIT)]);
  assert.deepEqual(first.suppressed, { scan: 1 });
  assert.equal(first.raised.length, 2);
  assert.equal((await raise([known])).repeated, 1);
  const listed = await analyst.read((db) =>
    listSuppressions(db, SuppressionQuery.parse({ state: 'live' }), platform.clock.now()),
  );
  assert.deepEqual(
    listed.items.map((item) => ({ id: item.id, hitCount: item.hitCount, live: item.live })),
    [{ id, hitCount: 1, live: true }],
  );
  platform.clock.advanceMs(7_200_000);
  assert.deepEqual((await raise([scan({ CommandLine: 'nmap -sV' })])).suppressed, {});
});

test('an ended suppression suppresses nothing more, and one without a condition or end is refused', async () => {
  const expiresAt = new Date(platform.clock.now().getTime() + 86_400_000).toISOString();
  const { id } = await createSuppression(analyst, { ruleId: 'ended', reason: '测试', expiresAt });
  assert.deepEqual((await raise([aDetection({ ruleId: 'ended' })])).suppressed, { ended: 1 });
  await endSuppression(analyst, { id });
  assert.equal((await raise([aDetection({ ruleId: 'ended' })])).raised.length, 1);
  await assert.rejects(endSuppression(analyst, { id }), isCode('conflict'));
  await assert.rejects(createSuppression(analyst, { reason: '全部', expiresAt }), isCode('invalid_input'));
  const late = new Date(platform.clock.now().getTime() + 400 * 86_400_000).toISOString();
  await assert.rejects(
    createSuppression(analyst, { ruleId: 'x', reason: '太久', expiresAt: late }),
    isCode('invalid_input'),
  );
  const city = platform.as({ roles: ['analyst'], path: '/450000/450200/' });
  await assert.rejects(
    createSuppression(city, { ruleId: 'x', unitPath: NANNING_UNIT, reason: '越界', expiresAt }),
    isCode('invalid_input'),
  );
});

test('alerts that share a host or address are related and make one incident with the gravest title', async () => {
  const at = (minutes: number) => START_MS + minutes * 60_000;
  const fields = { Computer: 'portal-7', IpAddress: '203.0.113.77' };
  const web = await anAlert({
    ruleId: 'web',
    level: 'high',
    tactics: ['initial-access'],
    event: anEvent({ fields }),
    entity: { kind: 'address', value: '203.0.113.77' },
    atMs: at(0),
  });
  const shell = await anAlert({
    ruleId: 'shell',
    level: 'critical',
    category: 'malware.web_shell',
    tactics: ['persistence', 'execution'],
    ruleTitle: { zh: '网页后门', en: 'Web shell' },
    event: anEvent({ fields: { Computer: 'portal-7' } }),
    entity: { kind: 'host', value: 'portal-7' },
    atMs: at(10),
  });
  const far = await anAlert({
    ruleId: 'web',
    entity: { kind: 'host', value: 'portal-7' },
    event: anEvent({ fields: { Computer: 'portal-7' } }),
    atMs: at(60 * 24 * 5),
  });
  const related = await analyst.read((db) => relatedDetail(db, web));
  assert.deepEqual(
    related.items.map(({ id }) => id),
    [shell],
  );
  assert.ok(!related.items.some(({ id }) => id === far));
  const proposal = await analyst.read((db) => proposeIncident(db, [web, shell]));
  assert.equal(proposal.title, 'portal-7：网页后门 等 2 项告警');
  assert.equal(proposal.category, 'malware.web_shell');
  assert.deepEqual(proposal.impact, { importance: 'general', loss: 'severe', harm: 'slight' });
  assert.deepEqual(proposal.unitPaths, [NANNING_UNIT]);
});

test('linking takes alerts up, refuses those of another incident, and can be undone', async () => {
  const id = await anAlert({ ruleId: 'link' });
  await analyst.transaction((tx) => linkAlertsToIncident(tx, [id], INCIDENT));
  const [linked] = await analyst.read((db) => alertsById(db, [id]));
  assert.equal(linked?.incidentId, INCIDENT);
  assert.equal(linked?.state, 'acknowledged');
  await assert.rejects(
    analyst.transaction((tx) => linkAlertsToIncident(tx, [id], OTHER_INCIDENT)),
    isCode('conflict'),
  );
  await analyst.transaction((tx) => unlinkAlertsFromIncident(tx, [id], INCIDENT));
  assert.equal((await analyst.read((db) => alertsById(db, [id])))[0]?.incidentId, null);
  const city = platform.as({ roles: ['analyst'], path: '/450000/450200/' });
  await assert.rejects(
    city.read((db) => alertsById(db, [id])),
    isCode('not_found'),
  );
});

test('the list filters and counts within the scope of the caller', async () => {
  const id = await anAlert({ ruleId: 'list-100%', level: 'critical', techniques: ['T1505.003'] });
  const list = (query: object, ctx = analyst) =>
    ctx.read((db) => listAlerts(db, AlertQuery.parse(query), ctx.actor.id));
  assert.equal((await list({ technique: 'T1505.003' })).items[0]?.id, id);
  assert.equal((await list({ text: '100%' })).total, 1);
  assert.equal((await list({ text: '100_' })).total, 0);
  assert.equal((await list({ level: 'critical,high', state: 'new', rule: 'list-100%' })).total, 1);
  assert.equal((await list({ unit: '/450000/450200/', rule: 'list-100%' })).total, 0);
  assert.equal((await list({ assignee: 'none', entity: 'WEB01', rule: 'list-100%' })).total, 1);
  const city = platform.as({ roles: ['analyst'], path: '/450000/450200/' });
  assert.equal((await list({ rule: 'list-100%' }, city)).total, 0);
});

test('the counts add up: totals, trend, cities and units', async () => {
  const counts = AlertCounts.parse(
    await analyst.read((db) => countAlerts(db, CountsQuery.parse({}), new Date(platform.clock.now().getTime() + 1000))),
  );
  const sum = (values: number[]) => values.reduce((left, right) => left + right, 0);
  const { at: _at, ...levels } = counts.trend[0] ?? { at: '' };
  assert.deepEqual(Object.keys(levels), ['informational', 'low', 'medium', 'high', 'critical']);
  const trend = sum(counts.trend.flatMap(({ at: _, ...point }) => Object.values(point)));
  assert.equal(trend, counts.totals.raised);
  assert.equal(sum(counts.divisions.map(({ raised }) => raised)), counts.totals.raised);
  assert.equal(sum(counts.units.map(({ raised }) => raised)), counts.totals.raised);
  assert.deepEqual(counts.divisions.map(({ code }) => code).sort(), ['450100', '450200']);
  await assert.rejects(
    analyst.read((db) =>
      countAlerts(db, { from: '2020-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }, platform.clock.now()),
    ),
    isCode('invalid_input'),
  );
});

test('a shorter window groups later detections more finely, and only who may set it can', async () => {
  const admin = platform.as({ roles: ['system_admin'], path: '/450000/' });
  const settings = { groupWindowSeconds: 60, groupSpanSeconds: 3600, incidentWindowSeconds: 86_400 };
  await assert.rejects(changeSettings(analyst, settings), isCode('forbidden'));
  await assert.rejects(changeSettings(admin, { ...settings, groupSpanSeconds: 59 }), isCode('invalid_input'));
  await changeSettings(admin, settings);
  const at = (seconds: number) => aDetection({ ruleId: 'fine', atMs: START_MS + seconds * 1000 });
  assert.equal((await raise([at(0), at(60), at(121)])).raised.length, 2);
});
