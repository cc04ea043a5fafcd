import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { workflowFaults } from '#engine/workflow/diagram.ts';
import type { Ctx, JournalRecord } from '#platform/context.ts';
import { raiseAlert } from '../../../test/support/alerts.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits } from '../../../test/support/units.ts';
import {
  addNote,
  closeIncident,
  containIncident,
  gradeIncident,
  markReport,
  openIncident,
  resolveIncident,
  takeIncident,
} from './actions.ts';
import { commonPath } from './incident.ts';
import { incidentFacts, noteOrder } from './index.ts';
import { linkAlerts, mergeIncident, unlinkAlerts } from './linking.ts';
import { incidentStandards } from './standards.ts';
import { entriesOf, incidentById, liveAlertIds, pageOfIncidents, reportsOf } from './store.ts';
import { incidentWorkflow } from './workflow.ts';

const REGION = '/450000/';
const NANNING = '/450000/450100/';
const BUREAU = '/450000/450100/nn-data/';
const SLIGHT = { importance: 'general', loss: 'slight', harm: 'slight' } as const;

let site: TestPlatform;
let analyst: Ctx;
let dispatcher: Ctx;
const journal: { action: string; entry: JournalRecord }[] = [];

before(async () => {
  site = await openTestPlatform({
    append: async (_tx, entries) => {
      journal.push(...entries);
    },
  });
  analyst = site.as({ roles: ['analyst'], path: REGION, name: '分析员' });
  dispatcher = site.as({ roles: ['dispatcher'], path: REGION, name: '调度员' });
});
after(() => site.close());

const alertAt = (unitPath: string, raisedAt?: string) =>
  raiseAlert(site, { unitPath, ...(raisedAt ? { raisedAt } : {}) });

const rowOf = (id: string) =>
  site.system.read(async (db) => {
    const row = await incidentById(db, id);
    assert.ok(row);
    return row;
  });
const reportsFor = (id: string) => site.system.read((db) => reportsOf(db, [id]));
const open = (title: string, rest: object = {}) => openIncident(analyst, { title, unitPath: BUREAU, ...rest });

test('the table of states is sound', () => {
  assert.deepEqual(workflowFaults(incidentWorkflow), []);
});

test('the tables in force are read with their 75 sub-categories', () => {
  const { categories } = incidentStandards();
  assert.equal(categories.categories.length, 10);
  assert.equal(categories.categories.flatMap(({ subcategories }) => subcategories).length, 75);
});

test('an incident belongs to the nearest place above all its units', () => {
  assert.equal(commonPath([BUREAU, '/450000/450100/nn-health/']), NANNING);
  assert.equal(commonPath([BUREAU, '/450000/450200/lz-data/']), REGION);
  assert.equal(commonPath([BUREAU]), BUREAU);
  assert.equal(commonPath(['/450000/450100/a/', '/450000/450100/ab/']), NANNING);
  assert.equal(commonPath([]), '/');
});

test('opening from alerts takes over place, category, entities and the moment of discovery', async () => {
  const alertIds = [await alertAt(BUREAU, '2026-03-02T00:30:00Z'), await alertAt(BUREAU)];
  const { id } = await openIncident(analyst, { alertIds, title: '门户网站后门' });
  const row = await rowOf(id);
  assert.equal(row.unit_path, BUREAU);
  assert.equal(row.category, 'attack.backdoor_plant');
  assert.deepEqual(row.discovered_at, new Date('2026-03-02T00:30:00Z'));
  assert.equal(row.state, 'open');
  assert.equal(row.grade, null, 'a grade is confirmed by a person only');
  const facts = await incidentFacts(analyst, id);
  assert.equal(facts.alerts.length, 2);
  await assert.rejects(openIncident(analyst, { alertIds, title: '再开一次' }), { code: 'conflict' });
});

