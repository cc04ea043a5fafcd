import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { appendEntry } from '#domain/journal/index.ts';
import { createAsset, ledgerSlice, startCampaign } from '#domain/ledger/index.ts';
import { vulnerabilitiesSlice } from '#domain/vulnerabilities/index.ts';
import { callAs, serveRoutes } from '../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits } from '../../../test/support/units.ts';
import { advisoriesCommand } from './advisories.ts';
import { campaignsCommand } from './campaigns.ts';
import type { Command } from './command.ts';

let site: TestPlatform;
let server: FastifyInstance;
let url: string;
let campaignId: string;

before(async () => {
  site = await openTestPlatform({ append: appendEntry, jobs: vulnerabilitiesSlice.jobs ?? [] });
  const [unit] = await seedUnits(site, [{ code: 'nn-health', name: '南宁市卫生健康委', divisionCode: '450100' }]);
  assert.ok(unit);
  const officer = site.as({ roles: ['unit_officer'], path: unit.path });
  await createAsset(officer, { class: 'system', name: '门户网站', unitPath: unit.path });
  const dispatcher = site.as({ roles: ['dispatcher'], path: '/450000/' });
  ({ id: campaignId } = await startCampaign(dispatcher, { title: '三月核对', instructions: '', dueOn: '2026-03-20' }));
  const routes = [...(ledgerSlice.routes ?? []), ...(vulnerabilitiesSlice.routes ?? [])];
  const people = new Map([
    ['Bearer dispatcher', dispatcher],
    ['Bearer analyst', site.as({ roles: ['analyst'], path: '/450000/' })],
  ]);
  server = await serveRoutes(site, routes, people);
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});
after(async () => {
  await server.close();
  await site.close();
});

async function run(command: Command, token: string, ...args: string[]) {
  const lines: string[] = [];
  const io = { out: (line: string) => void lines.push(line), err: (line: string) => void lines.push(line) };
  const code = await command.run([...args, '--token', token, '--url', url], io);
  return { code, text: lines.join('\n') };
}

test('campaigns are listed with their progress, and one with that of each unit', async () => {
  const list = await run(campaignsCommand, 'dispatcher', 'list');
  assert.equal(list.code, 0, list.text);
  assert.match(list.text, new RegExp(`^${campaignId} +running +2026-03-20 +0/1 +0/1 +- +三月核对\n1 in all$`, 'm'));
  const one = await run(campaignsCommand, 'dispatcher', 'show', campaignId);
  assert.match(one.text, /^三月核对: running, due on 2026-03-20$/m);
  assert.match(one.text, /^南宁市卫生健康委 +asked +1 +0 +0 +0$/m);
  const raw = await run(campaignsCommand, 'dispatcher', 'show', campaignId, '--format', 'ndjson');
  assert.equal((JSON.parse(raw.text) as { unitsAsked: unknown[] }).unitsAsked.length, 1);
  assert.match((await run(campaignsCommand, 'dispatcher', 'show', 'x')).text, /tongan campaigns list \| tongan/);
});

test('advisories are listed with what they were compared with', async () => {
  assert.equal((await run(advisoriesCommand, 'analyst', 'list')).text, '0 in all');
  const products = [{ name: 'nginx', ranges: [{ fixed: '1.25.4' }] }];
  const advisory = { title: 'nginx 内存破坏', ids: ['CVE-2024-24989'], grade: 'high', products };
  const made = await callAs(server, 'Bearer analyst', 'POST', '/api/vulnerabilities/advisories', advisory);
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const list = await run(advisoriesCommand, 'analyst', 'list');
  assert.match(list.text, /open +high .* CVE-2024-24989 +nginx 内存破坏$/m);
  assert.match((await run(advisoriesCommand, 'analyst', 'show')).text, /say what to do: tongan advisories list$/);
});
