import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { appendEntries } from '#domain/journal/index.ts';
import { createAsset } from '#domain/ledger/index.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { personMoves } from '../actions.ts';
import { FEED_BYTES_MAX, loadFeed, rateAll } from '../feeds.ts';
import { vulnerabilityJobs } from '../jobs.ts';
import { issueFacets, listIssues } from '../list.ts';
import { applyImport, remapImport, runImport, uploadReport } from './actions.ts';
import { ImportOptions } from './import.ts';
import { findImport } from './store.ts';

const UNIT = '/450000/450100/nn-health/';
const OTHER = '/450000/450200/lz-health/';

let platform: TestPlatform;
let officer: Ctx;
let analyst: Ctx;
let stranger: Ctx;
before(async () => {
  platform = await openTestPlatform({ append: appendEntries, jobs: vulnerabilityJobs });
  await platform.asOwner(`
    INSERT INTO division (code, name, level, parent_code, path, standard_version) VALUES
      ('450000', '广西壮族自治区', 'region', NULL, '/450000/', 't'),
      ('450100', '南宁市', 'city', '450000', '/450000/450100/', 't'),
      ('450200', '柳州市', 'city', '450000', '/450000/450200/', 't')
      ON CONFLICT DO NOTHING;
    INSERT INTO unit (id, code, name, short_name, kind, sector, division_code, unit_path, created_at, changed_at) VALUES
      ('00000000-0000-7000-8000-000000000001', 'nn-health', '南宁市卫生健康委员会', '市卫健委', 'member', 'health', '450100', '${UNIT}', now(), now()),
      ('00000000-0000-7000-8000-000000000002', 'lz-health', '柳州市卫生健康委员会', '柳州卫健委', 'member', 'health', '450200', '${OTHER}', now(), now())`);
  officer = platform.as({ roles: ['unit_officer'], path: UNIT });
  analyst = platform.as({ roles: ['analyst'], path: '/450000/' });
  stranger = platform.as({ roles: ['unit_officer'], path: OTHER });
});
after(() => platform.close());

interface Item {
  readonly plugin: string;
  readonly port?: number;
  readonly severity?: number;
  readonly cve?: string;
  readonly name?: string;
}
interface Host {
  readonly name: string;
  readonly items: readonly Item[];
  readonly credentialed?: boolean;
  readonly ports?: string;
}

/** A Nessus report as the scanner writes it: what was seen, how it was looked for, and when it ended. */
function nessus(day: string, hosts: readonly Host[]): Uint8Array {
  const item = ({ plugin, port = 443, severity = 3, cve, name = `Weakness ${plugin}` }: Item) =>
    `<ReportItem port="${port}" protocol="tcp" severity="${severity}" pluginID="${plugin}" pluginName="${name}" pluginFamily="General">
      ${cve === undefined ? '' : `<cve>${cve}</cve>`}<plugin_output>seen at ${day}</plugin_output></ReportItem>`;
  const body = hosts.map(
    ({ name, items, credentialed = false, ports = '1-65535' }) => `<ReportHost name="${name}">
      <HostProperties><tag name="host-ip">${name}</tag><tag name="HOST_END">${day}T10:00:00+08:00</tag></HostProperties>
      <ReportItem port="0" protocol="tcp" severity="0" pluginID="19506" pluginName="Nessus Scan Information" pluginFamily="Settings">
        <plugin_output>Port range : ${ports}\nCredentialed checks : ${credentialed ? 'yes' : 'no'}</plugin_output></ReportItem>
      ${items.map(item).join('')}</ReportHost>`,
  );
  return Buffer.from(
    `<?xml version="1.0"?><NessusClientData_v2><Report name="r">${body.join('')}</Report></NessusClientData_v2>`,
  );
}

async function imported(ctx: Ctx, bytes: Uint8Array, options: Partial<ImportOptions> = {}) {
  const { id } = await uploadReport(ctx, 'scan.nessus', bytes, ImportOptions.parse(options));
  await applyImport(ctx, { id });
  await runImport(platform.system, id);
  const found = await ctx.read((db) => findImport(db, id));
  assert.equal(found?.state, 'applied');
  return found.counts;
}

const issuesOf = (ctx: Ctx) =>
  ctx.read((db) => db.selectFrom('vulnerability_issue').selectAll().orderBy('issue_key').execute());
const issueOf = async (ctx: Ctx, primary: string, target: string) => {
  const found = (await issuesOf(ctx)).find((issue) => issue.primary_id === primary && issue.target === target);
  return found ?? assert.fail(`no issue ${primary} on ${target}`);
};
const changes = ({
  create,
  update,
  reopen,
  close,
}: {
  create: number;
  update: number;
  reopen: number;
  close: number;
}) => ({
  create,
  update,
  reopen,
  close,
});
const NOTHING = { create: 0, update: 0, reopen: 0, close: 0 };

