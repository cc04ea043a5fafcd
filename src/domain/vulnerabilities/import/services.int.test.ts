import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { appendEntries } from '#domain/journal/index.ts';
import {
  applyRules,
  assetLife,
  createAsset,
  declareZone,
  observeChangedRecords,
  resolveAsset,
} from '#domain/ledger/index.ts';
import type { Ctx } from '#platform/context.ts';
import { referenceData, withoutReferenceData } from '../../../../test/support/reference-data.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../../test/support/units.ts';
import { vulnerabilityJobs } from '../jobs.ts';
import { applyImport, runImport, uploadReport } from './actions.ts';
import { ImportOptions } from './import.ts';

let platform: TestPlatform;
let unit: TestUnit;
let officer: Ctx;

before(async () => {
  platform = await openTestPlatform({ append: appendEntries, jobs: vulnerabilityJobs });
  const [own] = await seedUnits(platform, [
    { code: 'nn-health', name: '南宁市卫生健康委员会', divisionCode: '450100' },
  ]);
  assert.ok(own);
  unit = own;
  officer = platform.as({ roles: ['unit_officer'], path: unit.path });
});
after(() => platform.close());

const DER = Buffer.from('a certificate, as far as a fingerprint is concerned');
const PRINT = createHash('sha256').update(DER).digest('hex');
const CERTIFICATE = `<script id="ssl-cert" output=""><table key="subject"><elem key="commonName">his.nn-health.example</elem></table>
  <table key="issuer"><elem key="commonName">CFCA OV OCA</elem></table>
  <table key="validity"><elem key="notBefore">2025-07-01T00:00:00</elem><elem key="notAfter">2026-06-30T23:59:59</elem></table>
  <elem key="pem">-----BEGIN CERTIFICATE-----&#xa;${DER.toString('base64')}&#xa;-----END CERTIFICATE-----</elem></script>`;
const TLS = `<script id="ssl-enum-ciphers" output=""><table key="TLSv1.0"/><table key="TLSv1.2"/></script>`;

const port = (number: number, name: string, more = '', inside = '') =>
  `<port protocol="tcp" portid="${number}"><state state="open"/><service name="${name}" ${more}/>${inside}</port>`;

interface Scan {
  readonly ports?: readonly string[];
  /** Hours after the first scan. */
  readonly hour?: number;
  readonly tried?: string;
  readonly address?: string;
  readonly name?: string;
}

const HTTPS = port(443, 'https', 'product="nginx" version="1.18.0" tunnel="ssl"', CERTIFICATE + TLS);
const TELNET = port(23, 'telnet');
const FIRST_S = Date.parse('2026-02-20T02:00:00Z') / 1000;

/** A scan of one machine as Nmap writes it. */
const nmap = ({
  ports = [HTTPS, TELNET],
  hour = 0,
  tried = '1-1024',
  address = '10.45.1.20',
  name = 'his-01',
}: Scan = {}) =>
  `<?xml version="1.0"?><nmaprun scanner="nmap"><scaninfo type="syn" protocol="tcp" services="${tried}"/>
  <host><status state="up"/><address addr="${address}" addrtype="ipv4"/>
  ${name === '' ? '' : `<hostnames><hostname name="${name}.nn-health.example" type="PTR"/></hostnames>`}
  <ports>${ports.join('')}</ports></host><runstats><finished time="${FIRST_S + hour * 3600}"/></runstats></nmaprun>`;

async function imported(file: string | Buffer, more: Partial<ImportOptions> = {}): Promise<void> {
  const analyst = platform.as({ roles: ['analyst'], path: '/450000/' });
  const options = ImportOptions.parse({ unitPath: unit.path, ...more });
  const { id } = await uploadReport(analyst, 'scan', Buffer.from(file), options);
  await applyImport(analyst, { id });
  await runImport(platform.system, id);
}

const assetsOf = (name: 'host' | 'service' | 'certificate') =>
  platform.system.read((db) =>
    db
      .selectFrom('asset')
      .select(['id', 'name', 'unit_path', 'product', 'attributes', 'due_on', 'duty', 'is_stale', 'version'])
      .where('class', '=', name)
      .orderBy('name')
      .execute(),
  );
const observations = () =>
  platform.system.read((db) =>
    db.selectFrom('asset_observation').selectAll().orderBy('source').orderBy('native_key').execute(),
  );
const relations = () =>
  platform.system.read((db) =>
    db
      .selectFrom('asset_relation')
      .select(['from_id', 'to_id', 'kind', 'ended_at'])
      .orderBy('created_at')
      .orderBy('kind')
      .execute(),
  );
const gapsOf = async (gap: string) => {
  const { countGaps } = await import('#domain/ledger/gaps/gaps.ts');
  const counted = await officer.read((db) => countGaps(db, platform.system.clock.now()));
  return counted.find((one) => one.gap === gap)?.assets;
};

