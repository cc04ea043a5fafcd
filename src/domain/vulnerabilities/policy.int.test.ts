import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { appendEntries } from '#domain/journal/index.ts';
import { createAsset } from '#domain/ledger/index.ts';
import { createCentre } from '#domain/organizations/index.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../test/support/units.ts';
import { rateAll } from './feeds.ts';
import { applyImport, runImport, uploadReport } from './import/actions.ts';
import { ImportOptions } from './import/import.ts';
import { vulnerabilityJobs } from './jobs.ts';
import { changePolicy, shownPolicy } from './policy.ts';

let platform: TestPlatform;
let unit: TestUnit;
let officer: Ctx;
let director: Ctx;
const REGION = '/450000/';
const REASON = '中心 2026 年第 3 次例会议定';

before(async () => {
  platform = await openTestPlatform({ append: appendEntries, jobs: vulnerabilityJobs });
  const [own] = await seedUnits(platform, [{ code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' }]);
  assert.ok(own);
  unit = own;
  officer = platform.as({ roles: ['unit_officer'], path: unit.path, name: '安全员' });
  director = platform.as({ roles: ['director'], path: REGION, name: '中心主任' });
  await createCentre(platform.system, { name: '自治区中心', divisionCode: '450000' });
  await createCentre(platform.system, { name: '南宁市中心', divisionCode: '450100' });
  await createAsset(platform.system, {
    kind: 'application',
    name: '社保系统',
    addresses: ['10.8.1.1'],
    protectionLevel: 2,
    unitPath: unit.path,
  });
});
after(() => platform.close());

async function imported(title: string): Promise<void> {
  const sheet = `主机,端口,漏洞名称,风险等级,CVE编号\n10.8.1.1,443,${title},高危,\n`;
  const options = ImportOptions.parse({ scannedAt: platform.clock.now().toISOString() });
  const { id } = await uploadReport(officer, `${title}.csv`, Buffer.from(sheet), options);
  await applyImport(officer, { id });
  await runImport(platform.system, id);
}
const issueOf = (title: string) =>
  officer.read((db) =>
    db.selectFrom('vulnerability_issue').selectAll().where('title', '=', title).executeTakeFirstOrThrow(),
  );
const shown = (ctx: Ctx) => ctx.read(shownPolicy);
const isRefused = (reason: string) => (error: unknown) => error instanceof AppError && error.reason === reason;

test('without a change the policy that comes with the platform holds, and a unit may read it', async () => {
  const { revision, policy, standard, history } = await shown(officer);
  assert.equal(revision, 0);
  assert.deepEqual(policy, standard);
  assert.deepEqual(history, []);
  await imported('弱加密');
  assert.deepEqual([(await issueOf('弱加密')).priority, (await issueOf('弱加密')).deadline_days], [3, 15]);
});

test('the director of the uppermost centre changes it, nobody else, with a reason and of the revision that was read', async () => {
  const { policy } = await shown(director);
  const wish = { revision: 0, policy: { ...policy, workingDays: { ...policy.workingDays, 3: 10 } }, reason: REASON };
  const analyst = platform.as({ roles: ['analyst'], path: REGION });
  await assert.rejects(changePolicy(analyst, wish), isRefused('permission.missing'));
  await assert.rejects(changePolicy(officer, wish), isRefused('permission.missing'));
  const city = platform.as({ roles: ['director'], path: '/450000/450100/' });
  await assert.rejects(changePolicy(city, wish), isRefused('vulnerability.policy.above'));
  await assert.rejects(changePolicy(director, { ...wish, policy }), isRefused('vulnerability.policy.same'));
  await assert.rejects(changePolicy(director, { ...wish, reason: '' }), { code: 'invalid_input' });
  const never = { ...wish, policy: { ...wish.policy, likelyFrom: 0 } };
  await assert.rejects(changePolicy(director, never), { code: 'invalid_input' });
  assert.deepEqual(await changePolicy(director, wish), { revision: 1 });
  await assert.rejects(changePolicy(director, wish), isRefused('vulnerability.policy.changed'));
});

test('who changed what and why is kept and journalled', async () => {
  const [entry, ...others] = (await shown(officer)).history;
  assert.equal(others.length, 0);
  assert.deepEqual([entry?.by, entry?.reason], ['中心主任', REASON]);
  assert.deepEqual([entry?.before.workingDays[3], entry?.after.workingDays[3]], [15, 10]);
  const written = await director.read((db) =>
    db.selectFrom('journal_entry').select('actor_name').where('action', '=', 'vulnerability.policy').execute(),
  );
  assert.deepEqual(written, [{ actor_name: '中心主任' }]);
});

test('what is found later gets the new time; what was given before stays, unless it becomes more pressing', async () => {
  await imported('目录遍历');
  assert.equal((await issueOf('目录遍历')).deadline_days, 10);
  assert.equal((await issueOf('弱加密')).deadline_days, 15);
  const { revision, policy } = await shown(director);
  await changePolicy(director, { revision, policy: { ...policy, protectionLevelFrom: 2 }, reason: REASON });
  await rateAll(platform.system);
  const issue = await issueOf('弱加密');
  assert.deepEqual([issue.priority, issue.deadline_days], [2, 5], 'level 2 is of weight now, so it is more pressing');
  const next = await shown(director);
  await changePolicy(director, {
    revision: next.revision,
    policy: { ...next.policy, protectionLevelFrom: 3 },
    reason: REASON,
  });
  await rateAll(platform.system);
  const later = await issueOf('弱加密');
  assert.deepEqual([later.priority, later.deadline_days], [3, 5], 'less pressing again, with the time that was given');
});
