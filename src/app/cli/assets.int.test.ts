import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ledgerSlice } from '#domain/ledger/index.ts';
import { type CommandSite, openCommandSite } from '../../../test/support/command-site.ts';
import { assetsCommand } from './assets.ts';

let open: CommandSite;
before(async () => {
  open = await openCommandSite({
    slices: [ledgerSlice],
    people: (site, { path }) => ({ good: site.as({ roles: ['analyst'], path }) }),
  });
});
after(() => open.close());

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const { code, text } = await open.runBare(assetsCommand, ...args, '--url', open.url);
  return { code, text };
}

test('an export is taken in, and the ledger says whose an address is and why', async () => {
  const path = join(open.folder, 'cvm.json');
  const one = {
    InstanceId: 'ins-1',
    Placement: { Zone: 'gx-1' },
    PrivateIpAddresses: ['10.1.0.2'],
    InstanceName: 'db01',
    Uuid: 'e5b1a1d0-0000-4000-8000-000000000001',
  };
  await writeFile(path, JSON.stringify({ Response: { InstanceSet: [one] } }));
  const sent = await run('observe', path, '--token', 'good');
  assert.deepEqual(sent, { code: 0, text: 'cvm.json: tencent, 1 record(s): 1 linked, 0 presumed, 0 open' });
  const found = await run('whose', '10.1.0.2', '--token', 'good');
  assert.equal(found.code, 0, found.text);
  assert.match(found.text, /^10\.1\.0\.2: db01 \([0-9a-f-]{36}\), 南宁市卫生健康委\n {2}found by address 10\.1\.0\.2$/);
  const id = /\(([0-9a-f-]{36})\)/.exec(found.text)?.[1] ?? '';
  const why = await run('identity', id, '--token', 'good');
  assert.match(why.text, /^db01\n {2}tencent .*: linked, first-of-asset, last seen .*\n {4}instance\|/);
  assert.equal((await run('whose', '10.9.9.9', '--token', 'good')).code, 1);
});

test('what is missing or wrong is said at once', async () => {
  assert.deepEqual(await run('whose', '10.1.0.2', '--at', 'yesterday', '--token', 'good'), {
    code: 2,
    text: '--at: a time such as 2026-03-01T08:00:00+08:00',
  });
  assert.match((await run('observe', '/nowhere.json', '--token', 'good')).text, /\/nowhere\.json does not exist/);
  assert.match((await run('whose', '10.1.0.2', '--token', 'bad')).text, /^10\.1\.0\.2: /);
  assert.equal((await run('scan')).code, 2);
});
