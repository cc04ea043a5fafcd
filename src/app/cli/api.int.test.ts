import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ledgerSlice } from '#domain/ledger/index.ts';
import { type CommandSite, openCommandSite } from '../../../test/support/command-site.ts';
import { apiCommand } from './api.ts';

let open: CommandSite;

before(async () => {
  open = await openCommandSite({
    slices: [ledgerSlice],
    people: (site, unit) => ({
      dispatcher: site.as({ roles: ['dispatcher'], path: '/450000/' }),
      officer: site.as({ roles: ['unit_officer'], path: unit.path }),
    }),
  });
});
after(() => open.close());

const run = (token: string, ...args: string[]) => open.run(apiCommand, token, ...args);

test('endpoints are listed by words, with the permission each asks for', async () => {
  const { code, out, err } = await open.runBare(apiCommand, 'list', 'Campaigns', 'remind');
  assert.equal(code, 0);
  assert.match(out, /^POST +\/api\/campaigns\/\{id\}\/remind +asset\.campaign +Remind/m);
  assert.match(err, /^1 of \d{3} endpoint/);
  assert.equal((await open.runBare(apiCommand, 'list', 'no-such-word')).code, 1);
});

test('what is sent as data or from a file is done, and what comes back is shown or written', async () => {
  const asset = JSON.stringify({ class: 'system', name: '门户网站', unitPath: open.unit.path });
  const made = await run('officer', 'post', '/api/assets', '--data', asset);
  assert.equal(made.code, 0, made.text);
  const { id } = JSON.parse(made.out) as { id: string };
  const data = join(open.folder, 'campaign.json');
  await writeFile(data, JSON.stringify({ title: '三月核对', instructions: '', dueOn: '2026-03-20' }));
  assert.equal((await run('dispatcher', 'POST', '/api/campaigns', '--data', `@${data}`)).code, 0);
  assert.match((await run('dispatcher', 'GET', '/api/campaigns')).out, /"title": "三月核对"/);
  const output = join(open.folder, 'asset.json');
  assert.match((await run('officer', 'GET', `/api/assets/${id}`, '--output', output)).err, /asset\.json: \d+ bytes/);
  assert.match(await readFile(output, 'utf8'), /门户网站/);
});

test('a file is uploaded as the console does', async () => {
  const sheet = join(open.folder, '台账.csv');
  await writeFile(sheet, '资产名称,资产类型\n数据库一,主机\n');
  assert.match((await run('officer', 'POST', '/api/assets/imports', '--file', sheet)).out, /"id": "/);
});

test('a wrong call is said before anything is sent, and what the platform refuses in its words', async () => {
  const wrong = await run('officer', 'FETCH', 'assets', 'more', '--data', '{}', '--file', 'x');
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /first word must be one of GET/);
  assert.match(wrong.err, /must be a path/);
  assert.match(wrong.err, /"more" is one word too many/);
  assert.match(wrong.err, /not both/);
  await assert.rejects(run('officer', 'POST', '/api/assets', '--data', '{broken'), /--data must be a JSON object/);
  await assert.rejects(run('officer', 'POST', '/api/assets', '--data', '7'), /--data must be a JSON object/);
  await assert.rejects(run('officer', 'POST', '/api/campaigns', '--data', '{}'), /asset\.campaign|title/);
});
