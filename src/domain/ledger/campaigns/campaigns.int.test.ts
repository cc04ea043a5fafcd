import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '#platform/context.ts';
import { callAs, serveRoutes } from '../../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { loadAssetIndex } from '../enrich/load.ts';
import { applyRules } from '../gaps/rules.ts';
import { ledgerSlice } from '../index.ts';
import { observe } from '../observations/observe.ts';
import { observeRecords } from '../observations/records.ts';
import { assetsById } from '../resolve.ts';
import { noteScanned } from '../store.ts';
import { remindDue } from './actions.ts';

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
  for (const role of ['director', 'dispatcher'])
    people.set(`city ${role}`, site.as({ roles: [role], path: '/450000/450100/', name: '市中心' }));
  people.set('director', site.as({ roles: ['director'], path: '/450000/', name: '主任' }));
  people.set('other director', site.as({ roles: ['director'], path: '/450000/450300/', name: '桂林主任' }));
  server = await serveRoutes(site, ledgerSlice.routes ?? [], people);
});
after(async () => {
  await server.close();
  await site.close();
});

const call = (who: string, method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) =>
  callAs(server, who, method, encodeURI(url), payload);

async function made(who: string, facts: object): Promise<string> {
  const { status, body } = await call(who, 'POST', '/api/assets', facts);
  assert.equal(status, 200, JSON.stringify(body));
  return body.id;
}

const assetOf = async (id: string, who = 'dispatcher') => (await call(who, 'GET', `/api/assets/${id}`)).body;
const roles = (body: { items: { role: string; holder: string; state: string; from: { name: string } | null }[] }) =>
  body.items.map(({ role, holder, state, from }) => [role, holder, state, from?.name ?? '']);

test('responsibility passes from system to host to service and from a segment to its addresses, shown as inherited', async () => {
  const system = await made('officer', {
    class: 'system',
    name: '社保系统',
    supervisedBy: '区人社厅',
    usedBy: '市人社局',
  });
  const host = await made('officer', { class: 'host', name: '社保主机', addresses: ['10.1.2.3'] });
  const service = await made('officer', { class: 'service', name: '社保服务', operatedBy: '运维公司' });
  await call('officer', 'POST', '/api/assets/relations', { fromId: system, toId: host, kind: 'runs_on' });
  await call('officer', 'POST', '/api/assets/relations', { fromId: host, toId: service, kind: 'offers' });
  assert.deepEqual(roles((await call('officer', 'GET', `/api/assets/${service}/duties`)).body), [
    ['supervised', '区人社厅', 'confirmed', '社保系统'],
    ['operated', '运维公司', 'confirmed', ''],
    ['used', '市人社局', 'confirmed', '社保系统'],
  ]);
  await made('officer', { class: 'segment', name: '办公网段', segments: ['10.5.0.0/16'], operatedBy: '信息中心' });
  const pc = await made('officer', { class: 'endpoint', name: '办公终端', addresses: ['10.5.7.8'] });
  assert.deepEqual(roles((await call('officer', 'GET', `/api/assets/${pc}/duties`)).body), [
    ['operated', '信息中心', 'confirmed', '办公网段'],
  ]);
  await applyRules(site.system, {});
  assert.equal((await assetOf(host)).duty, 'inherited');
});

test('a duty has period and basis, is disputed by its unit, and expires by itself', async () => {
  const id = await made('officer', { class: 'host', name: '期限主机', operatedBy: '甲公司' });
  const duty = {
    role: 'operated',
    holder: '乙公司',
    person: '王五',
    fromOn: '2026-03-01',
    untilOn: '2026-03-05',
    basis: '合同 2026-1',
  };
  assert.equal(
    (await call('officer', 'PUT', `/api/assets/${id}/duties`, { ...duty, untilOn: '2026-02-01' })).status,
    400,
  );
  assert.equal((await call('officer', 'PUT', `/api/assets/${id}/duties`, duty)).status, 200);
  const { body } = await call('officer', 'GET', `/api/assets/${id}/duties`);
  assert.deepEqual(
    [body.items[0].holder, body.items[0].basis, body.past[0].holder],
    ['乙公司', '合同 2026-1', '甲公司'],
  );
  assert.equal((await assetOf(id)).operatedBy, '乙公司');
  const decide = (answer: string, note = '') =>
    call('officer', 'POST', `/api/assets/duties/${body.items[0].id}/decide`, { answer, note });
  assert.equal((await decide('dispute')).status, 400);
  assert.equal((await decide('dispute', '已由丙公司接手')).status, 200);
  assert.equal((await assetOf(id)).duty, 'disputed');
  assert.equal((await decide('confirm')).status, 200);
  site.clock.advanceMs(10 * DAY_MS);
  await applyRules(site.system, {});
  assert.equal((await assetOf(id)).duty, 'expired');
  assert.equal((await call('dispatcher', 'GET', '/api/assets?gap=no_holder&text=期限')).body.total, 1);
});

