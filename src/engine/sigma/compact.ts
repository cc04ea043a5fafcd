import type { Entries } from './entries.ts';
import type { SigmaCorrelation } from './rule.ts';

/** Up to so many entries a group is kept exactly, entry by entry. */
export const EXACT_MAX = 1_024;
/** Beyond that, counts and sums are kept in steps of the time span divided by this. */
const STEPS = 64;
/** Of each rule of a temporal correlation: so many of its first and of its last entries. */
const ENDS = 32;

/** Neighbours of one rule and one step become one entry. */
function mergeSteps(correlation: SigmaCorrelation, entries: Entries): void {
  const stepMs = correlation.timespanMs / STEPS;
  const stepOf = (index: number): number => Math.floor(entries.time(index) / stepMs);
  entries.merge(
    (index, next) => entries.rule(index) === entries.rule(next) && stepOf(index) === stepOf(next),
    (index, next) =>
      correlation.type === 'value_sum' ? String((entries.number(index) ?? 0) + (entries.number(next) ?? 0)) : '',
  );
}

/** Of each value only its latest entry: an older one leaves the window first and changes no count of different values. */
function latestOfEach(entries: Entries): void {
  const latest = new Map<string, number>();
  for (let index = 0; index < entries.length; index += 1) latest.set(entries.value(index), index);
  const kept = new Set(latest.values());
  entries.filter((index) => kept.has(index));
}

/** Of each rule its first and last entries: what lies between completes nothing that they do not. */
function endsOfEach(entries: Entries): void {
  const indexes = Array.from({ length: entries.length }, (_, index) => index);
  const byRule = Map.groupBy(indexes, (index) => entries.rule(index));
  const kept = new Set([...byRule.values()].flatMap((own) => [...own.slice(0, ENDS), ...own.slice(-ENDS)]));
  entries.filter((index) => kept.has(index));
}

/** Makes a busy group smaller where that keeps its meaning, to a step of the time span. @returns whether it did */
export function compact(correlation: SigmaCorrelation, entries: Entries): boolean {
  const before = entries.length;
  switch (correlation.type) {
    case 'event_count':
    case 'value_sum':
      mergeSteps(correlation, entries);
      break;
    case 'value_count':
      latestOfEach(entries);
      break;
    case 'temporal':
    case 'temporal_ordered':
      endsOfEach(entries);
      break;
    default:
  }
  return entries.length < before;
}
