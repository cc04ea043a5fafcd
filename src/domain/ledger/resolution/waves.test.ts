import assert from 'node:assert/strict';
import test from 'node:test';
import { keyOf } from '#engine/identity/keys.ts';
import { partition } from '#engine/identity/partition.ts';
import type { StoredObservation } from '../observations/store.ts';
import { wavesOf } from './waves.ts';

const NONE: ReadonlySet<string> = new Set();

const observation = (id: string, keys: readonly string[], isStored = false): StoredObservation => ({
  id,
  unitPath: '/',
  reportedPath: '/',
  facts: {},
  digest: '',
  node: {
    id,
    class: 'host',
    source: 'wazuh',
    nativeKey: id,
    keys: keys.map((key) => keyOf(key.startsWith('10.') ? 'address' : 'serial', '', key, true)),
    firstMs: 0,
    lastMs: 0,
  },
  assetId: null,
  linkState: 'unresolved',
  linkRule: '',
  linkKeys: '',
  linkedAt: null,
  onKey: '',
  goneAt: null,
  isStored,
});

const byId = (all: readonly StoredObservation[]) => new Map(all.map((one) => [one.id, one]));
const ids = (waves: readonly ReadonlyMap<string, unknown>[]) => waves.map((wave) => [...wave.keys()].sort());

test('what shares a key, directly or over another, is in one wave; what touches something stored comes last', () => {
  const observations = byId([
    observation('a', ['s1']),
    observation('b', ['s2', '10.0.0.1']),
    observation('c', ['s1', 's3']),
    observation('stored', ['s9'], true),
    observation('d', ['10.0.0.1', 's9']),
  ]);
  assert.deepEqual(ids(wavesOf(observations, NONE)), [
    ['a', 'c'],
    ['b', 'd', 'stored'],
  ]);
});

test('a key in quarantine keeps nothing together', () => {
  const observations = byId([observation('a', ['s1'], true), observation('b', ['s1'])]);
  const quarantined = new Set([keyOf('serial', '', 's1', true).text]);
  assert.deepEqual(ids(wavesOf(observations, quarantined)), [['b'], ['a']]);
});

test('wave by wave the same things are told apart as in one go', () => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  const all = Array.from({ length: 3000 }, (_, at) => {
    const keys = [`s${random(2000)}`, ...(random(4) === 0 ? [`s${random(2000)}`] : []), `10.0.0.${random(9000)}`];
    return observation(String(at).padStart(5, '0'), random(9) === 0 ? keys.slice(-1) : keys, random(20) === 0);
  });
  const groupsOf = (some: Iterable<StoredObservation>) => {
    const nodes = [...some].map(({ node }) => node);
    return partition(nodes, { same: [], different: [] }, NONE).groups.map(({ nodes: members }) => members.join(' '));
  };
  const waves = wavesOf(byId(all), NONE);
  assert.ok(waves.length > 1);
  assert.deepEqual(waves.flatMap((wave) => groupsOf(wave.values())).sort(), groupsOf(all).sort());
});
