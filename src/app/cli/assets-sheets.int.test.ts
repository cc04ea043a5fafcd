import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

const DAY_MS = 86_400_000;
const [BEFORE, FIRST, SECOND] = ['2026-03-01', '2026-03-02', '2026-03-03'];
const HEADINGS = '资产名称,类型,IP地址,主机名,资产编号,谁管';

let site: TestPlatform;
let server: FastifyInstance;
let url: string;
let folder: string;
let unitPath: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tongan-sheets-'));
  const jobs = (ledgerSlice.jobs ?? []).filter(({ name }) => name === 'ledger.import');
  site = await openTestPlatform({ append: appendEntry, jobs });
  await site.platform.jobs.work(site.system);
  const [unit] = await seedUnits(site, [{ code: 'nn-health', name: '南宁市卫生健康委', divisionCode: '450100' }]);
  assert.ok(unit);
  unitPath = unit.path;
  const officer = site.as({ roles: ['unit_officer'], path: unit.path });
  server = await serveRoutes(site, ledgerSlice.routes ?? [], new Map([['Bearer good', officer]]));
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});
after(async () => {
  await server.close();
  await site.close();
  await rm(folder, { recursive: true, force: true });
});

async function runBare(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const io = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
  const code = await assetsCommand.run(args, io);
  return { code, out: out.join('\n'), err: err.join('\n') };
}
const run = (...args: string[]) => runBare(...args, '--token', 'good', '--url', url);

async function sheet(name: string, ...rows: string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, [HEADINGS, ...rows].join('\r\n'));
  return path;
}

test('a sheet goes in once; what it made is shown, compared between days, missed and exported', async () => {
  const path = await sheet(
    '台账.csv',
    '门户网站,应用系统,10.1.1.10,web01,A-1,韦伟',
    '办公终端,终端,10.1.9.300,pc01,A-3,',
  );

  const tried = await run('import', path, '--dry-run');
  assert.equal(tried.code, 0, tried.err);
  assert.match(tried.out, /2 row\(s\) for 南宁市卫生健康委: new 1, changed 0, same 0, conflicts 0, left out 1/);
  assert.match(tried.out, /row 2: new 门户网站/);
  assert.match(tried.out, /nothing was written \(--dry-run\)/);
  assert.match(tried.err, /row 3: left out 办公终端; \S+ addresses 10\.1\.9\.300/);
  assert.match(tried.err, /not read: 谁管/);
  assert.match((await run('export')).out, /^[^\n]*资产名称[^\n]*$/);

  const strict = await run('import', path, '--strict');
  assert.equal(strict.code, 1);
  assert.match(strict.err, /nothing was written: 1 row\(s\) cannot be, and --strict/);

  const meant = ['--column', '谁管=responsiblePerson'];
  const first = await run('import', path, ...meant, '--profile', '卫健委台账');
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /1 row\(s\) written/);
  const again = await run('import', path);
  assert.equal(again.code, 0, again.err);
  assert.match(again.out, /new 0, changed 0, same 1/);
  assert.match(again.out, /nothing changes/);
  assert.match(again.err, /as remembered under "卫健委台账"/);

  site.clock.advanceMs(DAY_MS);
  const moved = await sheet('台账2.csv', '门户网站,应用系统,10.1.1.11,web01,A-1,韦伟');
  const changed = await run('import', moved);
  assert.match(changed.out, /row 2: changed 门户网站; addresses/, changed.err);

  const whole = await run('export', '--q', '门户', '--filter', 'class=system');
  assert.match(whole.out, /门户网站/, whole.err);
  assert.match(whole.out, /10\.1\.1\.11/);
  const book = join(folder, 'out.xlsx');
  const written = await run('export', '--output', book);
  assert.equal(written.code, 0, written.err);
  assert.equal((await readFile(book)).subarray(0, 2).toString(), 'PK');
  const back = await run('import', book);
  assert.match(back.out, /nothing changes/, back.err);

  const listed = await run('gaps', 'ungraded', '--format', 'ndjson');
  const { id } = JSON.parse(listed.out) as { id: string };
  assert.match((await run('gaps')).out, /^ungraded +1 +Not graded 未定级系统$/m);
  assert.match(
    (await run('gaps', 'ungraded', '--unit', unitPath)).out,
    new RegExp(`^${id} .*门户网站 +10.1.1.11`, 'm'),
  );

  assert.match((await run('show', id)).out, /^addresses +10\.1\.1\.11$/m);
  const then = await run('show', id, '--at', FIRST);
  assert.match(then.out, /^addresses +10\.1\.1\.10$/m, then.err);
  assert.match(then.out, /^responsiblePerson +韦伟$/m);
  assert.doesNotMatch(then.out, /^(lastSeenAt|duty) /m, 'what only today has is not told of another day');
  const tooEarly = await run('show', id, '--at', BEFORE);
  assert.equal(tooEarly.code, 1);
  assert.match(tooEarly.err, /The asset on that day/);

  const one = await run('diff', id, '--from', FIRST, '--to', SECOND);
  assert.equal(one.out, '门户网站\n  addresses: 10.1.1.10 → 10.1.1.11', one.err);
  assert.match((await run('diff', id, '--from', BEFORE, '--to', FIRST)).out, /was not in the ledger yet on 2026-03-01/);
  const all = await run('diff', unitPath, '--from', FIRST, '--to', SECOND);
  assert.match(all.out, /^changed 门户网站 .*\n {2}addresses: 10\.1\.1\.10 → 10\.1\.1\.11$/, all.err);
  assert.match(all.err, /created 0, changed 1, gone 0/);
});

