import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyStream, CORRELATIONS, idOf, textOf } from '../../../test/support/correlation-arbitraries.ts';
import { Correlator } from './correlator.ts';
import { type KeptGroups, type KeptHit, type RuleHit, reviveHit } from './correlator-state.ts';
import { type Partition, Partitioner } from './partition.ts';

const LIMITS = { groupsMax: 1_000, entriesMax: 10_000, latenessMs: 2_000 };
const open = (partition?: Partition) => new Correlator(CORRELATIONS, idOf, LIMITS, partition);
/** Later than anything a stream leaves open. */
const endOf = (stream: readonly RuleHit[]): number => (stream.at(-1)?.clockMs ?? 0) + 60_000;

function wholeRun(stream: readonly RuleHit[], partition?: Partition) {
  const { hits, limits } = open(partition).feed(stream, endOf(stream));
  return { alerts: hits.map(textOf), limits };
}

/** As the store keeps it: text. */
const throughText = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));

describe('any stream of hits', () => {
  it('fires every kind of correlation somewhere', () => {
    const fired = new Set<string>();
    fc.assert(
      fc.property(anyStream, (stream) => {
        for (const { correlation } of open().feed(stream, endOf(stream)).hits) fired.add(correlation.id);
      }),
      { numRuns: 300, seed: 7 },
    );
    assert.deepEqual([...fired].sort(), CORRELATIONS.map(({ id }) => id).sort());
  });

  it('gives the same alerts however it is cut into batches and wherever a restart comes between', () => {
    const cuts = fc.infiniteStream(
      fc.record({ size: fc.integer({ min: 1, max: 8 }), next: fc.integer({ max: 3, min: 0 }) }),
    );
    fc.assert(
      fc.property(anyStream, cuts, (stream, cutting) => {
        let engine = open();
        let kept: KeptGroups[] = [];
        let since: KeptHit[][] = [];
        const alerts: string[] = [];
        const rest = [...stream];
        while (rest.length > 0) {
          const { size, next } = cutting.next().value ?? { size: 1, next: 0 };
          const batch = rest.splice(0, size);
          alerts.push(...engine.feed(batch).hits.map(textOf));
          since.push(throughText(batch.map((hit) => engine.keep(hit))));
          if (next === 1) {
            kept = throughText([...engine.snapshot()]);
            since = [];
          }
          if (next >= 2) {
            // Killed: what was kept, then the batches since, whose alerts are known already.
            engine = open();
            assert.equal(engine.restore(kept), 0);
            for (const hits of since) engine.feed(hits.map(reviveHit));
          }
        }
        alerts.push(...engine.feed([], endOf(stream)).hits.map(textOf));
        assert.deepEqual(alerts, wholeRun(stream).alerts);
      }),
    );
  });

  it('gives the same alerts on one, two or three partitions', () => {
    const partitioner = new Partitioner(CORRELATIONS, idOf);
    fc.assert(
      fc.property(anyStream, fc.constantFrom(2, 3), (stream, count) => {
        const shares = Array.from({ length: count }, (_, index) => {
          const own = stream.filter(({ ruleId, event }) => partitioner.of(ruleId, event, count).includes(index));
          const { hits, limits } = open({ index, count }).feed(own, endOf(stream));
          return { alerts: hits.map(textOf), limits };
        });
        const single = wholeRun(stream);
        assert.deepEqual(shares.flatMap(({ alerts }) => alerts).sort(), [...single.alerts].sort());
        const sums = new Map<string, number>();
        for (const { correlationId, limit, count: reached } of shares.flatMap(({ limits }) => limits)) {
          const key = `${correlationId} ${limit}`;
          sums.set(key, (sums.get(key) ?? 0) + reached);
        }
        const expected = single.limits.map(({ correlationId, limit, count: reached }) => [
          `${correlationId} ${limit}`,
          reached,
        ]);
        assert.deepEqual([...sums].sort(), expected.sort());
      }),
    );
  });

  it('is shared out by group where the chain allows it', () => {
    const partitioner = new Partitioner(CORRELATIONS, idOf);
    const partitions = (id: string, field: string) =>
      new Set(Array.from({ length: 50 }, (_, index) => partitioner.partitionOf(id, '/1/', { [field]: `${index}` }, 8)))
        .size;
    assert(partitions('count', 'user') > 4, 'a chain that groups by the same field throughout');
    assert.equal(partitions('absent', 'user'), 1, 'a chain whose top does not group at all');
    assert(partitions('values', 'user') > 4, 'a correlation of its own');
  });

  it('takes up no state that was gathered under another meaning', () => {
    const engine = open();
    const stream = fc.sample(anyStream, { numRuns: 20, seed: 3 }).flat();
    engine.feed(stream);
    const kept = [...engine.snapshot()];
    const changed = CORRELATIONS.map((one) => (one.id === 'absent' ? { ...one, timespanMs: 7 } : one));
    const leftOut = new Correlator(changed, idOf, LIMITS).restore(kept);
    const absent = kept.filter(({ correlationId }) => correlationId === 'absent');
    assert.equal(
      leftOut,
      absent.reduce((total, { groups }) => total + groups.length, 0),
    );
    assert(leftOut > 0);
  });
});
