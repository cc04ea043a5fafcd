import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { generate } from 'otplib';
import { codeOf, MINUTE_MS, openTestPeople, PASSWORD, reasonOf } from '../../../test/support/people.ts';
import { assignRoles, createAccount, unlockAccount } from './actions.ts';
import { changeOwnPassword, closeSession, confirmTotp, enrolTotp, removeTotp } from './own-account.ts';
import { csrfOf } from './secret-token.ts';
import { authenticate } from './session.ts';
import { accountById } from './store.ts';

type People = Awaited<ReturnType<typeof openTestPeople>>;
let people: People;
let platform: People['platform'];
let system: People['system'];
let unit: People['unit'];

const anAccount: People['anAccount'] = (roles) => people.anAccount(roles);
const enter: People['enter'] = (input, caller) => people.enter(input, caller);
const read: People['read'] = (cookie) => people.read(cookie);
const actAs: People['actAs'] = (account) => people.actAs(account);
const from: People['from'] = (address, presented) => people.from(address, presented);

before(async () => {
  people = await openTestPeople();
  ({ platform, system, unit } = people);
});
after(() => platform.close());

test('the right password opens a session with the rights and the area of the account', async () => {
  const account = await anAccount(['unit_officer']);
  const { token } = await enter({ account: `  ${account.login.toUpperCase()} ` });
  const found = await read(token);
  assert.deepEqual(found?.actor, { kind: 'user', id: account.id, name: account.name, roles: ['unit_officer'] });
  assert.deepEqual(found.scope, { path: unit.path, side: 'unit' });
  assert.ok(found.permissions.has('order.receive') && !found.permissions.has('alert.read'));
  assert.equal(await read(`${token}x`), undefined);
  assert.equal(await read(''), undefined);
});

test('a wrong password and an account that does not exist get the same answer, and the name is not kept', async () => {
  const account = await anAccount();
  const answers: unknown[] = [];
  for (const login of [account.login, 'nobody-of-this-name']) {
    await enter({ account: login, password: 'wrong wrong wrong' }).catch((error: unknown) => answers.push(error));
  }
  const [known, unknown] = answers;
  assert.ok(known instanceof Error && unknown instanceof Error);
  assert.deepEqual({ ...known, stack: '' }, { ...unknown, stack: '' });
  assert.equal(known.message, unknown.message);
  const refusals = people.journal.filter((entry) => entry.action === 'session.refuse').slice(-2);
  assert.deepEqual(
    refusals.map((entry) => entry.data.cause),
    ['password', 'unknown'],
  );
  assert.ok(!JSON.stringify(refusals).includes('nobody-of-this-name'));
});

test('five failures lock the name for 15 minutes, also for the right password and for names that do not exist', async () => {
  const account = await anAccount();
  for (const login of [account.login, 'no-such-person']) {
    for (let failure = 1; failure <= 5; failure += 1) {
      const expected = failure < 5 ? 'session.refused' : 'session.locked';
      await assert.rejects(enter({ account: login, password: 'wrong wrong wrong' }), reasonOf(expected));
    }
    await assert.rejects(enter({ account: login }, from('10.9.9.9')), reasonOf('session.locked'));
  }
  const before = people.journal.length;
  await assert.rejects(enter({ account: account.login }), reasonOf('session.locked'));
  assert.equal(people.journal.length, before, 'attempts during a lock do not fill the journal');
  platform.clock.advanceMs(15 * MINUTE_MS);
  assert.ok(await enter({ account: account.login }));
});

test('guesses sent at the same time do not get past the limit', async () => {
  const account = await anAccount();
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, () => enter({ account: account.login, password: 'wrong wrong wrong' })),
  );
  const checked = people.journal.filter(
    (entry) => entry.data.login === account.login && entry.action === 'session.refuse',
  );
  assert.equal(results.length, 20);
  assert.equal(checked.length, 5);
});

test('one address guessing many names is stopped', async () => {
  let stopped = 0;
  for (let guess = 0; guess < 32; guess += 1) {
    await enter({ account: `guessed-${guess}`, password: 'x' }, from('203.0.113.9')).catch((error: unknown) => {
      if (error instanceof Error && 'reason' in error && error.reason === 'session.locked') stopped += 1;
    });
  }
  assert.equal(stopped, 3);
  const account = await anAccount();
  await assert.rejects(enter({ account: account.login }, from('203.0.113.9')), reasonOf('session.locked'));
  assert.ok(await enter({ account: account.login }, from('203.0.113.10')));
});

test('an administrator lifts a lock, but not the own one', async () => {
  const account = await anAccount();
  const admin = actAs(await anAccount(['system_admin']));
  for (let failure = 0; failure < 5; failure += 1) {
    await enter({ account: account.login, password: 'wrong wrong wrong' }).catch(() => undefined);
  }
  await unlockAccount(admin, { id: account.id });
  assert.ok(await enter({ account: account.login }));
  await assert.rejects(unlockAccount(admin, { id: admin.actor.id }), reasonOf('account.own'));
});

test('a sign-in gives a new session and ends the one the browser brought along', async () => {
  const account = await anAccount();
  const first = await enter({ account: account.login });
  const second = await enter({ account: account.login }, from(undefined, first.token));
  assert.notEqual(second.token, first.token);
  assert.equal(await read(first.token), undefined);
  assert.ok(await read(second.token));
  const planted = 'a-cookie-value-planted-by-an-attacker-000000';
  const third = await enter({ account: account.login }, from(undefined, planted));
  assert.notEqual(third.token, planted);
  assert.equal(await read(planted), undefined);
});

