import type { SigmaCorrelation } from './rule.ts';
import { numberIn, type WindowEntry } from './window.ts';

/** Up to so many entries a group is kept exactly, entry by entry. */
const EXACT_MAX = 256;
/** Beyond that, counts and sums are kept in steps of the time span divided by this. */
const STEPS = 64;
/** Of each rule of a temporal correlation: so many of its first and of its last entries. */
const ENDS = 32;

/** Neighbours of one step become one entry with the later time, so that nothing is forgotten too early. */
function mergeSteps(correlation: SigmaCorrelation, entries: readonly WindowEntry[]): WindowEntry[] {
  const stepMs = correlation.timespanMs / STEPS;
  const sums = correlation.type === 'value_sum';
  const merged: WindowEntry[] = [];
  for (const entry of entries) {
    const last = merged.at(-1);
    const same =
      last && last.rule === entry.rule && Math.floor(last.timeMs / stepMs) === Math.floor(entry.timeMs / stepMs);
    if (!same) merged.push(entry);
    else {
      const value = sums ? String((numberIn(last) ?? 0) + (numberIn(entry) ?? 0)) : '';
      merged[merged.length - 1] = { ...entry, value, count: (last.count ?? 1) + (entry.count ?? 1) };
    }
  }
  return merged;
}

/** Of each value only its latest entry: an older one leaves the window first and changes no count of different values. */
function latestOfEach(entries: readonly WindowEntry[]): WindowEntry[] {
  const latest = new Map<string, WindowEntry>();
  for (const entry of entries) latest.set(entry.value, entry);
  return entries.filter((entry) => latest.get(entry.value) === entry);
}

/** Of each rule its first and last entries: what lies between completes nothing that they do not. */
function endsOfEach(entries: readonly WindowEntry[]): WindowEntry[] {
  const byRule = Map.groupBy(entries, ({ rule }) => rule);
  const kept = new Set([...byRule.values()].flatMap((own) => [...own.slice(0, ENDS), ...own.slice(-ENDS)]));
  return entries.filter((entry) => kept.has(entry));
}

/** Keeps the memory of a busy group small. Exact below `EXACT_MAX` entries, above it to a step of the time span. */
export function compact(correlation: SigmaCorrelation, entries: readonly WindowEntry[]): readonly WindowEntry[] {
  if (entries.length <= EXACT_MAX) return entries;
  switch (correlation.type) {
    case 'event_count':
    case 'value_sum':
      return mergeSteps(correlation, entries);
    case 'value_count':
      return latestOfEach(entries);
    case 'temporal':
    case 'temporal_ordered':
      return endsOfEach(entries);
    default:
      return entries;
  }
}
