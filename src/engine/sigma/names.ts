import type { NameCondition } from './rule.ts';

const DEPTH_MAX = 50;

/** `and`, `or`, `not` in small letters, as they may be written in any; undefined for anything else. */
const operator = (word: string | undefined): string | undefined =>
  /^(?:and|or|not)$/i.test(word ?? '') ? word?.toLowerCase() : undefined;

/**
 * Reads a condition over rule names of a temporal correlation: `a and b and not c` (Sigma enhancement proposal 198).
 * A rule whose name is one of the operators cannot be named.
 * @returns undefined after a problem was reported
 */
export function parseNames(
  text: string,
  rules: readonly string[],
  report: (message: string, hint: string) => void,
): NameCondition | undefined {
  const words = text.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  let failed = false;
  const fail = (message: string, hint: string): NameCondition => {
    if (!failed) report(message, hint);
    failed = true;
    at = words.length;
    return { kind: 'or', of: [] };
  };
  const list = (kind: 'and' | 'or', part: (depth: number) => NameCondition, depth: number): NameCondition => {
    const parts = [part(depth)];
    while (operator(words[at]) === kind) {
      at += 1;
      parts.push(part(depth));
    }
    const [only] = parts;
    return parts.length === 1 && only ? only : { kind, of: parts };
  };
  const primary = (depth: number): NameCondition => {
    const word = words[at];
    at += 1;
    if (depth > DEPTH_MAX) return fail('brackets are nested too deep', 'simplify it');
    if (word === undefined) return fail('the condition ends too early', 'name a rule');
    if (operator(word) === 'not') return { kind: 'not', of: primary(depth + 1) };
    if (word === '(') {
      const inner = choice(depth + 1);
      if (words[at] !== ')') return fail('a bracket is not closed', 'add ")"');
      at += 1;
      return inner;
    }
    if (!rules.includes(word)) return fail(`"${word}" is none of the rules`, `name one of ${rules.join(', ')}`);
    return { kind: 'name', rule: word };
  };
  const conjunction = (depth: number): NameCondition => list('and', primary, depth);
  const choice = (depth: number): NameCondition => list('or', conjunction, depth);
  const parsed = choice(0);
  if (!failed && at < words.length) fail(`"${words[at]}" is not expected`, 'join the names with and, or');
  return failed ? undefined : parsed;
}

/** True when the rules that were seen satisfy the condition. */
export function namesHold(condition: NameCondition, seen: (rule: string) => boolean): boolean {
  switch (condition.kind) {
    case 'name':
      return seen(condition.rule);
    case 'and':
      return condition.of.every((part) => namesHold(part, seen));
    case 'or':
      return condition.of.some((part) => namesHold(part, seen));
    case 'not':
      return !namesHold(condition.of, seen);
  }
}
