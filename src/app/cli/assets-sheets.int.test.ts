import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ledgerSlice, observe } from '#domain/ledger/index.ts';
import { type CommandSite, openCommandSite } from '../../../test/support/command-site.ts';
import { assetsCommand } from './assets.ts';

const DAY_MS = 86_400_000;
const [BEFORE, FIRST, SECOND] = ['2026-03-01', '2026-03-02', '2026-03-03'];
const HEADINGS = '资产名称,类型,IP地址,主机名,资产编号,谁管';

let open: CommandSite;
before(async () => {
  open = await openCommandSite({
    slices: [ledgerSlice],
    jobs: ['ledger.import'],
    people: (site, { path }) => ({
      good: site.as({ roles: ['unit_officer'], path }),
      analyst: site.as({ roles: ['analyst'], path: '/450000/' }),
    }),
  });
});
after(() => open.close());

const run = (...args: string[]) => open.run(assetsCommand, 'good', ...args);

async function sheet(name: string, ...rows: string[]): Promise<string> {
  const path = join(open.folder, name);
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
  const first = await run('import', path, ...meant, '--remember', '卫健委台账');
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /1 row\(s\) written/);
  const again = await run('import', path);
  assert.equal(again.code, 0, again.err);
  assert.match(again.out, /new 0, changed 0, same 1/);
  assert.match(again.out, /nothing changes/);
  assert.match(again.err, /as remembered under "卫健委台账"/);

  const others = join(open.folder, '台账3.csv');
  await writeFile(others, '谁管,资产名称,类型,资产编号\r\n韦伟,门户网站,应用系统,A-1\r\n');
  const byName = await run('import', others, '--profile', '卫健委台账', '--unit', open.unit.path);
  assert.match(byName.out, /same 1/, byName.err);
  assert.match(byName.err, /as remembered under "卫健委台账"/);
  const noProfile = await run('import', others, '--profile', '台账');
  assert.match(noProfile.err, /remembered under "台账"\n {2}\/profile There are: 卫健委台账/);
  assert.match((await run('import', others, '--unit', '/450000/450200/')).err, /not in your area\n {2}\/unit/);

  open.site.clock.advanceMs(DAY_MS);
  const moved = await sheet('台账2.csv', '门户网站,应用系统,10.1.1.11,web01,A-1,韦伟');
  const changed = await run('import', moved);
  assert.match(changed.out, /row 2: changed 门户网站; addresses/, changed.err);

  const whole = await run('export', '--q', '门户', '--filter', 'class=system');
  assert.match(whole.out, /门户网站/, whole.err);
  assert.match(whole.out, /10\.1\.1\.11/);
  const book = join(open.folder, 'out.xlsx');
  const written = await run('export', '--output', book);
  assert.equal(written.code, 0, written.err);
  assert.equal((await readFile(book)).subarray(0, 2).toString(), 'PK');
  const back = await run('import', book);
  assert.match(back.out, /nothing changes/, back.err);

  const listed = await run('gaps', 'ungraded', '--format', 'ndjson');
  const { id } = JSON.parse(listed.out) as { id: string };
  assert.match((await run('gaps')).out, /^ungraded +1 +Not graded 未定级系统$/m);
  assert.match((await run('gaps', '--unit', open.unit.path)).out, /^ungraded +1 /m);
  assert.match((await run('gaps', '--unit', '/450000/450200/')).out, /^ungraded +0 /m);
  assert.match(
    (await run('gaps', 'ungraded', '--unit', open.unit.path)).out,
    new RegExp(`^${id} .*门户网站 +10.1.1.11`, 'm'),
  );

  assert.match((await run('show', id)).out, /^addresses +10\.1\.1\.11$/m);
  const then = await run('show', id, '--at', FIRST);
  assert.match(then.out, /^addresses +10\.1\.1\.10$/m, then.err);
  assert.match(then.out, /^responsiblePerson +韦伟$/m);
  assert.doesNotMatch(then.out, /^lastSeenAt /m, 'of when it was seen only the last time is kept');
  assert.match(then.err, /not known of that day: lastSeenAt/);
  const onDay = await run('on', FIRST, '--unit', open.unit.path);
  assert.match(onDay.out, new RegExp(`^${id} .*门户网站 +10.1.1.10`, 'm'), onDay.err);
  assert.match((await run('on', BEFORE)).err, /^0 asset/m);
  assert.equal((await run('on', 'yesterday')).code, 2);
  const tooEarly = await run('show', id, '--at', BEFORE);
  assert.equal(tooEarly.code, 1);
  assert.match(tooEarly.err, /was not in the ledger yet on that day\n {2}\/day It is in the ledger since 2026-03-02/);

  const one = await run('diff', id, '--from', FIRST, '--to', SECOND);
  assert.equal(one.out, '门户网站\n  addresses: 10.1.1.10 → 10.1.1.11', one.err);
  assert.match((await run('diff', id, '--from', BEFORE, '--to', FIRST)).out, /was not in the ledger yet on 2026-03-01/);
  const all = await run('diff', open.unit.path, '--from', FIRST, '--to', SECOND);
  assert.match(all.out, /^changed 门户网站 .*\n {2}addresses: 10\.1\.1\.10 → 10\.1\.1\.11$/, all.err);
  assert.match(all.err, /created 0, changed 1, gone 0/);
});

