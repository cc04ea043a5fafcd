import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { appendEntries } from '#domain/journal/index.ts';
import { createAsset } from '#domain/ledger/index.ts';
import { orderJobs } from '#domain/orders/jobs.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../test/support/units.ts';
import { approveAcceptance, askAcceptance, denyAcceptance, expireAcceptances } from './acceptance.ts';
import { listAcceptances } from './acceptance-list.ts';
import { personMoves } from './actions.ts';
import { applyImport, runImport, uploadReport } from './import/actions.ts';
import { ImportOptions } from './import/import.ts';
import { vulnerabilityJobs } from './jobs.ts';
import { orderOverdue } from './overdue.ts';

let platform: TestPlatform;
let unit: TestUnit;
let authority: TestUnit;
let officer: Ctx;
let leader: Ctx;
let director: Ctx;
let analyst: Ctx;

const START = new Date('2026-03-02T02:00:00Z');
const SHEET =
  '主机,端口,漏洞名称,风险等级,CVE编号\n10.8.1.1,443,心脏滴血,高危,CVE-2014-0160\n10.8.1.1,22,弱口令,中危,\n';

before(async () => {
  platform = await openTestPlatform({ append: appendEntries, jobs: [...vulnerabilityJobs, ...orderJobs] });
  const [own, above] = await seedUnits(platform, [
    { code: 'nn-hospital', name: '南宁市某医院', divisionCode: '450100' },
    { code: 'nn-health', name: '南宁市卫生健康委员会', divisionCode: '450100' },
  ]);
  assert.ok(own && above);
  [unit, authority] = [own, above];
  officer = platform.as({ roles: ['unit_officer'], path: unit.path, name: '医院安全员', id: 'officer' });
  leader = platform.as({ roles: ['unit_leader'], path: authority.path, name: '卫健委负责人', id: 'leader' });
  director = platform.as({ roles: ['director'], path: '/450000/', name: '中心主任' });
  analyst = platform.as({ roles: ['analyst'], path: '/450000/', name: '分析员' });
  await createAsset(platform.system, {
    kind: 'application',
    name: '挂号系统',
    addresses: ['10.8.1.1'],
    supervisedBy: authority.name,
    unitPath: unit.path,
  });
  await imported(SHEET);
});
after(() => platform.close());

async function imported(sheet: string): Promise<void> {
  const options = ImportOptions.parse({ scannedAt: platform.clock.now().toISOString() });
  const { id } = await uploadReport(officer, '漏扫.csv', Buffer.from(sheet), options);
  await applyImport(officer, { id });
  await runImport(platform.system, id);
}

const issues = () =>
  officer.read((db) => db.selectFrom('vulnerability_issue').selectAll().orderBy('priority').orderBy('title').execute());
async function issueOf(title: string) {
  return (await issues()).find((issue) => issue.title === title) ?? assert.fail(`no issue ${title}`);
}
const requestsOf = (ctx: Ctx) => ctx.read((db) => listAcceptances(ctx, db, { page: 1, pageSize: 50 }));
const WISH = {
  reason: '设备厂商已停止支持',
  compensation: '边界只放行院内地址',
  expiresAt: '2026-06-01T00:00:00+08:00',
};
const isRefused = (reason: string) => (error: unknown) => error instanceof AppError && error.reason === reason;

test('each issue gets a deadline in working days by its priority, kept with the calendar it was counted by', async () => {
  const heartbleed = await issueOf('心脏滴血');
  assert.deepEqual([heartbleed.priority, heartbleed.deadline_days], [3, 15]);
  // Fifteen working days after Monday 2 March 2026 is Monday 23 March, at the end of the day.
  assert.equal(heartbleed.deadline_at?.toISOString().slice(0, 10), '2026-03-23');
  assert.notEqual(heartbleed.calendar_version, '');
});

test('only the unit that supervises the asset accepts its risk, and not who asked', async () => {
  const { id } = await issueOf('心脏滴血');
  await assert.rejects(askAcceptance(officer, { id, ...WISH, expiresAt: '2028-01-01T00:00:00+08:00' }));
  await askAcceptance(officer, { id, ...WISH });
  const [own] = (await requestsOf(officer)).items;
  assert.deepEqual([own?.approver, own?.decidable], [authority.name, false]);
  const [seen] = (await requestsOf(leader)).items;
  assert.ok(seen?.decidable, 'the supervising unit sees the request though the asset is not its own');
  assert.equal((await leader.read((db) => db.selectFrom('vulnerability_issue').select('id').execute())).length, 0);
  const verdict = { id: seen.id, reason: '补偿措施到位' };
  await assert.rejects(approveAcceptance(officer, verdict), isRefused('vulnerability.not_supervisor'));
  await assert.rejects(approveAcceptance(director, verdict), isRefused('permission.missing'));
  await approveAcceptance(leader, verdict);
  assert.equal((await issueOf('心脏滴血')).state, 'accepted');
  const entry = await officer.read((db) =>
    db
      .selectFrom('journal_entry')
      .select('actor_name')
      .where('action', '=', 'vulnerability.approve')
      .executeTakeFirst(),
  );
  assert.equal(entry?.actor_name, '卫健委负责人');
});

