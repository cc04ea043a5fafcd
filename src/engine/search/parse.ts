import { parseNetwork } from '#engine/condition/address.ts';
import type { Comparison, Condition, ValueTest } from '#engine/condition/condition.ts';
import { ANY, type Pattern, type Piece, tidy } from '#engine/condition/pattern.ts';
import { parseRegex } from '#engine/condition/regex/parse.ts';
import { numberOf } from '#engine/condition/values.ts';
import { columnOf } from '#engine/fields/aliases.ts';
import { COLUMNS } from '#engine/fields/dictionary.ts';
import { digestKind, digestSearch } from './digest.ts';
import { refuseValue } from './foreign.ts';
import { resolveName } from './names.ts';
import { type ParsedSearch, SEARCH_LIMITS, type Search, SearchFault } from './query.ts';
import { type Token, tokensOf } from './tokens.ts';

/**
 * Reads a query: `field:value` (also `=`), `*` and `?` in bare values, `"exact text"`, `field:>100`, `field:1..5`,
 * `field:10.0.0.0/8`, `field:~"regular expression"`, `field:*` (is there), `field:(a or b)`, `hash:digest` and `sha256:digest` (among
 * others), free text, `and` `or` `not` (`且` `或` `非`, `-word`), brackets. Words side by side must all hold. Letter case never
 * matters, except in regular expressions.
 *
 * @returns the tree (undefined: everything) and the names used, or the first problem with its place and a hint
 */
export function parseSearch(query: string): ParsedSearch {
  try {
    if (query.length > SEARCH_LIMITS.length) {
      throw new SearchFault(1, 'too_long', `longer than ${SEARCH_LIMITS.length} characters`, 'search for less at once');
    }
    const parser = new Parser(tokensOf(query));
    const search = parser.parse();
    return { ok: true, search, fields: [...parser.names] };
  } catch (error) {
    if (error instanceof SearchFault) return { ok: false, problem: error.problem };
    throw error;
  }
}

