import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { openIncident } from '#domain/incidents/index.ts';
import { createAsset, ledgerSlice, observe } from '#domain/ledger/index.ts';
import { mergeAssets } from '#domain/ledger/resolution/actions.ts';
import { draftOrder, ordersSlice } from '#domain/orders/index.ts';
import { deliverOrder } from '#domain/orders/jobs.ts';
import { MOVES } from '#domain/orders/moves.ts';
import { runImport } from '#domain/vulnerabilities/import/actions.ts';
import { applyImport, ImportOptions, uploadReport, vulnerabilitiesSlice } from '#domain/vulnerabilities/index.ts';
import { orderOverdue } from '#domain/vulnerabilities/overdue.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import type { Ctx } from '#platform/context.ts';
import { raiseAlert } from '../../../test/support/alerts.ts';
import { callAs, serveRoutes } from '../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../test/support/units.ts';
import { dossierSlice } from './index.ts';

/** The first host that `raiseAlert` speaks of. */
const HOST = 'web-1';
const SHEET = `主机,端口,漏洞名称,风险等级,CVE编号
10.8.1.1,443,心脏滴血,高危,CVE-2014-0160
10.8.1.1,22,弱口令,中危,
10.8.1.1,8443,过期证书,低危,
`;

let site: TestPlatform;
let server: FastifyInstance;
let unit: TestUnit;
let officer: Ctx;
let dispatcher: Ctx;
let asset: string;
let handling: { readonly id: string };
const people = new Map<string, Ctx>();

before(async () => {
  const jobs = [ledgerSlice, ordersSlice, vulnerabilitiesSlice].flatMap((slice) => slice.jobs ?? []);
  site = await openTestPlatform({ jobs, events: true });
  const [own] = await seedUnits(site, [{ code: 'nn-tax', name: '南宁市税务局', divisionCode: '450100' }]);
  assert.ok(own);
  unit = own;
  officer = site.as({ roles: ['unit_officer'], path: unit.path, name: '安全员' });
  dispatcher = site.as({ roles: ['dispatcher'], path: '/450000/', name: '调度员' });
  people.set('officer', officer);
  people.set('dispatcher', dispatcher);
  people.set('analyst', site.as({ roles: ['analyst'], path: '/450000/', name: '分析员' }));
  people.set('stranger', site.as({ roles: ['unit_officer'], path: '/450000/450200/lz-x/' }));
  server = await serveRoutes(site, [...(dossierSlice.routes ?? []), ...(ledgerSlice.routes ?? [])], people);
  await live();
});
after(async () => {
  await server.close();
  await site.close();
});

/** What a year brings to one asset. */
async function live(): Promise<void> {
  asset = (
    await createAsset(site.system, {
      kind: 'endpoint',
      name: '申报网站',
      hosts: [HOST],
      addresses: ['10.8.1.1'],
      supervisedBy: unit.name,
      unitPath: unit.path,
    })
  ).id;
  site.clock.set(new Date('2026-03-02T03:00:00Z'));
  const alert = await raiseAlert(site, { unitPath: unit.path });
  site.clock.set(new Date('2026-03-02T04:00:00Z'));
  const { id: incidentId } = await openIncident(dispatcher, {
    title: '网站后门',
    unitPath: unit.path,
    alertIds: [alert],
  });
  handling = await draftOrder(dispatcher, {
    unitId: unit.id,
    kind: 'handling',
    grade: 'III',
    title: '关于网站后门的处置单',
    body: '监测到网站目录出现后门文件，请立即核查处置并反馈。',
    advice: '清除后门。',
    evidence: [],
    workingDays: 2,
    incidentId,
  });
  const options = ImportOptions.parse({ scannedAt: site.clock.now().toISOString() });
  const { id } = await uploadReport(officer, '漏扫.csv', Buffer.from(SHEET), options);
  await applyImport(officer, { id });
  await runImport(site.system, id);
  site.clock.set(new Date('2026-06-02T02:00:00Z'));
  assert.equal((await orderOverdue(dispatcher, { assetId: asset })).length, 1);
  const events = [0, 0, 1].map((day, index): SecurityEvent => {
    const timeMs = Date.UTC(2026, 4, 30 + day, 20, index);
    return {
      id: `e-${index}`,
      timeMs,
      receivedAtMs: timeMs,
      source: 'nginx',
      logsource: { product: 'nginx', category: 'webserver', service: 'nginx' },
      unitPath: unit.path,
      fields: {},
      raw: 'GET /',
      problem: '',
    };
  });
  const lines = events.map((one) => `${JSON.stringify({ ...toRow(one), source_id: 's', asset_id: asset })}\n`).join('');
  await site.platform.events.writer.insert('event', Buffer.from(lines), 'dossier-test');
}

interface Entry {
  readonly key: string;
  readonly at: string;
  readonly kind: string;
  readonly what: string;
  readonly count: number;
  readonly note: string;
  readonly object: { readonly kind: string; readonly id: string } | null;
}
const axis = async (who: string, query = '') => {
  const { status, body } = await callAs(server, who, 'GET', `/api/assets/${asset}/timeline?${query}`);
  assert.equal(status, 200);
  return body as { items: Entry[]; next: string | null; kinds: string[]; eventsFrom: string | null };
};

