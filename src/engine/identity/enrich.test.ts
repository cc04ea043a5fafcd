import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldValue, LogSource, SecurityEvent } from '../fields/event.ts';
import { fromRow, toRow } from '../fields/row.ts';
import { AssetIndex } from './asset-index.ts';
import { AssetIndexBuilder } from './asset-index-builder.ts';
import { Enricher } from './enrich.ts';

const UNIT = '/45/01/a/';
const EXIT = '/45/01/exit/';
const LINUX: LogSource = { product: 'linux', category: '', service: 'sshd' };
const FIREWALL: LogSource = { product: 'huawei', category: 'firewall', service: '' };

function enricher(): Enricher {
  const builder = new AssetIndexBuilder({ assets: 3, keys: 3, stays: 0 });
  const put = (name: string, key: readonly ['host' | 'address', string] | undefined) => {
    const holders = { supervisedBy: '', operatedBy: name === 'OA' ? '信息中心' : '', usedBy: '' };
    const id = `00000000-0000-7000-8000-${String(name.length).padStart(12, '0')}`;
    const asset = builder.add({ id, name, unitPath: UNIT, ...holders }, true) ?? assert.fail('no room');
    if (key !== undefined) builder.put({ asset, kind: key[0], value: key[1] });
    return asset;
  };
  const [host, system] = [put('web-server', ['host', 'web01']), put('OA', undefined)];
  put('printer', ['address', '10.1.0.9']);
  builder.takesFrom(host, system);
  builder.system(system, 0);
  return new Enricher(new AssetIndex(builder.finish()));
}

const event = (fields: Record<string, FieldValue>, logsource = LINUX, unitPath = UNIT): SecurityEvent => ({
  id: 's-1',
  timeMs: 1_700_000_000_000,
  receivedAtMs: 1_700_000_000_000,
  source: 'linux',
  logsource,
  unitPath,
  fields,
  raw: 'web01 sshd',
  problem: '',
});

const nameOf = ({ fields }: SecurityEvent) => fields['tongan.asset.name'];

test('a machine writes about itself, with its system and who answers for that', () => {
  const told = enricher().enrich(event({ Computer: 'WEB01.nn.gov.cn', src_ip: '10.1.0.9' }), '10.1.0.9');
  assert.deepEqual(told.fields, {
    Computer: 'WEB01.nn.gov.cn',
    src_ip: '10.1.0.9',
    'tongan.asset.id': '00000000-0000-7000-8000-000000000010',
    'tongan.asset.name': 'web-server',
    'tongan.asset.unit': UNIT,
    'tongan.system.id': '00000000-0000-7000-8000-000000000002',
    'tongan.system.name': 'OA',
    'tongan.operated_by': '信息中心',
  });
});

test('a machine that does not say its name is its sender, an unknown one whom it is told of', () => {
  const ledger = enricher();
  assert.equal(nameOf(ledger.enrich(event({}), '10.1.0.9')), 'printer');
  assert.equal(nameOf(ledger.enrich(event({ Computer: 'web99' }), '10.1.0.9')), undefined);
  assert.equal(nameOf(ledger.enrich(event({ Computer: 'web99', src_ip: '10.1.0.9' }), '')), 'printer');
  assert.equal(nameOf(ledger.enrich(event({ Computer: 'web99', src_ip: '127.0.0.1' }), '')), undefined);
});

test('an observer writes about whom it saw, also in the place around it, and never about itself', () => {
  const ledger = enricher();
  const seen = (fields: Record<string, FieldValue>) => nameOf(ledger.enrich(event(fields, FIREWALL, EXIT), '10.1.0.9'));
  assert.equal(seen({ Computer: 'web01', src_ip: '10.1.0.9', dst_ip: '198.51.100.1' }), 'printer');
  assert.equal(seen({ Computer: 'web01' }), undefined);
});

test('what a sender writes under the ledger’s names is not believed', () => {
  const ledger = enricher();
  const forged = { 'tongan.asset.name': 'forged', 'tongan.system.name': 'forged', 'tongan.used_by': 'forged' };
  assert.deepEqual(ledger.enrich(event({ Computer: 'web99', ...forged }), '').fields, { Computer: 'web99' });
  const known = ledger.enrich(event({ Computer: '10.1.0.9', dst_ip: '10.1.0.9', ...forged }), '').fields;
  assert.deepEqual(
    [known['tongan.asset.name'], known['tongan.system.name'], known['tongan.used_by']],
    ['printer', undefined, undefined],
  );
});

test('what the ledger knows is stored in columns, comes back, and is no part of the original text', () => {
  const told = enricher().enrich(event({ Computer: 'web01' }), '');
  const row = toRow({ ...told, raw: 'web-server web01 sshd' });
  assert.equal(row.asset_name, 'web-server');
  assert.doesNotMatch(row.template ?? '', /asset_name/);
  assert.deepEqual(fromRow(toRow(told)), told);
});
