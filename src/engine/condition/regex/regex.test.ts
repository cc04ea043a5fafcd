import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { foldCase } from '../fold.ts';
import { Automaton } from './automaton.ts';
import { requiredLiterals } from './literals.ts';
import { parseRegex } from './parse.ts';

const NO_FLAGS = { ignoreCase: false, multiline: false, dotAll: false };

/** Expressions that JavaScript and we read alike. */
const expression = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^b]', '\\d', '\\w', '\\b', '^', '$', 'ab', 'B'),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `${a}${b}`),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{0,}')).map(([a, how]) => `(?:${a})${how}`),
  ),
})).node;

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', 'B', '1', ' ', '\n', '中'), maxLength: 8 });

describe('regular expressions', () => {
  it('match what JavaScript matches', () => {
    fc.assert(
      fc.property(expression, text, fc.boolean(), fc.boolean(), fc.boolean(), (source, value, i, m, s) => {
        const flags = { ignoreCase: i, multiline: m, dotAll: s };
        const { regex } = { regex: undefined, ...parseRegex(source, flags) };
        assert(regex, source);
        const expected = new RegExp(source, `${i ? 'i' : ''}${m ? 'm' : ''}${s ? 's' : ''}`).test(value);
        assert.equal(new Automaton(regex).test(value), expected, `/${source}/ on ${JSON.stringify(value)}`);
      }),
      { numRuns: 3_000 },
    );
  });

  it('never match without one of their required literals', () => {
    fc.assert(
      fc.property(expression, text, (source, value) => {
        const { regex } = { regex: undefined, ...parseRegex(source) };
        const literals = regex && requiredLiterals(regex);
        if (!regex || !literals || !new Automaton(regex).test(value)) return;
        assert(
          literals.some((literal) => foldCase(value).includes(literal)),
          `/${source}/ needs ${literals}`,
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('are read or refused, whatever their text, and never throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), text, (source, value) => {
        const { regex, problem } = { regex: undefined, problem: undefined, ...parseRegex(source, NO_FLAGS) };
        assert.notEqual(regex === undefined, problem === undefined);
        if (regex) new Automaton(regex).test(value);
      }),
    );
  });

  it('say what they do not understand', () => {
    for (const source of [
      '(?=a)',
      '(?<!a)',
      '\\1',
      'a++',
      '(?>a)',
      '(',
      ')',
      '[a',
      '*',
      'a{5000}',
      '\\k',
      `${'('.repeat(200)}a${')'.repeat(200)}`,
    ]) {
      const { problem } = { problem: undefined, ...parseRegex(source) };
      assert(problem?.hint, source);
    }
  });

  it('take time in proportion to the text where backtracking would never end', () => {
    const { regex } = { regex: undefined, ...parseRegex('^(?:a|a)*(?:(?:a+)+b){5}$') };
    assert(regex);
    assert.equal(new Automaton(regex).test('a'.repeat(100_000)), false);
  });
});