test('an accepted risk is left alone by scans, and is open again when its time is over', async () => {
  platform.clock.set(new Date('2026-05-04T02:00:00Z'));
  await imported(SHEET);
  await expireAcceptances(platform.system);
  assert.equal((await issueOf('心脏滴血')).state, 'accepted');
  platform.clock.set(new Date('2026-06-02T02:00:00Z'));
  await expireAcceptances(platform.system);
  const issue = await issueOf('心脏滴血');
  assert.equal(issue.state, 'open');
  assert.ok((issue.deadline_at ?? START) > platform.clock.now(), 'with time anew to mend it');
  assert.deepEqual(
    (await requestsOf(officer)).items.map(({ state }) => state),
    ['expired'],
  );
});

test('what was denied or withdrawn is open again and may be asked for again', async () => {
  const { id } = await issueOf('心脏滴血');
  const wish = { ...WISH, expiresAt: '2026-09-01T00:00:00+08:00' };
  await askAcceptance(officer, { id, ...wish });
  await assert.rejects(askAcceptance(officer, { id, ...wish }), 'one at a time');
  const asked = (await requestsOf(leader)).items.find(({ state }) => state === 'asked');
  await denyAcceptance(leader, { id: asked?.id ?? '', reason: '补偿措施不足' });
  assert.equal((await issueOf('心脏滴血')).state, 'open');
  await askAcceptance(officer, { id, ...wish });
  await personMoves.withdraw(officer, { id });
  assert.deepEqual((await requestsOf(officer)).items.map(({ state }) => state).sort(), [
    'denied',
    'expired',
    'withdrawn',
  ]);
});

test('a supervising unit that is disputed, over, to come, or the unit itself is not asked, and one that ceased to be it does not approve', async () => {
  const wish = { ...WISH, expiresAt: '2026-09-01T00:00:00+08:00' };
  const { id, asset_id: assetId } = await issueOf('弱口令');
  assert.ok(assetId);
  const duty = (change: string) =>
    platform.asOwner(`UPDATE asset_duty SET ${change} WHERE asset_id = '${assetId}' AND role = 'supervised'`);
  const doubts = [
    ["state = 'disputed'", "state = 'presumed'"],
    ["state = 'expired'", "state = 'presumed'"],
    ["until_on = '2026-06-01'", 'until_on = NULL'],
    ["from_on = '2026-06-03'", "from_on = '2026-01-01'"],
  ] as const;
  for (const [doubt, settled] of doubts) {
    await duty(doubt);
    await assert.rejects(
      askAcceptance(officer, { id, ...wish }),
      isRefused('vulnerability.supervisor_in_doubt'),
      doubt,
    );
    await duty(settled);
  }
  await duty(`holder_id = '${unit.id}'`);
  await assert.rejects(askAcceptance(officer, { id, ...wish }), isRefused('vulnerability.supervisor_own'));
  await duty(`holder_id = '${authority.id}'`);
  await askAcceptance(officer, { id, ...wish });
  const request = (await requestsOf(leader)).items.find(({ state }) => state === 'asked');
  const verdict = { id: request?.id ?? '', reason: '补偿措施到位' };
  await duty("state = 'disputed'");
  await assert.rejects(approveAcceptance(leader, verdict), isRefused('vulnerability.supervisor_in_doubt'));
  await duty("state = 'presumed'");
  await denyAcceptance(leader, verdict);
});

test('overdue issues of a unit become one draft of a rectification order, once', async () => {
  const orders = () => platform.system.read((db) => db.selectFrom('order_record').selectAll().execute());
  platform.clock.set(new Date('2026-12-01T02:00:00Z'));
  const dispatcher = platform.as({ roles: ['dispatcher'], path: '/450000/', name: '调度员' });
  await assert.rejects(orderOverdue(analyst), AppError, 'a dispatcher drafts orders, an analyst does not');
  const late = (await issues()).map(({ id }) => id);
  const nobodys = '00000000-0000-4000-8000-000000000000';
  assert.deepEqual(await orderOverdue(dispatcher, { issueIds: [nobodys] }), [], 'only what was chosen');
  await assert.rejects(orderOverdue(dispatcher, { assetId: nobodys }), AppError, 'an asset that is not there');
  const [draft, ...more] = await orderOverdue(dispatcher, { issueIds: late });
  assert.deepEqual([draft?.unitName, draft?.issues, more.length], [unit.name, 2, 0]);
  assert.deepEqual(await orderOverdue(platform.system), [], 'an order speaks of them already');
  const [order, ...others] = await orders();
  assert.equal(others.length, 0);
  assert.deepEqual(
    [order?.kind, order?.state, order?.unit_path, order?.centre_path],
    ['rectification', 'draft', unit.path, '/450000/'],
  );
  assert.equal(order?.evidence.length, 2);
  assert.deepEqual(new Set((await issues()).map(({ order_id }) => order_id)), new Set([order?.id]));
  assert.equal((await officer.read((db) => db.selectFrom('order_record').select('id').execute())).length, 0, 'a draft');
  // A draft that came to nothing keeps nobody from writing another one.
  await platform.asOwner(`UPDATE order_record SET state = 'revoked' WHERE id = '${order?.id}'`);
  const [again] = await orderOverdue(dispatcher);
  assert.ok(again && again.orderId !== order?.id);
  assert.deepEqual(new Set((await issues()).map(({ order_id }) => order_id)), new Set([again.orderId]));
  await personMoves.exclude(analyst, { id: (await issueOf('弱口令')).id, reason: '系统已经下线' });
});
