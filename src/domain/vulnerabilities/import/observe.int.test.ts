import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { appendEntries } from '#domain/journal/index.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { vulnerabilityJobs } from '../jobs.ts';
import { applyImport, runImport, uploadReport } from './actions.ts';
import { ImportOptions } from './import.ts';

const UNIT = '/450000/450100/nn-health/';

let platform: TestPlatform;
before(async () => {
  platform = await openTestPlatform({ append: appendEntries, jobs: vulnerabilityJobs });
  await platform.asOwner(`
    INSERT INTO division (code, name, level, parent_code, path, standard_version) VALUES
      ('450000', '广西壮族自治区', 'region', NULL, '/450000/', 't'),
      ('450100', '南宁市', 'city', '450000', '/450000/450100/', 't')
      ON CONFLICT DO NOTHING;
    INSERT INTO unit (id, code, name, short_name, kind, sector, division_code, unit_path, created_at, changed_at) VALUES
      ('00000000-0000-7000-8000-000000000001', 'nn-health', '南宁市卫生健康委员会', '市卫健委', 'member', 'health', '450100', '${UNIT}', now(), now())`);
});
after(() => platform.close());

/** Two machines that answered, one of which tells more than its address, one that did not, as Nmap writes them. */
const NMAP = `<?xml version="1.0"?><nmaprun scanner="nmap" args="nmap -sV" start="1779242400"><scaninfo type="syn" protocol="tcp" services="1-1024"/>
  <host><status state="up"/><address addr="10.45.1.20" addrtype="ipv4"/><address addr="52:7d:1a:30:41:5c" addrtype="mac"/>
    <hostnames><hostname name="his-01.nn-health.example" type="PTR"/></hostnames>
    <ports><port protocol="tcp" portid="443"><state state="open"/><service name="https" product="nginx" version="1.18.0"/></port></ports>
    <os><osmatch name="Linux 5.4" accuracy="98"/></os></host>
  <host><status state="up"/><address addr="10.45.1.21" addrtype="ipv4"/>
    <ports><port protocol="tcp" portid="22"><state state="open"/><service name="ssh"/></port></ports></host>
  <host><status state="down"/><address addr="10.45.1.22" addrtype="ipv4"/></host>
  <runstats><finished time="1779246000"/></runstats></nmaprun>`;

async function imported(text = NMAP): Promise<string> {
  const analyst = platform.as({ roles: ['analyst'], path: '/450000/' });
  const options = ImportOptions.parse({ unitPath: UNIT });
  const { id } = await uploadReport(analyst, 'scan.xml', Buffer.from(text), options);
  await applyImport(analyst, { id });
  await runImport(platform.system, id);
  return id;
}

const observed = () =>
  platform.system.read((db) =>
    db
      .selectFrom('asset_observation')
      .select(['id', 'source', 'native_key', 'asset_id', 'facts'])
      .where('source', '=', 'nmap')
      .where('class', '=', 'host')
      .orderBy('native_key')
      .execute(),
  );
const assets = () =>
  platform.system.read((db) =>
    db.selectFrom('asset').select(['id', 'name', 'unit_path', 'version']).where('class', '=', 'host').execute(),
  );

test('what answered a scan is observed; a machine told by more than its address is in the ledger from then on', async () => {
  const id = await imported();
  const [named, unnamed, ...others] = await observed();
  assert.deepEqual(others, [], 'nothing of the one that did not answer');
  assert.deepEqual([named?.native_key, unnamed?.native_key], ['host/10.45.1.20', 'host/10.45.1.21']);
  assert.deepEqual(named?.facts, {
    addresses: ['10.45.1.20'],
    hostNames: ['his-01.nn-health.example'],
    macs: ['52:7d:1a:30:41:5c'],
    operatingSystem: 'Linux 5.4',
  });
  const made = await assets();
  assert.deepEqual(
    made.map((asset) => [asset.id, asset.unit_path]),
    [[named?.asset_id, UNIT]],
  );
  assert.equal(unnamed?.asset_id, null, 'an address alone makes no asset');
  const coverage = await platform.system.read((db) =>
    db.selectFrom('vulnerability_coverage').select(['target', 'asset_id']).where('import_id', '=', id).execute(),
  );
  assert.equal(coverage.find(({ target }) => target === '10.45.1.20')?.asset_id, made[0]?.id);
});

test('the same report again adds nothing to the ledger', async () => {
  const before = [await observed(), await assets()];
  await imported();
  assert.deepEqual([await observed(), await assets()], before);
});
