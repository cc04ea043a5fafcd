import { valuesOf } from '#engine/condition/evaluate.ts';
import { foldCase } from '#engine/condition/fold.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { lookUp } from '#engine/fields/lookup.ts';
import { compact } from './compact.ts';
import type { SigmaCorrelation } from './rule.ts';
import { firesAtOnce, hitsIn, type WindowEntry, windowHolds } from './window.ts';

/** A correlation that became true. */
export interface CorrelationHit {
  readonly correlation: SigmaCorrelation;
  /** Values of the group-by fields, by the name written there. */
  readonly group: Readonly<Record<string, string>>;
  /** The event that completed it. */
  readonly event: SecurityEvent;
  /** Ids of the counted events in order of time, at most `EVENT_IDS_MAX`. */
  readonly eventIds: readonly string[];
  readonly count: number;
  readonly firstMs: number;
  readonly atMs: number;
}

/** What a group of a correlation remembers between batches. */
export interface GroupState {
  readonly correlationId: string;
  /** Whose events: the same private address lives in many units, so units are never counted together. */
  readonly unitPath: string;
  readonly group: Readonly<Record<string, string>>;
  readonly entries: readonly WindowEntry[];
}

/** A bound that was reached: nothing is lost in silence. */
export interface LimitReached {
  readonly correlationId: string;
  readonly limit: 'groups' | 'entries' | 'late' | 'no-group';
  readonly count: number;
}

export interface CorrelationAnswer {
  readonly hits: readonly CorrelationHit[];
  /** Groups that changed, by key; undefined = nothing left to remember. */
  readonly changed: ReadonlyMap<string, GroupState | undefined>;
  readonly limits: readonly LimitReached[];
}

export interface CorrelatorLimits {
  /** Groups remembered per correlation; the one that was quiet longest goes first. */
  readonly groupsMax: number;
  /** Entries remembered per group; the oldest goes first. */
  readonly entriesMax: number;
  /** How much later than the newest an event may arrive and still be counted. */
  readonly latenessMs: number;
}

const CORRELATOR_LIMITS: CorrelatorLimits = { groupsMax: 100_000, entriesMax: 5_000, latenessMs: 600_000 };

const EVENT_IDS_MAX = 200;

interface Hit {
  readonly ruleId: string;
  readonly event: SecurityEvent;
}

/** A correlation with its rules found and its state. */
interface Part {
  readonly correlation: SigmaCorrelation;
  readonly atOnce: boolean;
  readonly groups: Map<string, GroupState>;
  newestMs: number;
}

interface Feed {
  readonly part: Part;
  /** Position in the correlation's rules. */
  readonly rule: number;
  /** Fields to read for group-by and for the counted values. */
  readonly groupFields: readonly string[];
  readonly valueFields: readonly string[];
}

