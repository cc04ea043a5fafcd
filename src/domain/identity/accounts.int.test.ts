import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeUnit } from '#domain/organizations/actions.ts';
import { createUnit } from '#domain/organizations/index.ts';
import { codeOf, MINUTE_MS, openTestPeople, PASSWORD, reasonOf } from '../../../test/support/people.ts';
import { assignRoles, changeAccount, createAccount, resetPassword, resetPasswordOf, seedAccount } from './actions.ts';
import type { Role } from './permissions.ts';
import { authenticate } from './session.ts';
import { setUp, setupNeeded } from './setup.ts';
import { accountById, pageOfAccounts } from './store.ts';
import { createToken, endToken } from './tokens.ts';

type People = Awaited<ReturnType<typeof openTestPeople>>;
let people: People;
let platform: People['platform'];
let system: People['system'];
let unit: People['unit'];

const anAccount: People['anAccount'] = (roles) => people.anAccount(roles);
const enter: People['enter'] = (input, caller) => people.enter(input, caller);
const read: People['read'] = (cookie) => people.read(cookie);
const actAs: People['actAs'] = (account) => people.actAs(account);

before(async () => {
  people = await openTestPeople();
  ({ platform, system, unit } = people);
});
after(() => platform.close());

test('secrets, sessions and counters are readable in no area of any person', async () => {
  await enter({ account: (await anAccount()).login });
  for (const path of ['/450000/', unit.path]) {
    const ctx = platform.as({ roles: ['system_admin'], path });
    const counts = await ctx.read(async (db) => {
      const found: number[] = [];
      const tables = [
        'account_secret',
        'account_password_history',
        'account_recovery_code',
        'session',
        'sign_in_guard',
        'api_token_secret',
      ] as const;
      for (const table of tables) found.push((await db.selectFrom(table).selectAll().execute()).length);
      return found;
    });
    assert.deepEqual(counts, [0, 0, 0, 0, 0, 0]);
  }
});

test('accounts of another area are invisible', async () => {
  const account = await anAccount(['unit_officer']);
  const liuzhou = platform.as({ roles: ['system_admin'], path: '/450000/450200/' });
  assert.equal(await liuzhou.read((db) => accountById(db, account.id)), undefined);
  assert.equal((await liuzhou.read((db) => pageOfAccounts(db, {}, { offset: 0, limit: 10 }))).total, 0);
  await assert.rejects(resetPassword(liuzhou, { id: account.id, withTotp: false }), codeOf('not_found'));
});

test('opening accounts and giving rights are two different persons, and nobody gives rights to oneself', async () => {
  const systemAdmin = actAs(await anAccount(['system_admin']));
  const securityAdmin = actAs(await anAccount(['security_admin']));
  const account = await anAccount();
  await assert.rejects(assignRoles(systemAdmin, { id: account.id, roles: ['director'] }), codeOf('forbidden'));
  await assert.rejects(
    createAccount(securityAdmin, { login: 'somebody', name: '某人', centreId: people.centreId }),
    codeOf('forbidden'),
  );
  await assert.rejects(
    assignRoles(securityAdmin, { id: securityAdmin.actor.id, roles: ['director'] }),
    reasonOf('account.own'),
  );
  const changed = await assignRoles(securityAdmin, { id: account.id, roles: ['analyst', 'dispatcher'] });
  assert.deepEqual(changed.roles, ['analyst', 'dispatcher']);
  const entry = people.journal.at(-1);
  assert.deepEqual(
    [entry?.action, entry?.data.before, entry?.data.after],
    ['role.assign', ['analyst'], ['analyst', 'dispatcher']],
  );
});

test('no account gets two of the three administrations, or roles of the other side', async () => {
  const securityAdmin = actAs(await anAccount(['security_admin']));
  const account = await anAccount();
  const officer = await anAccount(['unit_officer']);
  const assign = (id: string, roles: Role[]) => assignRoles(securityAdmin, { id, roles });
  await assert.rejects(assign(account.id, ['system_admin', 'audit_admin']), reasonOf('roles.separated'));
  await assert.rejects(assign(account.id, ['unit_officer']), reasonOf('roles.sides'));
  await assert.rejects(assign(officer.id, ['analyst']), reasonOf('roles.sides'));
  assert.deepEqual((await assign(officer.id, ['unit_leader'])).roles, ['unit_leader']);
});