test('when a person leaves, everything they held is listed and handed over, once', async () => {
  const ids = [];
  for (const name of ['甲机', '乙机']) {
    ids.push(await made('officer', { class: 'host', name, responsiblePerson: '离职人', usedBy: '本局' }));
  }
  const { body: persons } = await call('officer', 'GET', '/api/assets/persons');
  assert.ok(
    persons.items.some((one: { person: string; assets: number }) => one.person === '离职人' && one.assets === 2),
  );
  assert.equal((await call('officer', 'GET', '/api/assets?person=离职人')).body.total, 2);
  const handover = { from: '离职人', to: '接任人', assetIds: ids, reason: '调离' };
  assert.equal((await call('stranger', 'POST', '/api/assets/handover', handover)).status, 409);
  assert.deepEqual((await call('officer', 'POST', '/api/assets/handover', handover)).body, { handed: 2 });
  assert.equal((await call('officer', 'POST', '/api/assets/handover', handover)).status, 409);
  assert.equal((await call('officer', 'GET', `/api/assets/${ids[0]}/duties`)).body.items[0].person, '接任人');
});

test('a campaign asks each unit for its list, and confirms, rejects, reminds and ends', async () => {
  const claim = await made('dispatcher', { class: 'host', name: '待确认一', unitPath: nanningPath });
  const reject = await made('dispatcher', { class: 'host', name: '待确认二', unitPath: nanningPath, usedBy: '某局' });
  const start = { title: '三月台账确认', dueOn: '2026-03-31', gap: 'unclaimed' };
  assert.equal((await call('officer', 'POST', '/api/campaigns', start)).status, 403);
  assert.equal((await call('dispatcher', 'POST', '/api/campaigns', { ...start, dueOn: '2026-01-01' })).status, 400);
  const { body: campaign } = await call('dispatcher', 'POST', '/api/campaigns', start);
  const url = `/api/campaigns/${campaign.id}`;
  const { body: asked } = await call('officer', 'GET', '/api/campaigns/asked');
  assert.deepEqual([asked.items.length, asked.items[0].assets], [1, 2]);
  assert.equal((await call('stranger', 'GET', '/api/campaigns/asked')).body.items.length, 0);
  assert.equal(
    (await call('stranger', 'POST', `${url}/answer`, { assetIds: [claim], answer: 'confirmed' })).status,
    404,
  );
  const answer = (assetIds: string[], given: string, note = '') =>
    call('officer', 'POST', `${url}/answer`, { assetIds, answer: given, note });
  assert.equal((await answer([claim], 'confirmed')).status, 200);
  assert.equal((await call('officer', 'POST', `${url}/finish`)).status, 409);
  assert.equal((await answer([reject], 'rejected')).status, 400);
  assert.equal((await answer([reject], 'rejected', '属柳州')).status, 200);
  assert.equal((await assetOf(claim)).state, 'confirmed');
  const rejected = await assetOf(reject);
  assert.deepEqual([rejected.state, rejected.duty], ['to_claim', 'disputed']);
  assert.equal((await call('dispatcher', 'POST', `${url}/remind`)).body.units, 1);
  assert.equal((await call('officer', 'POST', `${url}/finish`)).status, 200);
  const { body: seen } = await call('dispatcher', 'GET', url);
  assert.deepEqual(seen.progress, { units: 1, unitsDone: 1, assets: 2, confirmed: 1, rejected: 1 });
  assert.equal(seen.unitsAsked[0].reminders, 1);
  site.clock.advanceMs(25 * DAY_MS);
  await remindDue(site.system);
  assert.equal((await call('dispatcher', 'POST', `${url}/close`)).status, 200);
  assert.equal((await answer([claim], 'confirmed')).status, 200);
});

