import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '#platform/context.ts';
import { callAs, serveRoutes } from '../../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { ledgerSlice } from '../index.ts';
import type { ObservationInput } from '../observations/observation.ts';
import { observe } from '../observations/observe.ts';
import { observeRecords } from '../observations/records.ts';

const HOUR_MS = 3_600_000;

let site: TestPlatform;
let server: FastifyInstance;
let [nanningPath, liuzhouPath] = ['', ''];

before(async () => {
  site = await openTestPlatform({ jobs: ledgerSlice.jobs ?? [] });
  const [nanning, liuzhou] = await seedUnits(site, [
    { code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' },
    { code: 'lz-data', name: '柳州市大数据发展局', divisionCode: '450200' },
  ]);
  assert.ok(nanning && liuzhou);
  [nanningPath, liuzhouPath] = [nanning.path, liuzhou.path];
  const people = new Map<string, Ctx>([
    ['officer', site.as({ roles: ['unit_officer'], path: nanning.path })],
    ['dispatcher', site.as({ roles: ['dispatcher'], path: '/450000/' })],
  ]);
  server = await serveRoutes(site, ledgerSlice.routes ?? [], people);
});
after(async () => {
  await server.close();
  await site.close();
});

const call = (who: string, method: 'GET' | 'POST', url: string, payload?: object) =>
  callAs(server, who, method, encodeURI(url), payload);

const counted = async (who: string, unit: string): Promise<number> =>
  (await call(who, 'GET', `/api/assets/gaps?unit=${unit}`)).body.unresolved.observations;

test('what logs and scans name and no asset is, is counted, listed and asked about by unit, until somebody enters it', async () => {
  const seen = (
    source: string,
    nativeKey: string,
    more: Pick<ObservationInput, 'class' | 'facts'>,
  ): ObservationInput => ({
    source,
    nativeKey,
    unitPath: nanningPath,
    firstSeenAt: new Date(site.clock.now().getTime() - HOUR_MS),
    seenAt: site.clock.now(),
    ...more,
  });
  await observe(site.system, [
    seen('telemetry', 'address/10.66.1.1', { class: 'host', facts: { addresses: ['10.66.1.1'] } }),
    seen('telemetry', 'site/oa.example.gov.cn', { class: 'site', facts: { designation: 'oa.example.gov.cn' } }),
    seen('telemetry', 'user/zhangsan', { class: 'account', facts: { designation: 'zhangsan' } }),
    seen('nessus', '10.66.1.2', { class: 'host', facts: { addresses: ['10.66.1.2'] } }),
    // Told apart well enough: an asset, for which there are gaps of assets.
    seen('wazuh', '7', { class: 'host', facts: { agentId: '7', hostNames: ['ws-7'] } }),
  ]);
  assert.equal(await counted('dispatcher', '/450000/'), 3);
  assert.equal(await counted('officer', nanningPath), 3);
  assert.equal(await counted('dispatcher', liuzhouPath), 0);

  const list = `/api/assets/observations?unresolved=true&unit=${nanningPath}`;
  const { body } = await call('dispatcher', 'GET', list);
  assert.equal(body.total, 3);
  type Item = { nativeKey: string; source: string; unit: string; firstSeenAt: string; lastSeenAt: string };
  const items = (body.items as Item[]).toSorted((left, right) => (left.nativeKey < right.nativeKey ? -1 : 1));
  assert.deepEqual(
    items.map(({ nativeKey, source, unit }) => [nativeKey, source, unit]),
    [
      ['10.66.1.2', 'nessus', '南宁市大数据发展局'],
      ['address/10.66.1.1', 'telemetry', '南宁市大数据发展局'],
      ['site/oa.example.gov.cn', 'telemetry', '南宁市大数据发展局'],
    ],
  );
  assert.ok(items.every(({ firstSeenAt, lastSeenAt }) => firstSeenAt < lastSeenAt));
  assert.equal((await call('dispatcher', 'GET', `${list}&pageSize=2&page=2`)).body.items.length, 1);
  const sheet = await server.inject({
    method: 'GET',
    url: `/api/assets/gaps/export?format=csv`,
    headers: { authorization: 'dispatcher' },
  });
  assert.match(sheet.body, /所见未入台账,[^\r\n]*,3,否/);

  const order = `/api/assets/gap-order?gap=unresolved&unit=`;
  const { body: draft } = await call('dispatcher', 'GET', `${order}${nanningPath}`);
  assert.equal(draft.title, '关于3条“所见未入台账”线索的核实通知');
  assert.deepEqual(draft.evidence.map(({ title }: { title: string }) => title).sort(), [
    '10.66.1.1',
    '10.66.1.2',
    'oa.example.gov.cn',
  ]);
  assert.equal((await call('dispatcher', 'GET', `${order}${liuzhouPath}`)).status, 404);

  const { body: entered } = await call('officer', 'POST', '/api/assets', {
    class: 'host',
    name: '新登记的主机',
    addresses: ['10.66.1.1'],
  });
  await observeRecords(site.system, [entered.id]);
  assert.equal(await counted('officer', nanningPath), 2);
});
