import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { appendEntries } from '#domain/journal/index.ts';
import type { Ctx } from '#platform/context.ts';
import { callAs, serveRoutes } from '../../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { ledgerSlice } from '../index.ts';
import type { ObservationInput } from './observation.ts';
import { observe } from './observe.ts';
import { observeRecords } from './records.ts';

const HOUR_MS = 3_600_000;

let site: TestPlatform;
let server: FastifyInstance;
let path = '';

before(async () => {
  site = await openTestPlatform({ append: appendEntries, jobs: ledgerSlice.jobs ?? [] });
  const [unit] = await seedUnits(site, [{ code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' }]);
  assert.ok(unit);
  path = unit.path;
  const people = new Map<string, Ctx>([['officer', site.as({ roles: ['unit_officer'], path })]]);
  server = await serveRoutes(site, ledgerSlice.routes ?? [], people);
});
after(async () => {
  await server.close();
  await site.close();
});

const call = async (method: 'GET' | 'POST', url: string, payload?: object) => {
  const { status, body } = await callAs(server, 'officer', method, encodeURI(url), payload);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};

type Facts = ObservationInput['facts'];

const UBUNTU = { operatingSystem: 'Ubuntu 22.04.3 LTS' };
const uuidOf = (name: string, half: string) =>
  `${half}-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0')}`;

const report = (name: string, facts: Facts, source = 'fleet'): ObservationInput => ({
  source,
  nativeKey: name,
  class: 'host',
  unitPath: path,
  seenAt: site.clock.now(),
  facts: { agentId: name, hostNames: [name], uuid: uuidOf(name, '5b1f0e1c'), ...UBUNTU, ...facts },
});

const stateOf = async (id: string): Promise<string> => (await call('GET', `/api/assets/${id}`)).state;
const move = (id: string, name: string) => call('POST', `/api/assets/${id}/moves/${name}`, { reason: '核实' });
const historyOf = async (id: string) =>
  (await call('GET', `/api/assets/${id}/changes`)).items as {
    via: string;
    changes: { field: string; from: unknown; to: unknown }[];
  }[];

/** An asset that its unit entered, and that a source has reported once. */
async function entered(name: string): Promise<string> {
  const { id } = await call('POST', '/api/assets', {
    class: 'host',
    name,
    hosts: [name],
    attributes: { machineId: uuidOf(name, '5b1f0e1c') },
  });
  await observeRecords(site.system, [id]);
  const [place] = await observe(site.system, [report(name, {})]);
  assert.equal(place?.assetId, id);
  assert.equal(await stateOf(id), 'confirmed');
  site.clock.advanceMs(HOUR_MS);
  return id;
}

test('what a source says otherwise of lasting things is told to the unit, which confirms it; what it entered stays', async () => {
  const id = await entered('app-01');
  await observe(site.system, [report('app-01', { operatingSystem: 'Windows Server 2019', addresses: ['10.9.0.1'] })]);
  assert.equal(await stateOf(id), 'changed');
  const [line] = await historyOf(id);
  assert.equal(line?.via, 'observed');
  assert.deepEqual(line?.changes, [
    { field: 'state', from: 'confirmed', to: 'changed' },
    { field: 'observed.operatingSystem', from: 'Ubuntu 22.04.3 LTS', to: 'Windows Server 2019' },
    { field: 'observed.by', from: null, to: 'fleet app-01' },
  ]);
  assert.equal((await call('GET', '/api/assets?state=changed')).total, 1);
  await move(id, 'confirm');
  site.clock.advanceMs(HOUR_MS);
  await observe(site.system, [report('app-01', { operatingSystem: 'Windows Server 2019' })]);
  assert.equal(await stateOf(id), 'confirmed');
});

test('another board and card of a machine that a source reported itself are told, whatever else stays', async () => {
  const [first] = await observe(site.system, [report('app-02', { macs: ['00:50:ba:11:22:33'] })]);
  const id = first?.assetId ?? '';
  await move(id, 'claim');
  site.clock.advanceMs(HOUR_MS);
  const other = { uuid: uuidOf('app-02', 'aaaa0e1c'), macs: ['00:50:ba:99:88:77'], operatingSystem: 'Debian 12' };
  const [place] = await observe(site.system, [report('app-02', other)]);
  assert.equal(place?.assetId, id);
  assert.equal(await stateOf(id), 'changed');
  assert.deepEqual(
    (await historyOf(id))[0]?.changes.map(({ field }) => field),
    ['state', 'observed.operatingSystem', 'observed.uuid', 'observed.macs', 'observed.by'],
  );
});

test('patches, addresses, another source and what nobody has claimed ask nobody', async () => {
  const id = await entered('app-03');
  await observe(site.system, [report('app-03', { operatingSystem: 'Ubuntu 22.04.4 LTS', addresses: ['10.9.0.3'] })]);
  await observe(site.system, [report('app-03', { operatingSystem: 'Linux' }, 'wazuh')]);
  assert.equal(await stateOf(id), 'confirmed');
  const [seen] = await observe(site.system, [report('app-04', {})]);
  await observe(site.system, [report('app-04', { operatingSystem: 'Debian 12' })]);
  assert.equal(await stateOf(seen?.assetId ?? ''), 'discovered');
});

test('a retired asset that is reported again is changed, once its time is after the retirement', async () => {
  const id = await entered('app-05');
  const before = report('app-05', {});
  await move(id, 'retire');
  await observe(site.system, [before]);
  await observe(site.system, [{ ...report('x', {}), source: 'nessus', facts: { addresses: ['10.9.0.5'] } }]);
  assert.equal(await stateOf(id), 'retired');
  site.clock.advanceMs(HOUR_MS);
  await observeRecords(site.system, [id]);
  assert.equal(await stateOf(id), 'retired');
  // The same as before: nothing but its time is new.
  await observe(site.system, [report('app-05', {})]);
  assert.equal(await stateOf(id), 'changed');
  const [line] = await historyOf(id);
  assert.deepEqual(line?.changes, [
    { field: 'state', from: 'retired', to: 'changed' },
    { field: 'observed.by', from: null, to: 'fleet app-05' },
  ]);
  assert.equal((await call('GET', `/api/assets/${id}`)).retiredAt, null);
  const entries = await site.system.read((db) =>
    db
      .selectFrom('journal_entry')
      .select(['data'])
      .where('unit_path', '=', path)
      .orderBy('seq', 'desc')
      .limit(1)
      .execute(),
  );
  assert.deepEqual(JSON.parse(String(entries[0]?.data)), { change: 'noticed', altered: [], reappeared: [id] });
  await move(id, 'retire');
  site.clock.advanceMs(HOUR_MS);
  await observe(site.system, [report('app-05', { operatingSystem: 'Debian 12' })]);
  assert.equal(await stateOf(id), 'changed');
});

test('a day before it was noticed shows the asset as it was', async () => {
  const id = await entered('app-06');
  const then = new Date(site.clock.now().getTime() + 8 * HOUR_MS).toISOString().slice(0, 10);
  site.clock.advanceMs(24 * HOUR_MS);
  await observe(site.system, [report('app-06', { operatingSystem: 'Debian 12' })]);
  const was = await call('GET', `/api/assets/${id}/as-of?day=${then}`);
  assert.equal(was.state, 'confirmed');
  assert.ok(!Object.keys(was).some((name) => name.startsWith('observed')));
});
