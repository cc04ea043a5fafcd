import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { all, any, type Condition, not, type ValueTest } from '#engine/condition/condition.ts';
import { evaluate } from '#engine/condition/evaluate.ts';
import type { Piece } from '#engine/condition/pattern.ts';
import { parseRegex } from '#engine/condition/regex/parse.ts';
import type { FieldValue, SecurityEvent } from '#engine/fields/event.ts';
import { compileRules } from './matcher.ts';
import { loadPack } from './pack.ts';
import { parseRules } from './parse.ts';
import type { SigmaRule } from './rule.ts';

const letter = fc.constantFrom('a', 'B', 'c', '\\', '.', '-', '/', 'Ж', 'ж', '😀', '1', '0');
const text = fc.string({ unit: letter, maxLength: 9 });
const field = fc.constantFrom('EventID', 'Image', 'CommandLine', 'src_ip', 'SourceIp', 'Odd');

const piece: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 4, arbitrary: text.map((value): Piece => ({ text: value })) },
  { weight: 1, arbitrary: fc.constantFrom<Piece>({ wild: 'any' }, { wild: 'one' }, { wild: 'dash' }) },
);
const textTest: fc.Arbitrary<ValueTest> = fc.record({
  op: fc.constant('text' as const),
  pattern: fc.array(piece, { maxLength: 5 }),
  cased: fc.boolean(),
});
const expressions = ['a.c', '(?i)ab+', '^1?0$', '[а-я]Ж', 'x*'].flatMap((source) => {
  const { regex } = { regex: undefined, ...parseRegex(source) };
  return regex ? [regex] : [];
});
const valueTest: fc.Arbitrary<ValueTest> = fc.oneof(
  { weight: 6, arbitrary: textTest },
  { weight: 1, arbitrary: fc.constantFrom(...expressions).map((regex): ValueTest => ({ op: 'regex', regex })) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 11 }).map((value): ValueTest => ({ op: 'number', compare: 'gte', value })),
  },
  { weight: 1, arbitrary: fc.constant<ValueTest>({ op: 'cidr', network: '10.0.0.0/8' }) },
);
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('field' as const), field, test: valueTest }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('keyword' as const), test: textTest }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('absent' as const), field }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('reference' as const),
      field,
      other: field,
      how: fc.constantFrom('equals' as const, 'starts' as const, 'ends' as const, 'contains' as const),
      cased: fc.boolean(),
    }),
  },
);
const condition = fc.letrec<{ node: Condition }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { minLength: 1, maxLength: 7 }).map(all),
    fc.array(tie('node'), { minLength: 1, maxLength: 7 }).map(any),
    tie('node').map(not),
  ),
})).node;

const fieldValue: fc.Arbitrary<FieldValue> = fc.oneof(
  text,
  fc.constantFrom('10.1.2.3', '10', '1'),
  fc.array(text, { maxLength: 3 }),
);
const event: fc.Arbitrary<SecurityEvent> = fc
  .dictionary(field, fieldValue, { noNullPrototype: true })
  .map((fields) => ({
    id: '1',
    timeMs: 0,
    receivedAtMs: 0,
    source: 'test',
    logsource: { product: 'windows', category: '', service: '' },
    unitPath: '/',
    fields,
    raw: '',
    problem: '',
  }));

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
        fc.array(condition, { minLength: 1, maxLength: 12 }),
        fc.array(event, { minLength: 1, maxLength: 6 }),
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
