import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { ORDER_BODY, type OrderSite, openOrderSite, REGION } from '../../../test/support/order-site.ts';
import { setCalendarDay } from './calendar.ts';
import { deliverOrder, orderJobs } from './jobs.ts';
import { MOVES } from './moves.ts';
import type { OrderKind } from './order.ts';
import { deadlinesOf, stepsOf } from './store.ts';

let at: OrderSite;

before(async () => {
  at = await openOrderSite();
});
after(() => at.site.close());
beforeEach(() => at.startOver());

test('numbers are given at issue, per kind, without gaps even when an issue fails', async () => {
  const numberOf = async (kind: OrderKind) => (await at.rowOf(await at.issued({ kind }))).number ?? '';
  const serial = (text: string) => Number(/〕(\d+)号/.exec(text)?.[1]);
  const first = await numberOf('notice');
  assert.match(first, /^桂网安通〔2026〕/);
  const id = await at.draft({ kind: 'notice' });
  await MOVES.send_for_review.run(at.drafter, { id });
  await MOVES.approve.run(at.dispatcher, { id });
  await assert.rejects(
    at.dispatcher.transaction(async (tx) => {
      await MOVES.issue.run(tx, { id });
      throw new Error('the power fails');
    }),
  );
  assert.equal(serial(await numberOf('notice')), serial(first) + 1);
  assert.match(await numberOf('handling'), /^桂网安处〔2026〕1号$/);
});

test('deadlines leave out Spring Festival, and are provisional where 三月三 is not announced', async () => {
  at.site.clock.set('2026-02-12T02:00:00Z');
  const spring = await at.rowOf(await at.issued({ workingDays: 3 }));
  assert.deepEqual(spring.deadline_at, new Date('2026-02-24T09:30:00Z'));
  at.site.clock.set('2026-04-16T02:00:00Z');
  const id = await at.issued({ workingDays: 2 });
  const song = await at.rowOf(id);
  assert.deepEqual(song.deadline_at, new Date('2026-04-22T09:30:00Z'));
  assert.equal(song.deadline_provisional, true);
  const [kept] = await at.site.system.read((db) => deadlinesOf(db, id));
  assert.deepEqual(
    kept?.trace.filter(({ kind }) => kind === 'skipped').map(({ day, name }) => `${day} ${name}`),
    ['2026-04-20 壮族三月三', '2026-04-21 壮族三月三'],
  );
  assert.match(kept?.calendar_version ?? '', /^state-council@.+\+sanyuesan@.+\+hours@/);
});

test('a unit’s own days lie on top of the calendar and concern only deadlines given afterwards', async () => {
  const before = await at.issued({ workingDays: 1 });
  const admin = at.site.as({ roles: ['system_admin'], path: REGION });
  const day = { unitId: at.unit.id, day: '2026-03-03', name: '单位集体活动', reason: '经批准调整工作日' };
  await setCalendarDay(admin, { ...day, kind: 'off' });
  const after = await at.rowOf(await at.issued({ workingDays: 1 }));
  assert.deepEqual((await at.rowOf(before)).deadline_at, new Date('2026-03-03T09:30:00Z'));
  assert.deepEqual(after.deadline_at, new Date('2026-03-04T09:30:00Z'));
  const [kept] = await at.site.system.read((db) => deadlinesOf(db, after.id));
  assert.match(kept?.calendar_version ?? '', /\+unit@1\+hours@/);
  await setCalendarDay(admin, { ...day, kind: 'none' });
  assert.deepEqual((await at.rowOf(await at.issued({ workingDays: 1 }))).deadline_at, new Date('2026-03-03T09:30:00Z'));
  await assert.rejects(setCalendarDay(at.officer, { ...day, kind: 'off' }), { code: 'forbidden' });
});

test('an extension is a new deadline beside the old one, from the same start', async () => {
  const id = await at.received();
  await MOVES.start.run(at.officer, { id });
  const before = await at.rowOf(id);
  await MOVES.request_extension.run(at.officer, { id, workingDays: 5, reason: '厂商补丁下周发布' });
  await assert.rejects(MOVES.submit.run(at.officer, { id, measures: ORDER_BODY }), { code: 'conflict' });
  await MOVES.grant_extension.run(at.dispatcher, { id });
  const after = await at.rowOf(id);
  assert.equal(after.state, 'rectifying');
  assert.deepEqual(before.deadline_at, new Date('2026-03-16T09:30:00Z'));
  assert.deepEqual(after.deadline_at, new Date('2026-03-23T09:30:00Z'));
  const all = await at.site.system.read((db) => deadlinesOf(db, id));
  assert.deepEqual(
    all.map(({ cause, working_days }) => `${cause} ${working_days}`),
    ['issue 10', 'extension 15'],
  );
  await MOVES.request_extension.run(at.officer, { id, workingDays: 5, reason: '还需要时间' });
  await MOVES.deny_extension.run(at.dispatcher, { id, reason: '时间已足够' });
  assert.deepEqual((await at.rowOf(id)).deadline_at, after.deadline_at);
});

test('a suspension moves the deadline by the working days it touches, and an early end moves it back', async () => {
  const id = await at.received();
  await MOVES.suspend.run(at.dispatcher, { id, until: '2026-03-05T02:00:00Z', reason: '重大活动保障期间' });
  assert.deepEqual((await at.rowOf(id)).deadline_at, new Date('2026-03-19T09:30:00Z'));
  await assert.rejects(MOVES.start.run(at.officer, { id }), { reason: 'order.start.suspended' });
  at.site.clock.set('2026-03-03T02:00:00Z');
  await MOVES.resume.run(at.dispatcher, { id });
  const order = await at.rowOf(id);
  assert.equal(order.state, 'received');
  assert.deepEqual(order.deadline_at, new Date('2026-03-17T09:30:00Z'));
  await assert.rejects(MOVES.suspend.run(at.dispatcher, { id, until: '2026-03-01T00:00:00Z', reason: '已经过去' }), {
    code: 'invalid_input',
  });
});

test('a suspension ends by itself when its time has come, not before, and once', async () => {
  const id = await at.received();
  const until = '2026-03-05T02:00:00Z';
  await MOVES.suspend.run(at.dispatcher, { id, until, reason: '重大活动保障期间' });
  const planned = (await at.rowOf(id)).deadline_at;
  const job = orderJobs.find(({ name }) => name === 'order.end_suspension');
  const run = () => job?.handler(at.site.system, { orderId: id, until } as never);
  await run();
  assert.equal((await at.rowOf(id)).state, 'suspended');
  at.site.clock.set('2026-03-05T02:00:30Z');
  await run();
  await run();
  const order = await at.rowOf(id);
  assert.deepEqual([order.state, order.suspended_until, order.deadline_revision], ['received', null, 3]);
  assert.deepEqual(order.deadline_at, planned);
});

test('a repeated delivery or reminder changes nothing', async () => {
  const id = await at.delivered();
  const version = (await at.rowOf(id)).version;
  await deliverOrder(at.site.system, id);
  assert.equal((await at.rowOf(id)).version, version);
  const job = orderJobs.find(({ name }) => name === 'order.remind');
  const payload = { orderId: id, revision: 1, stage: 'half', kind: 'reminder' } as const;
  const run = (change: object = {}) => job?.handler(at.site.system, { ...payload, ...change } as never);
  await run();
  await run();
  await run({ revision: 7 });
  await run({ stage: 'unit_leader', kind: 'escalation' });
  const sent = (await at.officer.read((db) => stepsOf(db, id))).map(({ action }) => action);
  assert.deepEqual(sent, ['issue', 'deliver', 'remind', 'escalate']);
});
