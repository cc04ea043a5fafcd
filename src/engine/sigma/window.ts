import { compare } from '#engine/condition/values.ts';
import type { Entries } from './entries.ts';
import { namesHold } from './names.ts';
import type { Bound, NameCondition, SigmaCorrelation } from './rule.ts';

/** True when a value meets a bound of a correlation. */
export const boundHolds = (bound: Bound, value: number): boolean =>
  bound.compare === 'neq' ? value !== bound.value : compare(value, bound.compare, bound.value);

const hasNot = (condition: NameCondition): boolean =>
  condition.kind === 'not' || (condition.kind !== 'name' && condition.of.some(hasNot));

const onlyLower = (bounds: readonly Bound[]): boolean =>
  bounds.every(({ compare: how }) => how === 'gt' || how === 'gte');

/**
 * True when more events can only make the correlation truer: it can fire at once. The others (fewer than, an average, "and
 * not", absence) are only known when their time span is over.
 */
export function firesAtOnce({ type, bounds, names }: SigmaCorrelation): boolean {
  switch (type) {
    case 'temporal':
      return (names === undefined || !hasNot(names)) && onlyLower(bounds);
    case 'temporal_ordered':
      return names === undefined || !hasNot(names);
    case 'event_count':
    case 'value_count':
    // A sum fires when it reaches its bound, even if a negative value would lower it later.
    case 'value_sum':
      return onlyLower(bounds);
    default:
      return false;
  }
}

/** Fewer entries than this can never satisfy the correlation: spares looking closer. */
export function entriesNeeded({ type, bounds, names, rules }: SigmaCorrelation): number {
  if (type === 'event_count' || type === 'value_count') {
    const lowest = bounds.map(({ compare: how, value }) => (how === 'gt' ? Math.floor(value) + 1 : Math.ceil(value)));
    return Math.max(1, ...lowest);
  }
  const temporal = type === 'temporal_ordered' || (type === 'temporal' && bounds.length === 0);
  return temporal && names === undefined ? rules.length : 1;
}

/** Nearest-rank percentile. */
function percentileOf(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)] ?? 0;
}