test('what is wrong is said with its place and what to do', async () => {
  const empty = join(open.folder, 'empty.csv');
  await writeFile(empty, '资产名称,类型\n');
  const refused = await run('import', empty);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /empty\.csv: The sheet has no rows below its headings\n {2}\/file Use the template/);
  const none = await run('import', await sheet('none.csv', ',终端,10.1.9.4,,,'));
  assert.equal(none.code, 1);
  assert.match(none.err, /no row can be/);
  const column = await run('import', await sheet('one.csv', '甲,终端,10.1.9.4,,,'), '--column', '部门=unit');
  assert.match(column.err, /no heading "部门"; it has 资产名称, 类型/);
  const meaning = await run('import', join(open.folder, 'one.csv'), '--column', '谁管=whoever');
  assert.match(meaning.err, /"whoever" is no field and no attribute/);
  assert.match((await run('import', open.folder)).err, /is no file: name the sheets/);
  assert.match((await run('import', join(open.folder, 'nowhere.csv'))).err, /nowhere\.csv does not exist/);
  assert.match((await run('import', empty, '--column', '谁管')).err, /write HEADING=MEANING/);

  const filter = await run('export', '--filter', 'clas=host');
  assert.equal(filter.code, 2);
  assert.match(filter.err, /there is no "clas"; there are class, kind/);
  assert.match((await run('export', '--filter', 'class=ship')).err, /class/);
  assert.match(
    (await run('export', '--output', join(open.folder, 'a.pdf'))).err,
    /must end in \.xlsx, \.csv or \.ndjson/,
  );
  assert.match(
    (await run('export', '--output', join(open.folder, 'no', 'a.csv'))).err,
    /--output: .*a\.csv cannot be written/,
  );
  assert.match((await run('gaps', 'holes')).err, /no_holder/);
  assert.match((await run('show', 'web01')).err, /assets show ID/);
  assert.match((await run('diff', '--from', '2026-02-30', '--to', FIRST)).err, /--from and --to: a day such as/);
  assert.match((await run('gaps', '--colour')).err, /--colour[\s\S]*tongan assets gaps \[GAP\]/);

  const nobody = await open.runBare(assetsCommand, 'gaps', '--url', open.url);
  assert.equal(nobody.code, 2);
  assert.match(nobody.err, /a token with the permission asset\.read: --token or TONGAN_TOKEN/);
  const away = await open.runBare(assetsCommand, 'gaps', '--token', 'good', '--url', 'http://127.0.0.1:1');
  assert.equal(away.code, 1);
  assert.match(away.err, /no platform answers at http:\/\/127\.0\.0\.1:1: is it running\?/);
});

test('what sources saw goes out with the filters of its list, safe in a spreadsheet', async () => {
  const seen = {
    source: 'wazuh',
    class: 'host',
    unitPath: open.unit.path,
    seenAt: new Date('2026-03-01T00:00:00Z'),
  } as const;
  await observe(open.site.system, [
    {
      ...seen,
      nativeKey: 'agent-1',
      facts: { agentId: '1', name: '=cmd|x', hostNames: ['db-01'], addresses: ['10.1.7.1'] },
    },
    { ...seen, nativeKey: 'agent-2', facts: { addresses: ['10.1.7.2'] } },
  ]);
  const lines = await run('observations', '--filter', 'source=wazuh', '--format', 'ndjson');
  assert.deepEqual(
    lines.out
      .split('\n')
      .map((line) => (JSON.parse(line) as { nativeKey: string }).nativeKey)
      .sort(),
    ['agent-1', 'agent-2'],
    lines.err,
  );
  const csv = await run('observations', '--filter', 'state=linked', '--filter', 'source=wazuh');
  assert.match(
    csv.out,
    /^\uFEFF来源,来源编号,.*\r\nwazuh,agent-1,host,南宁市卫生健康委,已关联,.*,'=cmd\|x,db-01,10\.1\.7\.1,/,
  );
  assert.doesNotMatch(csv.out, /agent-2/);
  const book = join(open.folder, 'seen.xlsx');
  assert.equal((await run('observations', '--q', '10.1.7', '--output', book)).code, 0);
  assert.equal((await readFile(book)).subarray(0, 2).toString(), 'PK');
  assert.match(
    (await run('observations', '--filter', 'class=host')).err,
    /there is no "class"; there are state, source, unit, unresolved, text/,
  );
});

test('an export of observations comes back whole; where records were left out, the exit code says so', async () => {
  const facts = { uuid: '5b1f0e1c-0000-4000-8000-00000000cafe', hostNames: ['rt-01'], addresses: ['10.1.8.1'] };
  const seenAt = new Date('2026-03-01T01:00:00Z');
  const event = {
    class: 'host',
    unitPath: open.unit.path,
    seenAt,
    firstSeenAt: new Date(seenAt.getTime() - DAY_MS),
  } as const;
  await observe(open.site.system, [
    { ...event, source: 'fleet', nativeKey: 'rt', facts, raw: { id: 'rt' } },
    { ...event, source: 'telemetry', nativeKey: 'address/10.1.8.9', facts: { addresses: ['10.1.8.9'] } },
  ]);
  const path = join(open.folder, 'seen.ndjson');
  const shown = async () => (await run('observations', '--format', 'ndjson')).out;
  const before = await shown();
  assert.equal((await run('observations', '--format', 'ndjson', '--output', path)).code, 0);
  const count = before.split('\n').length;
  const back = await open.run(assetsCommand, 'analyst', 'observe', path);
  assert.equal(back.code, 0, back.err);
  assert.match(back.out, new RegExp(`seen\\.ndjson: centre, ${count} record\\(s\\): `));
  assert.equal(await shown(), before);

  await writeFile(path, [before.split('\n')[0], '{"source":"fleet"}'].join('\n'));
  const partly = await open.run(assetsCommand, 'analyst', 'observe', path);
  assert.equal(partly.code, 1);
  assert.match(partly.out, /centre, 1 record\(s\)/);
  assert.match(partly.err, /line 2 nativeKey: .*\n\s+1 record\(s\) left out/);
});
