import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { appendEntry } from '#domain/journal/index.ts';
import { ledgerSlice } from '#domain/ledger/index.ts';
import { serveRoutes } from '../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits } from '../../../test/support/units.ts';
import { assetsCommand } from './assets.ts';

let site: TestPlatform;
let server: FastifyInstance;
let url: string;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tongan-assets-'));
  site = await openTestPlatform({ append: appendEntry });
  const [unit] = await seedUnits(site, [{ code: 'nn-health', name: '南宁市卫生健康委', divisionCode: '450100' }]);
  assert.ok(unit);
  const analyst = site.as({ roles: ['analyst'], path: unit.path });
  server = await serveRoutes(site, ledgerSlice.routes ?? [], new Map([['Bearer good', analyst]]));
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});
after(async () => {
  await server.close();
  await site.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const io = { out: (line: string) => void lines.push(line), err: (line: string) => void lines.push(line) };
  return { code: await assetsCommand.run([...args, '--url', url], io), text: lines.join('\n') };
}

test('an export is taken in, and the ledger says whose an address is and why', async () => {
  const path = join(folder, 'cvm.json');
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