const FIRST = nessus('2026-02-10', [
  {
    name: '10.9.1.1',
    items: [
      { plugin: '100', cve: 'CVE-2021-44228', severity: 4 },
      { plugin: '101', port: 8443 },
    ],
  },
  { name: '10.9.1.2', items: [{ plugin: '100', cve: 'CVE-2021-44228', severity: 4 }] },
]);

test('hosts that are in the ledger lead to their asset, others are kept as not in the ledger', async () => {
  const { id } = await createAsset(officer, { kind: 'endpoint', name: '挂号服务器', addresses: ['10.9.1.1'] });
  const counts = await imported(officer, FIRST);
  assert.deepEqual(changes(counts), { ...NOTHING, create: 3 });
  assert.deepEqual([counts.targets, counts.inLedger, counts.information], [2, 1, 2]);
  assert.equal((await issueOf(officer, 'CVE-2021-44228', '10.9.1.1')).asset_id, id);
  assert.equal((await issueOf(officer, 'CVE-2021-44228', '10.9.1.2')).asset_id, null);
  const { items, total } = await officer.read((db) =>
    listIssues(db, { ledger: 'out', page: 1, pageSize: 50, sort: 'priority', order: 'asc' }, platform.clock.now()),
  );
  assert.equal(total, 1);
  assert.equal(items[0]?.asset, null);
});

test('the same file twice changes nothing', async () => {
  const before = await issuesOf(officer);
  assert.deepEqual(changes(await imported(officer, FIRST)), NOTHING);
  assert.deepEqual(await issuesOf(officer), before);
});

test('a unit sees and touches only its own, and its journal says what was imported', async () => {
  assert.deepEqual(await issuesOf(stranger), []);
  const issue = await issueOf(officer, 'rule:101', '10.9.1.1');
  await assert.rejects(
    personMoves.start(stranger, { id: issue.id }),
    (error: unknown) => error instanceof AppError && error.code === 'not_found',
  );
  await assert.rejects(
    personMoves.dismiss(officer, { id: issue.id, reason: '这是误报' }),
    (error: unknown) => error instanceof AppError && error.code === 'forbidden',
  );
  const entries = await officer.read((db) =>
    db.selectFrom('journal_entry').select('action').where('action', '=', 'vulnerability.import').execute(),
  );
  assert.ok(entries.length >= 4);
});

test('what the centre imports stands in the trail of each issue of a unit, with the issues of that unit alone', async () => {
  const places = [
    [UNIT, '10.77.1.1'],
    [OTHER, '10.77.2.1'],
  ] as const;
  for (const [unitPath, address] of places)
    await createAsset(platform.system, { class: 'host', name: address, addresses: [address], unitPath });
  const hosts = places.map(([, name]) => ({ name, items: [{ plugin: '777' }] }));
  const { id } = await uploadReport(analyst, '全区.nessus', nessus('2026-02-11', hosts), ImportOptions.parse({}));
  await applyImport(analyst, { id });
  await runImport(platform.system, id);
  for (const ctx of [officer, stranger]) {
    const entries = await ctx.read((db) =>
      db.selectFrom('journal_entry').select(['data', 'related']).where('object_id', '=', id).execute(),
    );
    const own = (await issuesOf(ctx)).filter(({ primary_id }) => primary_id === 'rule:777').map((issue) => issue.id);
    assert.deepEqual(
      entries.map(({ related }) => (JSON.parse(related) as { id: string }[]).map((one) => one.id)),
      [own],
    );
    const data = JSON.parse(entries[0]?.data ?? '{}') as { created: string[]; by: { name: string } };
    assert.deepEqual([data.created, data.by.name], [own, analyst.actor.name]);
  }
});

test('a report closes only what it proves gone: the host answered and the port was tried', async () => {
  const narrow = nessus('2026-02-12', [{ name: '10.9.1.1', items: [], ports: '1-1024' }]);
  const counts = await imported(officer, narrow);
  assert.deepEqual(changes(counts), { ...NOTHING, close: 1 });
  assert.deepEqual(counts.keptBy, { port: 1 });
  assert.equal((await issueOf(officer, 'CVE-2021-44228', '10.9.1.1')).state, 'closed');
  assert.equal((await issueOf(officer, 'rule:101', '10.9.1.1')).state, 'open');
  assert.equal(
    (await issueOf(officer, 'CVE-2021-44228', '10.9.1.2')).state,
    'open',
    'the other host was not looked at',
  );
});

