import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressBytes, inNetwork, parseNetwork } from '../condition/address.ts';
import { AssetIndex, AssetIndexBuilder, type EventQuestion, type IndexedKey } from './asset-index.ts';
import { NOBODY, RangeIndex } from './ranges.ts';

const PATHS = ['/45/01/a/', '/45/01/b/', '/45/02/c/'];
const idOf = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

function indexOf(
  units: readonly string[],
  keys: readonly IndexedKey[],
  ranges: readonly { asset: number; text: string }[] = [],
) {
  const builder = new AssetIndexBuilder(units.length, keys.length);
  for (const [number, unitPath] of units.entries()) {
    const holders = { supervisedBy: '主管', operatedBy: '', usedBy: '使用' };
    builder.add({ id: idOf(number), name: `n${number}`, unitPath, ...holders, importance: 'important' });
  }
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
    name: 'n2',
    unitPath: '/45/01/b/',
    supervisedBy: '主管',
    operatedBy: '',
    usedBy: '使用',
    importance: 'important',
  });
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
        assert.equal(index.find({ host, address, domain, unitPath }), expected);
      }
    }),
    { numRuns: 300 },
  );
});