test('a port of a machine that is no asset stays an observation', async () => {
  await imported(nmap({ address: '10.45.9.9', name: '' }));
  assert.deepEqual(await assetsOf('service'), []);
  const seen = await observations();
  assert.deepEqual(
    seen.map(({ native_key, link_state }) => [native_key, link_state]),
    [
      ['host/10.45.9.9', 'unresolved'],
      ['host/10.45.9.9 tcp/23', 'unresolved'],
      ['host/10.45.9.9 tcp/443', 'unresolved'],
      [`host/10.45.9.9 tcp/443 ${PRINT}`, 'unresolved'],
    ],
  );
});

test('when its unit enters the machine, its ports are its services from then on', async () => {
  const { id } = await createAsset(officer, {
    class: 'host',
    name: '前置机',
    addresses: ['10.45.9.9'],
    usedBy: unit.name,
  });
  await observeChangedRecords(platform.system);
  const services = await assetsOf('service');
  assert.deepEqual(
    services.map(({ name, unit_path, duty }) => [name, unit_path, duty]),
    [
      ['https 10.45.9.9:443', unit.path, 'inherited'],
      ['telnet 10.45.9.9:23', unit.path, 'inherited'],
    ],
  );
  const offered = (await relations()).filter(({ kind }) => kind === 'offers');
  assert.deepEqual(
    offered.map(({ from_id, to_id }) => [from_id, to_id]).sort(),
    services.map((service) => [id, service.id]).sort(),
  );
});

test('the ports of a known machine are services under it, with what their banners say and the certificates they show', async () => {
  await imported(nmap());
  const [host] = (await assetsOf('host')).filter(({ name }) => name.startsWith('his-01'));
  const [https, telnet] = (await assetsOf('service')).filter(({ name }) => name.includes('10.45.1.20'));
  assert.deepEqual(
    [https?.product, https?.attributes, telnet?.attributes],
    [
      'nginx',
      {
        port: 443,
        transport: 'tcp',
        application: 'https',
        version: '1.18.0',
        encrypted: true,
        tlsVersions: ['TLSv1.0', 'TLSv1.2'],
        exposure: 'unit',
      },
      { port: 23, transport: 'tcp', application: 'telnet', exposure: 'unit' },
    ],
  );
  const [certificate, ...others] = await assetsOf('certificate');
  assert.deepEqual(others, [], 'the same certificate on two machines is one');
  assert.deepEqual([certificate?.name, certificate?.due_on], ['his.nn-health.example', '2026-06-30']);
  const all = await relations();
  assert.ok(all.some(({ from_id, to_id, kind }) => from_id === host?.id && to_id === https?.id && kind === 'offers'));
  assert.ok(all.some(({ from_id, to_id }) => from_id === https?.id && to_id === certificate?.id));
  const found = await platform.system.read((db) =>
    resolveAsset(db, { addresses: ['10.45.1.20'], unitPath: unit.path }),
  );
  assert.equal(found?.id, host?.id, 'an event at the address is about the machine, not about its services');
});

test('gaps see weak protocols; what was only seen on another asset is nobody’s to claim', async () => {
  assert.equal(await gapsOf('weak_protocol'), 4, 'telnet, and TLS 1.0, on two machines');
  assert.equal(await gapsOf('exposed'), 0);
  assert.equal(await gapsOf('unclaimed'), 1, 'the machine that only the scan knows');
});

test('the same report again changes nothing', async () => {
  const state = async () => [
    await observations(),
    await assetsOf('service'),
    await assetsOf('certificate'),
    await relations(),
  ];
  const known = await state();
  await imported(nmap());
  assert.deepEqual(await state(), known);
});

test('another banner is a change of the service with its line of history', async () => {
  const newer = HTTPS.replace('1.18.0', '1.26.1');
  await imported(nmap({ ports: [newer, TELNET], hour: 1 }));
  const [https] = (await assetsOf('service')).filter(({ name }) => name === 'https 10.45.1.20:443');
  assert.equal(Object(https?.attributes).version, '1.26.1');
  const page = { at: new Date('2100-01-01T00:00:00Z'), key: '\u{10FFFF}', limit: 10 };
  const [latest] = await platform.system.read((db) => assetLife.attribute(db, https?.id ?? '', page));
  assert.deepEqual(
    [latest?.what, latest?.changes],
    ['observed', [{ field: 'attributes.version', from: '1.18.0', to: '1.26.1' }]],
  );
});

const staleNames = async () =>
  [...(await assetsOf('service')), ...(await assetsOf('certificate'))].flatMap(({ is_stale, name }) =>
    is_stale ? name : [],
  );

