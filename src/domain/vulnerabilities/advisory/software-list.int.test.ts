import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { appendEntries } from '#domain/journal/index.ts';
import { createAsset } from '#domain/ledger/index.ts';
import type { Ctx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { applyImport, runImport, uploadReport } from '../import/actions.ts';
import { ImportOptions } from '../import/import.ts';
import { vulnerabilityJobs } from '../jobs.ts';
import { listSoftware, SoftwareQuery } from './software-list.ts';

const COUNT = 25;

let platform: TestPlatform;
let officer: Ctx;
let other: Ctx;
let asset: string;

/** A bill of materials whose components come in no order. */
const SBOM = JSON.stringify({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  metadata: { timestamp: '2026-02-10T02:00:00Z', component: { type: 'application', name: 'portal' } },
  components: Array.from({ length: COUNT }, (_, at) => ({
    type: 'library',
    name: at === 3 ? 'Log4j-core' : `lib-${String((at * 7) % COUNT).padStart(2, '0')}`,
    version: `1.${at}.0`,
    purl: `pkg:npm/lib-${at}@1.${at}.0`,
  })),
});

before(async () => {
  platform = await openTestPlatform({ append: appendEntries, jobs: vulnerabilityJobs });
  const [first, second] = await seedUnits(platform, [
    { code: 'nn-hospital', name: '南宁市某医院', divisionCode: '450100' },
    { code: 'lz-school', name: '柳州市某学校', divisionCode: '450200' },
  ]);
  assert.ok(first && second);
  officer = platform.as({ roles: ['unit_officer'], path: first.path });
  other = platform.as({ roles: ['unit_officer'], path: second.path });
  asset = (await createAsset(officer, { class: 'system', name: '门户网站' })).id;
  const { id } = await uploadReport(officer, 'bom.json', Buffer.from(SBOM), ImportOptions.parse({ assetId: asset }));
  await applyImport(officer, { id });
  await runImport(platform.system, id);
});
after(() => platform.close());

const listed = (ctx: Ctx, query: Readonly<Record<string, unknown>>) =>
  ctx.read((db) => listSoftware(db, SoftwareQuery.parse({ asset, ...query })));

test('software of an asset is listed by name, page by page, with who saw it and when', async () => {
  const first = await listed(officer, { pageSize: 20 });
  const second = await listed(officer, { pageSize: 20, page: 2 });
  assert.deepEqual([first.total, first.items.length, second.items.length], [COUNT, 20, COUNT - 20]);
  const names = [...first.items, ...second.items].map(({ name }) => name.toLowerCase());
  assert.deepEqual(names, [...names].sort());
  assert.equal(new Set(names).size, COUNT);
  const { tool, seenBy, ecosystem, seenAt } = first.items[0] ?? assert.fail('nothing is listed');
  assert.deepEqual([tool, seenBy, ecosystem, seenAt], ['cyclonedx', 'package', 'npm', '2026-02-10T02:00:00.000Z']);
});

test('it is found by a part of its name or version, whatever the case and its signs', async () => {
  const found = async (text: string) => (await listed(officer, { text })).items.map(({ name }) => name);
  assert.deepEqual(await found(' LOG4J '), ['Log4j-core']);
  assert.deepEqual(await found('core 1.3'), ['Log4j-core']);
  assert.deepEqual(await found('%'), []);
});

test('another unit sees none of it', async () => {
  assert.deepEqual(await listed(other, {}), { items: [], total: 0 });
});
