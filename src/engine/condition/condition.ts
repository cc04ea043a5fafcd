import type { Pattern } from './pattern.ts';
import type { Regex } from './regex/syntax.ts';

export type Comparison = 'lt' | 'lte' | 'gt' | 'gte' | 'eq';
export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/** What one value must be. */
export type ValueTest =
  | { readonly op: 'text'; readonly pattern: Pattern; readonly cased: boolean }
  | { readonly op: 'regex'; readonly regex: Regex }
  | { readonly op: 'number'; readonly compare: Comparison; readonly value: number }
  /** A part of a time as the clock on the wall in the IANA zone shows it. */
  | {
      readonly op: 'time';
      readonly part: TimePart;
      readonly compare: Comparison;
      readonly value: number;
      readonly zone: string;
    }
  | { readonly op: 'cidr'; readonly network: string };

/**
 * The one form every rule and query is brought into: matched in memory (`compile.ts`), by the reference interpreter
 * (`evaluate.ts`), or written as SQL (`sql.ts`), always with the same meaning.
 *
 * A field with several values passes a test when any of its values does. A missing field passes no test; only `absent`
 * is true of it, and `not` of a test.
 */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'field'; readonly field: string; readonly test: ValueTest }
  /** Any value of the event, or its original text. */
  | { readonly kind: 'keyword'; readonly test: ValueTest }
  | { readonly kind: 'absent'; readonly field: string }
  /** A value of `field` equals, starts with … a value of `other`. False when either is missing. */
  | {
      readonly kind: 'reference';
      readonly field: string;
      readonly other: string;
      readonly how: 'equals' | 'starts' | 'ends' | 'contains';
      readonly cased: boolean;
    };

export const TRUE: Condition = { kind: 'constant', value: true };
export const FALSE: Condition = { kind: 'constant', value: false };

function join(kind: 'and' | 'or', parts: readonly Condition[]): Condition {
  const dominant = kind === 'or';
  const flat: Condition[] = [];
  for (const part of parts) {
    if (part.kind === 'constant') {
      if (part.value === dominant) return part;
    } else if (part.kind === kind) flat.push(...part.of);
    else flat.push(part);
  }
  const [only] = flat;
  if (only === undefined) return dominant ? FALSE : TRUE;
  return flat.length === 1 ? only : { kind, of: flat };
}

/** All of them; flattened and without constants. */
export const all = (parts: readonly Condition[]): Condition => join('and', parts);
/** Any of them; flattened and without constants. */
export const any = (parts: readonly Condition[]): Condition => join('or', parts);

export function not(part: Condition): Condition {
  if (part.kind === 'constant') return part.value ? FALSE : TRUE;
  return part.kind === 'not' ? part.of : { kind: 'not', of: part };
}

/** Every leaf, in order. */
export function* leaves(condition: Condition): Generator<Condition> {
  if (condition.kind === 'and' || condition.kind === 'or') for (const part of condition.of) yield* leaves(part);
  else if (condition.kind === 'not') yield* leaves(condition.of);
  else yield condition;
}

/** Names of the fields a condition looks at. */
export function fieldsOf(condition: Condition): ReadonlySet<string> {
  const names = new Set<string>();
  for (const leaf of leaves(condition)) {
    if (leaf.kind === 'field' || leaf.kind === 'absent') names.add(leaf.field);
    else if (leaf.kind === 'reference') names.add(leaf.field).add(leaf.other);
  }
  return names;
}