test('directors see how far the units below them are, whoever asked, and change nothing; nor does a centre below the one that asked', async () => {
  for (const [name, unitPath] of [
    ['看板一', nanningPath],
    ['看板二', liuzhouPath],
  ] as const)
    await made('dispatcher', { class: 'host', name, unitPath, usedBy: '某局' });
  const start = { title: '四月台账确认', dueOn: '2026-12-31', gap: 'unclaimed' };
  const { body: campaign } = await call('dispatcher', 'POST', '/api/campaigns', start);
  const url = `/api/campaigns/${campaign.id}`;
  const seen = async (who: string) => {
    const { body: list } = await call(who, 'GET', '/api/campaigns');
    const { status, body } = await call(who, 'GET', url);
    const units = status === 200 ? body.unitsAsked.map(({ unit }: { unit: { path: string } }) => unit.path) : [];
    const listed = list.items.find(({ id }: { id: string }) => id === campaign.id);
    return [listed?.progress.units ?? 0, units];
  };
  assert.deepEqual(await seen('director'), [2, [nanningPath, liuzhouPath]]);
  assert.deepEqual(await seen('city director'), [1, [nanningPath]]);
  assert.deepEqual(await seen('other director'), [0, []]);
  assert.equal((await call('officer', 'GET', '/api/campaigns')).status, 403);
  for (const who of ['director', 'city director']) {
    assert.equal((await call(who, 'POST', '/api/campaigns', start)).status, 403);
    for (const verb of ['remind', 'close']) assert.equal((await call(who, 'POST', `${url}/${verb}`)).status, 403);
  }
  assert.equal((await call('city dispatcher', 'POST', `${url}/remind`)).status, 404);
  assert.equal((await call('city dispatcher', 'POST', `${url}/close`)).status, 409);
  const { body: after } = await call('dispatcher', 'GET', url);
  assert.deepEqual([after.state, after.unitsAsked[0].reminders], ['running', 0]);
});

test('gaps are counted and listed by the same condition, marks come and go by rules', async () => {
  await made('officer', {
    class: 'system',
    name: '逾期系统',
    protectionLevel: 3,
    attributes: { nextAssessmentOn: '2026-01-01' },
  });
  await made('officer', { class: 'certificate', name: '临期证书', attributes: { validUntil: '2026-04-20' } });
  await made('officer', { class: 'site', name: '双非站点', domains: ['demo.example.com'], addresses: ['203.0.113.9'] });
  await applyRules(site.system, {});
  const { body } = await call('dispatcher', 'GET', '/api/assets/gaps');
  for (const { gap, hint, request } of body.items) {
    for (const language of ['zh', 'en']) {
      assert.match(request[language], language === 'zh' ? /。$/ : /\.$/, `${gap}: a sentence that asks`);
      assert.notEqual(request[language], hint[language], gap);
    }
  }
  for (const { gap, assets } of body.items as { gap: string; assets: number }[]) {
    assert.equal((await call('dispatcher', 'GET', `/api/assets?gap=${gap}`)).body.total, assets, gap);
  }
  const of = (gap: string) => body.items.find((one: { gap: string }) => one.gap === gap).assets;
  assert.deepEqual([of('assessment_overdue'), of('certificate'), of('outside')], [1, 1, 1]);
  const host = await made('officer', { class: 'host', name: '在线主机', hosts: ['live-01'], addresses: ['10.8.0.1'] });
  const lacks = async (gap: string) =>
    (await call('dispatcher', 'GET', `/api/assets?gap=${gap}&text=在线主机`)).body.total === 1;
  assert.deepEqual([await lacks('silent'), await lacks('unscanned')], [true, true]);
  await observeRecords(site.system, [host]);
  const seenAt = site.clock.now();
  const inLogs = async (nativeKey: string, facts: { hostNames?: string[]; addresses?: string[] }) => {
    const event = { source: 'telemetry', class: 'host', unitPath: nanningPath, seenAt } as const;
    const [place] = await observe(site.system, [{ ...event, nativeKey, facts }]);
    return place?.assetId;
  };
  // As in the line of somebody else's firewall: it says that the host is there, not that it sends anything.
  assert.equal(await inLogs('address/10.8.0.1', { addresses: ['10.8.0.1'] }), host);
  assert.ok(await lacks('silent'));
  assert.equal(await inLogs('host/live-01', { hostNames: ['live-01'] }), host);
  await site.system.transaction((tx) => noteScanned(tx, [host], seenAt));
  assert.deepEqual([await lacks('silent'), await lacks('unscanned')], [false, false]);
  site.clock.advanceMs(31 * DAY_MS);
  assert.deepEqual([await lacks('silent'), await lacks('unscanned')], [true, false]);
  site.clock.advanceMs(170 * DAY_MS);
  assert.ok(await lacks('unscanned'));
  await applyRules(site.system, {});
  const { body: later } = await call('dispatcher', 'GET', '/api/assets?mark=zombie');
  assert.ok(later.total > 0);
});

