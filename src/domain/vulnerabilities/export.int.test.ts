import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { Ctx } from '#platform/context.ts';
import { contentOf } from '#platform/sheet.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits } from '../../../test/support/units.ts';
import { issueSheet } from './export.ts';
import { applyImport, runImport, uploadReport } from './import/actions.ts';
import { ImportOptions } from './import/import.ts';
import { vulnerabilityJobs } from './jobs.ts';

let site: TestPlatform;
let officer: Ctx;
before(async () => {
  site = await openTestPlatform({ jobs: vulnerabilityJobs });
  const [unit] = await seedUnits(site, [{ code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' }]);
  assert.ok(unit);
  officer = site.as({ roles: ['unit_officer'], path: unit.path });
  const sheet = '主机,端口,漏洞名称,风险等级,CVE编号\n10.8.1.1,443,=弱加密,高危,CVE-2024-1\n';
  const options = ImportOptions.parse({ scannedAt: site.clock.now().toISOString() });
  const { id } = await uploadReport(officer, 'a.csv', Buffer.from(sheet), options);
  await applyImport(officer, { id });
  await runImport(site.system, id);
  await site.asOwner(`INSERT INTO vulnerability_issue SELECT (jsonb_populate_record(i, jsonb_build_object(
    'id', gen_random_uuid(), 'issue_key', 'copy ' || n, 'place', 'tcp/' || n, 'primary_id', 'CVE-2024-' || n + 1,
    'priority', 1 + n % 4, 'grade', (ARRAY['critical', 'high', 'medium', 'low'])[1 + n % 3]))).*
    FROM vulnerability_issue i, generate_series(1, 2300) n`);
});
after(() => site.close());

interface Line {
  readonly id: string;
  readonly priority: number;
  readonly grade: string;
}

async function linesOf(ctx: Ctx, filter: object): Promise<Line[]> {
  const lines = (await text(contentOf(issueSheet(ctx, filter), 'ndjson'))).split('\n').filter((line) => line !== '');
  return lines.map((line): Line => JSON.parse(line));
}

test('an export of vulnerabilities goes over pages to the last: each once, by priority and grade, only what fits and is in sight', async () => {
  const all = await linesOf(officer, {});
  assert.equal(all.length, 2301);
  assert.equal(new Set(all.map(({ id }) => id)).size, 2301);
  const places = all.map(({ priority, grade }) => priority * 10 + ['critical', 'high', 'medium', 'low'].indexOf(grade));
  assert.deepEqual(
    places,
    places.toSorted((left, right) => left - right),
  );
  assert.equal((await linesOf(officer, { grade: 'medium' })).length, 767);
  assert.deepEqual(await linesOf(site.as({ roles: ['unit_officer'], path: '/450000/450200/x/' }), {}), []);
});

test('the same list goes out as text with headings, and nothing in it is a formula', async () => {
  const csv = (await text(contentOf(issueSheet(officer, {}), 'csv'))).split('\r\n');
  assert.ok(csv[0]?.startsWith('\uFEFF单位,资产名称,主机,'));
  assert.equal(csv.length, 2303, 'headings, rows, and the end of the last line');
  assert.ok(csv.slice(1, -1).every((line) => line.includes("'=弱加密")));
});