class Parser {
  readonly names = new Set<string>();
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #leaves = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Search | undefined {
    if (this.#peek().kind === 'end') return undefined;
    const search = this.#or();
    const rest = this.#peek();
    if (rest.kind === 'end') return search;
    throw new SearchFault(rest.column, 'bracket', 'this bracket was not opened', 'remove it, or open one before');
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', column: 1 };
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #or(): Search {
    const parts = [this.#and()];
    while (this.#peek().kind === 'or') {
      this.#next();
      parts.push(this.#and());
    }
    return joined('or', parts);
  }

  #and(): Search {
    const parts = [this.#not()];
    for (;;) {
      const { kind } = this.#peek();
      if (kind === 'and') this.#next();
      else if (kind === 'or' || kind === 'close' || kind === 'end') return joined('and', parts);
      parts.push(this.#not());
    }
  }

  #not(): Search {
    if (this.#peek().kind !== 'not') return this.#operand();
    const token = this.#next();
    this.#enter(token);
    const of = this.#not();
    this.#depth -= 1;
    return { kind: 'not', of };
  }

  #operand(): Search {
    const token = this.#next();
    switch (token.kind) {
      case 'open':
        return this.#bracket(token, () => this.#or());
      case 'text':
        return this.#leaf(token, freeText(token.text, token.quoted));
      case 'field':
        return this.#field(token.name);
      case 'close':
        throw new SearchFault(
          token.column,
          'operand',
          'there is nothing before this bracket',
          'put a term inside the brackets',
        );
      default:
        throw new SearchFault(
          token.column,
          'operand',
          'a term is missing here',
          'a word, or field:value, on both sides of and, or, not',
        );
    }
  }

  #bracket(open: Token, inner: () => Search): Search {
    this.#enter(open);
    const search = inner();
    this.#depth -= 1;
    if (this.#next().kind === 'close') return search;
    throw new SearchFault(open.column, 'bracket', 'this bracket is not closed', 'put ) after the last term');
  }

  #enter(token: Token): void {
    this.#depth += 1;
    if (this.#depth <= SEARCH_LIMITS.depth) return;
    throw new SearchFault(
      token.column,
      'too_deep',
      `more than ${SEARCH_LIMITS.depth} brackets deep`,
      'write it flatter',
    );
  }

  #leaf(token: Token, search: Search): Search {
    this.#leaves += 1;
    if (this.#leaves <= SEARCH_LIMITS.leaves) return search;
    throw new SearchFault(
      token.column,
      'too_many',
      `more than ${SEARCH_LIMITS.leaves} terms`,
      'search for less at once',
    );
  }

  /** What follows `name:`: one value, or a list in brackets with its own and, or, not. */
  #field(name: string): Search {
    this.names.add(name);
    const token = this.#peek();
    if (token.kind === 'open') {
      this.#next();
      return this.#bracket(token, () => this.#values(name));
    }
    return this.#value(name);
  }

  /** Values side by side in a list are alternatives: nothing can be two values at once. */
  #values(name: string): Search {
    const parts: Search[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'or') this.#next();
      else if (token.kind === 'close' || token.kind === 'end') break;
      else if (token.kind === 'not' || token.kind === 'and' || token.kind === 'open') {
        const hint = `put it before the field: not ${name}:(…)`;
        throw new SearchFault(token.column, 'value', 'a list holds values only', hint);
      } else parts.push(this.#value(name, 1));
    }
    if (parts.length > 0) return joined('or', parts);
    throw new SearchFault(this.#peek().column, 'value', `${name} has no value`, `for example ${name}:(one or two)`);
  }

  /** @param words of how many tokens the value may be made where it is written in a foreign way */
  #value(name: string, words = Infinity): Search {
    const token = this.#next();
    if (isMoment(name)) return this.#leaf(token, momentSearch(name, token));
    refuseValue(name, this.#tokens.slice(this.#at - 1, this.#at - 1 + words));
    if (token.kind === 'regex') return this.#leaf(token, test(name, regexTest(token.source, token.column)));
    if (token.kind === 'text') return this.#leaf(token, valueSearch(name, token.text, token.quoted, token.column));
    throw new SearchFault(
      token.column,
      'value',
      `${name} has no value`,
      `for example ${name}:value, or ${name}:* for any`,
    );
  }
}

function joined(kind: 'and' | 'or', parts: readonly Search[]): Search {
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : { kind, of: parts };
}

function test(name: string, value: ValueTest): Search {
  const target = resolveName(name);
  if ('fact' in target) return { kind: 'fact', column: target.fact, test: value };
  const condition: Condition = { kind: 'field', field: target.field, test: value };
  return { kind: 'condition', condition };
}

const isMoment = (name: string): boolean => {
  const target = resolveName(name);
  return 'fact' in target && target.fact === 'received_at';
};

/** ISO 8601 with its zone: `2026-03-02T09:30:00+08:00`. */
const MOMENT = /^(>=|<=|>|<)(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))$/u;

function momentSearch(name: string, token: Token): Search {
  const [, compared = '', moment = ''] = (token.kind === 'text' && MOMENT.exec(token.text)) || [];
  const ms = Date.parse(moment);
  const how = COMPARISONS[compared];
  if (how !== undefined && !Number.isNaN(ms)) return test(name, { op: 'number', compare: how, value: ms });
  const hint = `for example ${name}:>=2026-03-02T09:30:00+08:00`;
  throw new SearchFault(token.column, 'moment', `${name} is compared with a moment`, hint);
}

function valueSearch(name: string, text: string, quoted: boolean, column: number): Search {
  const digest = digestSearch(name, text, quoted, column);
  if (digest === undefined) return plainSearch(name, text, quoted, column);
  return digestKind(name) === undefined
    ? digest
    : { kind: 'or', of: [plainSearch(name, text, quoted, column), digest] };
}