test('facets add up to the list, name a value under its own filter, and hold after every change', async () => {
  const { body: all } = await call('dispatcher', 'GET', '/api/assets');
  const facet = async (query: string, name: string) => {
    const { body } = await call('dispatcher', 'GET', `/api/assets/facets${query}`);
    return body.facets.find((one: { facet: string }) => one.facet === name).values as {
      value: string;
      count: number;
    }[];
  };
  const total = (values: { count: number }[]) => values.reduce((sum, { count }) => sum + count, 0);
  assert.equal(total(await facet('', 'class')), all.all);
  const hosts = (await call('dispatcher', 'GET', '/api/assets?class=host')).body;
  assert.equal((await facet('?class=host', 'class')).find(({ value }) => value === 'host')?.count, hosts.all);
  assert.equal(total(await facet('?class=host', 'state')), hosts.all);
  assert.equal(
    total(await facet('?text=主机', 'class')),
    (await call('dispatcher', 'GET', '/api/assets?text=主机')).body.total,
  );
  assert.equal((await call('dispatcher', 'GET', '/api/assets?text=sbzj')).body.items[0].name, '社保主机');
  assert.equal((await call('officer', 'GET', '/api/assets?text=10.1.2.')).body.total, 1);
  assert.equal((await call('stranger', 'GET', '/api/assets?text=社保')).body.total, 0);
});

test('the cursor walks through the whole list, each asset once', async () => {
  const seen = new Set<string>();
  let url = '/api/assets?pageSize=3';
  for (let step = 0; step < 50; step += 1) {
    const { body } = await call('dispatcher', 'GET', url);
    for (const { id } of body.items) seen.add(id);
    if (body.next === null) break;
    url = `/api/assets?pageSize=3&after=${body.next}`;
  }
  assert.equal(seen.size, (await call('dispatcher', 'GET', '/api/assets')).body.all);
  assert.equal((await call('dispatcher', 'GET', '/api/assets?after=x')).status, 400);
});

test('an asset of two systems has the holders of both, and the weightier system and its holders are the main ones', async () => {
  const system = (name: string, more: object) => made('officer', { class: 'system', name, ...more });
  const small = await system('小系统', { protectionLevel: 2, operatedBy: '甲公司', usedBy: '市人社局' });
  const large = await system('大系统', { protectionLevel: 3, operatedBy: '乙公司', usedBy: '市人社局' });
  const host = await made('officer', { class: 'host', name: '共用主机', addresses: ['10.1.2.9'] });
  const service = await made('officer', { class: 'service', name: '共用服务' });
  for (const fromId of [small, large]) {
    await call('officer', 'POST', '/api/assets/relations', { fromId, toId: host, kind: 'runs_on' });
  }
  await call('officer', 'POST', '/api/assets/relations', { fromId: host, toId: service, kind: 'offers' });
  for (const id of [host, service]) {
    const { body } = await call('officer', 'GET', `/api/assets/${id}/duties`);
    assert.deepEqual(
      body.items.map((duty: { role: string; holder: string; main: boolean; from: { name: string } }) => [
        duty.role,
        duty.holder,
        duty.main,
        duty.from.name,
      ]),
      [
        ['operated', '乙公司', true, '大系统'],
        ['operated', '甲公司', false, '小系统'],
        ['used', '市人社局', true, '大系统'],
      ],
    );
    assert.deepEqual(
      body.systems.map(({ id: one, name }: { id: string; name: string }) => [one, name]),
      [
        [large, '大系统'],
        [small, '小系统'],
      ],
    );
  }
  const index = await loadAssetIndex(site.system);
  const at = index.find({ host: '', address: '10.1.2.9', domain: '', unitPath: '/', atMs: 0 });
  assert.equal(index.asset(index.systemOf(at)).name, '大系统');
  assert.equal(index.asset(at).operatedBy, '乙公司');
  const [summary] = (await site.system.read((db) => assetsById(db, [service]))).values();
  assert.deepEqual([summary?.protectionLevel, summary?.operatedBy], [3, '乙公司']);
});
