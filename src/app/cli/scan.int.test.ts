import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { appendEntry } from '#domain/journal/index.ts';
import { vulnerabilitiesSlice } from '#domain/vulnerabilities/index.ts';
import { serveRoutes } from '../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits } from '../../../test/support/units.ts';
import { scanCommand } from './scan.ts';

let site: TestPlatform;
let server: FastifyInstance;
let url: string;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tongan-scan-'));
  site = await openTestPlatform({ append: appendEntry, jobs: vulnerabilitiesSlice.jobs ?? [] });
  await site.platform.jobs.work(site.system);
  const [unit] = await seedUnits(site, [{ code: 'nn-health', name: '南宁市卫生健康委', divisionCode: '450100' }]);
  assert.ok(unit);
  const analyst = site.as({ roles: ['analyst'], path: unit.path });
  server = await serveRoutes(site, vulnerabilitiesSlice.routes ?? [], new Map([['Bearer good', analyst]]));
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
  const code = await scanCommand.run(['import', ...args, '--token', 'good', '--url', url], io);
  return { code, text: lines.join('\n') };
}

test('a folder of reports is taken file by file, the same again changes nothing, and what is not taken is told', async () => {
  const below = join(folder, '2026-03');
  await mkdir(below);
  await writeFile(
    join(below, 'sheet.csv'),
    'IP,漏洞名称,风险等级,CVE编号\n10.1.0.9,Redis 未授权访问,高危,\n10.1.0.9,OpenSSL 缺陷,中危,CVE-2022-0778\n',
  );
  await writeFile(join(folder, 'empty.json'), '');
  await writeFile(join(folder, '.hidden'), 'no report');
  const tried = await run(below, '--dry-run');
  assert.equal(tried.code, 0, tried.text);
  assert.match(tried.text, /new 2, changed 0/);
  assert.match(tried.text, /nothing was written/);
  const first = await run(folder);
  assert.equal(first.code, 1);
  assert.match(first.text, /new 2, changed 0, same 0/);
  assert.match(first.text, /empty\.json: The file is empty$/m);
  assert.match(first.text, /1 of 2 file\(s\) taken/);
  assert.doesNotMatch(first.text, /hidden/);
  const again = await run(below);
  assert.equal(again.code, 0, again.text);
  assert.match(again.text, /new 0, changed 0, same 2/);
});
