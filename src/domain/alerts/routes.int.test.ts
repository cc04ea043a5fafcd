import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '#platform/context.ts';
import { detectionMaker, NANNING_UNIT } from '../../../test/support/detections.ts';
import { callAs, serveRoutes } from '../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { alertsSlice } from './index.ts';
import { raiseDetections } from './raise.ts';

let site: TestPlatform;
let server: FastifyInstance;
let alerts: readonly string[];
const people = new Map<string, Ctx>();
const { aDetection } = detectionMaker('http');

before(async () => {
  site = await openTestPlatform();
  people.set('analyst', site.as({ roles: ['analyst'], path: '/450000/', name: '分析员' }));
  people.set('viewer', site.as({ roles: ['authority_viewer'], path: '/450000/' }));
  people.set('liuzhou', site.as({ roles: ['analyst'], path: '/450000/450200/' }));
  people.set('officer', site.as({ roles: ['unit_officer'], path: NANNING_UNIT }));
  const batch = [1, 2, 3].map((rule) => aDetection({ ruleId: `rule-${rule}` }));
  alerts = (await site.system.transaction((tx) => raiseDetections(tx, batch, 'b'))).raised;
  server = await serveRoutes(site, alertsSlice.routes ?? [], people);
});
after(async () => {
  await server.close();
  await site.close();
});

const call = (who: string, method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
  callAs(server, who, method, url, payload);

const [first, second] = [() => alerts[0] ?? '', () => alerts[1] ?? ''];
const READING = ['', '/counts', () => `/${first()}`, () => `/${first()}/related`] as const;
const urlOf = (part: (typeof READING)[number]) => `/api/alerts${typeof part === 'string' ? part : part()}`;

test('every reading answers in the form it promises, and only to who may read', async () => {
  for (const part of READING) {
    assert.equal((await call('analyst', 'GET', urlOf(part))).status, 200, urlOf(part));
    assert.equal((await call('viewer', 'GET', urlOf(part))).status, 200, urlOf(part));
    assert.equal((await call('officer', 'GET', urlOf(part))).status, 403, urlOf(part));
    assert.equal((await call('nobody', 'GET', urlOf(part))).status, 401, urlOf(part));
  }
  const { body } = await call('analyst', 'GET', '/api/alerts?pageSize=2');
  assert.equal(body.total, 3);
  assert.equal(body.items.length, 2);
});

test('an alert of another city is not found, and a wrong question says what is wrong', async () => {
  assert.equal((await call('liuzhou', 'GET', `/api/alerts/${first()}`)).status, 404);
  assert.equal((await call('liuzhou', 'GET', `/api/alerts/${first()}/related`)).status, 404);
  assert.equal((await call('analyst', 'GET', '/api/alerts/none')).status, 400);
  const { status, body } = await call('analyst', 'GET', '/api/alerts?level=loud');
  assert.equal(status, 400);
  assert.equal(body.code, 'invalid_input');
});

test('triage over HTTP: take up, assign, comment, close; a second closing is a conflict', async () => {
  const url = `/api/alerts/${first()}`;
  assert.equal((await call('viewer', 'POST', `${url}/acknowledge`)).status, 403);
  assert.equal((await call('analyst', 'POST', `${url}/acknowledge`)).status, 200);
  assert.equal((await call('analyst', 'GET', `${url}/assignees`)).status, 200);
  assert.equal((await call('analyst', 'POST', `${url}/assign`, { assigneeId: 'me' })).status, 200);
  assert.equal((await call('analyst', 'POST', `${url}/assign`, { assigneeId: 'stranger' })).status, 404);
  assert.equal((await call('analyst', 'POST', `${url}/comment`, { text: '已核实' })).status, 200);
  assert.equal((await call('analyst', 'POST', `${url}/reveal`, { reason: '核对' })).body.masked, false);
  const verdict = { verdict: 'true', reason: '确认' };
  assert.equal((await call('analyst', 'POST', `${url}/close`, { verdict: 'maybe', reason: 'x' })).status, 400);
  assert.equal((await call('analyst', 'POST', `${url}/close`, verdict)).status, 200);
  const again = await call('analyst', 'POST', `${url}/close`, verdict);
  assert.equal(again.status, 409);
  assert.equal(again.body.reason, 'alert.close.closed');
});

test('a bulk close does what it can and names what it could not', async () => {
  const body = { action: 'close', ids: [first(), second()], verdict: 'false', reason: '规则误判' };
  const answer = await call('analyst', 'POST', '/api/alerts/bulk', body);
  assert.deepEqual(answer.body.done, [second()]);
  assert.deepEqual(
    answer.body.failed.map((one: { id: string; reason: string }) => [one.id, one.reason]),
    [[first(), 'alert.close.closed']],
  );
  assert.equal((await call('viewer', 'POST', '/api/alerts/bulk', body)).status, 403);
});

test('a suppression is made, listed and ended', async () => {
  const expiresAt = new Date(site.clock.now().getTime() + 86_400_000).toISOString();
  const made = await call('analyst', 'POST', '/api/suppressions', { ruleId: 'rule-9', reason: '授权测试', expiresAt });
  assert.equal(made.status, 200);
  const listed = await call('viewer', 'GET', '/api/suppressions?state=live');
  assert.equal(listed.body.items[0].id, made.body.id);
  assert.equal((await call('viewer', 'DELETE', `/api/suppressions/${made.body.id}`)).status, 403);
  assert.equal((await call('analyst', 'DELETE', `/api/suppressions/${made.body.id}`)).status, 200);
  assert.equal((await call('analyst', 'GET', '/api/suppressions?state=live')).body.total, 0);
});

test('a proposal names the related alerts that are not chosen yet', async () => {
  await call('analyst', 'POST', `/api/alerts/${second()}/reopen`, { reason: '重新研判' });
  const { status, body } = await call('analyst', 'POST', '/api/alerts/proposal', { alertIds: [second()] });
  assert.equal(status, 200);
  assert.deepEqual(body.together, [alerts[2]]);
  assert.equal((await call('officer', 'POST', '/api/alerts/proposal', { alertIds: [second()] })).status, 403);
});
