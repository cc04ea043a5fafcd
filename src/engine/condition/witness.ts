import { type Condition, leaves, type ValueTest } from './condition.ts';
import type { LiteralEntry } from './literal-index.ts';
import { comparable, shapeOf } from './pattern.ts';
import { requiredLiterals } from './regex/literals.ts';

/** Where a witness is looked for: a field, or anywhere in the event (''). */
interface Literal {
  readonly field: string;
  readonly at: LiteralEntry['at'];
  /** Folded. */
  readonly text: string;
}

/**
 * What must be there for a condition to be true: one of some literals, or a value in one of some fields. `open`: nothing
 * can be said and the condition must always be asked. A witness may be there without the condition being true, never the
 * other way round.
 */
export type Witness =
  | { readonly kind: 'literals'; readonly any: readonly Literal[] }
  | { readonly kind: 'fields'; readonly any: readonly string[] }
  | { readonly kind: 'never' }
  | { readonly kind: 'open' };

const OPEN: Witness = { kind: 'open' };

/** How often a literal is asked for over all rules: a text that many rules name is a common one. */
export type Commonness = (literal: Literal) => number;

function longestText(test: Extract<ValueTest, { op: 'text' }>): { at: LiteralEntry['at']; text: string } | undefined {
  const shape = shapeOf(comparable(test.pattern, false));
  if (shape.form !== 'segments')
    return shape.text === '' && shape.form !== 'equals' ? undefined : { at: shape.form, text: shape.text };
  let text = '';
  for (const piece of shape.segments.flat()) if ('text' in piece && piece.text.length > text.length) text = piece.text;
  return text === '' ? undefined : { at: 'contains', text };
}

function ofTest(field: string, test: ValueTest): Witness {
  const present: Witness = field === '' ? OPEN : { kind: 'fields', any: [field] };
  if (test.op === 'text') {
    const literal = longestText(test);
    return literal ? { kind: 'literals', any: [{ field, ...literal }] } : present;
  }
  if (test.op !== 'regex') return present;
  const texts = requiredLiterals(test.regex);
  return texts ? { kind: 'literals', any: texts.map((text) => ({ field, at: 'contains', text })) } : present;
}

/** Higher is rarer. Judged by the weakest alternative: its length, less how common it is, less how many there are. */
function strength(witness: Witness, commonness: Commonness): number {
  if (witness.kind === 'never') return Infinity;
  if (witness.kind === 'open') return -Infinity;
  if (witness.kind === 'fields') return -100;
  const weakest = Math.min(
    ...witness.any.map((literal) => {
      const length = Math.min(literal.text.length, 12) + (literal.at === 'equals' ? 2 : 0);
      return length - 2 * Math.log2(commonness(literal) + 1);
    }),
  );
  return weakest - Math.log2(witness.any.length);
}

function union(parts: readonly Witness[]): Witness {
  const literals: Literal[] = [];
  const fields: string[] = [];
  for (const part of parts) {
    if (part.kind === 'open') return OPEN;
    if (part.kind === 'literals') literals.push(...part.any);
    else if (part.kind === 'fields') fields.push(...part.any);
  }
  if (fields.length === 0) return literals.length === 0 ? { kind: 'never' } : { kind: 'literals', any: literals };
  if (literals.some((literal) => literal.field === '')) return OPEN;
  return { kind: 'fields', any: [...new Set([...fields, ...literals.map((literal) => literal.field)])] };
}

/** The best witness of a condition. */
export function witnessOf(condition: Condition, commonness: Commonness): Witness {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? OPEN : { kind: 'never' };
    case 'not':
    case 'absent':
      return OPEN;
    case 'field':
      return ofTest(condition.field, condition.test);
    case 'keyword':
      return ofTest('', condition.test);
    case 'reference':
      return { kind: 'fields', any: [condition.field] };
    case 'or':
      return union(condition.of.map((part) => witnessOf(part, commonness)));
    case 'and': {
      let best: Witness = OPEN;
      let bestStrength = -Infinity;
      for (const part of condition.of) {
        const witness = witnessOf(part, commonness);
        const value = strength(witness, commonness);
        if (value > bestStrength) [best, bestStrength] = [witness, value];
      }
      return best;
    }
  }
}

const keyOf = (literal: Literal): string => `${literal.field}\n${literal.at}\n${literal.text}`;

/** Counts in how many of `conditions` each literal is named. */
export function commonnessOf(conditions: readonly Condition[]): Commonness {
  const counts = new Map<string, number>();
  for (const condition of conditions) {
    const seen = new Set<string>();
    for (const leaf of leaves(condition)) {
      if (leaf.kind !== 'field' || leaf.test.op !== 'text') continue;
      const literal = longestText(leaf.test);
      if (literal) seen.add(keyOf({ field: leaf.field, ...literal }));
    }
    for (const key of seen) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return (literal) => counts.get(keyOf(literal)) ?? 0;
}
