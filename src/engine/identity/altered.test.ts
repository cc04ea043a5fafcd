import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alterations, type Said } from './altered.ts';
import { identityKeys } from './keys.ts';

const LISTS = {
  serials: new Set(['to be filled by o.e.m.']),
  uuids: new Set<string>(),
  names: new Set<string>(),
  macPrefixes: [],
  vendors: new Map<string, string>(),
};

const said = (facts: Said['facts']): Said => {
  const place = { product: 'fleet', realm: '/', zoneOf: () => ({ zone: 'z', realm: '/', fixed: false }) };
  return { facts, keys: identityKeys({ class: 'host', ...facts }, place, LISTS).keys };
};

const UUID = '4C4C4544-0042-3510-8051-B7C04F4E3732';
const OTHER_UUID = '5b1f0e1c-0000-4000-8000-000000000001';
const [CARD, OTHER_CARD] = ['00:50:ba:11:22:33', '00:50:ba:11:22:44'];

const CASES: readonly [what: string, before: Said['facts'], after: Said['facts'], facts: readonly string[]][] = [
  [
    'another system',
    { operatingSystem: 'Ubuntu 22.04' },
    { operatingSystem: 'Windows Server 2019' },
    ['operatingSystem'],
  ],
  ['the next release', { operatingSystem: 'CentOS 7.9' }, { operatingSystem: 'CentOS 8.1' }, ['operatingSystem']],
  [
    'another year',
    { operatingSystem: 'Windows Server 2012' },
    { operatingSystem: 'Windows Server 2019' },
    ['operatingSystem'],
  ],
  ['a patch', { operatingSystem: 'Ubuntu 22.04.3 LTS' }, { operatingSystem: 'Ubuntu 22.04.4 LTS (Jammy)' }, []],
  [
    'a build',
    { operatingSystem: 'Microsoft Windows 10 Pro 22H2 10.0.19045.3930' },
    { operatingSystem: 'Microsoft Windows 10 Pro 23H1 10.0.19046.1' },
    [],
  ],
  ['a service pack', { operatingSystem: 'Kylin V10 SP1' }, { operatingSystem: 'Kylin V10 SP3' }, []],
  ['another serial number', { serial: 'FOC1234' }, { serial: 'FOC9999' }, ['serial']],
  ['the same one written otherwise', { serial: 'FOC1234' }, { serial: ' foc1234' }, []],
  ['a placeholder', { serial: 'FOC1234' }, { serial: 'To Be Filled By O.E.M.' }, []],
  ['another board', { uuid: UUID }, { uuid: OTHER_UUID }, ['uuid']],
  ['the same in the other byte order', { uuid: UUID }, { uuid: '44454c4c-4200-1035-8051-b7c04f4e3732' }, []],
  ['another model', { model: 'R740' }, { model: 'R750' }, ['model']],
  ['another instance', { instanceId: 'i-1' }, { instanceId: 'i-2' }, ['instanceId']],
  ['what was not known before', {}, { serial: 'FOC1234', operatingSystem: 'Ubuntu 22.04' }, []],
  ['what is no longer said', { serial: 'FOC1234', operatingSystem: 'Ubuntu 22.04' }, {}, []],
  ['another card', { macs: [CARD] }, { macs: [OTHER_CARD] }, []],
  ['another board and card', { uuid: UUID, macs: [CARD] }, { uuid: OTHER_UUID, macs: [OTHER_CARD] }, ['uuid', 'macs']],
  [
    'another board, and one more card',
    { uuid: UUID, macs: [CARD] },
    { uuid: OTHER_UUID, macs: [CARD, OTHER_CARD] },
    ['uuid'],
  ],
];

for (const [what, before, after, facts] of CASES) {
  test(`${what}: ${facts.length === 0 ? 'no alteration' : facts.join(', ')}`, () => {
    assert.deepEqual(
      alterations(said(before), said(after)).map(({ fact }) => fact),
      facts,
    );
  });
}