function numbersIn(entries: Entries, from: number, to: number): number[] {
  const numbers: number[] = [];
  for (let index = from; index < to; index += 1) {
    const number = entries.number(index);
    if (number !== undefined) numbers.push(number);
  }
  return numbers;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function differentValues(entries: Entries, from: number, to: number): number {
  const values = new Set<string>();
  for (let index = from; index < to; index += 1) values.add(entries.value(index));
  return values.size;
}

function rulesSeen(entries: Entries, from: number, to: number): Set<number> {
  const seen = new Set<number>();
  for (let index = from; index < to; index += 1) seen.add(entries.rule(index));
  return seen;
}

function measure(correlation: SigmaCorrelation, entries: Entries, from: number, to: number): number | undefined {
  switch (correlation.type) {
    case 'event_count':
      return entries.hits(from, to);
    case 'value_count':
      return differentValues(entries, from, to);
    case 'value_sum':
      return sum(numbersIn(entries, from, to));
    case 'value_avg': {
      const values = numbersIn(entries, from, to);
      return values.length === 0 ? undefined : sum(values) / values.length;
    }
    case 'value_percentile': {
      const values = numbersIn(entries, from, to);
      return values.length === 0 ? undefined : percentileOf(values, correlation.percentile);
    }
    default:
      return rulesSeen(entries, from, to).size;
  }
}

/** The rules with these numbers occur one after the other. */
function inOrder(rules: readonly number[], entries: Entries, from: number, to: number): boolean {
  let next = 0;
  for (let index = from; index < to && next < rules.length; index += 1) {
    if (entries.rule(index) === rules[next]) next += 1;
  }
  return next >= rules.length;
}

/** Names of a condition that it wants to have been seen: those without `not` before them. */
function wantedNames(condition: NameCondition): string[] {
  if (condition.kind === 'name') return [condition.rule];
  return condition.kind === 'not' ? [] : condition.of.flatMap(wantedNames);
}

/** The rules that a window has entries of. */
type Seen = Pick<ReadonlySet<number>, 'has' | 'size'>;

function temporalHolds(
  correlation: SigmaCorrelation,
  entries: Entries,
  from: number,
  to: number,
  seen: Seen = rulesSeen(entries, from, to),
): boolean {
  const { type, rules, names } = correlation;
  if (names && !namesHold(names, (name) => seen.has(rules.indexOf(name)))) return false;
  if (!names && seen.size < rules.length) return false;
  if (type === 'temporal') return true;
  const wanted = names ? new Set(wantedNames(names)) : undefined;
  const order = rules.flatMap((name, rule) => ((wanted?.has(name) ?? true) && seen.has(rule) ? [rule] : []));
  return inOrder(order, entries, from, to);
}

/** True when the entries from `from` to before `to`, those of one time span, satisfy the correlation. Not for absence. */
export function windowHolds(correlation: SigmaCorrelation, entries: Entries, from: number, to: number): boolean {
  const { type, bounds } = correlation;
  const temporal = type === 'temporal_ordered' || (type === 'temporal' && bounds.length === 0);
  if (temporal) return temporalHolds(correlation, entries, from, to);
  const value = measure(correlation, entries, from, to);
  return value !== undefined && bounds.every((bound) => boundHolds(bound, value));
}

/**
 * A time span that moves on over the entries of a group. What is counted in it is taken along: an event that comes late is
 * in as many time spans as there are entries behind it, and to count each anew would cost the square of these.
 */
export class MovingWindow {
  readonly #correlation: SigmaCorrelation;
  readonly #entries: Entries;
  /** How many entries there are of each value or rule; undefined where nothing of the kind is counted. */
  readonly #counts: Map<string | number, number> | undefined;
  readonly #keyAt: (index: number) => string | number;
  #from = 0;
  #to = 0;

  constructor(correlation: SigmaCorrelation, entries: Entries) {
    const { type } = correlation;
    const byValue = type === 'value_count';
    this.#correlation = correlation;
    this.#entries = entries;
    this.#counts = byValue || type === 'temporal' || type === 'temporal_ordered' ? new Map() : undefined;
    this.#keyAt = byValue ? (index) => entries.value(index) : (index) => entries.rule(index);
  }

  /** The same as `windowHolds`. Neither end may be before that of the call before. */
  holds(from: number, to: number): boolean {
    const [counts, correlation] = [this.#counts, this.#correlation];
    if (counts === undefined) return windowHolds(correlation, this.#entries, from, to);
    this.#move(counts, from, to);
    const { type, bounds } = correlation;
    if (type === 'temporal_ordered' || (type === 'temporal' && bounds.length === 0)) {
      return temporalHolds(correlation, this.#entries, from, to, counts);
    }
    return bounds.every((bound) => boundHolds(bound, counts.size));
  }

  #move(counts: Map<string | number, number>, from: number, to: number): void {
    if (from >= this.#to) {
      counts.clear();
      this.#from = from;
      this.#to = from;
    }
    for (; this.#to < to; this.#to += 1) {
      const key = this.#keyAt(this.#to);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (; this.#from < from; this.#from += 1) {
      const key = this.#keyAt(this.#from);
      const left = (counts.get(key) ?? 0) - 1;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
    }
  }
}

/** What is known when the time span begun by a group's first entry is over. */
export interface Judgement {
  readonly holds: boolean;
  /** So many of the first entries are used up. */
  readonly used: number;
}

/** An event of any rule but the last is not followed by one of the last rule within the time span. */
function judgeAbsence({ rules, timespanMs }: SigmaCorrelation, entries: Entries): Judgement {
  const closing = rules.length - 1;
  if (entries.rule(0) === closing) return { holds: false, used: 1 };
  const end = entries.lowerBound(entries.time(0) + timespanMs + 1);
  for (let index = 1; index < end; index += 1) if (entries.rule(index) === closing) return { holds: false, used: 1 };
  return { holds: true, used: 1 };
}

/** Judges the time span that begins with a group's first entry, for correlations that do not fire at once. */
export function judge(correlation: SigmaCorrelation, entries: Entries): Judgement {
  if (correlation.type === 'absence') return judgeAbsence(correlation, entries);
  const end = entries.lowerBound(entries.time(0) + correlation.timespanMs);
  return { holds: windowHolds(correlation, entries, 0, end), used: end };
}
