import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { type IdentityFacts, identityKeys, type KeyLists } from './keys.ts';
import type { IdentityNode } from './node.ts';
import { type Partition, partition } from './partition.ts';
import { type SpreadLimits, spreadingKeys } from './spread.ts';

const DAY_MS = 86_400_000;

interface Written extends Omit<IdentityFacts, 'class'> {
  readonly source: string;
  readonly class?: IdentityFacts['class'];
  readonly nativeKey?: string;
  readonly unit?: string;
  readonly record?: string;
  readonly days?: readonly [number, number];
}

interface Case {
  readonly name: string;
  readonly observations: Readonly<Record<string, Written>>;
  readonly expect: readonly (readonly string[])[];
  readonly unresolved?: readonly string[];
  readonly quarantined?: readonly string[];
  readonly apart?: readonly (readonly [string, string])[];
  readonly same?: readonly (readonly [string, string])[];
  readonly different?: readonly (readonly [string, string])[];
}

const cases = parse(readFileSync(join(import.meta.dirname, 'cases.yml'), 'utf8')) as readonly Case[];

const stored = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../content/standards/identity/keys.json'), 'utf8'),
) as { serials: string[]; uuids: string[]; names: string[]; vendors: Record<string, string> } & {
  macPrefixes: KeyLists['macPrefixes'];
  spread: SpreadLimits;
};
const lists: KeyLists = {
  serials: new Set(stored.serials),
  uuids: new Set(stored.uuids),
  names: new Set(stored.names),
  macPrefixes: stored.macPrefixes,
  vendors: new Map(Object.entries(stored.vendors)),
};

function nodesOf({ observations }: Pick<Case, 'observations'>): IdentityNode[] {
  return Object.entries(observations).map(([id, written]) => {
    const { source, unit = 'u1', record, days = [1, 1], nativeKey = id, ...facts } = written;
    const zoneOf = (address: string) =>
      unit === 'u1' && address.startsWith('10.9.')
        ? { zone: 'static', realm: unit, fixed: true }
        : { zone: unit, realm: unit, fixed: false };
    const place = { product: source.split(':')[0] ?? source, realm: unit, record, zoneOf };
    return {
      id,
      class: facts.class ?? 'host',
      source,
      nativeKey,
      keys: identityKeys({ class: 'host', ...facts }, place, lists).keys,
      firstMs: days[0] * DAY_MS,
      lastMs: days[1] * DAY_MS,
    };
  });
}

function solve(
  one: Pick<Case, 'observations' | 'same' | 'different'>,
  order: (nodes: IdentityNode[]) => IdentityNode[],
) {
  const nodes = order(nodesOf(one));
  const spread = spreadingKeys(nodes, stored.spread).map(({ key }) => key);
  const decisions = { same: one.same ?? [], different: one.different ?? [] };
  return { spread, result: partition(nodes, decisions, new Set(spread)) };
}

const shown = ({ groups, links }: Partition) => ({
  expect: groups
    .filter(({ sufficient }) => sufficient)
    .map(({ nodes }) => nodes.map((id) => (links.get(id)?.presumed ? `?${id}` : id)).sort())
    .sort((left, right) => (left.join() < right.join() ? -1 : 1)),
  unresolved: groups.flatMap(({ nodes, sufficient }) => (sufficient ? [] : nodes)).sort(),
});

const pairs = (all: readonly (readonly string[])[]) => all.map((pair) => [...pair].sort().join(' ')).sort();

test('there are at least thirty scripted cases', () => assert.ok(cases.length >= 30));

for (const one of cases) {
  test(one.name, () => {
    const { spread, result } = solve(one, (nodes) => nodes);
    const expected = one.expect
      .map((group) => [...group].sort())
      .sort((left, right) => (left.join() < right.join() ? -1 : 1));
    assert.deepEqual(shown(result), { expect: expected, unresolved: [...(one.unresolved ?? [])].sort() });
    assert.deepEqual(spread, one.quarantined ?? []);
    const apart = result.nearMisses.map(({ left, right }) => [left, right]);
    for (const pair of pairs(one.apart ?? [])) assert.ok(pairs(apart).includes(pair), `apart: ${pair}`);
    for (const [id, link] of result.links) {
      const own = new Set(
        nodesOf(one)
          .find((node) => node.id === id)
          ?.keys.map((key) => `${key.kind}|${key.space}|${key.value}`),
      );
      for (const key of link.keys) assert.ok(own.has(key), `${id} is explained by ${key}, which it has not`);
    }
  });

  test(`${one.name}: in whatever order it comes`, () => {
    const straight = shown(solve(one, (nodes) => nodes).result);
    assert.deepEqual(shown(solve(one, (nodes) => nodes.reverse()).result), straight);
    const ids = Object.keys(one.observations);
    for (let turn = 1; turn < ids.length; turn += 1) {
      const turned = (nodes: IdentityNode[]) => [...nodes.slice(turn), ...nodes.slice(0, turn)];
      assert.deepEqual(shown(solve(one, turned).result), straight);
    }
  });
}

