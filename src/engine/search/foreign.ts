import { columnOf } from '#engine/fields/aliases.ts';
import { resolveName } from './names.ts';
import { SearchFault } from './query.ts';
import type { Token } from './tokens.ts';

/*
 * Spellings of other products. Read as they stand they would be texts that no event has, so that nothing is found and nothing said: what
 * means the same thing beyond doubt is taken, the rest is refused with the form it has here. In quotes each of them is a text.
 */

/** `>=5` or `<2026-03-02T…`: what a comparison may be with. */
const COMPARED = /^[<>]=?(?:[+-]?\d+(?:\.\d+)?|\d{4}-\d\d-\d\dT\S+)$/u;
/** Signs that stand between a name and a value elsewhere. */
const SIGNS: ReadonlySet<string> = new Set(['=', '==', '!=', '<>', '>', '<', '>=', '<=', '=~', ':', '：']);
const NEGATED: ReadonlySet<string> = new Set(['!=', '<>']);
/** Bare words of a value that are looked at. */
const WORDS_MAX = 20;
/** What an expression between slashes has and a path does not. */
const EXPRESSION = /\.[*+?]|\\[dDwWsSbB]|[[|^$]|\{\d/u;

/** Whether every event may have such a field: the platform's own names for them, and those of vendors it has a column for. */
function isKnown(name: string): boolean {
  const target = resolveName(name);
  return 'fact' in target || columnOf(target.field) !== '';
}

/**
 * Whether a name is compared without the colon: `event_code>=4688`.
 *
 * @param rest the word from the sign on
 * @throws SearchFault where it may be meant so
 */
export function isComparison(name: string, rest: string, column: number): boolean {
  if (rest.startsWith('<>') && isKnown(name)) throw unequal(column, name, rest.slice(2));
  if (!COMPARED.test(rest)) return false;
  if (isKnown(name)) return true;
  throw new SearchFault(
    column,
    'comparison',
    'a comparison has a colon',
    `${name}:${rest}, or "${name}${rest}" as a text`,
  );
}

/** `status==500`, `status!=500`. @param rest the word from the sign on @throws SearchFault */
export function refuseEquality(name: string, rest: string, column: number): void {
  const [, sign = '', value = ''] = /^(==|!=)([^=].*)$/u.exec(rest) ?? [];
  if (sign === '==') throw equal(column, name, value);
  if (sign === '!=') throw unequal(column, name, value);
}

/** `status >= 500`: a sign by itself between the name of a field and a value. @throws SearchFault */
export function refuseLoneSign(before: Token | undefined, sign: string, column: number): void {
  if (!SIGNS.has(sign) || before?.kind !== 'text' || before.quoted || !isKnown(before.text)) return;
  const name = before.text;
  if (NEGATED.has(sign)) throw unequal(column, name, 'value');
  if (/[<>]/u.test(sign)) {
    throw new SearchFault(
      column,
      'comparison',
      'a comparison has a colon and no blanks',
      `for example ${name}:${sign}100`,
    );
  }
  throw equal(column, name, 'value');
}

const equal = (column: number, name: string, value: string): SearchFault =>
  new SearchFault(
    column,
    'equality',
    'a field and its value have a colon between them',
    `${name}:${value}, or in quotes as a text`,
  );

const unequal = (column: number, name: string, value: string): SearchFault =>
  new SearchFault(
    column,
    'equality',
    'what is not so has "not" before it',
    `not ${name}:${value}, or in quotes as a text`,
  );

/** `[4600 TO 4700]` and `/expression/` as the value of a field. @param tokens from the value on @throws SearchFault */
export function refuseValue(name: string, tokens: readonly Token[]): void {
  const [first] = tokens;
  if (first?.kind !== 'text' || first.quoted) return;
  const words = bareWords(tokens);
  const [, open = '', low = '', high = '', close = ''] =
    /^([[{])\s*(\S+) TO (\S+?)\s*([\]}])/u.exec(words.map(({ text }) => text).join(' ')) ?? [];
  if (open !== '') {
    const hint = intervalOf(name, [open, low, high, close]);
    throw new SearchFault(first.column, 'interval', 'a range is written with two dots', hint);
  }
  const body = expressionOf(words, tokens);
  if (body === undefined) return;
  const hint = `${name}:~"${body.replaceAll('"', '\\"')}", or in quotes as a text`;
  throw new SearchFault(first.column, 'expression', 'a regular expression has ~ and quotes', hint);
}

type Word = Extract<Token, { kind: 'text' }>;

/** The bare words that stand side by side. */
function bareWords(tokens: readonly Token[]): Word[] {
  const words: Word[] = [];
  for (const token of tokens.slice(0, WORDS_MAX)) {
    if (token.kind !== 'text' || token.quoted) break;
    words.push(token);
  }
  return words;
}

function intervalOf(name: string, [open, low, high, close]: readonly [string, string, string, string]): string {
  const isNumber = (text: string) => /^[+-]?\d+(\.\d+)?$/u.test(text);
  const ends = [low, high].filter((end) => end !== '*');
  if (ends.length === 0 || !ends.every(isNumber)) {
    return `for example ${name}:4600..4700; times are set beside the query`;
  }
  if (ends.length === 2 && open === '[' && close === ']') return `${name}:${low}..${high}`;
  const from = low === '*' ? [] : [`${name}:>${open === '[' ? '=' : ''}${low}`];
  const to = high === '*' ? [] : [`${name}:<${close === ']' ? '=' : ''}${high}`];
  return [...from, ...to].join(' and ');
}

/** What stands between the slashes; undefined when it is no expression, as a path with a slash at its end. */
function expressionOf(words: readonly Word[], tokens: readonly Token[]): string | undefined {
  const [first] = words;
  if (first === undefined || !first.text.startsWith('/')) return undefined;
  // A bracket ends a bare word: `/(cmd|net).*/` is a slash with a bracket right behind it.
  const next = tokens[words.length];
  if (next?.kind === 'open' && next.column === first.column + Array.from(first.text).length) return 'expression';
  for (let count = 1; count <= words.length; count += 1) {
    const text = words
      .slice(0, count)
      .map((word) => word.text)
      .join(' ');
    const body = /^\/(.+)\/[a-z]{0,3}$/u.exec(text)?.[1];
    if (body !== undefined && EXPRESSION.test(body)) return body;
  }
  return undefined;
}
