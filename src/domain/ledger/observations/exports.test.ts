import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#platform/errors.ts';
import { readExport } from './exports.ts';

const place = {
  unitPath: '/450000/450100/nn/',
  instance: undefined,
  now: new Date('2026-03-02T00:00:00Z'),
  scope: '/450000/450100/nn/',
};
const read = (content: unknown) => readExport(JSON.stringify(content), place);

/** One record of each, in the shape that the interface documents. */
const EXPORTS: readonly { readonly format: string; readonly content: unknown; readonly facts: object }[] = [
  {
    format: 'aliyun',
    content: {
      Instances: {
        Instance: [
          {
            InstanceId: 'i-bp1',
            InstanceName: '门户',
            RegionId: 'cn-guangxi',
            HostName: 'web01',
            SerialNumber: '51d1353b-22bf-4567-a176-8b3e12e43135',
            VpcAttributes: { PrivateIpAddress: { IpAddress: ['10.1.0.1'] } },
            PublicIpAddress: { IpAddress: [] },
            EipAddress: { IpAddress: '203.0.113.5' },
            NetworkInterfaces: { NetworkInterface: [{ MacAddress: '00:16:3e:12:34:56' }] },
          },
        ],
      },
    },
    facts: { instanceId: 'i-bp1', hostNames: ['web01'], addresses: ['10.1.0.1', '203.0.113.5'] },
  },
  {
    format: 'tencent',
    content: {
      Response: {
        InstanceSet: [
          {
            InstanceId: 'ins-1',
            Placement: { Zone: 'gx-1' },
            PrivateIpAddresses: ['10.1.0.2'],
            PublicIpAddresses: null,
            InstanceName: 'db',
            Uuid: 'e5b1a1d0-0000-4000-8000-000000000001',
          },
        ],
      },
    },
    facts: { instanceId: 'ins-1', addresses: ['10.1.0.2'], location: 'gx-1' },
  },
  {
    format: 'huawei',
    content: {
      servers: [
        {
          id: 's-1',
          name: 'app',
          flavor: { id: 'c6' },
          addresses: { vpc: [{ addr: '10.1.0.3', 'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:01' }] },
          status: 'ACTIVE',
        },
      ],
    },
    facts: { instanceId: 's-1', addresses: ['10.1.0.3'], macs: ['fa:16:3e:00:00:01'] },
  },
  {
    format: 'fleet',
    content: {
      hosts: [
        {
          id: 7,
          hostname: 'pc7',
          uuid: '4c4c4544-0042-3510-8051-b7c04f4e3732',
          hardware_serial: 'CN7',
          hardware_vendor: 'Dell',
          primary_ip: '10.1.0.7',
          primary_mac: 'a4:bb:6d:00:00:07',
          seen_time: '2026-03-01T00:00:00Z',
        },
      ],
    },
    facts: { agentId: '7', hostNames: ['pc7'], serial: 'CN7', macs: ['a4:bb:6d:00:00:07'] },
  },
  {
    format: 'wazuh',
    content: {
      data: {
        affected_items: [
          {
            id: '001',
            name: 'web01',
            ip: '10.1.0.8',
            manager: 'm',
            version: 'Wazuh v4.9',
            os: { name: 'Kylin', version: 'V10' },
            lastKeepAlive: '2026-03-01T00:00:00Z',
          },
        ],
      },
    },
    facts: { agentId: '001', hostNames: ['web01'], operatingSystem: 'Kylin V10' },
  },
  {
    format: 'netbox',
    content: {
      results: [
        {
          id: 3,
          name: 'sw1',
          status: { value: 'active' },
          serial: 'FOC1',
          primary_ip: { address: '10.1.0.9/24' },
          device_type: { id: 1, model: 'S5735', manufacturer: { name: '华为' } },
        },
      ],
    },
    facts: { hostNames: ['sw1'], addresses: ['10.1.0.9'], vendor: '华为', serial: 'FOC1' },
  },
];

for (const { format, content, facts } of EXPORTS) {
  test(`an export of ${format} is told by its content`, () => {
    const { format: found, observations, faults } = read(content);
    assert.equal(found, format);
    assert.deepEqual(faults, []);
    const [one] = observations;
    assert.equal(one?.source, format);
    for (const [name, value] of Object.entries(facts)) {
      assert.deepEqual(one?.facts[name as keyof typeof one.facts], value, name);
    }
  });
}

test('another centre names units, but only those of the own area; its own record is no record here', () => {
  const line = (unitPath: string, source = 'wazuh') =>
    JSON.stringify({
      source,
      nativeKey: 'x',
      class: 'host',
      unitPath,
      seenAt: '2026-02-01T00:00:00Z',
      facts: { hostNames: ['a'] },
    });
  const text = [
    line('/450000/450100/nn/sub/'),
    line('/450000/450200/'),
    line('/450000/450100/nn/', 'ledger'),
    '{"broken',
  ].join('\n');
  const { observations, faults } = readExport(text, place);
  assert.deepEqual(
    observations.map(({ unitPath, source }) => [unitPath, source]),
    [
      ['/450000/450100/nn/sub/', 'wazuh'],
      ['/450000/450100/nn/', 'wazuh'],
      ['/450000/450100/nn/', 'centre'],
    ],
  );
  assert.deepEqual(
    faults.map(({ at }) => at),
    ['line 4'],
  );
});

test('what another centre withdrew, and what says no time at all, is left out with the reason', () => {
  const line = (more: object) =>
    JSON.stringify({ source: 'wazuh', nativeKey: 'x', class: 'host', unitPath: '/450000/', facts: {}, ...more });
  const seen = { lastSeenAt: '2026-02-01T00:00:00Z' };
  const { observations, faults } = readExport(
    [line(seen), line({}), line({ ...seen, state: 'withdrawn' })].join('\n'),
    place,
  );
  assert.deepEqual(
    observations.map(({ seenAt }) => seenAt),
    [new Date(seen.lastSeenAt)],
  );
  assert.deepEqual(
    faults.map(({ at, message }) => `${at} ${message}`),
    ['line 2 seenAt: neither seenAt nor lastSeenAt', 'line 3 state: withdrawn where it was seen'],
  );
});

test('a time of the future is a wrong clock: the record is seen now', () => {
  const [{ content } = { content: {} }] = EXPORTS.filter(({ format }) => format === 'fleet');
  const late = JSON.parse(JSON.stringify(content).replace('2026-03-01', '2036-03-01'));
  assert.deepEqual(read(late).observations[0]?.seenAt, place.now);
});

test('what is no export is refused with the formats that are known', () => {
  for (const text of ['', 'null', '[]', '{"hosts":[{"__proto__":1}]}', 'a,b,c']) {
    assert.throws(
      () => readExport(text, place),
      (error: unknown) => error instanceof AppError && error.code === 'invalid_input',
    );
  }
});

test('hostile values in records of every format are taken as text or left out', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.constant('__proto__'),
    fc.array(fc.string()),
    fc.object({ maxDepth: 2 }),
  );
  for (const { content } of EXPORTS) {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 6 }), (values) => {
        let next = 0;
        const spoiled = JSON.parse(JSON.stringify(content), (_key, value) => {
          if (typeof value !== 'string') return value;
          next += 1;
          return values[next % values.length];
        });
        try {
          const { observations, faults } = read(spoiled);
          assert.ok(observations.length + faults.length <= 2);
        } catch (error) {
          assert.ok(error instanceof AppError && error.code === 'invalid_input', String(error));
        }
      }),
      { numRuns: 60 },
    );
  }
});
