import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { openIncident } from '#domain/incidents/index.ts';
import type { Ctx } from '#platform/context.ts';
import { raiseAlert } from '../../../test/support/alerts.ts';
import { ORDER_BODY, type OrderSite, openOrderSite, REGION } from '../../../test/support/order-site.ts';
import { commentOrder, encloseFile } from './actions.ts';
import { deliverOrder } from './jobs.ts';
import { MOVES } from './moves.ts';
import { attachmentsOf, orderById, pageOfOrders, stepsOf } from './store.ts';

let at: OrderSite;

before(async () => {
  at = await openOrderSite();
});
after(() => at.site.close());
beforeEach(() => at.startOver());

test('the whole story from draft to closed leaves one step and one journal entry per move', async () => {
  const alertId = await raiseAlert(at.site, { unitPath: at.unit.path });
  const { id: incidentId } = await openIncident(at.drafter, { alertIds: [alertId], title: '门户网站后门事件' });
  at.journal.length = 0;
  const id = await at.submitted({ incidentId });
  await MOVES.take_verification.run(at.dispatcher, { id });
  await MOVES.fail.run(at.dispatcher, { id, reason: '仍可访问后门文件' });
  await MOVES.start.run(at.officer, { id });
  await at.handIn(id);
  await MOVES.submit.run(at.officer, { id, measures: '已彻底清除并重新部署应用' });
  await MOVES.take_verification.run(at.dispatcher, { id });
  await MOVES.close.run(at.dispatcher, { id, retest: '复测：后门地址返回 404，未见异常外联' });
  const order = await at.rowOf(id);
  assert.equal(order.state, 'closed');
  assert.equal(order.round, 2);
  assert.match(order.number ?? '', /^桂网安整〔2026〕\d+号$/);
  const steps = await at.site.system.read((db) => stepsOf(db, id));
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
    at.journal.filter(({ entry }) => entry.object.id === id).map(({ action }) => action),
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
  const linked = await at.site.system.read((db) =>
    db.selectFrom('incident_order').selectAll().where('order_id', '=', id).executeTakeFirstOrThrow(),
  );
  assert.deepEqual([linked.state, linked.open, linked.incident_id], ['closed', false, incidentId]);
});

test('a unit sees an order from its delivery on, without what happened before, and never another unit’s', async () => {
  const id = await at.issued();
  const seen = (ctx: Ctx) => ctx.read((db) => orderById(db, id));
  assert.equal(await seen(at.officer), undefined);
  await deliverOrder(at.site.system, id);
  assert.equal((await seen(at.officer))?.id, id);
  assert.equal(await seen(at.site.as({ roles: ['unit_officer'], path: at.other.path })), undefined);
  const steps = await at.officer.read((db) => stepsOf(db, id));
  assert.deepEqual(
    steps.map((step) => step.action),
    ['issue', 'deliver'],
  );
  await commentOrder(at.dispatcher, { id, text: '内部备注', internal: true });
  await commentOrder(at.dispatcher, { id, text: '请尽快签收' });
  const texts = (await at.officer.read((db) => stepsOf(db, id))).map((step) => step.text);
  assert.ok(texts.includes('请尽快签收') && !texts.includes('内部备注'));
  await assert.rejects(MOVES.receive.run(at.site.as({ roles: ['unit_officer'], path: at.other.path }), { id }), {
    code: 'not_found',
  });
});

test('of two people who sign at the same time one does, and the at.other is told', async () => {
  const id = await at.delivered();
  const results = await Promise.allSettled([
    MOVES.receive.run(at.officer, { id }),
    MOVES.receive.run(at.colleague, { id }),
  ]);
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const refusal = results.find((result) => result.status === 'rejected');
  assert.equal(refusal?.reason.reason, 'order.receive.received');
  assert.equal(
    (await at.site.system.read((db) => stepsOf(db, id))).filter(({ action }) => action === 'receive').length,
    1,
  );
});

test('whoever drafted does not review, and nothing is issued without review', async () => {
  const both = at.site.as({ roles: ['dispatcher'], path: REGION });
  const id = await at.draft({}, both);
  await MOVES.send_for_review.run(both, { id });
  await assert.rejects(MOVES.approve.run(both, { id }), { reason: 'order.reviewer_is_drafter' });
  await assert.rejects(MOVES.issue.run(at.dispatcher, { id }), { reason: 'order.not_reviewed' });
  await MOVES.approve.run(at.dispatcher, { id });
  await MOVES.send_back.run(at.dispatcher, { id, reason: '请补充依据' });
  await MOVES.edit.run(both, { id, body: `${ORDER_BODY}依据见附件。` });
  await MOVES.send_for_review.run(both, { id });
  await assert.rejects(MOVES.issue.run(at.dispatcher, { id }), { reason: 'order.not_reviewed' });
});

test('a permission of the wrong side or none at all moves nothing', async () => {
  const id = await at.delivered();
  await assert.rejects(MOVES.receive.run(at.dispatcher, { id }), { code: 'forbidden' });
  await assert.rejects(MOVES.receive.run(at.site.system, { id }), { code: 'forbidden', reason: 'order.other_side' });
  const bureau = at.site.as({ roles: ['unit_officer'], path: '/450000/450100/' });
  await assert.rejects(MOVES.receive.run(bureau, { id }), { reason: 'order.not_of_the_unit' });
  await assert.rejects(MOVES.revoke.run(at.officer, { id, reason: '不想要了' }), { code: 'forbidden' });
});