test('an incident of the future and an unknown category are refused with the place of the fault', async () => {
  await assert.rejects(open('明天的事件', { discoveredAt: '2026-03-03T00:00:00Z' }), /future/);
  await assert.rejects(open('未知类别', { category: 'attack.unheard_of' }), /\/category/);
  await assert.rejects(open('未知指标', { facts: { unheardOf: 1 } }), { code: 'invalid_input' });
});

test('the legal clock runs from discovery in wall time, and a change of grade neither restarts nor moves it', async () => {
  const { id } = await open('个人信息泄露', {
    discoveredAt: '2026-03-01T18:00:00Z',
    facts: { personalInfoPersons: 2_000_000 },
  });
  const first = async () => (await reportsFor(id)).find((report) => report.duty_id === 'first_report_province');
  assert.deepEqual((await first())?.due_at, new Date('2026-03-01T22:00:00Z'));
  const grade = (reportGrade: 'I' | 'II' | 'IV', facts: Record<string, number>) =>
    gradeIncident(dispatcher, { id, impact: SLIGHT, facts, grade: 'IV', reportGrade, reason: '核实后调整' });
  await grade('IV', { personalInfoPersons: 900_000 });
  assert.equal((await first())?.lifted, true);
  site.clock.advanceMs(3_600_000);
  await grade('II', { personalInfoPersons: 12_000_000 });
  const again = await first();
  assert.equal(again?.lifted, false);
  assert.deepEqual(again?.due_at, new Date('2026-03-01T22:00:00Z'));
  assert.equal((await reportsFor(id)).find((report) => report.duty_id === 'relay_province')?.due_at, null);
  await markReport(analyst, {
    id,
    dutyId: 'first_report_province',
    reportedAt: '2026-03-01T21:00:00Z',
    note: '电话报告',
  });
  const relay = (await reportsFor(id)).find((report) => report.duty_id === 'relay_province');
  assert.deepEqual(relay?.due_at, new Date('2026-03-01T22:00:00Z'));
  await assert.rejects(markReport(analyst, { id, dutyId: 'first_report_province', note: '再报一次' }), {
    code: 'conflict',
  });
});

test('a grade other than the proposed one needs a reason, and only those with the permission confirm', async () => {
  const { id } = await open('定级');
  const input = { id, impact: SLIGHT, facts: {}, grade: 'II' as const, reportGrade: 'IV' as const };
  await assert.rejects(gradeIncident(dispatcher, input), /needs a reason/);
  await assert.rejects(gradeIncident(analyst, { ...input, reason: '影响广泛' }), { code: 'forbidden' });
  await gradeIncident(dispatcher, { ...input, reason: '影响广泛，按重大处置' });
  const row = await rowOf(id);
  assert.deepEqual([row.grade_proposed, row.grade], ['IV', 'II']);
});

test('an incident goes from open to closed, and every step is in the timeline and in the journal once', async () => {
  journal.length = 0;
  const { id } = await open('完整流程');
  await takeIncident(analyst, { id });
  await addNote(analyst, { id, text: '已隔离主机' });
  await containIncident(analyst, { id });
  await resolveIncident(analyst, { id });
  await assert.rejects(closeIncident(analyst, { id }), { code: 'forbidden' });
  await closeIncident(dispatcher, { id });
  assert.equal((await rowOf(id)).state, 'closed');
  const entries = await site.system.read((db) => entriesOf(db, id));
  assert.deepEqual(
    entries.map((entry) => entry.kind),
    ['opened', 'state', 'note', 'state', 'state', 'state'],
  );
  assert.equal(journal.filter(({ entry }) => entry.object.id === id).length, 6);
  await assert.rejects(takeIncident(analyst, { id }), { code: 'conflict', reason: 'incident.take.closed' });
});