test('an older report neither closes nor reopens', async () => {
  const before = await issuesOf(officer);
  const old = nessus('2026-02-01', [{ name: '10.9.1.1', items: [{ plugin: '100', cve: 'CVE-2021-44228' }] }]);
  assert.deepEqual(changes(await imported(officer, old)), NOTHING);
  assert.deepEqual(await issuesOf(officer), before);
});

test('a regression reopens once', async () => {
  const again = nessus('2026-02-14', [
    {
      name: '10.9.1.1',
      items: [
        { plugin: '100', cve: 'CVE-2021-44228', severity: 4 },
        { plugin: '101', port: 8443 },
      ],
    },
  ]);
  assert.deepEqual(changes(await imported(officer, again)), { ...NOTHING, reopen: 1 });
  assert.deepEqual(changes(await imported(officer, again)), NOTHING);
  const issue = await issueOf(officer, 'CVE-2021-44228', '10.9.1.1');
  assert.deepEqual([issue.state, issue.regressions], ['open', 1]);
});

test('what a person decided is left alone by every import', async () => {
  const issue = await issueOf(analyst, 'rule:101', '10.9.1.1');
  await personMoves.dismiss(analyst, { id: issue.id, reason: '经核实为误报' });
  await imported(
    officer,
    nessus('2026-02-16', [{ name: '10.9.1.1', items: [{ plugin: '100', cve: 'CVE-2021-44228', severity: 4 }] }]),
  );
  assert.equal((await issueOf(officer, 'rule:101', '10.9.1.1')).state, 'false_positive');
  await imported(
    officer,
    nessus('2026-02-18', [
      {
        name: '10.9.1.1',
        items: [
          { plugin: '100', cve: 'CVE-2021-44228', severity: 4 },
          { plugin: '101', port: 8443 },
        ],
      },
    ]),
  );
  assert.equal((await issueOf(officer, 'rule:101', '10.9.1.1')).state, 'false_positive');
});

test('a second tool that finds the same CVE joins the issue, which stays open until neither sees it', async () => {
  const csv = '主机,漏洞名称,风险等级,CVE编号,端口\n10.9.1.1,Log4Shell,超危,CVE-2021-44228,443\n';
  const { id } = await uploadReport(
    officer,
    '漏扫.csv',
    Buffer.from(csv),
    ImportOptions.parse({ scannedAt: '2026-02-19T10:00:00+08:00' }),
  );
  await applyImport(officer, { id });
  await runImport(platform.system, id);
  const joined = await issueOf(officer, 'CVE-2021-44228', '10.9.1.1');
  assert.deepEqual(joined.tools, ['nessus', 'sheet']);
  await imported(officer, nessus('2026-02-20', [{ name: '10.9.1.1', items: [] }]));
  assert.equal((await issueOf(officer, 'CVE-2021-44228', '10.9.1.1')).state, 'open', 'the sheet still says so');
});

test("a unit's own sheet is read as somebody says its columns are meant, and so is the next one with these headings", async () => {
  const sheet = (host: string) => Buffer.from(`检查记录,,,\n甲,乙,丙,丁\n${host},弱口令,高危,老张\n`);
  const upload = (ctx: Ctx, host: string) => uploadReport(ctx, '自查.csv', sheet(host), ImportOptions.parse({}));
  const shown = async (ctx: Ctx, id: string) => {
    const found = await ctx.read((db) => findImport(db, id));
    return { create: found?.counts.create, problems: found?.problems.map(({ reason }) => reason), ...found?.sheet };
  };
  const headings = ['甲', '乙', '丙', '丁'];
  const { id: unknown } = await upload(officer, '10.9.1.40');
  assert.deepEqual(await shown(officer, unknown), {
    create: 0,
    problems: ['sheet.no_headings'],
    headings,
    mapping: ['', '', '', ''],
    remembered: false,
  });
  const mapping = ['host', 'title', 'grade', ''] as const;
  const { id: chosen } = await remapImport(officer, unknown, ImportOptions.parse({ mapping }));
  assert.deepEqual(await shown(officer, chosen), { create: 1, problems: [], headings, mapping, remembered: false });
  assert.equal(
    (await shown(officer, (await upload(officer, '10.9.1.41')).id)).remembered,
    false,
    'nothing accepted yet',
  );
  await applyImport(officer, { id: chosen });
  await runImport(platform.system, chosen);
  assert.deepEqual(await shown(officer, (await upload(officer, '10.9.1.41')).id), {
    create: 1,
    problems: [],
    headings,
    mapping,
    remembered: true,
  });
  assert.equal((await shown(stranger, (await upload(stranger, '10.9.1.41')).id)).remembered, false, "another unit's");
});

