import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '#platform/context.ts';
import { callAs, serveRoutes } from '../../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { ledgerSlice } from '../index.ts';
import { observe } from '../observations/observe.ts';
import { observeRecords } from '../observations/records.ts';
import { applyRules } from './rules.ts';

const DAY_MS = 86_400_000;

let site: TestPlatform;
let server: FastifyInstance;
let unitPath = '';

before(async () => {
  site = await openTestPlatform({ jobs: ledgerSlice.jobs ?? [] });
  const [unit] = await seedUnits(site, [{ code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' }]);
  assert.ok(unit);
  unitPath = unit.path;
  const officer = site.as({ roles: ['unit_officer'], path: unit.path });
  server = await serveRoutes(site, ledgerSlice.routes ?? [], new Map<string, Ctx>([['officer', officer]]));
});
after(async () => {
  await server.close();
  await site.close();
});

async function call(method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) {
  const { status, body } = await callAs(server, 'officer', method, encodeURI(url), payload);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function entered(facts: object): Promise<string> {
  const { id } = await call('POST', '/api/assets', facts);
  await observeRecords(site.system, [id]);
  return id;
}

const seen = (name: string) =>
  observe(site.system, [
    {
      source: 'fleet',
      nativeKey: name,
      class: 'host',
      unitPath,
      seenAt: site.clock.now(),
      facts: { hostNames: [name] },
    },
  ]);

async function zombies(): Promise<string[]> {
  await applyRules(site.system, {});
  const { items } = await call('GET', '/api/assets?mark=zombie&sort=name&order=asc');
  return items.map(({ name }: { name: string }) => name);
}

test('what nobody but people has told of for half a year is a zombie, whatever is written of it meanwhile', async () => {
  const idle = await entered({ class: 'host', name: 'idle', hosts: ['idle'] });
  await entered({ class: 'host', name: 'live', hosts: ['live'] });
  const never = await entered({ class: 'host', name: 'never', hosts: ['never'] });
  const system = await entered({ class: 'system', name: 'system' });
  await entered({ class: 'system', name: 'system of which nothing is known' });
  await call('POST', '/api/assets/relations', { fromId: system, toId: idle, kind: 'runs_on' });
  await seen('idle');
  assert.deepEqual(await zombies(), []);
  site.clock.advanceMs(190 * DAY_MS);
  await seen('live');
  for (const id of [idle, never, system]) {
    const { version, class: named, name, hosts } = await call('GET', `/api/assets/${id}`);
    await call('PUT', `/api/assets/${id}`, {
      version,
      facts: { class: named, name, hosts, responsiblePerson: '韦伟' },
    });
    await observeRecords(site.system, [id]);
  }
  assert.deepEqual(await zombies(), ['idle', 'never', 'system', 'system of which nothing is known']);
  await seen('idle');
  assert.deepEqual(await zombies(), ['never', 'system of which nothing is known']);
});