test('closing needs evidence and a re-test, or a written reason; verifying needs somebody else', async () => {
  const id = await at.received();
  await MOVES.start.run(at.officer, { id });
  await assert.rejects(MOVES.submit.run(at.officer, { id, measures: '完成' }), { reason: 'order.no_evidence' });
  await MOVES.submit.run(at.officer, {
    id,
    measures: '已删除后门文件，修补上传漏洞，并更换了全部管理员口令',
    contractor: 'gx-it',
  });
  const technician = at.site.as({ roles: ['dispatcher'], path: at.contractor.path });
  await assert.rejects(MOVES.take_verification.run(technician, { id }), { code: 'not_found' });
  await MOVES.take_verification.run(at.dispatcher, { id });
  await assert.rejects(MOVES.close.run(at.dispatcher, { id, retest: '复测通过' }), { reason: 'order.no_proof' });
  await MOVES.close.run(at.dispatcher, { id, reason: '系统已下线，无法复测，经核实不再提供服务' });
  assert.equal((await at.rowOf(id)).end_reason, '系统已下线，无法复测，经核实不再提供服务');
});

test('a contractor that no unit is called is refused with the place of the fault', async () => {
  const id = await at.received();
  await MOVES.start.run(at.officer, { id });
  await at.handIn(id);
  await assert.rejects(
    MOVES.submit.run(at.officer, { id, measures: '已删除后门文件并修补上传漏洞，重新上线', contractor: '查无此司' }),
    {
      code: 'invalid_input',
    },
  );
});

test('a refused order goes to another unit with its own time, and the former unit no longer sees it', async () => {
  const id = await at.delivered();
  await MOVES.refuse.run(at.officer, { id, reason: '该系统已移交柳州' });
  at.site.clock.set('2026-03-04T02:00:00Z');
  await assert.rejects(MOVES.reassign.run(at.dispatcher, { id, unitId: at.unit.id, reason: '原样退回' }), {
    code: 'conflict',
  });
  await MOVES.reassign.run(at.dispatcher, { id, unitId: at.other.id, reason: '系统已移交' });
  await deliverOrder(at.site.system, id);
  const newOfficer = at.site.as({ roles: ['unit_officer'], path: at.other.path });
  assert.deepEqual((await at.rowOf(id, newOfficer)).deadline_at, new Date('2026-03-18T09:30:00Z'));
  assert.equal(await at.officer.read((db) => orderById(db, id)), undefined);
  await MOVES.receive.run(newOfficer, { id });
});

test('merged, superseded and revoked orders stay as tombstones; a closed one can be reopened', async () => {
  const target = await at.delivered();
  const twin = await at.delivered();
  await assert.rejects(MOVES.merge.run(at.dispatcher, { id: twin, intoId: twin, reason: '同一问题' }), {
    reason: 'order.itself',
  });
  await MOVES.merge.run(at.dispatcher, { id: twin, intoId: target, reason: '同一问题' });
  assert.equal((await at.rowOf(twin, at.officer)).joined_id, target);
  await assert.rejects(MOVES.supersede.run(at.dispatcher, { id: target, intoId: twin, reason: '内容更新' }), {
    reason: 'order.join.over',
  });
  await MOVES.revoke.run(at.dispatcher, { id: target, reason: '误发，予以撤销' });
  const tombstone = await at.rowOf(target, at.officer);
  assert.deepEqual([tombstone.state, tombstone.number !== null], ['revoked', true]);
  const closed = await at.submitted();
  await MOVES.take_verification.run(at.dispatcher, { id: closed });
  await MOVES.close.run(at.dispatcher, { id: closed, retest: '复测通过' });
  await MOVES.reopen.run(at.dispatcher, { id: closed, reason: '复查再次发现', workingDays: 3 });
  const again = await at.rowOf(closed);
  assert.deepEqual([again.state, again.round, again.deadline_revision], ['reopened', 2, 2]);
});

test('evidence is masked whoever typed it, and the same file is attached once a round', async () => {
  const line = { at: '2026-03-02T01:00:00Z', title: '外发数据', text: '身份证 11010519491231002X 手机号 13800138000' };
  const id = await at.received({ evidence: [line] });
  const order = await at.rowOf(id, at.officer);
  assert.ok(!JSON.stringify(order.evidence).includes('11010519491231002X'));
  await at.handIn(id);
  await assert.rejects(at.handIn(id), { reason: 'order.attach.same' });
  assert.equal((await at.officer.read((db) => attachmentsOf(db, id))).length, 1);
  const enclosure = { id, sha256: 'b'.repeat(64), fileName: '附件.pdf', mediaType: 'application/pdf', bytes: 3 };
  await assert.rejects(encloseFile(at.drafter, enclosure), { reason: 'order.attach.issued' });
});

test('lists filter by state, overdue, unit and words, and stay in scope', async () => {
  const id = await at.delivered({ title: '关于弱口令的整改通知 50%', workingDays: 1 });
  at.site.clock.set('2026-03-04T02:00:00Z');
  const page = { offset: 0, limit: 100 };
  const find = async (ctx: Ctx, filter: object) =>
    (await ctx.read((db) => pageOfOrders(db, filter, page))).items.map((row) => row.id);
  assert.deepEqual(await find(at.dispatcher, { search: '50%' }), [id]);
  assert.ok((await find(at.officer, { overdueAt: at.site.clock.now(), unitTurn: true })).includes(id));
  assert.deepEqual(await find(at.site.as({ roles: ['unit_officer'], path: at.other.path }), { search: '50%' }), []);
  assert.deepEqual(await find(at.dispatcher, { search: '50%', state: ['closed'] }), []);
});
