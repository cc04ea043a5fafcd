import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluate } from '#engine/condition/evaluate.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { Correlator } from '#engine/sigma/correlator.ts';
import { inScope } from '#engine/sigma/logsource.ts';
import { compileRules } from '#engine/sigma/matcher.ts';
import { loadPack, type RulePack } from '#engine/sigma/pack.ts';
import { conformanceCases, conformanceFiles, refusedCases, sequenceCases } from '../support/conformance.ts';

const errorsOf = (pack: RulePack) => pack.problems.filter(({ severity }) => severity === 'error');

/** Longer than any time span: after it everything is judged. */
const AFTERWARDS_MS = 40 * 86_400_000;

/** Titles of all that raises a detection on a sequence of events that comes in batches of this size. */
function raisedBy(pack: RulePack, events: readonly SecurityEvent[], size: number): string[] {
  const heads = [...pack.rules, ...pack.correlations];
  const matcher = compileRules(pack.rules);
  const correlator = new Correlator(
    pack.correlations,
    (name) => heads.find((head) => head.name === name || head.id === name)?.id,
  );
  const ids = new Set<string>();
  const feed = (hits: { ruleId: string; event: SecurityEvent }[], clockMs: number): void => {
    for (const { correlation } of correlator.feed(hits, clockMs).hits) ids.add(correlation.id);
  };
  for (let from = 0; from < events.length; from += size) {
    const hits = events
      .slice(from, from + size)
      .flatMap((event) => matcher.match(event).map(({ ruleId }) => ({ ruleId, event })));
    for (const { ruleId } of hits) ids.add(ruleId);
    feed(hits, 0);
  }
  feed([], Math.max(...events.map(({ timeMs }) => timeMs)) + AFTERWARDS_MS);
  return heads
    .filter(({ id, level }) => ids.has(id) && !pack.silent.has(id) && level !== 'informational')
    .map(({ title }) => title);
}

describe('Sigma, feature by feature', () => {
  it('every file of the folder is read', () => {
    const read = /^(?:values|conditions|modifiers-.+|filters|correlations-.+|refused)$/;
    assert.deepEqual(
      conformanceFiles().filter((name) => !read.test(name)),
      [],
    );
    assert(conformanceCases().length > 120 && sequenceCases().length > 45 && refusedCases().length > 40);
  });

  for (const { feature, pack, warns, hits, misses } of conformanceCases()) {
    it(feature, () => {
      assert.deepEqual(
        pack.problems.map(({ code }) => code),
        warns === undefined ? [] : [warns],
      );
      const rule = pack.rules.at(-1);
      assert(rule);
      const matcher = compileRules([rule]);
      for (const [expected, events] of [[true, hits] as const, [false, misses] as const]) {
        for (const event of events) {
          const about = JSON.stringify(event.fields);
          const naive: boolean = inScope(rule.logsource, event.logsource) && evaluate(rule.condition, event);
          assert.equal(naive, expected, `interpreter: ${about}`);
          assert.equal(matcher.match(event).length === 1, expected, `matcher: ${about}`);
        }
      }
    });
  }
});

describe('Sigma correlations, feature by feature', () => {
  for (const { feature, pack, raises, hits, misses } of sequenceCases()) {
    it(feature, () => {
      assert.deepEqual(pack.problems, []);
      const last = pack.correlations.at(-1)?.title ?? '';
      for (const [fires, sequences] of [[true, hits] as const, [false, misses] as const]) {
        for (const events of sequences) {
          const about = JSON.stringify(events.map(({ fields }) => fields));
          for (const size of new Set([1, 2, events.length])) {
            const raised = raisedBy(pack, events, size);
            if (raises && fires) assert.deepEqual(raised, raises);
            assert.equal(raised.includes(last), fires, `in batches of ${size}: ${about}`);
          }
        }
      }
    });
  }
});

describe('Sigma, what is refused', () => {
  for (const { feature, problem, text } of refusedCases()) {
    it(feature, () => {
      const [first] = errorsOf(loadPack([{ file: 'case.yml', text }]));
      assert.equal(first?.code, problem, first?.message);
      assert(first.line > 0 && first.column > 0 && first.hint !== '');
    });
  }
});