test('what is wrong is said with its place and what to do', async () => {
  const empty = join(folder, 'empty.csv');
  await writeFile(empty, '资产名称,类型\n');
  const refused = await run('import', empty);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /empty\.csv: The sheet has no rows below its headings\n {2}\/file Use the template/);
  const none = await run('import', await sheet('none.csv', ',终端,10.1.9.4,,,'));
  assert.equal(none.code, 1);
  assert.match(none.err, /no row can be/);
  const column = await run('import', await sheet('one.csv', '甲,终端,10.1.9.4,,,'), '--column', '部门=unit');
  assert.match(column.err, /no heading "部门"; it has 资产名称, 类型/);
  const meaning = await run('import', join(folder, 'one.csv'), '--column', '谁管=whoever');
  assert.match(meaning.err, /"whoever" is no field and no attribute/);
  assert.match((await run('import', folder)).err, /is no file: name the sheets/);
  assert.match((await run('import', join(folder, 'nowhere.csv'))).err, /nowhere\.csv does not exist/);
  assert.match((await run('import', empty, '--column', '谁管')).err, /write HEADING=MEANING/);

  const filter = await run('export', '--filter', 'clas=host');
  assert.equal(filter.code, 2);
  assert.match(filter.err, /there is no "clas"; there are class, kind/);
  assert.match((await run('export', '--filter', 'class=ship')).err, /class/);
  assert.match((await run('export', '--output', join(folder, 'a.pdf'))).err, /must end in \.xlsx or \.csv/);
  assert.match(
    (await run('export', '--output', join(folder, 'no', 'a.csv'))).err,
    /--output: .*a\.csv cannot be written/,
  );
  assert.match((await run('gaps', 'holes')).err, /no_holder/);
  assert.match((await run('show', 'web01')).err, /assets show ID/);
  assert.match((await run('diff', '--from', '2026-02-30', '--to', FIRST)).err, /--from and --to: a day such as/);
  assert.match((await run('gaps', '--colour')).err, /--colour[\s\S]*tongan assets gaps \[GAP\]/);

  const nobody = await runBare('gaps', '--url', url);
  assert.equal(nobody.code, 2);
  assert.match(nobody.err, /a token with the permission asset\.read: --token or TONGAN_TOKEN/);
  const away = await runBare('gaps', '--token', 'good', '--url', 'http://127.0.0.1:1');
  assert.equal(away.code, 1);
  assert.match(away.err, /no platform answers at http:\/\/127\.0\.0\.1:1: is it running\?/);
});
