import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { appendEntries } from '#domain/journal/index.ts';
import { toRow } from '#engine/fields/row.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { observeTelemetry } from './telemetry.ts';

const UNIT = '/450000/450100/nn-health/';
const NOON = Date.UTC(2026, 2, 1, 12);

let platform: TestPlatform;
before(async () => {
  platform = await openTestPlatform({ append: appendEntries, events: true });
  const event = (number: number, category: string) => ({
    id: `telemetry.${number}`,
    timeMs: NOON + number * 1000,
    receivedAtMs: NOON + number * 1000,
    source: 'nginx',
    logsource: { product: 'nginx', category, service: '' },
    unitPath: UNIT,
    fields: {},
    raw: `line ${number}`,
    problem: '',
  });
  const served = (number: number, path: string, status = '200') => ({
    ...toRow(event(number, 'webserver')),
    host: 'web01',
    user_name: 'NN\\zhangsan',
    source_ip: '10.3.0.9',
    destination_ip: '10.3.0.1',
    destination_port: '443',
    http_method: 'GET',
    http_status: status,
    url_domain: 'Portal.gx.gov.cn',
    url_path: path,
  });
  const rows = [
    served(1, '/api/persons/450102199001011234/files/7'),
    served(2, '/api/persons/12/files/7d1f0c9a-0000-4000-8000-00000000aaaa'),
    served(3, '/api/secret', '404'),
    { ...toRow(event(4, 'process_creation')), host: 'WS-7', user_name: 'SYSTEM', source_ip: '8.8.8.8' },
  ];
  await platform.platform.events.writer.insert(
    'event',
    Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
    'telemetry-test',
  );
});
after(() => platform.close());

const observed = async () =>
  (
    await platform.system.read((db) =>
      db
        .selectFrom('asset_observation')
        .select(['native_key', 'unit_path', 'link_state'])
        .orderBy('native_key')
        .execute(),
    )
  ).map(({ native_key, unit_path, link_state }) => [native_key, unit_path, link_state]);

test('hosts, addresses, accounts, sites, services and interfaces that events name are observed once, and make no asset', async () => {
  await observeTelemetry(platform.system);
  const all = await observed();
  assert.deepEqual(
    all,
    [
      'address/10.3.0.1',
      'address/10.3.0.9',
      'api/GET portal.gx.gov.cn/api/persons/{id}/files/{id}',
      'host/web01',
      'host/ws-7',
      'service/tcp/10.3.0.1:443',
      'site/portal.gx.gov.cn',
      'user/nn\\zhangsan',
    ].map((key) => [key, UNIT, 'unresolved']),
  );
  const assets = await platform.system.read((db) => db.selectFrom('asset').select('id').execute());
  assert.deepEqual(assets, []);
  await observeTelemetry(platform.system);
  assert.deepEqual(await observed(), all);
});