test('a port is stale once a report that tried it does not show it, and not before; seen again it is no longer', async () => {
  await imported(nmap({ ports: [HTTPS], hour: 2, tried: '80-1024' }));
  assert.deepEqual(await staleNames(), [], 'port 23 was not tried');
  await imported(nmap({ ports: [HTTPS], hour: -5 }));
  assert.deepEqual(await staleNames(), [], 'an older report proves nothing');
  await imported(nmap({ ports: [HTTPS], hour: 3 }));
  assert.deepEqual(await staleNames(), ['telnet 10.45.1.20:23']);
  await applyRules(platform.system, {});
  assert.ok((await staleNames()).includes('telnet 10.45.1.20:23'), 'the rules leave it so');
  await imported(nmap({ hour: 4 }));
  assert.ok(!(await staleNames()).includes('telnet 10.45.1.20:23'));
});

test('a service that shows another certificate no longer has the one before, which stays where it is still shown', async () => {
  const other = HTTPS.replace(DER.toString('base64'), Buffer.from('another').toString('base64'));
  await imported(nmap({ ports: [other, TELNET], hour: 5 }));
  assert.deepEqual(
    (await assetsOf('certificate')).map(({ is_stale }) => is_stale),
    [false, false],
  );
  const [https] = (await assetsOf('service')).filter(({ name }) => name === 'https 10.45.1.20:443');
  const shown = (await relations()).filter(({ from_id, ended_at }) => from_id === https?.id && ended_at === null);
  assert.deepEqual(
    shown.map(({ kind }) => kind),
    ['uses_certificate'],
    'only the one that it shows now',
  );
});

test('the zone of an address says who reaches a service; one of the internet is exposed', async () => {
  await declareZone(platform.as({ roles: ['analyst'], path: '/450000/' }), {
    name: '政务外网',
    kind: 'government_extranet',
    addressing: 'static',
    ranges: ['59.211.0.0/16'],
    remark: '',
  });
  await imported(nmap({ address: '59.211.7.1', name: 'waf-01', hour: 6 }));
  await imported(nmap({ address: '203.0.113.7', name: 'web-01', hour: 6 }));
  const exposures = new Map(
    (await assetsOf('service')).map(({ name, attributes }) => [name, (attributes as Record<string, unknown>).exposure]),
  );
  assert.deepEqual(
    [exposures.get('telnet 59.211.7.1:23'), exposures.get('telnet 203.0.113.7:23')],
    ['extranet', 'internet'],
  );
  assert.deepEqual([await gapsOf('exposed'), await gapsOf('risky_port')], [2, 1]);
});

test('a system and a service that were entered with the address of their machine do not hide it', async () => {
  const { id } = await createAsset(officer, { class: 'host', name: '应用服务器', addresses: ['10.45.3.3'] });
  await createAsset(officer, { class: 'system', name: '预约系统', addresses: ['10.45.3.3'] });
  const attributes = { port: 8443, transport: 'tcp' };
  await createAsset(officer, { class: 'service', name: '预约接口', addresses: ['10.45.3.3'], attributes });
  await observeChangedRecords(platform.system);
  const now = platform.system.clock.now();
  for (const at of [undefined, now]) {
    const question = { addresses: ['10.45.3.3'], unitPath: unit.path, ...(at === undefined ? {} : { at }) };
    const found = await platform.system.read((db) => resolveAsset(db, question));
    assert.equal(found?.id, id, String(at));
  }
  await imported(nmap({ address: '10.45.3.3', name: 'app-01', ports: [port(8443, 'https')], hour: 7, tried: '8443' }));
  const services = (await assetsOf('service')).filter(
    ({ name }) => name.includes('预约') || name.includes('10.45.3.3'),
  );
  assert.deepEqual(
    services.map(({ name }) => name),
    ['预约接口'],
    'the port that the scan saw is the service that the unit entered',
  );
});

const folder = referenceData('scans');
const skip = folder === undefined && withoutReferenceData('scans');

test('ports of real reports become services of the machines that their unit entered', { skip }, async () => {
  const machines = [
    ['nmap/issue4406.xml', '10.250.195.71', 25],
    ['qualys/Qualys_Sample_Report.xml', '64.41.200.243', 1],
    ['tenable/nessus/nessus_many_vuln2-all.csv', '52.208.101.182', 2],
  ] as const;
  for (const [, address] of machines)
    await createAsset(officer, { class: 'host', name: address, addresses: [address] });
  await observeChangedRecords(platform.system);
  for (const [file, address, services] of machines) {
    await imported(readFileSync(join(folder ?? '', file)));
    const made = (await assetsOf('service')).filter(({ name }) => name.includes(` ${address}:`));
    assert.equal(made.length, services, file);
  }
  const [heroku] = (await assetsOf('certificate')).filter(({ name }) => name === '*.herokuapp.com');
  assert.equal(heroku?.due_on, '2021-07-07');
});