test('open orders hold the incident open unless somebody writes why', async () => {
  const { id } = await open('有未办结工单');
  await takeIncident(analyst, { id });
  await resolveIncident(analyst, { id });
  const news = { incidentId: id, unitPath: BUREAU, kind: 'handling', title: '处置单', number: null };
  const orderId = '00000000-0000-7000-8000-00000000aaaa';
  await dispatcher.transaction((tx) => noteOrder(tx, { ...news, orderId, state: 'issued', open: true }));
  await assert.rejects(closeIncident(dispatcher, { id }), { reason: 'incident.close.orders' });
  const officer = site.as({ roles: ['unit_officer'], path: BUREAU });
  await officer.transaction((tx) => noteOrder(tx, { ...news, orderId, state: 'closed', open: false }));
  await closeIncident(dispatcher, { id });
});

test('alerts join, leave and move with a merge; the earlier incident goes on', async () => {
  const first = await openIncident(analyst, {
    alertIds: [await alertAt(BUREAU, '2026-03-02T00:30:00Z')],
    title: '甲事件',
  });
  const extra = await alertAt('/450000/450200/lz-data/', '2026-03-02T01:30:00Z');
  await linkAlerts(analyst, { id: first.id, alertIds: [extra] });
  assert.equal((await rowOf(first.id)).unit_path, REGION);
  await unlinkAlerts(analyst, { id: first.id, alertIds: [extra] });
  const second = await openIncident(analyst, { alertIds: [extra], title: '乙事件' });
  await assert.rejects(mergeIncident(analyst, { id: first.id, intoId: second.id, reason: '同一攻击者' }), {
    reason: 'incident.merge.older',
  });
  await assert.rejects(mergeIncident(analyst, { id: first.id, intoId: first.id, reason: '同一攻击者' }), {
    code: 'conflict',
  });
  await mergeIncident(analyst, { id: second.id, intoId: first.id, reason: '同一攻击者' });
  assert.equal((await rowOf(second.id)).state, 'merged');
  assert.equal((await site.system.read((db) => liveAlertIds(db, first.id))).length, 2);
});

test('a unit sees no incident, and a centre none outside its area', async () => {
  await open('只有中心可见');
  const page = { offset: 0, limit: 10 };
  const seenBy = (ctx: Ctx) => ctx.read(async (db) => (await pageOfIncidents(db, {}, page)).total);
  assert.equal(await seenBy(site.as({ roles: ['unit_officer'], path: BUREAU })), 0);
  assert.equal(await seenBy(site.as({ roles: ['analyst'], path: '/450000/450300/' })), 0);
  assert.ok((await seenBy(site.as({ roles: ['analyst'], path: NANNING }))) > 0);
});

test('the list filters by state, words, grade and late reports', async () => {
  const { id } = await open('筛选 100%', { discoveredAt: '2026-02-01T00:00:00Z', facts: { directLossCny: 6e6 } });
  const page = { offset: 0, limit: 10 };
  const find = (filter: object) =>
    analyst.read(async (db) => (await pageOfIncidents(db, filter, page)).items.map((row) => row.id));
  assert.deepEqual(await find({ search: '100%' }), [id]);
  assert.ok((await find({ reportOverdueAt: new Date('2026-03-02T02:00:00Z') })).includes(id));
  assert.ok((await find({ state: ['open'], grade: 'IV', path: NANNING })).includes(id));
  assert.deepEqual(await find({ category: 'data' }), []);
});

test('an incident of several units is found by each of them, though it stands at the place above them', async () => {
  const wish = (code: string) => ({ code, name: `单位 ${code}`, divisionCode: '450100' });
  await seedUnits(site, [wish('nn-data'), wish('nn-health')]);
  const health = '/450000/450100/nn-health/';
  const { id } = await openIncident(analyst, {
    alertIds: [await alertAt(BUREAU), await alertAt(health)],
    title: '同一来源',
  });
  assert.equal((await rowOf(id)).unit_path, NANNING);
  const found = (path: string) =>
    analyst.read(async (db) => {
      const { items } = await pageOfIncidents(db, { path, search: '同一来源' }, { offset: 0, limit: 10 });
      return items.map((row) => row.id);
    });
  for (const path of [BUREAU, health, NANNING, REGION]) assert.deepEqual(await found(path), [id], path);
  assert.deepEqual(await found('/450000/450200/'), []);
});
