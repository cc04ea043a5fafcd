import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { appendEntries } from '#domain/journal/index.ts';
import { callAs, serveRoutes } from '../../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { ledgerSlice } from '../index.ts';
import { observe } from '../observations/observe.ts';

let site: TestPlatform;
let server: FastifyInstance;
let unit: string;
let other: string;

before(async () => {
  site = await openTestPlatform({ append: appendEntries });
  const [health, water] = await seedUnits(site, [
    { code: 'nn-health', name: '南宁市卫生健康委', divisionCode: '450100' },
    { code: 'nn-water', name: '南宁市水利局', divisionCode: '450100' },
  ]);
  assert.ok(health && water);
  [unit, other] = [health.path, water.path];
  const people = new Map([
    ['analyst', site.as({ roles: ['analyst'], path: '/450000/450100/' })],
    ['officer', site.as({ roles: ['unit_officer'], path: unit })],
    ['stranger', site.as({ roles: ['unit_officer'], path: other })],
  ]);
  server = await serveRoutes(site, ledgerSlice.routes ?? [], people);
});
after(async () => {
  await server.close();
  await site.close();
});

const call = (who: string, method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) =>
  callAs(server, who, method, url, payload);

const zone = { name: '机房', kind: 'unit_network', addressing: 'static', ranges: ['10.8.0.0/16', '10.9.0.7'] };

test('a zone is declared, changed and retired; its unit alone and the centres above see it', async () => {
  const { status, body } = await call('officer', 'POST', '/api/assets/zones', zone);
  assert.equal(status, 200, JSON.stringify(body));
  const listed = async (who: string) => (await call(who, 'GET', '/api/assets/zones')).body.items;
  const [stored] = await listed('analyst');
  assert.deepEqual(
    [stored.unit, stored.ranges, stored.retired, stored.version],
    ['南宁市卫生健康委', ['10.8.0.0/16', '10.9.0.7/32'], false, 1],
  );
  assert.deepEqual(await listed('stranger'), []);
  assert.equal((await call('officer', 'POST', '/api/assets/zones', zone)).body.reason, 'asset.zone.taken');
  const url = `/api/assets/zones/${body.id}`;
  const change = { ...zone, name: '核心机房', version: 1 };
  assert.equal((await call('stranger', 'PUT', url, change)).status, 404);
  assert.equal((await call('officer', 'PUT', url, change)).status, 200);
  assert.equal((await call('officer', 'PUT', url, change)).body.reason, 'asset.version');
  assert.equal((await call('officer', 'PUT', url, { ...change, version: 2, retired: true })).status, 200);
  assert.equal((await listed('officer'))[0].retired, true);
});

test('what is no range, and a unit outside the own area, are refused at their place', async () => {
  const bad = await call('officer', 'POST', '/api/assets/zones', {
    ...zone,
    name: 'x',
    ranges: ['10.8.0.0/16', '10.9'],
  });
  assert.equal(bad.status, 400);
  assert.match(JSON.stringify(bad.body.faults), /ranges\/1/);
  const outside = await call('officer', 'POST', '/api/assets/zones', { ...zone, name: 'y', unitPath: other });
  assert.deepEqual([outside.status, outside.body.faults[0].at], [400, '/unitPath']);
});

test('the same address in two zones is two machines, and whose it was is told by unit and time', async () => {
  const seen = (unitPath: string, name: string, day: number) => ({
    source: 'wazuh',
    nativeKey: name,
    class: 'host' as const,
    unitPath,
    seenAt: new Date(Date.UTC(2026, 1, day)),
    facts: { agentId: name, hostNames: [name], addresses: ['10.7.0.1'] },
  });
  const places = await observe(site.system, [seen(unit, 'h1', 1), seen(other, 'w1', 1), seen(unit, 'h2', 20)]);
  const [first, foreign, second] = places.map(({ assetId }) => assetId);
  assert.equal(new Set([first, foreign, second]).size, 3);
  const whose = async (who: string, query: string) =>
    (await call(who, 'GET', `/api/assets/whose?${query}`)).body.asset?.id;
  assert.equal(await whose('officer', 'address=10.7.0.1&at=2026-02-02T00:00:00Z'), first);
  assert.equal(await whose('officer', 'address=10.7.0.1&at=2026-02-25T00:00:00Z'), second);
  assert.equal(await whose('stranger', 'address=10.7.0.1&at=2026-02-02T00:00:00Z'), foreign);
  assert.equal((await call('officer', 'GET', '/api/assets/whose')).status, 400);
});

test('a preview says what a merge would move, keep and contradict, and changes nothing', async () => {
  const machine = (name: string, serial: string, address: string) => ({
    source: 'netbox',
    nativeKey: name,
    class: 'host' as const,
    unitPath: unit,
    seenAt: new Date(Date.UTC(2026, 1, 3)),
    facts: { name, serial, vendor: 'Inspur', addresses: [address] },
  });
  await call('officer', 'POST', '/api/assets/zones', { ...zone, name: '实验网', ranges: ['10.6.0.1'] });
  const [kept, gone] = await observe(site.system, [
    machine('fs1', 'CN00000001', '10.6.0.1'),
    machine('fs2', 'CN00000002', '10.6.0.2'),
  ]);
  const { body } = await call(
    'officer',
    'GET',
    `/api/assets/merge-preview?keptId=${kept?.assetId}&otherId=${gone?.assetId}`,
  );
  assert.deepEqual(
    [body.observations, body.addresses, body.stays, body.differences.map(({ field }: { field: string }) => field)],
    [1, ['10.6.0.2'], 1, ['name', 'attributes.serialNumber']],
  );
  // Which is which, where both have the same name.
  const told = ({ addresses, zones }: { addresses: string[]; zones: string[] }) => [...addresses, ...zones];
  assert.deepEqual([told(body.kept), told(body.other)], [['10.6.0.1', '实验网'], ['10.6.0.2']]);
  assert.equal(body.contradictions.length, 1);
  const [differing] = body.contradictions;
  assert.match(differing.kept.join(), /^[^,]*cn00000001$/i);
  assert.match(differing.other.join(), /^[^,]*cn00000002$/i);
  const after = await call('officer', 'GET', `/api/assets/${gone?.assetId}/identity`);
  assert.equal(after.body.mergedInto, null);
  assert.equal(
    (await call('stranger', 'GET', `/api/assets/merge-preview?keptId=${kept?.assetId}&otherId=${gone?.assetId}`))
      .status,
    404,
  );
});
