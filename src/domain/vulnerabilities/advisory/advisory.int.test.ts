import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { appendEntries } from '#domain/journal/index.ts';
import { createAsset } from '#domain/ledger/index.ts';
import type { Ctx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../../test/support/units.ts';
import { applyImport, runImport, uploadReport } from '../import/actions.ts';
import { ImportOptions } from '../import/import.ts';
import { vulnerabilityJobs } from '../jobs.ts';
import { answerQuestion, closeAdvisory, createAdvisory } from './actions.ts';
import { matchSome } from './match.ts';

let platform: TestPlatform;
let hospital: TestUnit;
let school: TestUnit;
let analyst: Ctx;
let officer: Ctx;
let teacher: Ctx;
let nmapHost: string;

const NMAP = `<?xml version="1.0"?><!DOCTYPE nmaprun><nmaprun><host><status state="up"/><address addr="10.6.1.1" addrtype="ipv4"/>
  <ports><port protocol="tcp" portid="22"><state state="open"/><service name="ssh" product="OpenSSH" version="7.4"><cpe>cpe:/a:openbsd:openssh:7.4</cpe></service></port></ports></host>
  <runstats><finished time="1772400000"/></runstats></nmaprun>`;

before(async () => {
  platform = await openTestPlatform({ append: appendEntries, jobs: vulnerabilityJobs });
  const units = await seedUnits(platform, [
    { code: 'nn-hospital', name: '南宁市某医院', divisionCode: '450100' },
    { code: 'lz-school', name: '柳州市某学校', divisionCode: '450200' },
  ]);
  const [first, second] = units;
  assert.ok(first && second);
  [hospital, school] = [first, second];
  analyst = platform.as({ roles: ['analyst'], path: '/450000/', name: '分析员' });
  officer = platform.as({ roles: ['unit_officer'], path: hospital.path, name: '医院安全员' });
  teacher = platform.as({ roles: ['unit_officer'], path: school.path, name: '学校安全员' });
  nmapHost = (await createAsset(officer, { kind: 'endpoint', name: '跳板机', addresses: ['10.6.1.1'] })).id;
  await createAsset(officer, {
    kind: 'application',
    name: '办公系统',
    product: '致远 OA 8.0',
    addresses: ['10.6.1.2'],
  });
  await createAsset(officer, {
    kind: 'application',
    name: '门户',
    product: '东方通 TongWeb 7.0',
    addresses: ['10.6.1.3'],
  });
  await createAsset(teacher, { kind: 'endpoint', name: '教务服务器', addresses: ['10.6.2.1'] });
  const { id } = await uploadReport(officer, 'nmap.xml', Buffer.from(NMAP), ImportOptions.parse({}));
  await applyImport(officer, { id });
  await runImport(platform.system, id);
});
after(() => platform.close());

async function advise(input: Parameters<typeof createAdvisory>[1]) {
  const { id } = await createAdvisory(analyst, input);
  await matchSome(platform.system, id);
  const advisory = await analyst.read((db) =>
    db.selectFrom('vulnerability_advisory').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  );
  const matches = await analyst.read((db) =>
    db.selectFrom('vulnerability_match').selectAll().where('advisory_id', '=', id).orderBy('target').execute(),
  );
  return { id, counts: advisory.counts, matches };
}
const questionsOf = (ctx: Ctx, id: string) =>
  ctx.read((db) => db.selectFrom('vulnerability_question').selectAll().where('advisory_id', '=', id).execute());

test('what a scan saw is judged by version; a banner stays a guess; units nobody can tell of are asked', async () => {
  const { id, counts, matches } = await advise({
    title: 'OpenSSH 用户枚举',
    ids: ['CVE-2018-15473'],
    grade: 'medium',
    products: [{ name: 'OpenSSH', cpe: 'cpe:2.3:a:openbsd:openssh:*:*:*:*:*:*:*:*', ranges: [{ fixed: '7.8' }] }],
  });
  assert.deepEqual(
    matches.map(({ asset_id, verdict, confidence, reason }) => [asset_id, verdict, confidence, reason]),
    [[nmapHost, 'affected', 'banner', 'in_range']],
  );
  assert.deepEqual([counts.affected, counts.blind, counts.units, counts.asked], [1, 3, 2, 2]);
  const [own] = await questionsOf(officer, id);
  assert.deepEqual(own?.assets, ['办公系统', '门户'], 'what the ledger calls them does not say what else they run');
  const [question] = await questionsOf(teacher, id);
  assert.deepEqual(question?.assets, ['教务服务器']);
});

test('a product of the ledger is known by its Chinese alias, and one without a version is asked about', async () => {
  const seeyon = await advise({
    title: '致远 OA 任意文件上传',
    grade: 'critical',
    products: [{ name: 'Seeyon OA', ranges: [{ lastAffected: '8.0' }] }],
  });
  assert.deepEqual(
    seeyon.matches.map(({ target, verdict, confidence }) => [target, verdict, confidence]),
    [['办公系统', 'affected', 'banner']],
  );
  const safe = await advise({
    title: 'TongWeb 反序列化',
    grade: 'high',
    products: [{ name: '东方通', ranges: [{ fixed: '7.0' }] }],
  });
  assert.deepEqual(
    safe.matches.map(({ verdict }) => verdict),
    ['not_affected'],
  );
});

test('a unit sees and answers only its own question, may correct itself, and is not asked twice', async () => {
  const { id } = await advise({ title: '某产品漏洞预警', grade: 'low', products: [{ name: '没有人用的产品' }] });
  const [question, ...others] = await questionsOf(teacher, id);
  assert.equal(others.length, 0);
  const mine = question?.id ?? '';
  await assert.rejects(answerQuestion(officer, { id: mine, answer: 'fixed' }));
  await answerQuestion(teacher, { id: mine, answer: 'at_risk', note: '正在核实' });
  await answerQuestion(teacher, { id: mine, answer: 'not_affected', note: '没有部署' });
  await matchSome(platform.system, id);
  const [after, ...more] = (await questionsOf(analyst, id)).filter(({ unit_path }) => unit_path === school.path);
  assert.deepEqual([after?.answer, after?.answered_by_name, more.length], ['not_affected', '学校安全员', 0]);
  await closeAdvisory(analyst, { id });
  await assert.rejects(closeAdvisory(analyst, { id }));
});

const reported = async (name: string, report: unknown, assetId: string) => {
  const { id } = await uploadReport(
    teacher,
    name,
    Buffer.from(JSON.stringify(report)),
    ImportOptions.parse({ assetId }),
  );
  await applyImport(teacher, { id });
  await runImport(platform.system, id);
};

test('only where every package was listed it is known that a product is not there; elsewhere the unit is asked', async () => {
  const asset = async (name: string) => (await createAsset(teacher, { kind: 'endpoint', name })).id;
  const [bill, match, trivy, all] = [
    await asset('有物料清单'),
    await asset('只有漏洞匹配'),
    await asset('只扫漏洞'),
    await asset('列出软件包'),
  ];
  const purl = 'pkg:deb/debian/zlib1g@1.2.13';
  await reported(
    'bom.json',
    { bomFormat: 'CycloneDX', components: [{ name: 'zlib1g', version: '1.2.13', purl }] },
    bill,
  );
  const artifact = { name: 'zlib1g', version: '1.2.13', type: 'deb', purl };
  const vulnerability = { id: 'CVE-2023-45853', severity: 'Critical' };
  await reported('grype.json', { matches: [{ vulnerability, artifact }], source: { target: 'x' } }, match);
  const weak = {
    VulnerabilityID: 'CVE-2023-45853',
    PkgName: 'zlib1g',
    InstalledVersion: '1.2.13',
    Severity: 'CRITICAL',
  };
  const result = { Target: 'x', Type: 'debian', Vulnerabilities: [weak] };
  await reported('trivy.json', { SchemaVersion: 2, ArtifactName: 'x', Results: [result] }, trivy);
  const Packages = [
    { Name: 'zlib1g', Version: '1.2.13' },
    { Name: 'bash', Version: '5.2.15' },
  ];
  await reported('all.json', { SchemaVersion: 2, ArtifactName: 'y', Results: [{ ...result, Packages }] }, all);
  const { id } = await advise({ title: 'Redis 未授权访问', grade: 'high', products: [{ name: 'Redis' }] });
  const [question] = await questionsOf(teacher, id);
  assert.deepEqual(question?.assets.toSorted(), ['只扫漏洞', '只有漏洞匹配', '教务服务器'].toSorted());
});

test('all software is compared, however much there is', async () => {
  await platform.asOwner(`INSERT INTO vulnerability_software
      (target_key, tool, unit_path, asset_id, target, name, version, ecosystem, purl, cpe, seen_by, name_keys, seen_at)
    SELECT 'host:' || lpad((n % 5)::text, 6, '0'), 'spdx', '${school.path}', NULL::uuid, 'many', 'libmany', '9.' || n, 'generic', '', '', 'package', '{libmany}'::text[], now()
      FROM generate_series(1, 20001) n
    UNION ALL SELECT 'host:zzz', 'spdx', '${school.path}', NULL::uuid, 'the last', 'libmany', '1.0', 'generic', '', '', 'package', '{libmany}'::text[], now()`);
  const { matches } = await advise({
    title: 'libmany 溢出',
    grade: 'high',
    products: [{ name: 'libmany', ranges: [{ fixed: '2.0' }] }],
  });
  const affected = matches.filter(({ verdict }) => verdict === 'affected');
  assert.deepEqual([matches.length, affected.map(({ target }) => target)], [6, ['the last']]);
});