function plainSearch(name: string, text: string, quoted: boolean, column: number): Search {
  if (quoted) return test(name, { op: 'text', pattern: tidy([{ text }]), cased: false });
  if (text === '*') return present(name);
  const compared = /^(>=|<=|>|<)(.*)$/su.exec(text);
  if (compared) return test(name, numberTest(COMPARISONS[compared[1] ?? ''] ?? 'eq', compared[2] ?? '', column));
  const range = /^([+-]?[\d.]+)\.\.([+-]?[\d.]+)$/u.exec(text);
  if (range) {
    const low = test(name, numberTest('gte', range[1] ?? '', column));
    return { kind: 'and', of: [low, test(name, numberTest('lte', range[2] ?? '', column))] };
  }
  const network = networkTest(name, text, column);
  return test(name, network ?? { op: 'text', pattern: wildPattern(text), cased: false });
}

const COMPARISONS: Readonly<Record<string, Comparison>> = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' };

function present(name: string): Search {
  const target = resolveName(name);
  if ('field' in target)
    return { kind: 'not', of: { kind: 'condition', condition: { kind: 'absent', field: target.field } } };
  return { kind: 'not', of: { kind: 'fact', column: target.fact, test: { op: 'text', pattern: [], cased: false } } };
}

function numberTest(compare: Comparison, text: string, column: number): ValueTest {
  const value = numberOf(text);
  if (value !== undefined) return { op: 'number', compare, value };
  throw new SearchFault(
    column,
    'number',
    `"${text}" is not a number`,
    'only numbers can be compared; times are set beside the query',
  );
}

const ADDRESS_COLUMNS: ReadonlySet<string> = new Set(
  COLUMNS.filter(({ type }) => type === 'ip').map(({ column }) => column),
);

function networkTest(name: string, text: string, column: number): ValueTest | undefined {
  if (!/^[0-9a-f.:]+\/\d+$/iu.test(text) || !/[.:]/u.test(text)) return undefined;
  if (parseNetwork(text) !== undefined) return { op: 'cidr', network: text };
  const target = resolveName(name);
  if ('fact' in target || !ADDRESS_COLUMNS.has(columnOf(target.field))) return undefined;
  throw new SearchFault(column, 'network', `"${text}" is not a network`, 'for example 10.0.0.0/8 or fd00::/8');
}

function regexTest(source: string, column: number): ValueTest {
  const parsed = parseRegex(source);
  if (!parsed.problem) return { op: 'regex', regex: parsed.regex };
  const { at, message, hint } = parsed.problem;
  throw new SearchFault(column + 1 + at, 'regex', message, hint);
}

/** `*` any characters, `?` one; a backslash before either takes it as itself. */
function wildPattern(text: string): Pattern {
  const pieces: Piece[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') pieces.push({ text: literal });
    literal = '';
  };
  const chars = Array.from(text);
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? '';
    const next = chars[at + 1];
    if (char === '\\' && (next === '*' || next === '?')) {
      literal += next;
      at += 1;
    } else if (char === '*' || char === '?') {
      flush();
      pieces.push({ wild: char === '*' ? 'any' : 'one' });
    } else literal += char;
  }
  flush();
  return tidy(pieces);
}

/**
 * Free text is looked for in all values of an event and in what its original text has besides them. In JSON a backslash
 * or quote is written with a backslash before it: both spellings are found.
 */
function freeText(text: string, quoted: boolean): Search {
  const within = (wanted: string): Search => {
    const inner = quoted ? [{ text: wanted }] : wildPattern(wanted);
    return {
      kind: 'fact',
      column: 'searchable',
      test: { op: 'text', pattern: tidy([ANY, ...inner, ANY]), cased: false },
    };
  };
  const escaped = text.replace(/["\\]/gu, (char) => `\\${char}`);
  return escaped === text ? within(text) : { kind: 'or', of: [within(text), within(escaped)] };
}