test('one axis holds what every part of the platform knows of an asset, the newest first', async () => {
  const { items, next, eventsFrom } = await axis('dispatcher');
  assert.equal(next, null);
  assert.deepEqual(
    items.map(({ at }) => at),
    items.map(({ at }) => at).toSorted((left, right) => (left < right ? 1 : -1)),
  );
  const told = items.map(({ kind, what }) => `${kind} ${what}`);
  for (const one of [
    'attribute created',
    'duty begun',
    'alert raised',
    'incident opened',
    'order draft',
    'vulnerability found',
  ]) {
    assert.ok(told.includes(one), `${one} is told of`);
  }
  const found = items.find(({ what }) => what === 'found');
  assert.equal(found?.count, 3, 'what one scan found is one entry');
  const orders = items.filter(({ kind, what }) => kind === 'order' && what === 'draft');
  assert.equal(orders.length, 2, 'the order of the incident and that of the vulnerabilities');
  const days = items.filter(({ kind }) => kind === 'event').map(({ note, count }) => [note, count]);
  // 20:00 UTC is the next day in Guangxi.
  assert.deepEqual(days, [
    ['2026-06-01', 1],
    ['2026-05-31', 2],
  ]);
  assert.ok(eventsFrom && eventsFrom < '2026-03-10', 'ninety days were looked at');
});

test('pages of any size put together are the whole axis, without gaps or repetitions', async () => {
  const whole = (await axis('dispatcher')).items.map(({ key }) => key);
  for (const size of [2, 5]) {
    const keys: string[] = [];
    let before = '';
    for (let page = 0; page < 60; page += 1) {
      const { items, next } = await axis('dispatcher', `pageSize=${size}${before}`);
      keys.push(...items.map(({ key }) => key));
      if (next === null) break;
      before = `&before=${next}`;
    }
    assert.deepEqual(keys, whole, `pages of ${size}`);
  }
});

test('kinds can be chosen, and a place that no page gave is refused', async () => {
  const { items } = await axis('dispatcher', 'kinds=alert,incident');
  assert.deepEqual(new Set(items.map(({ kind }) => kind)), new Set(['alert', 'incident']));
  for (const query of [
    'kinds=secrets',
    'before=nowhere',
    `before=${Buffer.from('[9e15,0,""]').toString('base64url')}`,
  ]) {
    const url = `/api/assets/${asset}/timeline?${query}`;
    assert.equal((await callAs(server, 'dispatcher', 'GET', url)).status, 400);
  }
});

test('a unit sees neither alerts, incidents nor drafts of orders of its own asset, a stranger nothing', async () => {
  const { items, kinds } = await axis('officer');
  assert.deepEqual(kinds, ['attribute', 'identity', 'observation', 'duty', 'vulnerability', 'order']);
  assert.deepEqual(
    items.filter(({ kind }) => ['alert', 'incident', 'order', 'event'].includes(kind)),
    [],
  );
  assert.deepEqual((await axis('officer', 'kinds=alert,incident,event')).items, []);
  for (const part of ['timeline', 'standing']) {
    assert.equal((await callAs(server, 'stranger', 'GET', `/api/assets/${asset}/${part}`)).status, 404);
  }
});

test('what is open about an asset: vulnerabilities by grade, orders, alerts; each only for those who may', async () => {
  const { body } = await callAs(server, 'dispatcher', 'GET', `/api/assets/${asset}/standing`);
  assert.deepEqual(
    [body.vulnerabilities.total, body.vulnerabilities.overdue, body.vulnerabilities.orderable],
    [3, 3, 0],
  );
  assert.equal(body.vulnerabilities.worst[0].title, '心脏滴血');
  assert.equal(body.orders.total, 2);
  assert.equal(body.alerts.total, 0, 'the alert is older than thirty days');
  const own = (await callAs(server, 'officer', 'GET', `/api/assets/${asset}/standing`)).body;
  assert.equal(own.alerts, null);
  assert.equal(own.orders.total, 0, 'drafts are the centre’s');
});

test('once it is delivered a unit sees the order that came of an incident, and nothing of the incident itself', async () => {
  const { id } = handling;
  await MOVES.send_for_review.run(dispatcher, { id });
  const director = site.as({ roles: ['director'], path: '/450000/', name: '中心主任' });
  await MOVES.approve.run(director, { id });
  await MOVES.issue.run(director, { id });
  assert.deepEqual((await axis('officer', 'kinds=order')).items, [], 'issued, and still the centre’s own');
  await deliverOrder(site.system, id);
  const { items, kinds } = await axis('officer');
  assert.ok(!kinds.includes('incident') && !kinds.includes('alert'));
  const told = new Set(items.filter(({ kind }) => kind === 'order').map(({ object }) => object?.id));
  assert.deepEqual([...told], [id]);
  const { body } = await callAs(server, 'officer', 'GET', `/api/assets/${asset}/standing`);
  assert.deepEqual(
    body.orders.items.map((order: { id: string }) => order.id),
    [id],
  );
});

test('what sources saw is told of by its source, and a merge by the other asset', async () => {
  const seenAt = site.clock.now();
  const seen = (nativeKey: string, agentId: string) =>
    ({ source: 'agents', nativeKey, class: 'host', unitPath: unit.path, seenAt, facts: { agentId } }) as const;
  const [kept, other] = await observe(site.system, [seen('agent-7', '4711'), seen('agent-8', '4712')]);
  assert.ok(kept?.assetId && other?.assetId);
  asset = kept.assetId;
  await mergeAssets(officer, { id: asset, otherId: other.assetId, reason: '同一台主机换了主板' });
  const { items } = await axis('officer', 'kinds=observation,identity');
  const told = items.map(({ kind, what, note, object }) => [kind, what, note, object?.kind]);
  assert.deepEqual(told.toSorted(), [
    ['identity', 'merge', '同一台主机换了主板', 'asset'],
    ['observation', 'first_seen', 'agents', 'asset_identity'],
    ['observation', 'first_seen', 'agents', 'asset_identity'],
  ]);
});
