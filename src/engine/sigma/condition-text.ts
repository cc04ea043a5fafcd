import { all, any, type Condition, FALSE, not } from '#engine/condition/condition.ts';
import { nearest } from './keys.ts';
import type { ProblemCode } from './problem.ts';

interface Token {
  readonly text: string;
  /** Characters from the beginning of the condition. */
  readonly at: number;
}

export type Report = (code: ProblemCode, at: number, message: string, hint: string) => void;

const DEPTH_MAX = 100;
const RESERVED = new Set(['and', 'or', 'not', 'of', 'them']);

class Stop extends Error {}

function tokens(text: string): Token[] {
  return [...text.matchAll(/[()|]|[^\s()|]+/g)].map((match) => ({ text: match[0], at: match.index }));
}

/** Names that a pattern such as `selection_*` stands for. `them` and patterns leave names with a leading `_` out. */
function namesOf(pattern: string, names: readonly string[]): string[] {
  const hidden = (name: string): boolean => name.startsWith('_') && !pattern.startsWith('_');
  if (pattern === 'them') return names.filter((name) => !hidden(name));
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const shape = new RegExp(`^${parts.join('[^]*')}$`);
  return names.filter((name) => shape.test(name) && !hidden(name));
}

class Parser {
  private readonly tokens: readonly Token[];
  private readonly text: string;
  private readonly selections: ReadonlyMap<string, Condition>;
  private readonly report: Report;
  private index = 0;
  private depth = 0;
  readonly used = new Set<string>();

  constructor(text: string, selections: ReadonlyMap<string, Condition>, report: Report) {
    this.text = text;
    this.tokens = tokens(text);
    this.selections = selections;
    this.report = report;
  }

  parse(): Condition {
    try {
      const condition = this.choice();
      const rest = this.peek();
      if (rest?.text === '|') {
        this.stop(
          'condition.aggregation',
          rest,
          'counting after "|" is no longer part of Sigma',
          'write a correlation document',
        );
      }
      if (rest)
        this.stop('condition.syntax', rest, `"${rest.text}" is not expected here`, 'join the parts with and, or');
      return condition;
    } catch (error) {
      if (error instanceof Stop) return FALSE;
      throw error;
    }
  }

  private peek(): Token | undefined {
    return this.tokens[this.index];
  }

  private take(text: string): boolean {
    if (this.peek()?.text !== text) return false;
    this.index += 1;
    return true;
  }

  private stop(code: ProblemCode, token: Token | undefined, message: string, hint: string): never {
    this.report(code, token?.at ?? this.text.length, message, hint);
    throw new Stop();
  }

  private choice(): Condition {
    this.depth += 1;
    if (this.depth > DEPTH_MAX)
      this.stop('condition.syntax', this.peek(), `brackets nested more than ${DEPTH_MAX} deep`, 'simplify it');
    const parts = [this.conjunction()];
    while (this.take('or')) parts.push(this.conjunction());
    this.depth -= 1;
    return any(parts);
  }

  private conjunction(): Condition {
    const parts = [this.negation()];
    while (this.take('and')) parts.push(this.negation());
    return all(parts);
  }

  private negation(): Condition {
    let negated = false;
    while (this.take('not')) negated = !negated;
    const part = this.primary();
    return negated ? not(part) : part;
  }

  private primary(): Condition {
    const token = this.peek();
    if (!token) this.stop('condition.syntax', token, 'the condition ends too early', 'name a selection');
    this.index += 1;
    if (token.text === '(') {
      const inner = this.choice();
      if (!this.take(')')) this.stop('condition.syntax', this.peek() ?? token, 'a bracket is not closed', 'add ")"');
      return inner;
    }
    if (this.peek()?.text === 'of' && /^(1|any|all)$/.test(token.text)) return this.some(token);
    if (/^\d+$/.test(token.text) && this.peek()?.text === 'of') {
      this.stop('condition.syntax', token, `"${token.text} of" is not part of Sigma`, 'use "1 of" or "all of"');
    }
    return this.name(token);
  }

  private name(token: Token): Condition {
    const found = this.selections.get(token.text);
    if (found) {
      this.used.add(token.text);
      return found;
    }
    if (RESERVED.has(token.text) || /^[()|]$/.test(token.text)) {
      this.stop('condition.syntax', token, `"${token.text}" is not expected here`, 'name a selection');
    }
    if (/^(AND|OR|NOT)$/.test(token.text)) {
      this.stop(
        'condition.syntax',
        token,
        `"${token.text}" must be in small letters`,
        `write "${token.text.toLowerCase()}"`,
      );
    }
    const known = [...this.selections.keys()];
    const meant = nearest(token.text, known);
    const hint = meant ? `write "${meant}"` : `defined are: ${known.join(', ')}`;
    this.stop('condition.unknown-name', token, `there is no selection "${token.text}"`, hint);
  }

  private some(quantity: Token): Condition {
    this.index += 1;
    const target = this.peek();
    if (!target)
      this.stop(
        'condition.syntax',
        target,
        `"${quantity.text} of" what?`,
        'name a pattern such as selection_* or them',
      );
    this.index += 1;
    const names = namesOf(target.text, [...this.selections.keys()]);
    if (names.length === 0) {
      this.stop(
        'condition.matches-nothing',
        target,
        `"${target.text}" matches no selection`,
        'name at least one selection so',
      );
    }
    const parts = names.map((name) => {
      this.used.add(name);
      return this.selections.get(name) ?? FALSE;
    });
    return quantity.text === 'all' ? all(parts) : any(parts);
  }
}

/**
 * Reads the text of a condition (Sigma 2.1, "Condition").
 * @param used is told which selections it names
 */
export function parseCondition(
  text: string,
  selections: ReadonlyMap<string, Condition>,
  report: Report,
  used: Set<string>,
): Condition {
  const parser = new Parser(text, selections, report);
  const condition = parser.parse();
  for (const name of parser.used) used.add(name);
  return condition;
}
