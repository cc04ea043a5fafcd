import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { seedDivisions } from '#domain/organizations/index.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { setUp, setupNeeded } from './setup.ts';
import { signIn } from './sign-in.ts';
import { pageOfAccounts } from './store.ts';

let platform: TestPlatform;
before(async () => {
  platform = await openTestPlatform();
  await seedDivisions(platform.system);
});
after(() => platform.close());

const input = {
  installation: '统安·广西',
  centre: '广西一体安全运营中心',
  divisionCode: '450000',
  administrators: {
    system: { login: 'sys.wei', name: '韦系统', password: 'first of three phrases' },
    security: { login: 'sec.huang', name: '黄安全', password: 'second of three phrases' },
    audit: { login: 'aud.qin', name: '覃审计', password: 'third of three phrases' },
  },
};

test('set-up names every fault and leaves nothing behind', async () => {
  const one = { login: 'admin', name: '同一人', password: 'short' };
  const administrators = { system: one, security: one, audit: one };
  await assert.rejects(setUp(platform.system, { ...input, administrators }), (error: unknown) => {
    assert.ok(error instanceof Error && 'faults' in error && Array.isArray(error.faults));
    const reasons = new Set(error.faults.map((fault: { reason?: string }) => fault.reason));
    assert.deepEqual([...reasons].sort(), [
      'password.short',
      'setup.same_login',
      'setup.same_name',
      'setup.same_password',
    ]);
    return true;
  });
  await assert.rejects(setUp(platform.system, { ...input, divisionCode: '999999' }));
  assert.equal(await setupNeeded(platform.system), true);
});

test('of two set-ups at the same time one wins, and gives three separate administrators', async () => {
  const results = await Promise.allSettled([setUp(platform.system, input), setUp(platform.system, input)]);
  assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'rejected']);
  const { items } = await platform.system.read((db) => pageOfAccounts(db, {}, { offset: 0, limit: 10 }));
  assert.deepEqual(items.map((account) => [account.login, account.roles.join(), account.path]).sort(), [
    ['aud.qin', 'audit_admin', '/450000/'],
    ['sec.huang', 'security_admin', '/450000/'],
    ['sys.wei', 'system_admin', '/450000/'],
  ]);
  const caller = { address: '127.0.0.1', agent: 'test', presented: undefined };
  const { password } = input.administrators.audit;
  const { account } = await signIn(platform.system, { account: 'aud.qin', password }, caller);
  assert.equal(account.mustChangePassword, true);
});
