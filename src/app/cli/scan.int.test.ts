import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { vulnerabilitiesSlice } from '#domain/vulnerabilities/index.ts';
import { type CommandSite, openCommandSite } from '../../../test/support/command-site.ts';
import { scanCommand } from './scan.ts';

let open: CommandSite;
before(async () => {
  open = await openCommandSite({
    slices: [vulnerabilitiesSlice],
    jobs: (vulnerabilitiesSlice.jobs ?? []).map(({ name }) => name),
    people: (site, { path }) => ({ good: site.as({ roles: ['analyst'], path }) }),
  });
});
after(() => open.close());

const run = (...args: string[]) => open.run(scanCommand, 'good', 'import', ...args);

test('a folder of reports is taken file by file, the same again changes nothing, and what is not taken is told', async () => {
  const below = join(open.folder, '2026-03');
  await mkdir(below);
  await writeFile(
    join(below, 'sheet.csv'),
    'IP,漏洞名称,风险等级,CVE编号\n10.1.0.9,Redis 未授权访问,高危,\n10.1.0.9,OpenSSL 缺陷,中危,CVE-2022-0778\n',
  );
  await writeFile(join(open.folder, 'empty.json'), '');
  await writeFile(join(open.folder, '.hidden'), 'no report');
  const tried = await run(below, '--dry-run');
  assert.equal(tried.code, 0, tried.text);
  assert.match(tried.text, /new 2, changed 0/);
  assert.match(tried.text, /nothing was written/);
  const first = await run(open.folder);
  assert.equal(first.code, 1);
  assert.match(first.text, /new 2, changed 0, same 0/);
  assert.match(first.text, /empty\.json: The file is empty$/m);
  assert.match(first.text, /1 of 2 file\(s\) taken/);
  assert.doesNotMatch(first.text, /hidden/);
  const again = await run(below);
  assert.equal(again.code, 0, again.text);
  assert.match(again.text, /new 0, changed 0, same 2/);
});

test('what is left out of a report because it is no weakness is counted and said', async () => {
  const path = join(open.folder, 'ports.xml');
  const port = (number: number) =>
    `<port protocol="tcp" portid="${number}"><state state="open"/><service name="http"/></port>`;
  await writeFile(
    path,
    `<?xml version="1.0"?><nmaprun scanner="nmap"><host><status state="up"/><address addr="10.1.0.8" addrtype="ipv4"/>
    <ports>${port(80)}${port(8080)}</ports></host></nmaprun>`,
  );
  const { code, text } = await run(path);
  assert.equal(code, 0, text);
  assert.match(text, /^ {2}2 informational record\(s\) not kept as vulnerabilities, because they are no weakness;/m);
  assert.match(text, /new 0, changed 0/);
});

test('a written import is taken back by the id that it was told with, once', async () => {
  const path = join(open.folder, 'wrong.csv');
  await writeFile(path, 'IP,漏洞名称,风险等级,CVE编号\n10.1.0.77,导错的漏洞,高危,\n');
  const { text } = await run(path);
  const id = /tongan scan undo (\S+)/.exec(text)?.[1] ?? '';
  const undo = (...ids: string[]) => open.run(scanCommand, 'good', 'undo', ...ids);
  const first = await undo(id);
  assert.deepEqual(
    [first.code, first.text.trim().split(/\n\s*/)],
    [
      0,
      [
        `${id}: 1 as if the report had not come, 0 left as they are`,
        '1 observation(s) and 0 asset(s) taken back, 0 asset(s) kept',
      ],
    ],
  );
  const second = await undo(id);
  assert.equal(second.code, 1);
  assert.match(second.text, /Only a written import is taken back/);
  assert.equal((await undo('wrong.csv')).code, 2);
  assert.match((await run(path)).text, /new 1, changed 0/);
});