/** First entry at or after `timeMs`. */
function lowerBound(entries: readonly WindowEntry[], timeMs: number): number {
  let from = 0;
  let to = entries.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((entries[middle]?.timeMs ?? 0) < timeMs) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * Counts hits in event time: an event belongs to the time span its own time says, whenever it arrives within the allowed
 * lateness. When a correlation becomes true its entries are used up, so that each event counts for one alert.
 *
 * Pure state: `feed` gives what changed so that the caller can keep it; `restore` takes it back; `undo` takes the last
 * batch back when keeping it failed.
 */
export class Correlator {
  private readonly feeds = new Map<string, Feed[]>();
  private readonly parts = new Map<string, Part>();
  private readonly limits: CorrelatorLimits;
  private before = new Map<string, GroupState | undefined>();
  private changed = new Map<string, GroupState | undefined>();
  private reached = new Map<string, LimitReached>();

  /** @param idsOf the id of a rule or correlation that one of `correlations` names */
  constructor(
    correlations: readonly SigmaCorrelation[],
    idOf: (name: string) => string | undefined,
    limits: CorrelatorLimits = CORRELATOR_LIMITS,
  ) {
    this.limits = limits;
    for (const correlation of correlations) {
      const part: Part = { correlation, atOnce: firesAtOnce(correlation), groups: new Map(), newestMs: 0 };
      this.parts.set(correlation.id, part);
      correlation.rules.forEach((name, rule) => {
        const id = idOf(name);
        if (id === undefined) return;
        const fieldOf = (field: string): string => {
          const alias = correlation.aliases[field];
          return alias?.[name] ?? alias?.[id] ?? field;
        };
        const feed: Feed = {
          part,
          rule,
          groupFields: correlation.groupBy.map(fieldOf),
          valueFields: correlation.valueFields.map(fieldOf),
        };
        this.feeds.set(id, [...(this.feeds.get(id) ?? []), feed]);
      });
    }
  }

  /** Ids of rules whose hits are wanted. */
  get wanted(): ReadonlySet<string> {
    return new Set(this.feeds.keys());
  }

  /** Takes in the hits of a batch, in the order of its events. */
  feed(hits: readonly Hit[]): CorrelationAnswer {
    this.before = new Map();
    this.changed = new Map();
    this.reached = new Map();
    const found: CorrelationHit[] = [];
    const waiting: Hit[] = [...hits];
    for (let at = 0; at < waiting.length; at += 1) {
      const hit = waiting[at];
      if (!hit) continue;
      for (const feed of this.feeds.get(hit.ruleId) ?? []) {
        const completed = this.take(feed, hit.event);
        if (!completed) continue;
        found.push(completed);
        waiting.push({ ruleId: completed.correlation.id, event: completed.event });
      }
    }
    for (const part of this.parts.values()) if (!part.atOnce) found.push(...this.closeWindows(part));
    return { hits: found, changed: this.changed, limits: [...this.reached.values()] };
  }

  /** Takes the last batch back. */
  undo(): void {
    for (const [key, state] of this.before) {
      const part = this.parts.get(key.slice(0, key.indexOf('\n')));
      if (state) part?.groups.set(key, state);
      else part?.groups.delete(key);
    }
    this.before = new Map();
  }

  /** Takes up what was kept; groups of correlations that no longer exist are left out. */
  restore(states: Iterable<readonly [key: string, state: GroupState]>): void {
    for (const [key, state] of states) {
      const part = this.parts.get(state.correlationId);
      if (!part) continue;
      part.groups.set(key, state);
      part.newestMs = Math.max(part.newestMs, state.entries.at(-1)?.timeMs ?? 0);
    }
  }

  /** Forgets groups that nothing can complete any more, by the time of the newest event. @returns their keys */
  expire(): string[] {
    const gone: string[] = [];
    for (const { correlation, groups, atOnce, newestMs } of this.parts.values()) {
      if (!atOnce) continue;
      for (const [key, { entries }] of groups) {
        if ((entries.at(-1)?.timeMs ?? 0) >= newestMs - correlation.timespanMs - this.limits.latenessMs) continue;
        groups.delete(key);
        gone.push(key);
      }
    }
    return gone;
  }

  private limit(correlationId: string, limit: LimitReached['limit']): void {
    const key = `${correlationId} ${limit}`;
    this.reached.set(key, { correlationId, limit, count: (this.reached.get(key)?.count ?? 0) + 1 });
  }

  private put(part: Part, key: string, state: GroupState | undefined): void {
    if (!this.before.has(key)) this.before.set(key, part.groups.get(key));
    this.changed.set(key, state);
    part.groups.delete(key);
    if (state) part.groups.set(key, state);
    if (part.groups.size <= this.limits.groupsMax) return;
    const [oldest] = part.groups.keys();
    if (oldest === undefined) return;
    this.limit(part.correlation.id, 'groups');
    this.put(part, oldest, undefined);
  }

  private take(feed: Feed, event: SecurityEvent): CorrelationHit | undefined {
    const { part } = feed;
    const { correlation } = part;
    const group: Record<string, string> = {};
    for (const [index, name] of correlation.groupBy.entries()) {
      const value = valuesOf(lookUp(event.fields, feed.groupFields[index] ?? name)).join(', ');
      if (value === '') {
        this.limit(correlation.id, 'no-group');
        return undefined;
      }
      group[name] = value;
    }
    const key = `${correlation.id}\n${JSON.stringify([event.unitPath, ...Object.values(group).map(foldCase)])}`;
    part.newestMs = Math.max(part.newestMs, event.timeMs);
    if (event.timeMs < this.tooOld(part, key)) {
      this.limit(correlation.id, 'late');
      return undefined;
    }
    const value = feed.valueFields.map((field) => valuesOf(lookUp(event.fields, field)).join(', ')).join('\u001f');
    if (feed.valueFields.length > 0 && value.replaceAll('\u001f', '') === '') return undefined;
    const entry: WindowEntry = { timeMs: event.timeMs, rule: feed.rule, value, eventId: event.id };
    const entries = this.insert(part, key, entry);
    const state = { correlationId: correlation.id, unitPath: event.unitPath, group };
    const window = part.atOnce ? this.completedWindow(correlation, entries, entry) : undefined;
    if (!window) {
      this.put(part, key, { ...state, entries });
      return undefined;
    }
    const used = new Set(window);
    const left = entries.filter((one) => !used.has(one));
    this.put(part, key, left.length > 0 ? { ...state, entries: left } : undefined);
    return hitOf(correlation, group, event, window);
  }

  private age({ correlation }: Part, timeMs: number): number {
    return timeMs - correlation.timespanMs - this.limits.latenessMs;
  }

  /**
   * Before this a group's entries no longer count. By the group's own newest entry, not by the newest of all: a recording
   * of last year that is imported today is complete in itself.
   */
  private tooOld(part: Part, key: string): number {
    return this.age(part, part.groups.get(key)?.entries.at(-1)?.timeMs ?? 0);
  }

  /** The group's entries with the new one at its place in time, without what is too old to count. */
  private insert(part: Part, key: string, entry: WindowEntry): readonly WindowEntry[] {
    const old = part.groups.get(key)?.entries ?? [];
    const from = part.atOnce ? lowerBound(old, Math.max(this.tooOld(part, key), this.age(part, entry.timeMs))) : 0;
    const place = lowerBound(old, entry.timeMs + 1);
    const entries = compact(part.correlation, [...old.slice(from, place), entry, ...old.slice(Math.max(place, from))]);
    if (entries.length <= this.limits.entriesMax) return entries;
    this.limit(part.correlation.id, 'entries');
    return entries.slice(entries.length - this.limits.entriesMax);
  }

  /** The time span ending with the new entry, or with a later one that came before it, if it satisfies the correlation. */
  private completedWindow(
    correlation: SigmaCorrelation,
    entries: readonly WindowEntry[],
    entry: WindowEntry,
  ): readonly WindowEntry[] | undefined {
    const span = correlation.timespanMs;
    for (let last = lowerBound(entries, entry.timeMs); last < entries.length; last += 1) {
      const endMs = entries[last]?.timeMs ?? 0;
      if (endMs > entry.timeMs + span) return undefined;
      const window = entries.slice(lowerBound(entries, endMs - span), last + 1);
      if (windowHolds(correlation, window)) return window;
    }
    return undefined;
  }

  /** Judges the groups whose time span is over; it begins with the first entry of the group. */
  private closeWindows(part: Part): CorrelationHit[] {
    const { correlation } = part;
    const hits: CorrelationHit[] = [];
    for (const [key, state] of [...part.groups]) {
      let { entries } = state;
      for (;;) {
        const firstMs = entries[0]?.timeMs;
        if (firstMs === undefined || firstMs + correlation.timespanMs + this.limits.latenessMs > part.newestMs) break;
        const end = lowerBound(entries, firstMs + correlation.timespanMs);
        const window = entries.slice(0, end);
        entries = entries.slice(end);
        const last = window.at(-1);
        if (last && windowHolds(correlation, window))
          hits.push(hitOf(correlation, state.group, standIn(last, state), window));
      }
      if (entries !== state.entries) this.put(part, key, entries.length > 0 ? { ...state, entries } : undefined);
    }
    return hits;
  }
}

/** A window that closes by itself has no event at hand: its last entry stands for it. */
const standIn = (last: WindowEntry, state: GroupState): SecurityEvent => ({
  id: last.eventId,
  timeMs: last.timeMs,
  receivedAtMs: last.timeMs,
  source: '',
  logsource: { product: '', category: '', service: '' },
  unitPath: state.unitPath,
  fields: state.group,
  raw: '',
  problem: '',
});

function hitOf(
  correlation: SigmaCorrelation,
  group: Readonly<Record<string, string>>,
  event: SecurityEvent,
  window: readonly WindowEntry[],
): CorrelationHit {
  const ids = window.map(({ eventId }) => eventId);
  return {
    correlation,
    group,
    event,
    eventIds: [...new Set(ids)].slice(-EVENT_IDS_MAX),
    count: hitsIn(window),
    firstMs: window[0]?.timeMs ?? event.timeMs,
    atMs: window.at(-1)?.timeMs ?? event.timeMs,
  };
}
