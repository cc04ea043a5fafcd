import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createAsset, ledgerSlice, startCampaign } from '#domain/ledger/index.ts';
import { vulnerabilitiesSlice } from '#domain/vulnerabilities/index.ts';
import { type CommandSite, openCommandSite } from '../../../test/support/command-site.ts';
import { callAs } from '../../../test/support/routes.ts';
import { advisoriesCommand } from './advisories.ts';
import { campaignsCommand } from './campaigns.ts';
import type { Command } from './command.ts';

let open: CommandSite;
let campaignId: string;

before(async () => {
  open = await openCommandSite({
    slices: [ledgerSlice, vulnerabilitiesSlice],
    people: (site) => ({
      dispatcher: site.as({ roles: ['dispatcher'], path: '/450000/' }),
      analyst: site.as({ roles: ['analyst'], path: '/450000/' }),
    }),
  });
  const { site, unit } = open;
  const officer = site.as({ roles: ['unit_officer'], path: unit.path });
  await createAsset(officer, { class: 'system', name: '门户网站', unitPath: unit.path });
  const dispatcher = site.as({ roles: ['dispatcher'], path: '/450000/' });
  ({ id: campaignId } = await startCampaign(dispatcher, { title: '三月核对', instructions: '', dueOn: '2026-03-20' }));
});
after(() => open.close());

const run = (command: Command, token: string, ...args: string[]) => open.run(command, token, ...args);

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

test('who was asked goes out as a sheet, a row for each unit', async () => {
  const all = await run(campaignsCommand, 'dispatcher', 'export');
  assert.match(
    all.text,
    /^\uFEFF台账确认,下发时间,.*\r\n三月核对,[^,]+,2026-03-20,南宁市卫生健康委,已下发,1,0,0,1,0,,$/,
  );
  const one = await run(campaignsCommand, 'dispatcher', 'export', campaignId, '--format', 'ndjson');
  assert.equal((JSON.parse(one.text) as { campaignId: string }).campaignId, campaignId);
  const another = await run(campaignsCommand, 'dispatcher', 'export', open.unit.id, '--format', 'ndjson');
  assert.equal(another.text, '');
  await assert.rejects(run(campaignsCommand, 'analyst', 'export'), /does not include "campaign\.read"/);
});

test('advisories are listed with what they were compared with', async () => {
  assert.equal((await run(advisoriesCommand, 'analyst', 'list')).text, '0 in all');
  const products = [{ name: 'nginx', ranges: [{ fixed: '1.25.4' }] }];
  const advisory = { title: 'nginx 内存破坏', ids: ['CVE-2024-24989'], grade: 'high', products };
  const made = await callAs(open.server, 'Bearer analyst', 'POST', '/api/vulnerabilities/advisories', advisory);
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const list = await run(advisoriesCommand, 'analyst', 'list');
  assert.match(list.text, /open +high .* CVE-2024-24989 +nginx 内存破坏$/m);
  assert.match((await run(advisoriesCommand, 'analyst', 'show')).text, /say what to do: tongan advisories list$/);
});
