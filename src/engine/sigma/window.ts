import { compare } from '#engine/condition/values.ts';
import { namesHold } from './names.ts';
import type { Bound, NameCondition, SigmaCorrelation } from './rule.ts';

/** One hit that a correlation counts: when, of which of its rules, with which value, from which event. */
export interface WindowEntry {
  readonly timeMs: number;
  /** Position in the correlation's `rules`. */
  readonly rule: number;
  /** The counted value; '' where none is counted. */
  readonly value: string;
  readonly eventId: string;
  /** How many hits it stands for where several were put together; 1 when absent. */
  readonly count?: number;
}

/** The number an entry's value stands for; undefined when it is none. */
export function numberIn({ value }: WindowEntry): number | undefined {
  const number = value === '' ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** How many hits the entries stand for. */
export const hitsIn = (entries: readonly WindowEntry[]): number =>
  entries.reduce((total, { count }) => total + (count ?? 1), 0);

const boundHolds = (bound: Bound, value: number): boolean =>
  bound.compare === 'neq' ? value !== bound.value : compare(value, bound.compare, bound.value);

const hasNot = (condition: NameCondition): boolean =>
  condition.kind === 'not' || (condition.kind !== 'name' && condition.of.some(hasNot));

/**
 * True when more events can only make the correlation truer: it can fire at once. The others (fewer than, an average, "and
 * not") are only known when their time span is over.
 */
export function firesAtOnce({ type, bounds, names }: SigmaCorrelation): boolean {
  if (type === 'temporal' || type === 'temporal_ordered') return names === undefined || !hasNot(names);
  // A sum fires when it reaches its bound, even if a negative value would lower it later.
  const counting = type === 'event_count' || type === 'value_count' || type === 'value_sum';
  return counting && bounds.every(({ compare: how }) => how === 'gt' || how === 'gte');
}

/** Nearest-rank percentile. */
function percentileOf(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)] ?? 0;
}

function measure(correlation: SigmaCorrelation, window: readonly WindowEntry[]): number | undefined {
  const numbers = () => window.flatMap((entry) => numberIn(entry) ?? []);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  switch (correlation.type) {
    case 'event_count':
      return hitsIn(window);
    case 'value_count':
      return new Set(window.map(({ value }) => value)).size;
    case 'value_sum':
      return sum(numbers());
    case 'value_avg': {
      const values = numbers();
      return values.length === 0 ? undefined : sum(values) / values.length;
    }
    case 'value_percentile': {
      const values = numbers();
      return values.length === 0 ? undefined : percentileOf(values, correlation.percentile);
    }
    default:
      return undefined;
  }
}

/** The rules occur in the order in which the correlation names them. */
function inOrder(rules: number, window: readonly WindowEntry[]): boolean {
  let next = 0;
  for (const entry of window) if (entry.rule === next) next += 1;
  return next >= rules;
}

/** True when the entries of one time span, in order of time, satisfy the correlation. */
export function windowHolds(correlation: SigmaCorrelation, window: readonly WindowEntry[]): boolean {
  const { type, rules, bounds, names } = correlation;
  if (type === 'temporal_ordered' && names === undefined) return inOrder(rules.length, window);
  if (type === 'temporal' || type === 'temporal_ordered') {
    const seen = new Set(window.map(({ rule }) => rule));
    return names === undefined ? seen.size === rules.length : namesHold(names, (name) => seen.has(rules.indexOf(name)));
  }
  const value = measure(correlation, window);
  return value !== undefined && bounds.every((bound) => boundHolds(bound, value));
}
