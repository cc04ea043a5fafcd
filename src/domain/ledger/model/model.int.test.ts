import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { workflowFaults } from '#engine/workflow/diagram.ts';
import type { Ctx } from '#platform/context.ts';
import { initialsOf } from '#platform/initials.ts';
import { callAs, serveRoutes } from '../../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { ledgerSlice } from '../index.ts';
import { assetLifecycle } from './lifecycle.ts';
import { termsOf } from './search.ts';

const DAY_MS = 86_400_000;

let site: TestPlatform;
let server: FastifyInstance;
let nanningPath = '';
let liuzhouPath = '';
const people = new Map<string, Ctx>();

before(async () => {
  site = await openTestPlatform({ jobs: ledgerSlice.jobs ?? [] });
  const [nanning, liuzhou] = await seedUnits(site, [
    { code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' },
    { code: 'lz-data', name: '柳州市大数据发展局', divisionCode: '450200' },
  ]);
  assert.ok(nanning && liuzhou);
  nanningPath = nanning.path;
  liuzhouPath = liuzhou.path;
  people.set('officer', site.as({ roles: ['unit_officer'], path: nanning.path, name: '安全员' }));
  people.set('stranger', site.as({ roles: ['unit_officer'], path: liuzhou.path }));
  people.set('dispatcher', site.as({ roles: ['dispatcher'], path: '/450000/', name: '调度员' }));
  people.set('analyst', site.as({ roles: ['analyst'], path: '/450000/' }));
  server = await serveRoutes(site, ledgerSlice.routes ?? [], people);
});
after(async () => {
  await server.close();
  await site.close();
});

const call = (who: string, method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) =>
  callAs(server, who, method, url, payload);

async function made(who: string, facts: object): Promise<string> {
  const { status, body } = await call(who, 'POST', '/api/assets', facts);
  assert.equal(status, 200, JSON.stringify(body));
  return body.id;
}

const today = (): string => new Date(site.clock.now().getTime() + 8 * 3_600_000).toISOString().slice(0, 10);

test('the table of an asset’s life is sound', () => {
  assert.deepEqual(workflowFaults(assetLifecycle), []);
});

test('attributes are checked against the class, each wrong one named with its place', async () => {
  const facts = {
    class: 'system',
    name: '社保系统',
    attributes: { nextAssessmentOn: '2026-02-30', port: 80, users: 12 },
  };
  const { status, body } = await call('officer', 'POST', '/api/assets', facts);
  assert.equal(status, 400);
  assert.deepEqual(
    body.faults.map(({ at }: { at: string }) => at),
    ['/attributes/nextAssessmentOn', '/attributes/port'],
  );
  const id = await made('officer', { ...facts, attributes: { nextAssessmentOn: '2026-05-30', users: 12 } });
  const { body: asset } = await call('officer', 'GET', `/api/assets/${id}`);
  assert.deepEqual([asset.kind, asset.dueOn, asset.state], ['application', '2026-05-30', 'confirmed']);
});

test('every change is kept: the asset of any day, and the difference between two days', async () => {
  const id = await made('officer', { class: 'host', name: '一号主机', attributes: { os: '麒麟 V10' }, hosts: ['h1'] });
  const url = `/api/assets/${id}`;
  const first = today();
  site.clock.advanceMs(2 * DAY_MS);
  const edit = async (facts: object) => {
    const { body: now } = await call('officer', 'GET', url);
    const { class: name, attributes, hosts } = now;
    const all = { class: name, name: now.name, attributes, hosts, ...facts };
    assert.equal((await call('officer', 'PUT', url, { version: now.version, facts: all })).status, 200);
  };
  await edit({ attributes: { os: '麒麟 V11', cpuCores: 8 }, hosts: ['h1', 'h1-new'] });
  const second = today();
  site.clock.advanceMs(DAY_MS);
  await edit({ name: '壹号主机' });
  const { body: then } = await call('officer', 'GET', `${url}/as-of?day=${first}`);
  assert.deepEqual([then.name, then.attributes, then.hosts], ['一号主机', { os: '麒麟 V10' }, ['h1']]);
  const { body: between } = await call('officer', 'GET', `${url}/as-of?day=${second}`);
  assert.deepEqual([between.name, between.attributes.cpuCores], ['一号主机', 8]);
  assert.equal((await call('officer', 'GET', `${url}/as-of?day=2020-01-01`)).status, 400);
  const { body: changes } = await call('officer', 'GET', `${url}/changes`);
  assert.deepEqual(
    changes.items.map(({ version, via }: { version: number; via: string }) => [version, via]),
    [
      [3, 'edited'],
      [2, 'edited'],
      [1, 'created'],
    ],
  );
  const { body: diff } = await call('officer', 'GET', `/api/assets/diff?from=${first}&to=${today()}`);
  assert.deepEqual(diff.counts, { created: 0, changed: 1, gone: 0 });
  assert.deepEqual(diff.items[0].changes.map(({ field }: { field: string }) => field).sort(), [
    'attributes.cpuCores',
    'attributes.os',
    'hosts',
    'name',
  ]);
  assert.equal((await call('stranger', 'GET', `/api/assets/diff?from=${first}&to=${today()}`)).body.total, 0);
});

test('an asset goes its way: what the centre enters the unit claims, rejects with a reason, or gets assigned', async () => {
  const id = await made('dispatcher', {
    class: 'host',
    name: '无主主机',
    unitPath: nanningPath,
    addresses: ['10.9.9.9'],
  });
  const move = (who: string, name: string, body: object = {}) =>
    call(who, 'POST', `/api/assets/${id}/moves/${name}`, body);
  const { body: asset } = await call('officer', 'GET', `/api/assets/${id}`);
  assert.equal(asset.state, 'to_claim');
  assert.deepEqual(
    asset.moves.map(({ move: name }: { move: string }) => name),
    ['claim', 'reject'],
  );
  assert.equal((await move('dispatcher', 'claim')).status, 403);
  assert.equal((await move('officer', 'assign')).status, 403);
  assert.equal((await move('officer', 'reject')).status, 400);
  assert.equal((await move('officer', 'reject', { reason: '是柳州的' })).status, 200);
  assert.equal((await move('dispatcher', 'assign', { unitPath: '/450000/' })).status, 400);
  assert.equal((await move('dispatcher', 'assign', { unitPath: liuzhouPath })).status, 200);
  assert.equal((await call('officer', 'GET', `/api/assets/${id}`)).status, 404);
  assert.equal((await move('stranger', 'claim')).status, 200);
  assert.equal((await move('stranger', 'claim')).status, 409);
  const { body: claimed } = await call('stranger', 'GET', `/api/assets/${id}`);
  assert.equal(claimed.state, 'confirmed');
  assert.equal((await call('stranger', 'GET', '/api/assets?text=10.9.9.9')).body.total, 1);
});

test('what the centre changes about a confirmed asset, the unit confirms', async () => {
  const id = await made('officer', { class: 'endpoint', name: '终端' });
  const { body: asset } = await call('dispatcher', 'GET', `/api/assets/${id}`);
  const facts = { class: 'endpoint', name: '终端甲' };
  assert.equal((await call('dispatcher', 'PUT', `/api/assets/${id}`, { version: asset.version, facts })).status, 200);
  const { body: changed } = await call('officer', 'GET', `/api/assets/${id}`);
  assert.deepEqual([changed.state, changed.moves[0].move], ['changed', 'confirm']);
});

test('relations are seen from both ends, stay inside what each may see, and end without a trace being lost', async () => {
  const system = await made('officer', { class: 'system', name: '业务系统' });
  const host = await made('officer', { class: 'host', name: '业务主机' });
  const relation = { fromId: system, toId: host, kind: 'runs_on' };
  const { body: related } = await call('officer', 'POST', '/api/assets/relations', relation);
  assert.equal((await call('officer', 'POST', '/api/assets/relations', relation)).status, 409);
  assert.equal((await call('stranger', 'POST', '/api/assets/relations', relation)).status, 404);
  const { body: graph } = await call('officer', 'GET', `/api/assets/${host}/graph`);
  assert.deepEqual([graph.nodes.length, graph.edges[0].kind], [2, 'runs_on']);
  assert.equal((await call('stranger', 'GET', `/api/assets/${host}/graph`)).status, 404);
  assert.equal((await call('officer', 'POST', `/api/assets/relations/${related.id}/end`)).status, 200);
  assert.equal((await call('officer', 'GET', `/api/assets/${host}/graph`)).body.edges.length, 0);
});

test('a field that the centre adds is asked of every unit below it and kept when it is retired', async () => {
  const field = {
    key: 'x_rack',
    zh: '机柜号',
    en: 'Rack',
    type: 'choice',
    choices: ['A1', 'B2'],
    classes: ['host'],
    required: true,
  };
  const { body: added } = await call('dispatcher', 'POST', '/api/assets/fields', field);
  assert.equal((await call('dispatcher', 'POST', '/api/assets/fields', field)).status, 409);
  assert.equal((await call('officer', 'POST', '/api/assets/fields', { ...field, key: 'x_other' })).status, 403);
  const { body: model } = await call('officer', 'GET', '/api/assets/model');
  const host = model.classes.find((one: { class: string }) => one.class === 'host');
  assert.ok(host.attributes.some((one: { key: string; own: boolean }) => one.key === 'x_rack' && one.own));
  const missing = await call('officer', 'POST', '/api/assets', { class: 'host', name: '机柜里的主机' });
  assert.deepEqual([missing.status, missing.body.faults[0].at], [400, '/attributes/x_rack']);
  const id = await made('officer', { class: 'host', name: '机柜里的主机', attributes: { x_rack: 'A1' } });
  assert.equal((await call('dispatcher', 'POST', `/api/assets/fields/${added.id}/retire`)).status, 200);
  assert.equal((await call('officer', 'GET', `/api/assets/${id}`)).body.attributes.x_rack, 'A1');
});

test('names are found by pairs of characters and by the first letters of their pinyin', () => {
  assert.equal(initialsOf('南宁人社门户2'), 'nnrsmh2');
  assert.ok(['门户', 'mh', 'nn'].every((term) => termsOf('南宁人社门户').includes(term)));
});
