import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { openIncident } from '#domain/incidents/index.ts';
import type { Ctx, JournalRecord } from '#platform/context.ts';
import { raiseAlert } from '../../../test/support/alerts.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../test/support/units.ts';
import { commentOrder, draftOrder, encloseFile, handInFile } from './actions.ts';
import { setCalendarDay } from './calendar.ts';
import { deliverOrder, orderJobs } from './jobs.ts';
import { MOVES } from './moves.ts';
import type { OrderKind } from './order.ts';
import { attachmentsOf, deadlinesOf, type OrderRow, orderById, pageOfOrders, stepsOf } from './store.ts';

const REGION = '/450000/';
const SHA = 'a'.repeat(64);

let site: TestPlatform;
let drafter: Ctx;
let dispatcher: Ctx;
let officer: Ctx;
let colleague: Ctx;
let unit: TestUnit;
let other: TestUnit;
let contractor: TestUnit;
const journal: { action: string; entry: JournalRecord }[] = [];

before(async () => {
  site = await openTestPlatform({
    jobs: orderJobs,
    append: async (_tx, action, entry) => {
      journal.push({ action, entry });
    },
  });
  const seeded = await seedUnits(site, [
    { code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' },
    { code: 'lz-data', name: '柳州市大数据发展局', divisionCode: '450200' },
    { code: 'gx-it', name: '广西某信息服务公司', divisionCode: '450100', kind: 'contractor' },
  ]);
  const [first, second, third] = seeded;
  assert.ok(first && second && third);
  [unit, other, contractor] = [first, second, third];
  drafter = site.as({ roles: ['duty_officer'], path: REGION, name: '值班员' });
  dispatcher = site.as({ roles: ['dispatcher'], path: REGION, name: '调度员' });
  officer = site.as({ roles: ['unit_officer'], path: unit.path, name: '单位安全员' });
  colleague = site.as({ roles: ['unit_leader'], path: unit.path, name: '单位领导' });
});
after(() => site.close());
beforeEach(() => {
  journal.length = 0;
  site.clock.set('2026-03-02T02:00:00Z');
});

const BODY = '监测发现你单位门户网站存在后门文件，请立即核查处置。';
const wish = (rest: object = {}) => ({
  unitId: unit.id,
  kind: 'rectification' as OrderKind,
  grade: 'III' as const,
  title: '关于门户网站存在后门的整改通知',
  body: BODY,
  workingDays: 10,
  ...rest,
});

async function rowOf(id: string, ctx: Ctx = site.system): Promise<OrderRow> {
  const row = await ctx.read((db) => orderById(db, id));
  assert.ok(row);
  return row;
}

/** A draft that was approved and issued. */
async function issued(rest: object = {}): Promise<string> {
  const { id } = await draftOrder(drafter, wish(rest));
  await MOVES.send_for_review.run(drafter, { id });
  await MOVES.approve.run(dispatcher, { id });
  await MOVES.issue.run(dispatcher, { id });
  return id;
}

async function delivered(rest: object = {}): Promise<string> {
  const id = await issued(rest);
  await deliverOrder(site.system, id);
  return id;
}

async function received(rest: object = {}): Promise<string> {
  const id = await delivered(rest);
  await MOVES.receive.run(officer, { id });
  return id;
}

const handIn = (id: string, sha256 = SHA) =>
  handInFile(officer, { id, sha256, fileName: '整改报告.pdf', mediaType: 'application/pdf', bytes: 10 });

async function submitted(rest: object = {}): Promise<string> {
  const id = await received(rest);
  await MOVES.start.run(officer, { id });
  await handIn(id);
  await MOVES.submit.run(officer, { id, measures: '已删除后门文件并修补上传漏洞' });
  return id;
}

test('the whole story from draft to closed leaves one step and one journal entry per move', async () => {
  const alertId = await raiseAlert(site, { unitPath: unit.path });
  const { id: incidentId } = await openIncident(drafter, { alertIds: [alertId], title: '门户网站后门事件' });
  journal.length = 0;
  const id = await submitted({ incidentId });
  await MOVES.take_verification.run(dispatcher, { id });
  await MOVES.fail.run(dispatcher, { id, reason: '仍可访问后门文件' });
  await MOVES.start.run(officer, { id });
  await handIn(id);
  await MOVES.submit.run(officer, { id, measures: '已彻底清除并重新部署应用' });
  await MOVES.take_verification.run(dispatcher, { id });
  await MOVES.close.run(dispatcher, { id, retest: '复测：后门地址返回 404，未见异常外联' });
  const order = await rowOf(id);
  assert.equal(order.state, 'closed');
  assert.equal(order.round, 2);
  assert.match(order.number ?? '', /^桂网安整〔2026〕\d+号$/);
  const steps = await site.system.read((db) => stepsOf(db, id));
  assert.deepEqual(
    steps.map((step) => step.action),
    [
      'draft',
      'send_for_review',
      'approve',
      'issue',
      'deliver',
      'receive',
      'start',
      'attach',
      'submit',
      'take_verification',
      'fail',
      'start',
      'attach',
      'submit',
      'take_verification',
      'close',
    ],
  );
  assert.deepEqual(
    journal.filter(({ entry }) => entry.object.id === id).map(({ action }) => action),
    [
      'order.draft',
      'order.draft',
      'order.review',
      'order.issue',
      'order.deliver',
      'order.receive',
      'order.start',
      'order.submit',
      'order.submit',
      'order.verify',
      'order.verify',
      'order.start',
      'order.submit',
      'order.submit',
      'order.verify',
      'order.close',
    ],
  );
  const linked = await site.system.read((db) =>
    db.selectFrom('incident_order').selectAll().where('order_id', '=', id).executeTakeFirstOrThrow(),
  );
  assert.deepEqual([linked.state, linked.open, linked.incident_id], ['closed', false, incidentId]);
});

test('a unit sees an order from its delivery on, without what happened before, and never another unit’s', async () => {
  const id = await issued();
  const seen = (ctx: Ctx) => ctx.read((db) => orderById(db, id));
  assert.equal(await seen(officer), undefined);
  await deliverOrder(site.system, id);
  assert.equal((await seen(officer))?.id, id);
  assert.equal(await seen(site.as({ roles: ['unit_officer'], path: other.path })), undefined);
  const steps = await officer.read((db) => stepsOf(db, id));
  assert.deepEqual(
    steps.map((step) => step.action),
    ['issue', 'deliver'],
  );
  await commentOrder(dispatcher, { id, text: '内部备注', internal: true });
  await commentOrder(dispatcher, { id, text: '请尽快签收' });
  const texts = (await officer.read((db) => stepsOf(db, id))).map((step) => step.text);
  assert.ok(texts.includes('请尽快签收') && !texts.includes('内部备注'));
  await assert.rejects(MOVES.receive.run(site.as({ roles: ['unit_officer'], path: other.path }), { id }), {
    code: 'not_found',
  });
});

test('of two people who sign at the same time one does, and the other is told', async () => {
  const id = await delivered();
  const results = await Promise.allSettled([MOVES.receive.run(officer, { id }), MOVES.receive.run(colleague, { id })]);
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const refusal = results.find((result) => result.status === 'rejected');
  assert.equal(refusal?.reason.reason, 'order.receive.received');
  assert.equal(
    (await site.system.read((db) => stepsOf(db, id))).filter(({ action }) => action === 'receive').length,
    1,
  );
});

test('whoever drafted does not review, and nothing is issued without review', async () => {
  const both = site.as({ roles: ['dispatcher'], path: REGION });
  const { id } = await draftOrder(both, wish());
  await MOVES.send_for_review.run(both, { id });
  await assert.rejects(MOVES.approve.run(both, { id }), { reason: 'order.reviewer_is_drafter' });
  await assert.rejects(MOVES.issue.run(dispatcher, { id }), { reason: 'order.not_reviewed' });
  await MOVES.approve.run(dispatcher, { id });
  await MOVES.send_back.run(dispatcher, { id, reason: '请补充依据' });
  await MOVES.edit.run(both, { id, body: `${BODY}依据见附件。` });
  await MOVES.send_for_review.run(both, { id });
  await assert.rejects(MOVES.issue.run(dispatcher, { id }), { reason: 'order.not_reviewed' });
});

test('a permission of the wrong side or none at all moves nothing', async () => {
  const id = await delivered();
  await assert.rejects(MOVES.receive.run(dispatcher, { id }), { code: 'forbidden' });
  await assert.rejects(MOVES.receive.run(site.system, { id }), { code: 'forbidden', reason: 'order.other_side' });
  const bureau = site.as({ roles: ['unit_officer'], path: '/450000/450100/' });
  await assert.rejects(MOVES.receive.run(bureau, { id }), { reason: 'order.not_of_the_unit' });
  await assert.rejects(MOVES.revoke.run(officer, { id, reason: '不想要了' }), { code: 'forbidden' });
});

test('closing needs evidence and a re-test, or a written reason; verifying needs somebody else', async () => {
  const id = await received();
  await MOVES.start.run(officer, { id });
  await assert.rejects(MOVES.submit.run(officer, { id, measures: '完成' }), { reason: 'order.no_evidence' });
  await MOVES.submit.run(officer, {
    id,
    measures: '已删除后门文件，修补上传漏洞，并更换了全部管理员口令',
    contractor: 'gx-it',
  });
  const technician = site.as({ roles: ['dispatcher'], path: contractor.path });
  await assert.rejects(MOVES.take_verification.run(technician, { id }), { code: 'not_found' });
  await MOVES.take_verification.run(dispatcher, { id });
  await assert.rejects(MOVES.close.run(dispatcher, { id, retest: '复测通过' }), { reason: 'order.no_proof' });
  await MOVES.close.run(dispatcher, { id, reason: '系统已下线，无法复测，经核实不再提供服务' });
  assert.equal((await rowOf(id)).end_reason, '系统已下线，无法复测，经核实不再提供服务');
});

test('a contractor that no unit is called is refused with the place of the fault', async () => {
  const id = await received();
  await MOVES.start.run(officer, { id });
  await handIn(id);
  await assert.rejects(
    MOVES.submit.run(officer, { id, measures: '已删除后门文件并修补上传漏洞，重新上线', contractor: '查无此司' }),
    {
      code: 'invalid_input',
    },
  );
});

test('numbers are given at issue, per kind, without gaps even when an issue fails', async () => {
  const numberOf = async (kind: OrderKind) => (await rowOf(await issued({ kind }))).number ?? '';
  const serial = (text: string) => Number(/〕(\d+)号/.exec(text)?.[1]);
  const first = await numberOf('notice');
  assert.match(first, /^桂网安通〔2026〕/);
  const { id } = await draftOrder(drafter, wish({ kind: 'notice' }));
  await MOVES.send_for_review.run(drafter, { id });
  await MOVES.approve.run(dispatcher, { id });
  await assert.rejects(
    dispatcher.transaction(async (tx) => {
      await MOVES.issue.run(tx, { id });
      throw new Error('the power fails');
    }),
  );
  assert.equal(serial(await numberOf('notice')), serial(first) + 1);
  assert.match(await numberOf('handling'), /^桂网安处〔2026〕1号$/);
});

test('deadlines leave out Spring Festival, and are provisional where 三月三 is not announced', async () => {
  site.clock.set('2026-02-12T02:00:00Z');
  const spring = await rowOf(await issued({ workingDays: 3 }));
  assert.deepEqual(spring.deadline_at, new Date('2026-02-24T09:30:00Z'));
  site.clock.set('2026-04-16T02:00:00Z');
  const id = await issued({ workingDays: 2 });
  const song = await rowOf(id);
  assert.deepEqual(song.deadline_at, new Date('2026-04-22T09:30:00Z'));
  assert.equal(song.deadline_provisional, true);
  const [kept] = await site.system.read((db) => deadlinesOf(db, id));
  assert.deepEqual(
    kept?.trace.filter(({ kind }) => kind === 'skipped').map(({ day, name }) => `${day} ${name}`),
    ['2026-04-20 壮族三月三', '2026-04-21 壮族三月三'],
  );
  assert.match(kept?.calendar_version ?? '', /^state-council@.+\+sanyuesan@.+\+hours@/);
});

test('a unit’s own days lie on top of the calendar and concern only deadlines given afterwards', async () => {
  const before = await issued({ workingDays: 1 });
  const admin = site.as({ roles: ['system_admin'], path: REGION });
  const day = { unitId: unit.id, day: '2026-03-03', name: '单位集体活动', reason: '经批准调整工作日' };
  await setCalendarDay(admin, { ...day, kind: 'off' });
  const after = await rowOf(await issued({ workingDays: 1 }));
  assert.deepEqual((await rowOf(before)).deadline_at, new Date('2026-03-03T09:30:00Z'));
  assert.deepEqual(after.deadline_at, new Date('2026-03-04T09:30:00Z'));
  const [kept] = await site.system.read((db) => deadlinesOf(db, after.id));
  assert.match(kept?.calendar_version ?? '', /\+unit@1\+hours@/);
  await setCalendarDay(admin, { ...day, kind: 'none' });
  assert.deepEqual((await rowOf(await issued({ workingDays: 1 }))).deadline_at, new Date('2026-03-03T09:30:00Z'));
  await assert.rejects(setCalendarDay(officer, { ...day, kind: 'off' }), { code: 'forbidden' });
});

test('an extension is a new deadline beside the old one, from the same start', async () => {
  const id = await received();
  await MOVES.start.run(officer, { id });
  const before = await rowOf(id);
  await MOVES.request_extension.run(officer, { id, workingDays: 5, reason: '厂商补丁下周发布' });
  await assert.rejects(MOVES.submit.run(officer, { id, measures: BODY }), { code: 'conflict' });
  await MOVES.grant_extension.run(dispatcher, { id });
  const after = await rowOf(id);
  assert.equal(after.state, 'rectifying');
  assert.deepEqual(before.deadline_at, new Date('2026-03-16T09:30:00Z'));
  assert.deepEqual(after.deadline_at, new Date('2026-03-23T09:30:00Z'));
  const all = await site.system.read((db) => deadlinesOf(db, id));
  assert.deepEqual(
    all.map(({ cause, working_days }) => `${cause} ${working_days}`),
    ['issue 10', 'extension 15'],
  );
  await MOVES.request_extension.run(officer, { id, workingDays: 5, reason: '还需要时间' });
  await MOVES.deny_extension.run(dispatcher, { id, reason: '时间已足够' });
  assert.deepEqual((await rowOf(id)).deadline_at, after.deadline_at);
});

test('a suspension moves the deadline by the working days it touches, and an early end moves it back', async () => {
  const id = await received();
  await MOVES.suspend.run(dispatcher, { id, until: '2026-03-05T02:00:00Z', reason: '重大活动保障期间' });
  assert.deepEqual((await rowOf(id)).deadline_at, new Date('2026-03-19T09:30:00Z'));
  await assert.rejects(MOVES.start.run(officer, { id }), { reason: 'order.start.suspended' });
  site.clock.set('2026-03-03T02:00:00Z');
  await MOVES.resume.run(dispatcher, { id });
  const order = await rowOf(id);
  assert.equal(order.state, 'received');
  assert.deepEqual(order.deadline_at, new Date('2026-03-17T09:30:00Z'));
  await assert.rejects(MOVES.suspend.run(dispatcher, { id, until: '2026-03-01T00:00:00Z', reason: '已经过去' }), {
    code: 'invalid_input',
  });
});

test('a suspension ends by itself when its time has come, not before, and once', async () => {
  const id = await received();
  const until = '2026-03-05T02:00:00Z';
  await MOVES.suspend.run(dispatcher, { id, until, reason: '重大活动保障期间' });
  const planned = (await rowOf(id)).deadline_at;
  const job = orderJobs.find(({ name }) => name === 'order.end_suspension');
  const run = () => job?.handler(site.system, { orderId: id, until } as never);
  await run();
  assert.equal((await rowOf(id)).state, 'suspended');
  site.clock.set('2026-03-05T02:00:30Z');
  await run();
  await run();
  const order = await rowOf(id);
  assert.deepEqual([order.state, order.suspended_until, order.deadline_revision], ['received', null, 3]);
  assert.deepEqual(order.deadline_at, planned);
});

test('a refused order goes to another unit with its own time, and the former unit no longer sees it', async () => {
  const id = await delivered();
  await MOVES.refuse.run(officer, { id, reason: '该系统已移交柳州' });
  site.clock.set('2026-03-04T02:00:00Z');
  await assert.rejects(MOVES.reassign.run(dispatcher, { id, unitId: unit.id, reason: '原样退回' }), {
    code: 'conflict',
  });
  await MOVES.reassign.run(dispatcher, { id, unitId: other.id, reason: '系统已移交' });
  await deliverOrder(site.system, id);
  const newOfficer = site.as({ roles: ['unit_officer'], path: other.path });
  assert.deepEqual((await rowOf(id, newOfficer)).deadline_at, new Date('2026-03-18T09:30:00Z'));
  assert.equal(await officer.read((db) => orderById(db, id)), undefined);
  await MOVES.receive.run(newOfficer, { id });
});

test('merged, superseded and revoked orders stay as tombstones; a closed one can be reopened', async () => {
  const target = await delivered();
  const twin = await delivered();
  await assert.rejects(MOVES.merge.run(dispatcher, { id: twin, intoId: twin, reason: '同一问题' }), {
    reason: 'order.itself',
  });
  await MOVES.merge.run(dispatcher, { id: twin, intoId: target, reason: '同一问题' });
  assert.equal((await rowOf(twin, officer)).joined_id, target);
  await assert.rejects(MOVES.supersede.run(dispatcher, { id: target, intoId: twin, reason: '内容更新' }), {
    reason: 'order.join.over',
  });
  await MOVES.revoke.run(dispatcher, { id: target, reason: '误发，予以撤销' });
  const tombstone = await rowOf(target, officer);
  assert.deepEqual([tombstone.state, tombstone.number !== null], ['revoked', true]);
  const closed = await submitted();
  await MOVES.take_verification.run(dispatcher, { id: closed });
  await MOVES.close.run(dispatcher, { id: closed, retest: '复测通过' });
  await MOVES.reopen.run(dispatcher, { id: closed, reason: '复查再次发现', workingDays: 3 });
  const again = await rowOf(closed);
  assert.deepEqual([again.state, again.round, again.deadline_revision], ['reopened', 2, 2]);
});

test('a repeated delivery or reminder changes nothing', async () => {
  const id = await delivered();
  const version = (await rowOf(id)).version;
  await deliverOrder(site.system, id);
  assert.equal((await rowOf(id)).version, version);
  const job = orderJobs.find(({ name }) => name === 'order.remind');
  const payload = { orderId: id, revision: 1, stage: 'half', kind: 'reminder' } as const;
  const run = (change: object = {}) => job?.handler(site.system, { ...payload, ...change } as never);
  await run();
  await run();
  await run({ revision: 7 });
  await run({ stage: 'unit_leader', kind: 'escalation' });
  const sent = (await officer.read((db) => stepsOf(db, id))).map(({ action }) => action);
  assert.deepEqual(sent, ['issue', 'deliver', 'remind', 'escalate']);
});

test('evidence is masked whoever typed it, and the same file is attached once a round', async () => {
  const line = { at: '2026-03-02T01:00:00Z', title: '外发数据', text: '身份证 11010519491231002X 手机号 13800138000' };
  const id = await received({ evidence: [line] });
  const order = await rowOf(id, officer);
  assert.ok(!JSON.stringify(order.evidence).includes('11010519491231002X'));
  await handIn(id);
  await assert.rejects(handIn(id), { reason: 'order.attach.same' });
  assert.equal((await officer.read((db) => attachmentsOf(db, id))).length, 1);
  const enclosure = { id, sha256: 'b'.repeat(64), fileName: '附件.pdf', mediaType: 'application/pdf', bytes: 3 };
  await assert.rejects(encloseFile(drafter, enclosure), { reason: 'order.attach.issued' });
});

test('lists filter by state, overdue, unit and words, and stay in scope', async () => {
  const id = await delivered({ title: '关于弱口令的整改通知 50%', workingDays: 1 });
  site.clock.set('2026-03-04T02:00:00Z');
  const page = { offset: 0, limit: 100 };
  const find = async (ctx: Ctx, filter: object) =>
    (await ctx.read((db) => pageOfOrders(db, filter, page))).items.map((row) => row.id);
  assert.deepEqual(await find(dispatcher, { search: '50%' }), [id]);
  assert.ok((await find(officer, { overdueAt: site.clock.now(), unitTurn: true })).includes(id));
  assert.deepEqual(await find(site.as({ roles: ['unit_officer'], path: other.path }), { search: '50%' }), []);
  assert.deepEqual(await find(dispatcher, { search: '50%', state: ['closed'] }), []);
});
