import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluate } from '#engine/condition/evaluate.ts';
import type { FieldValue, SecurityEvent } from '#engine/fields/event.ts';
import { compileRules } from '#engine/sigma/matcher.ts';
import { parseRules } from '#engine/sigma/parse.ts';
import { CASE_PLACEHOLDERS, ruleText, SIGMA_CASES } from '../support/sigma-cases.ts';

const event = (fields: Readonly<Record<string, FieldValue>>): SecurityEvent => ({
  id: '1',
  timeMs: 0,
  receivedAtMs: 0,
  source: 'test',
  logsource: { product: 'windows', category: '', service: '' },
  unitPath: '/',
  fields,
  raw: '',
  problem: '',
});

describe('Sigma, feature by feature', () => {
  for (const { name, detection, hits, misses } of SIGMA_CASES) {
    it(name, () => {
      const { documents, problems } = parseRules(ruleText(detection), 'case.yml', { placeholders: CASE_PLACEHOLDERS });
      assert.deepEqual(problems, []);
      const [rule] = documents;
      assert(rule?.kind === 'rule');
      const matcher = compileRules([rule]);
      for (const [expected, all] of [
        [true, hits],
        [false, misses],
      ] as const) {
        for (const fields of all) {
          const about = JSON.stringify(fields);
          assert.equal(evaluate(rule.condition, event(fields)), expected, `interpreter: ${about}`);
          assert.equal(matcher.match(event(fields)).length === 1, expected, `matcher: ${about}`);
        }
      }
    });
  }
});