test('a host that comes into the ledger takes its findings along', async () => {
  const before = await issueOf(officer, 'CVE-2021-44228', '10.9.1.2');
  const { id } = await createAsset(officer, { kind: 'endpoint', name: '检验服务器', addresses: ['10.9.1.2'] });
  const counts = await imported(
    officer,
    nessus('2026-02-21', [{ name: '10.9.1.2', items: [{ plugin: '100', cve: 'CVE-2021-44228', severity: 4 }] }]),
  );
  assert.deepEqual(changes(counts), NOTHING);
  const after = await issueOf(officer, 'CVE-2021-44228', '10.9.1.2');
  assert.deepEqual([after.id, after.asset_id, after.unit_path], [before.id, id, UNIT]);
});

test('a claim of the unit is checked by the next scan', async () => {
  const { id } = await issueOf(officer, 'CVE-2021-44228', '10.9.1.2');
  platform.clock.set(new Date('2026-02-22T02:00:00Z'));
  await personMoves.start(officer, { id });
  await personMoves.claim(officer, { id, reason: '已升级到 2.17.1' });
  assert.equal((await issueOf(officer, 'CVE-2021-44228', '10.9.1.2')).state, 'retest');
  platform.clock.set(new Date('2026-03-02T02:00:00Z'));
  await imported(
    officer,
    nessus('2026-02-24', [{ name: '10.9.1.2', items: [{ plugin: '100', cve: 'CVE-2021-44228', severity: 4 }] }]),
  );
  assert.equal((await issueOf(officer, 'CVE-2021-44228', '10.9.1.2')).state, 'open');
});

test('known exploitation raises the priority of what is open, with the reason', async () => {
  const before = await issueOf(officer, 'CVE-2021-44228', '10.9.1.2');
  assert.equal(before.priority, 2);
  const kev = {
    catalogVersion: '2025.08.25',
    dateReleased: '2025-08-25T14:00:00Z',
    vulnerabilities: [
      {
        cveID: 'CVE-2021-44228',
        vendorProject: 'Apache',
        product: 'Log4j2',
        vulnerabilityName: 'Log4Shell',
        dateAdded: '2021-12-10',
        knownRansomwareCampaignUse: 'Known',
      },
      { cveID: 'not one', dateAdded: '2021-12-10' },
    ],
  };
  const loaded = await loadFeed(analyst, Buffer.from(JSON.stringify(kev)));
  assert.deepEqual([loaded.entries, loaded.skipped], [1, 1]);
  const epss =
    '#model_version:v2025.03.14,score_date:2026-02-28T00:00:00+0000\ncve,epss,percentile\nCVE-2021-44228,0.94358,0.99957\nbad,line\n';
  assert.deepEqual((await loadFeed(analyst, Buffer.from(epss))).skipped, 1);
  await rateAll(platform.system);
  const { items } = await officer.read((db) =>
    listIssues(db, { exploited: 'true', page: 1, pageSize: 50, sort: 'priority', order: 'asc' }, platform.clock.now()),
  );
  assert.ok(items.every(({ priority }) => priority === 1));
  assert.match(items[0]?.why.zh ?? '', /^立即处置：超危漏洞，已知被利用，且被勒索软件使用/);
  const facets = await officer.read((db) => issueFacets(db, {}, platform.clock.now()));
  assert.equal(facets.exploited, items.length);
});

test('EPSS is brought in packed as it is published; what is damaged, or unpacks to more than a feed holds, is refused', async () => {
  const csv = 'cve,epss,percentile\nCVE-2021-44228,0.94358,0.99957\n';
  const loaded = await loadFeed(analyst, gzipSync(csv));
  assert.deepEqual([loaded.kind, loaded.entries, loaded.skipped], ['epss', 1, 0]);
  const bomb = gzipSync(Buffer.alloc(FEED_BYTES_MAX + 1));
  for (const bytes of [gzipSync(csv).subarray(0, 40), bomb])
    await assert.rejects(
      loadFeed(analyst, bytes),
      (error: unknown) => error instanceof AppError && error.reason === 'vulnerability.feed.packed',
    );
});

test('a half-broken file imports its good part, or nothing when that was asked for', async () => {
  const whole = nessus('2026-02-25', [{ name: '10.9.1.9', items: [{ plugin: '300' }, { plugin: '301' }] }]);
  const cut = whole.subarray(0, whole.length - 150);
  await assert.rejects(
    uploadReport(officer, 'cut.nessus', cut, ImportOptions.parse({ strict: true })),
    (error: unknown) =>
      error instanceof AppError && error.reason === 'vulnerability.file.broken' && error.faults.length > 0,
  );
  const counts = await imported(officer, cut);
  assert.deepEqual([counts.create, counts.problems], [1, 1]);
});