const few = <T>(...values: T[]) => fc.constantFrom(...values);
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const anObservation: fc.Arbitrary<Written> = fc
  .record({
    source: few('wazuh', 'netbox', 'scan', 'syslog'),
    unit: few('u1', 'u2'),
    agentId: some(few('1', '2', '3')),
    serial: some(few('CN0000000001', 'CN0000000002', 'none')),
    vendor: some(few('Dell', 'HP')),
    uuid: some(few('4c4c4544-0042-3510-8051-b7c04f4e3732', '564d1234-0000-4000-8000-00000000aaaa')),
    macs: fc.array(few('a4:bb:6d:00:00:01', 'a4:bb:6d:00:00:02', '02:42:ac:11:00:02'), { maxLength: 2 }),
    hostNames: fc.array(few('web01', 'web02', 'web01.a.gov.cn', 'localhost'), { maxLength: 1 }),
    addresses: fc.array(few('10.1.0.1', '10.1.0.2', '10.9.0.1', '127.0.0.1'), { maxLength: 2 }),
    days: fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 5 }))
      .map(([first, more]) => [first, first + more] as const),
  })
  .map(({ agentId, source, ...rest }) => ({
    ...rest,
    source,
    agentId: source === 'wazuh' ? agentId : undefined,
  }));

const aSet = fc
  .array(anObservation, { minLength: 1, maxLength: 14 })
  .map((all) => ({ observations: Object.fromEntries(all.map((one, at) => [`o${at}`, one])) }));

test('the partition depends on the set of observations alone', () => {
  fc.assert(
    fc.property(aSet, fc.array(fc.nat(), { minLength: 14, maxLength: 14 }), (one, weights) => {
      const mixed = (nodes: IdentityNode[]) =>
        nodes
          .map((node, at) => ({ node, weight: weights[at] ?? 0 }))
          .sort((left, right) => left.weight - right.weight)
          .map(({ node }) => node);
      assert.deepEqual(shown(solve(one, mixed).result), shown(solve(one, (nodes) => nodes).result));
    }),
    { numRuns: 300 },
  );
});

test('every observation is in one group, and no group has two live agents of one product that count', () => {
  fc.assert(
    fc.property(aSet, (one) => {
      const nodes = nodesOf(one);
      const { result, spread } = solve(one, (all) => all);
      const { groups } = result;
      const agentOf = ({ keys }: IdentityNode) =>
        keys.find((key) => key.kind === 'agent' && !spread.includes(key.text))?.value;
      assert.deepEqual(groups.flatMap((group) => group.nodes).sort(), nodes.map(({ id }) => id).sort());
      for (const group of groups) {
        const agents = nodes.filter((node) => group.nodes.includes(node.id) && agentOf(node) !== undefined);
        for (const left of agents) {
          for (const right of agents) {
            if (agentOf(left) === agentOf(right)) continue;
            assert.ok(left.lastMs < right.firstMs || right.lastMs < left.firstMs, `${left.id} and ${right.id}`);
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('what a person said holds, whatever the rules say', () => {
  fc.assert(
    fc.property(aSet, fc.nat(), fc.nat(), fc.boolean(), (one, first, second, same) => {
      const ids = Object.keys(one.observations);
      const [left = '', right = ''] = [ids[first % ids.length], ids[second % ids.length]];
      fc.pre(left !== right);
      const decisions = same ? { same: [[left, right] as const] } : { different: [[left, right] as const] };
      const { groups } = solve({ ...one, ...decisions }, (nodes) => nodes).result;
      const together = groups.some(({ nodes }) => nodes.includes(left) && nodes.includes(right));
      assert.equal(together, same);
    }),
    { numRuns: 300 },
  );
});

test('hostile text makes keys or is left out, never an error', () => {
  fc.assert(
    fc.property(
      fc.record({ serial: fc.string(), vendor: fc.string(), uuid: fc.string(), name: fc.string(), mac: fc.string() }),
      (text) => {
        const { keys, leftOut } = identityKeys(
          {
            class: 'host',
            serial: text.serial,
            vendor: text.vendor,
            uuid: text.uuid,
            hostNames: [text.name],
            macs: [text.mac],
            addresses: [text.name],
          },
          { product: 'p', realm: 'u', zoneOf: () => ({ zone: 'z', realm: 'u', fixed: false }) },
          lists,
        );
        assert.ok(keys.length + leftOut.length < 12);
      },
    ),
    { numRuns: 300 },
  );
});