test('a session ends after 30 idle minutes and after 12 hours of use', async () => {
  const account = await anAccount();
  const idle = await enter({ account: account.login });
  platform.clock.advanceMs(29 * MINUTE_MS);
  assert.ok(await read(idle.token));
  platform.clock.advanceMs(30 * MINUTE_MS);
  assert.equal(await read(idle.token), undefined);
  const busy = await enter({ account: account.login });
  for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
    platform.clock.advanceMs(20 * MINUTE_MS);
    assert.ok(await read(busy.token), `after ${minutes + 20} minutes`);
  }
  platform.clock.advanceMs(20 * MINUTE_MS);
  assert.equal(await read(busy.token), undefined);
});

test('a session writes only with its own token against cross-site requests', async () => {
  const account = await anAccount();
  const one = await enter({ account: account.login });
  const other = await enter({ account: (await anAccount()).login });
  const write = (csrf?: string) => authenticate(system, { cookie: one.token, csrf, method: 'POST' });
  await assert.rejects(write(), reasonOf('csrf.missing'));
  await assert.rejects(write(csrfOf(other.token)), reasonOf('csrf.missing'));
  assert.equal((await write((await read(one.token))?.csrf))?.actor.id, account.id);
});

test('signing out ends the session on the server', async () => {
  const account = await anAccount();
  const { token } = await enter({ account: account.login });
  await closeSession(actAs(account), { token });
  assert.equal(await read(token), undefined);
});

test('a new password must satisfy the policy, differ from the last ones, and ends every other session', async () => {
  const account = await anAccount();
  const ctx = actAs(account);
  const { token } = await enter({ account: account.login });
  const change = (current: string, next: string) => changeOwnPassword(ctx, { current, next }, from());
  await assert.rejects(change('not the current one', 'some other long words'), reasonOf('password.wrong'));
  await assert.rejects(change(PASSWORD, 'short'), reasonOf('password.weak'));
  await assert.rejects(change(PASSWORD, PASSWORD), reasonOf('password.weak'));
  const renewed = await change(PASSWORD, 'some other long words');
  assert.equal(await read(token), undefined);
  assert.ok(await read(renewed.token));
  await assert.rejects(enter({ account: account.login }), reasonOf('session.refused'));
  await assert.rejects(change('some other long words', PASSWORD), reasonOf('password.weak'));
});

test('whoever must change the password can do nothing else before', async () => {
  const admin = actAs(await anAccount(['system_admin']));
  const { account, password } = await createAccount(admin, {
    login: `new.person`,
    name: '新同事',
    centreId: people.centreId,
  });
  await assignRoles(actAs(await anAccount(['security_admin'])), { id: account.id, roles: ['director'] });
  const first = await enter({ account: account.login, password });
  assert.deepEqual([...((await read(first.token))?.permissions ?? [])].sort(), [
    'account.password',
    'account.totp',
    'session.close',
  ]);
  const stored = await system.read((db) => accountById(db, account.id));
  assert.ok(stored);
  const next = await changeOwnPassword(actAs(stored), { current: password, next: PASSWORD }, from());
  assert.ok((await read(next.token))?.permissions.has('order.issue'));
});

test('one-time codes: a second step, no code twice, recovery codes once each', async () => {
  const account = await anAccount();
  const ctx = actAs(account);
  await assert.rejects(confirmTotp(ctx, '123456'), reasonOf('totp.not_begun'));
  const { secret } = await enrolTotp(ctx, PASSWORD);
  const code = () => generate({ secret, epoch: platform.clock.now().getTime() / 1000 });
  assert.ok(await enter({ account: account.login }), 'nothing counts before the first code is shown');
  await assert.rejects(confirmTotp(ctx, '000000'), codeOf('invalid_input'));
  const recovery = await confirmTotp(ctx, await code());
  await assert.rejects(enter({ account: account.login }), reasonOf('session.totp_required'));
  await assert.rejects(enter({ account: account.login, totp: await code() }), reasonOf('session.totp_wrong'));
  platform.clock.advanceMs(MINUTE_MS);
  const fresh = await code();
  assert.ok(await enter({ account: account.login, totp: fresh }));
  await assert.rejects(enter({ account: account.login, totp: fresh }), reasonOf('session.totp_wrong'));
  const [lost] = recovery;
  assert.ok(lost);
  assert.ok(await enter({ account: account.login, totp: lost.toUpperCase() }));
  await assert.rejects(enter({ account: account.login, totp: lost }), reasonOf('session.totp_wrong'));
  await removeTotp(ctx, PASSWORD);
  assert.ok(await enter({ account: account.login }));
});

test('knowing the password does not buy more guesses of the one-time code', async () => {
  const account = await anAccount();
  const { secret } = await enrolTotp(actAs(account), PASSWORD);
  await confirmTotp(actAs(account), await generate({ secret, epoch: platform.clock.now().getTime() / 1000 }));
  let guesses = 0;
  for (let round = 0; round < 10; round += 1) {
    await enter({ account: account.login }).catch(() => undefined);
    const cause = await enter({ account: account.login, totp: '000000' }).catch((error: unknown) => error);
    if (cause instanceof Error && 'reason' in cause && cause.reason === 'session.totp_wrong') guesses += 1;
  }
  assert.ok(guesses < 5, `${guesses} guesses`);
});

test('the secret of one-time codes is not readable in the database', async () => {
  const account = await anAccount();
  const { secret } = await enrolTotp(actAs(account), PASSWORD);
  const rows = await system.read((db) => db.selectFrom('account_secret').selectAll().execute());
  assert.ok(rows.length > 0);
  assert.ok(!JSON.stringify(rows).includes(secret));
});