test('a system administrator cannot take the place of a security administrator by a new password', async () => {
  const systemAdmin = actAs(await anAccount(['system_admin']));
  const other = await anAccount(['security_admin']);
  await assert.rejects(resetPassword(systemAdmin, { id: other.id, withTotp: false }), reasonOf('account.separated'));
  const account = await anAccount();
  const { token } = await enter({ account: account.login });
  const password = await resetPassword(systemAdmin, { id: account.id, withTotp: true });
  assert.equal(await read(token), undefined);
  assert.equal((await enter({ account: account.login, password })).account.mustChangePassword, true);
});

test('a disabled account loses its sessions and does not sign in, and the last administrator stays', async () => {
  const admin = actAs(await anAccount(['system_admin']));
  const account = await anAccount();
  const { token } = await enter({ account: account.login });
  await changeAccount(admin, { id: account.id, state: 'disabled' });
  assert.equal(await read(token), undefined);
  await assert.rejects(enter({ account: account.login }), reasonOf('session.refused'));
  const audit = await anAccount(['audit_admin']);
  await assert.rejects(changeAccount(admin, { id: audit.id, state: 'disabled' }), reasonOf('account.last'));
});

test('a token works within its account: no right, area or day more', async () => {
  const securityAdmin = actAs(await anAccount(['security_admin']));
  const account = await anAccount(['analyst']);
  const make = (extra: object) =>
    createToken(securityAdmin, {
      name: '导出脚本',
      accountId: account.id,
      permissions: ['alert.read'],
      days: 30,
      ...extra,
    });
  await assert.rejects(make({ permissions: ['order.issue'] }), reasonOf('token.excess'));
  await assert.rejects(make({ unitPath: '/440000/' }), reasonOf('token.area'));
  const { id, text } = await make({ permissions: ['alert.read', 'event.search'], unitPath: unit.path });
  const use = () => authenticate(system, { authorization: `Bearer ${text}`, method: 'POST' });
  const found = await use();
  assert.deepEqual([found?.actor.kind, found?.scope], ['token', { path: unit.path, side: 'centre' }]);
  assert.deepEqual([...(found?.permissions ?? [])], ['alert.read', 'event.search']);
  await assignRoles(securityAdmin, { id: account.id, roles: ['dispatcher'] });
  assert.deepEqual([...((await use())?.permissions ?? [])], ['alert.read', 'event.search']);
  await assignRoles(securityAdmin, { id: account.id, roles: ['authority_viewer'] });
  assert.deepEqual([...((await use())?.permissions ?? [])], ['alert.read']);
  await endToken(securityAdmin, { id });
  assert.equal(await use(), undefined);
  const late = await make({ permissions: ['alert.read'], days: 1 });
  const useLate = () => authenticate(system, { authorization: `Bearer ${late.text}`, method: 'GET' });
  assert.ok(await useLate());
  platform.clock.advanceMs(24 * 60 * MINUTE_MS);
  assert.equal(await useLate(), undefined);
  for (const wrong of ['Bearer', 'Bearer x', `Basic ${text}`, `Bearer ${text}x`, '']) {
    assert.equal(await authenticate(system, { authorization: wrong, method: 'GET' }), undefined);
  }
});

test('set-up is refused once an account exists', async () => {
  await anAccount();
  assert.equal(await setupNeeded(system), false);
  const administrator = (login: string) => ({ login, name: login, password: `${PASSWORD} of ours` });
  const input = {
    installation: '另一个',
    centre: '另一个中心',
    divisionCode: '450100',
    administrators: { system: administrator('aaa'), security: administrator('bbb'), audit: administrator('ccc') },
  };
  await assert.rejects(setUp(system, input), reasonOf('setup.done'));
});

test('whoever runs the server gives a security administrator a way back in', async () => {
  const account = await anAccount(['security_admin']);
  const password = await resetPasswordOf(system, account.login.toUpperCase());
  const { account: entered } = await enter({ account: account.login, password });
  assert.deepEqual([entered.mustChangePassword, entered.totpEnabled], [true, false]);
  await assert.rejects(resetPasswordOf(system, 'nobody-here'), codeOf('not_found'));
});

test('with a unit that closes, the sessions of its people end', async () => {
  const closing = await createUnit(system, {
    code: 'closing',
    name: '将停用的单位',
    shortName: '将停用',
    kind: 'member',
    sector: 'other',
    divisionCode: '450100',
  });
  const account = await seedAccount(system, {
    login: 'of-the-closed',
    name: '安全员',
    unitId: closing.id,
    roles: ['unit_officer'],
    password: PASSWORD,
  });
  const { token } = await enter({ account: account.login });
  assert.ok(await people.read(token));
  await closeUnit(system, { id: closing.id, reason: '机构改革' });
  assert.equal(await people.read(token), undefined);
  await assert.rejects(enter({ account: account.login }), reasonOf('session.refused'));
});
