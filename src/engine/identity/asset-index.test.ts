import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressBytes, inNetwork, parseNetwork } from '../condition/address.ts';
import { AssetIndex, type EventQuestion } from './asset-index.ts';
import { AssetIndexBuilder, type IndexedKey } from './asset-index-builder.ts';
import { holdersAt } from './holders.ts';
import { NOBODY, RangeIndex } from './ranges.ts';

const PATHS = ['/45/01/a/', '/45/01/b/', '/45/02/c/'];
const idOf = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

interface Stay {
  readonly asset: number;
  readonly zone: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

interface More {
  readonly zones?: readonly { id: string; unitPath: string; text: string }[];
  readonly stays?: readonly (Stay & { address: string })[];
  readonly discovered?: readonly number[];
  /** Those that stand on a machine. */
  readonly standing?: readonly number[];
  /** Weights of those that are systems. */
  readonly systems?: readonly (readonly [number, number])[];
  readonly takesFrom?: readonly (readonly [number, number])[];
  readonly operatedBy?: Readonly<Record<number, string>>;
}

function indexOf(
  units: readonly string[],
  keys: readonly IndexedKey[],
  ranges: readonly { asset: number; text: string }[] = [],
  { zones = [], stays = [], discovered = [], standing = [], systems = [], takesFrom = [], operatedBy = {} }: More = {},
) {
  const builder = new AssetIndexBuilder({ assets: units.length, keys: keys.length, stays: stays.length });
  for (const [number, unitPath] of units.entries()) {
    const holders = { supervisedBy: number === 0 ? '' : '主管', operatedBy: operatedBy[number] ?? '', usedBy: '使用' };
    const one = { id: idOf(number), name: `名${number}`, unitPath, ...holders };
    builder.add(one, !discovered.includes(number), !standing.includes(number));
  }
  for (const { id, unitPath, text } of zones) builder.zone(id, unitPath, [parseNetwork(text) ?? assert.fail(text)]);
  for (const { zone, ...stay } of stays) builder.stay({ ...stay, zone: builder.zone(zone) });
  for (const [asset, weight] of systems) builder.system(asset, weight);
  for (const [asset, giver] of takesFrom) builder.takesFrom(asset, giver);
  for (const key of keys) builder.put(key);
  for (const { asset, text } of ranges) {
    const network = parseNetwork(text);
    assert.ok(network);
    builder.range({ network, value: asset, unitPath: units[asset] ?? '' });
  }
  return new AssetIndex(builder.finish());
}

const question = (asked: Partial<EventQuestion>): EventQuestion => ({
  host: '',
  address: '',
  domain: '',
  unitPath: '/45/',
  atMs: 0,
  ...asked,
});

test('the strongest keys below the unit of the event decide, and equal ones are no answer', () => {
  const index = indexOf(
    ['/45/01/a/', '/45/01/a/', '/45/01/b/'],
    [
      { asset: 0, kind: 'host', value: 'web01' },
      { asset: 0, kind: 'address', value: '10.1.0.1' },
      { asset: 1, kind: 'address', value: '10.1.0.2' },
      { asset: 2, kind: 'address', value: '10.1.0.1' },
      { asset: 2, kind: 'domain', value: 'oa.nn.gov.cn' },
    ],
  );
  assert.equal(index.find(question({ host: 'WEB01.nn.gov.cn', address: '10.1.0.2' })), 0);
  assert.equal(index.find(question({ address: '10.1.0.1' })), NOBODY);
  assert.equal(index.find(question({ address: '10.1.0.1', unitPath: '/45/01/b/' })), 2);
  assert.equal(index.find(question({ address: '::ffff:10.1.0.2' })), 1);
  assert.equal(index.find(question({ domain: 'OA.nn.gov.cn' })), 2);
  assert.deepEqual(index.asset(2), {
    id: idOf(2),
    name: '名2',
    unitPath: '/45/01/b/',
    supervisedBy: '主管',
    operatedBy: '',
    usedBy: '使用',
  });
});

test('an address of a declared zone is that zone’s, whoever reports it; without a zone it is the unit’s own', () => {
  const index = indexOf(
    ['/45/01/a/', '/45/01/b/', '/45/02/c/'],
    [0, 1, 2].map((asset) => ({ asset, kind: 'address', value: '10.9.0.7' })),
    [],
    { zones: [{ id: 'offices', unitPath: '/45/01/b/', text: '10.9.0.0/16' }] },
  );
  const at = (unitPath: string) => index.find(question({ address: '10.9.0.7', unitPath }));
  assert.equal(at('/45/01/b/'), 1);
  assert.equal(at('/45/01/a/'), 0, 'the zone of a neighbour is not seen');
  assert.equal(at('/45/01/'), 1, 'the only zone below that holds the address');
  const shared = indexOf(['/45/01/a/', '/45/01/b/'], [{ asset: 1, kind: 'address', value: '10.9.0.7' }], [], {
    zones: [{ id: 'city', unitPath: '/45/01/', text: '10.9.0.0/16' }],
  });
  assert.equal(
    shared.find(question({ address: '10.9.0.7', unitPath: '/45/01/a/' })),
    1,
    'one network of the whole city',
  );
});

test('an address is that of whoever had it at the time; what was only seen does not go before what was declared', () => {
  const stays = [
    { asset: 0, address: '10.1.0.5', zone: '/45/01/a/', firstMs: 100, lastMs: 200 },
    { asset: 1, address: '10.1.0.5', zone: '/45/01/a/', firstMs: 300, lastMs: 400 },
    { asset: 1, address: '10.1.0.6', zone: '/45/01/a/', firstMs: 100, lastMs: 400 },
  ];
  const declared: IndexedKey[] = [
    { asset: 1, kind: 'address', value: '10.1.0.5' },
    { asset: 2, kind: 'address', value: '10.1.0.6' },
  ];
  const units = ['/45/01/a/', '/45/01/a/', '/45/01/a/'];
  const entered = indexOf(units, declared, [], { stays });
  const at = (index: AssetIndex, address: string, atMs: number) => index.find(question({ address, atMs }));
  assert.deepEqual(
    [50, 150, 250, 350, 900].map((ms) => at(entered, '10.1.0.5', ms)),
    [1, 0, 0, 1, 1],
  );
  assert.equal(at(entered, '10.1.0.6', 150), 1);
  const seen = indexOf(units, declared, [], { stays, discovered: [0, 1] });
  assert.equal(at(seen, '10.1.0.6', 150), 2);
});

test('an asset takes what it does not say from the nearest system, of several the weightiest, of equal ones the earlier', () => {
  const units = Array.from({ length: 7 }, () => '/45/01/a/');
  const index = indexOf(units, [], [], {
    systems: [
      [1, 20],
      [2, 33],
      [3, 33],
    ],
    takesFrom: [
      [0, 1],
      [0, 3],
      [0, 2],
      // A service of the host, and what hangs on the service.
      [4, 0],
      [5, 4],
      [6, 5],
      // In a circle nothing is found twice.
      [0, 4],
    ],
    operatedBy: { 1: '甲公司', 3: '乙公司', 4: '丙公司' },
  });
  assert.deepEqual(
    units.map((_path, asset) => index.systemOf(asset)),
    [2, 1, 2, 3, 2, 2, NOBODY],
  );
  assert.deepEqual(
    [0, 4, 5, 6].map((asset) => index.asset(asset).operatedBy),
    ['乙公司', '丙公司', '丙公司', '丙公司'],
  );
  assert.equal(index.asset(0).supervisedBy, '主管');
});

test('the stays in the arrays answer as the list of stays does', () => {
  const stay = fc.record({
    asset: fc.nat(3),
    zone: fc.constantFrom('/45/01/a/', '/45/01/b/'),
    firstMs: fc.nat(20),
    lastMs: fc.nat(20).map((more) => more + 20),
  });
  fc.assert(
    fc.property(fc.array(stay, { maxLength: 6 }), fc.nat(60), (all, atMs) => {
      const units = Array.from({ length: 4 }, () => '/45/01/a/');
      const index = indexOf(units, [], [], { stays: all.map((one) => ({ ...one, address: '10.1.0.5' })) });
      const zones = [...Map.groupBy(all, ({ zone }) => zone).values()];
      const holders = new Set(
        zones.flatMap((own) =>
          holdersAt(
            own.map((one) => ({ ...one, assetId: String(one.asset) })),
            atMs,
          ),
        ),
      );
      const expected = holders.size === 1 ? Number([...holders][0]) : NOBODY;
      assert.equal(index.find(question({ address: '10.1.0.5', atMs })), expected);
    }),
    { numRuns: 300 },
  );
});

test('of two that are equal, what somebody entered goes before what was only observed', () => {
  const keys = [0, 1, 2].map((asset) => ({ asset, kind: 'host' as const, value: 'web01' }));
  const units = ['/45/01/a/', '/45/01/a/', '/45/01/a/'];
  const ask = (discovered: number[]) => indexOf(units, keys, [], { discovered }).find(question({ host: 'web01' }));
  assert.deepEqual([ask([0, 2]), ask([0]), ask([])], [1, NOBODY, NOBODY]);
});

test('of a machine and what was entered with its address the machine is what an event is about', () => {
  const keys = [0, 1, 2].map((asset) => ({ asset, kind: 'address' as const, value: '10.1.2.3' }));
  const units = ['/45/01/a/', '/45/01/a/', '/45/01/a/'];
  const ask = (more: More) => indexOf(units, keys, [], more).find(question({ address: '10.1.2.3' }));
  assert.equal(ask({ standing: [0, 2] }), 1);
  assert.equal(ask({ standing: [0, 2], discovered: [1, 2] }), 0, 'what somebody entered goes before');
  assert.equal(ask({ standing: [0] }), NOBODY, 'two machines are no answer');
});

test('a range answers where no key does: the narrowest one of the unit', () => {
  const index = indexOf(
    ['/45/01/a/', '/45/01/a/', '/45/01/b/'],
    [{ asset: 0, kind: 'address', value: '10.1.2.3' }],
    [
      { asset: 0, text: '10.0.0.0/8' },
      { asset: 1, text: '10.1.2.0/24' },
      { asset: 2, text: '10.1.2.0/24' },
      { asset: 2, text: '2001:db8::/32' },
    ],
  );
  assert.equal(index.find(question({ address: '10.1.2.3', unitPath: '/45/01/a/' })), 0);
  assert.equal(index.find(question({ address: '10.1.2.4', unitPath: '/45/01/a/' })), 1);
  assert.equal(index.find(question({ address: '10.200.0.1', unitPath: '/45/01/a/' })), 0);
  assert.equal(index.find(question({ address: '10.1.2.4' })), NOBODY);
  assert.equal(index.find(question({ address: '2001:db8::7' })), 2);
  assert.equal(index.find(question({ address: '2001:db9::7' })), NOBODY);
});

const anAddress = fc.oneof(
  fc.tuple(fc.nat(3), fc.nat(255)).map(([third, last]) => `10.1.${third}.${last}`),
  fc.nat(0xffff).map((last) => `2001:db8::${last.toString(16)}`),
);
const aRange = fc
  .tuple(anAddress, fc.nat(12))
  .map(([address, wider]) => `${address}/${(address.includes(':') ? 128 : 32) - wider}`);

test('the binary search finds what looking at every range finds', () => {
  fc.assert(
    fc.property(fc.array(aRange, { maxLength: 30 }), fc.array(anAddress, { maxLength: 20 }), (texts, addresses) => {
      const ranges = texts.flatMap((text, value) => {
        const network = parseNetwork(text);
        return network === undefined ? [] : { network, value };
      });
      const index = new RangeIndex(ranges);
      for (const address of addresses) {
        const bytes = addressBytes(address);
        assert.ok(bytes);
        const holding = ranges.filter(({ network }) => inNetwork(bytes, network));
        const most = Math.max(...holding.map(({ network }) => network.bits));
        const narrowest = holding.filter(({ network }) => network.bits === most);
        const expected = narrowest.length === 1 ? narrowest[0]?.value : NOBODY;
        assert.equal(index.find(address), expected, address);
      }
    }),
    { numRuns: 300 },
  );
});

test('the table finds what a list of keys holds', () => {
  const key = fc.record({
    asset: fc.nat(5),
    kind: fc.constantFrom('host' as const, 'domain' as const, 'address' as const),
    value: fc.constantFrom('web01', 'web02', 'web01.a.cn', '10.1.0.1', '10.1.0.2'),
  });
  const asked = fc.record({
    host: fc.constantFrom('', 'web01', 'web02', 'web01.a.cn'),
    address: fc.constantFrom('', '10.1.0.1', '10.1.0.2'),
    domain: fc.constantFrom('', 'web01.a.cn'),
    unitPath: fc.constantFrom('/45/', '/45/01/', ...PATHS),
  });
  fc.assert(
    fc.property(fc.array(key, { maxLength: 20 }), fc.array(asked, { maxLength: 10 }), (all, questions) => {
      const keys = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
      const units = Array.from({ length: 6 }, (_, number) => PATHS[number % 3] ?? '');
      const index = indexOf(units, keys);
      for (const { host, address, domain, unitPath } of questions) {
        const names: string[] = host === '' ? [] : [host, ...(host.includes('.') ? [host.split('.')[0] ?? ''] : [])];
        const domains: string[] = [domain, ...(host.includes('.') ? [host] : [])];
        const fits = ({ kind, value }: IndexedKey) =>
          (kind === 'host' && names.includes(value)) ||
          (kind === 'domain' && value !== '' && domains.includes(value)) ||
          (kind === 'address' && value === address);
        const strength = units.map((path, number) => {
          const kinds = new Set(keys.filter((one) => one.asset === number && fits(one)).map(({ kind }) => kind));
          const sum = [...kinds].reduce((total, kind) => total + (kind === 'host' ? 8 : 4), 0);
          return path.startsWith(unitPath) ? sum : 0;
        });
        const most = Math.max(...strength);
        const best = strength.flatMap((sum, number) => (sum === most ? number : []));
        const expected = most > 0 && best.length === 1 ? best[0] : NOBODY;
        assert.equal(index.find({ host, address, domain, unitPath, atMs: 0 }), expected);
      }
    }),
    { numRuns: 300 },
  );
});
