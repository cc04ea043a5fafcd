import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { openTestApp, type TestApp } from '../../../test/support/app.ts';

let running: TestApp;
before(async () => {
  running = await openTestApp();
});
after(() => running.stop());

const administrators = {
  system: { login: 'sys.wei', name: '韦系统', password: 'first of three phrases' },
  security: { login: 'sec.huang', name: '黄安全', password: 'second of three phrases' },
  audit: { login: 'aud.qin', name: '覃审计', password: 'third of three phrases' },
};
const input = { installation: '统安·广西', centre: '广西中心', divisionCode: '450000', administrators };

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
interface Session {
  readonly cookie: string;
  readonly csrf: string;
}

const call = (method: Method, url: string, session?: Partial<Session>, payload?: object) =>
  running.app.server.inject({
    method,
    url,
    ...(payload ? { payload } : {}),
    headers: {
      ...(session?.cookie ? { cookie: `tongan_session=${session.cookie}` } : {}),
      ...(session?.csrf ? { 'x-csrf-token': session.csrf } : {}),
    },
  });

const sessionOf = (response: LightMyRequestResponse): Session => ({
  cookie: response.cookies.find((cookie) => cookie.name === 'tongan_session')?.value ?? '',
  csrf: response.json<{ csrf: string }>().csrf,
});

/** Signs in and changes the first password. */
async function enter(who: keyof typeof administrators): Promise<Session> {
  const { login, password } = administrators[who];
  const signedIn = await call('POST', '/api/session', {}, { account: login, password });
  assert.equal(signedIn.statusCode, 200, signedIn.body);
  const first = sessionOf(signedIn);
  const next = `${password} renewed`;
  const changed = await call('POST', '/api/session/password', first, { current: password, next });
  assert.equal(changed.statusCode, 200, changed.body);
  return sessionOf(changed);
}

test('a fresh platform asks to be set up, once', async () => {
  assert.equal((await call('GET', '/api/setup')).json().needed, true);
  const faulty = { ...input, administrators: { ...administrators, audit: administrators.system } };
  assert.equal((await call('POST', '/api/setup', {}, faulty)).statusCode, 400);
  assert.equal((await call('POST', '/api/setup', {}, input)).statusCode, 204);
  const after = (await call('GET', '/api/setup')).json();
  assert.deepEqual([after.needed, after.installation, after.divisions], [false, '统安·广西', []]);
  const again = await call('POST', '/api/setup', {}, input);
  assert.deepEqual([again.statusCode, again.json().reason], [409, 'setup.done']);
});

test('the session cookie is for this site only and out of reach of scripts', async () => {
  const { login, password } = administrators.audit;
  const response = await call('POST', '/api/session', {}, { account: login, password });
  const cookie = response.cookies.find(({ name }) => name === 'tongan_session');
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.path, cookie?.maxAge], [true, 'Strict', '/', 43_200]);
  assert.equal(response.json().mustChangePassword, true);
  assert.equal(response.headers['cache-control'], 'no-store');
});

test('without a session, with another token or after sign-out nothing is answered', async () => {
  const session = await enter('system');
  assert.equal((await call('GET', '/api/users')).statusCode, 401);
  assert.equal((await call('GET', '/api/users', session)).statusCode, 200);
  const body = { login: 'new.person', name: '新人', centreId: '00000000-0000-7000-8000-000000000000' };
  const forged = await call('POST', '/api/users', { cookie: session.cookie }, body);
  assert.deepEqual([forged.statusCode, forged.json().reason], [403, 'csrf.missing']);
  assert.equal((await call('POST', '/api/users', session, body)).statusCode, 400);
  assert.equal((await call('DELETE', '/api/session', session)).statusCode, 204);
  assert.equal((await call('GET', '/api/session', session)).statusCode, 401);
});

test('one administrator opens the account, another gives it a role, the person gets what the role has', async () => {
  const { login } = administrators.system;
  const password = `${administrators.system.password} renewed`;
  const system = sessionOf(await call('POST', '/api/session', {}, { account: login, password }));
  const security = await enter('security');
  const centres = (await call('GET', '/api/centres', system)).json();
  const created = await call('POST', '/api/users', system, {
    login: 'Analyst.One',
    name: '分析员',
    centreId: centres.items[0].id,
  });
  assert.equal(created.statusCode, 200, created.body);
  const { user, password: first } = created.json();
  assert.deepEqual([user.account, user.roles, user.mustChangePassword], ['analyst.one', [], true]);
  const url = `/api/users/${user.id}/roles`;
  assert.equal((await call('POST', url, system, { roles: ['analyst'] })).statusCode, 403);
  assert.equal((await call('POST', url, security, { roles: ['analyst'] })).statusCode, 200);
  const entered = sessionOf(await call('POST', '/api/session', {}, { account: 'analyst.one', password: first }));
  assert.equal((await call('GET', '/api/units', entered)).statusCode, 403);
  const renewed = { current: first, next: 'my own long phrase' };
  const session = sessionOf(await call('POST', '/api/session/password', entered, renewed));
  assert.equal((await call('GET', '/api/units', session)).statusCode, 200);
  assert.equal((await call('GET', '/api/users', session)).statusCode, 403);
  const token = await call('POST', '/api/tokens', security, {
    name: '导出',
    accountId: user.id,
    permissions: ['unit.read'],
    days: 7,
  });
  const bearer = { authorization: `Bearer ${token.json().token}` };
  const byToken = await running.app.server.inject({ url: '/api/units', headers: bearer });
  assert.equal(byToken.statusCode, 200, byToken.body);
  const beyond = await running.app.server.inject({ url: '/api/alerts', headers: bearer });
  assert.equal(beyond.statusCode, 403);
});

test('the system page shows settings without their secrets', async () => {
  const { login, password } = administrators.system;
  const session = sessionOf(
    await call('POST', '/api/session', {}, { account: login, password: `${password} renewed` }),
  );
  const state = (await call('GET', '/api/system', session)).json();
  assert.equal(state.installation, '统安·广西');
  assert.ok(state.records.bytes > 0);
  const idle = state.settings.find((setting: { name: string }) => setting.name === 'session.idleMinutes');
  assert.deepEqual([idle.value, idle.variable], ['30', 'TONGAN_SESSION_IDLE_MINUTES']);
});

test('the answer to a failed sign-in is a problem with a reason and nothing else', async () => {
  const response = await call('POST', '/api/session', {}, { account: 'nobody', password: 'nothing' });
  assert.equal(response.statusCode, 401);
  assert.equal(response.json().reason, 'session.refused');
  assert.equal(response.cookies.length, 0);
  assert.equal((await call('POST', '/api/session', {}, { account: 'x'.repeat(200), password: '' })).statusCode, 400);
});
