import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Condition } from '#engine/condition/condition.ts';
import { evaluate } from '#engine/condition/evaluate.ts';
import { anyCondition, anyEvent } from '../../../test/support/sigma-arbitraries.ts';
import { compileRules } from './matcher.ts';
import { loadPack } from './pack.ts';
import { parseRules } from './parse.ts';
import type { SigmaRule } from './rule.ts';

const EMPTY_RULE = loadPack([
  { file: 'a.yml', text: 'title: t\nlogsource: { product: windows }\ndetection: { s: { a: b }, condition: s }\n' },
]).rules[0];

function rulesOf(conditions: readonly Condition[]): SigmaRule[] {
  assert(EMPTY_RULE);
  return conditions.map((one, index) => ({ ...EMPTY_RULE, id: String(index), condition: one }));
}

describe('rules against anything', () => {
  it('the matcher finds exactly what the interpreter finds', () => {
    fc.assert(
      fc.property(
        fc.array(anyCondition, { minLength: 1, maxLength: 12 }),
        fc.array(anyEvent, { minLength: 1, maxLength: 6 }),
        (conditions, events) => {
          const rules = rulesOf(conditions);
          const matcher = compileRules(rules);
          for (const one of [...events, ...events]) {
            const expected = rules.filter((rule) => evaluate(rule.condition, one)).map((rule) => rule.id);
            assert.deepEqual(
              matcher.match(one).map((hit) => hit.ruleId),
              expected,
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('any text is read or has problems, and is never thrown at the caller', () => {
    const words = fc.constantFrom(
      'title: a\n',
      'logsource:\n',
      '  product: windows\n',
      'detection:\n',
      '  sel:\n',
      '    a|',
      'contains',
      're',
      '|all',
      ': x\n',
      '  condition: ',
      'sel',
      '1 of ',
      'not ',
      '(',
      '*',
      '&a ',
      '*a ',
      '- ',
      '[',
      '{',
      '}',
      '"',
      '---\n',
      'null\n',
      '\t',
      ' | count() > 5\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary-ascii' }),
          fc.array(words).map((list) => list.join('')),
        ),
        (rule) => {
          const { documents, problems } = parseRules(rule, 'f.yml');
          assert(documents.length > 0 || problems.some(({ severity }) => severity === 'error'));
          for (const problem of problems) assert(problem.line >= 1 && problem.column >= 1 && problem.hint !== '');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('deep nesting is a problem, not a crash', () => {
    const rule = (selection: string, spoken: string) =>
      `title: t\nlogsource: { product: windows }\ndetection:\n  sel: ${selection}\n  condition: ${spoken}\n`;
    for (const bad of [
      rule('['.repeat(20_000), 'sel'),
      rule('{ a: b }', `${'('.repeat(20_000)}sel`),
      rule('{ a: b }', `${'not '.repeat(20_000)}`),
    ]) {
      const { documents, problems } = parseRules(bad, 'f.yml');
      assert.equal(documents.length, 0);
      assert(problems.length > 0);
    }
  });

  it('all problems of a rule are reported at once, each at its place', () => {
    const { problems } = parseRules(
      'title: t\nlogsource: { product: windows }\ndetection:\n  sel:\n    a|contians: x\n    b|re: "(?=x)"\n    c|cidr: 300.0.0.0/8\n  condition: sel and unknown\n',
      'f.yml',
    );
    assert.deepEqual(
      problems.map(({ code, line, column }) => [code, line, column]),
      [
        ['modifier.unknown', 5, 5],
        ['regex.refused', 6, 11],
        ['modifier.value', 7, 13],
        ['condition.unknown-name', 8, 14],
      ],
    );
  });
});
