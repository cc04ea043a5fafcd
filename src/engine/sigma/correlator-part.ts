import { foldCase } from '#engine/condition/fold.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { compact, EXACT_MAX } from './compact.ts';
import { Group, type KeptGroup } from './correlator-state.ts';
import { EntryPool } from './entry-pool.ts';
import { joinValues } from './feed.ts';
import { GroupTable } from './group-table.ts';
import type { SigmaCorrelation } from './rule.ts';
import { entriesNeeded, firesAtOnce, MovingWindow } from './window.ts';

/** A correlation that became true. */
export interface CorrelationHit {
  readonly correlation: SigmaCorrelation;
  /** Values of the group-by fields, by the name written there. */
  readonly group: Readonly<Record<string, string>>;
  /** The event that completed it. Where a time span was judged only when it was over: its last event, without its text. */
  readonly event: SecurityEvent;
  /** Ids of the counted events in order of time, the last `EVENT_IDS_MAX` of them. */
  readonly eventIds: readonly string[];
  readonly count: number;
  readonly firstMs: number;
  readonly atMs: number;
}

/**
 * A bound that was reached: nothing is lost in silence. `groups` forgotten, `entries` of a group forgotten, `coarse`
 * counting in steps, `late` events and events of `no-group` left out.
 */
export const CORRELATION_LIMITS = ['groups', 'entries', 'coarse', 'late', 'no-group'] as const;
export type CorrelationLimit = (typeof CORRELATION_LIMITS)[number];

export interface CorrelatorLimits {
  /** Groups remembered per correlation. */
  readonly groupsMax: number;
  /** Entries remembered per correlation, all groups together. */
  readonly entriesMax: number;
  /** How much later than the newest an event may arrive and still be counted. */
  readonly latenessMs: number;
}

/** Entries of one group; the oldest goes first. */
const GROUP_ENTRIES_MAX = 5_000;
/** Compacting goes over all entries of a group: not with each new one. */
const COMPACT_EVERY = 256;
const EVENT_IDS_MAX = 200;
/** At a bound, this part of the groups is forgotten at once: finding the quietest costs a look at all. */
const FORGOTTEN_PART = 16;
/** Due time of a group that is gone. */
const DROPPED = -1;

/** One correlation and what is remembered of it, within bounds. */
export class Part {
  readonly correlation: SigmaCorrelation;
  readonly atOnce: boolean;
  readonly groups = new GroupTable();
  /** How long an entry counts after it came: its time span, and the lateness of others. */
  readonly keepMs: number;
  private readonly pool = new EntryPool(() => this.groups.values());
  private readonly needed: number;
  private readonly limits: CorrelatorLimits;
  private readonly reached: (limit: CorrelationLimit, count: number) => void;
  /** Entries of all groups. */
  private entries = 0;

  constructor(
    correlation: SigmaCorrelation,
    limits: CorrelatorLimits,
    reached: (limit: CorrelationLimit, count: number) => void,
  ) {
    this.correlation = correlation;
    this.limits = limits;
    this.reached = reached;
    this.atOnce = firesAtOnce(correlation);
    this.needed = entriesNeeded(correlation);
    this.keepMs = correlation.timespanMs + limits.latenessMs;
  }

  get load(): { groups: number; entries: number } {
    return { groups: this.groups.size, entries: this.entries };
  }

  /** A group of which nothing is remembered yet. */
  fresh(unitPath: string, joined: string, values: readonly string[]): Group {
    return new Group(this.pool, unitPath, joined, values);
  }

  /** Takes up a group as it was kept. */
  revive([unitPath, values, dueMs, offsetMs, closedToMs, columns]: KeptGroup): Group {
    const group = Object.assign(this.fresh(unitPath, joinValues(values), values), { dueMs, offsetMs, closedToMs });
    // First: whoever has entries in the pool is in the table.
    this.groups.set(group);
    group.take(columns);
    this.entries += group.length;
    return group;
  }

  drop(group: Group): void {
    this.groups.delete(group);
    this.remove(group, 0, group.length);
    // Timers that are still set for it have nothing to do.
    group.dueMs = DROPPED;
  }

  clear(): void {
    this.groups.clear();
    this.pool.clear();
    this.entries = 0;
  }

  /** Puts a hit into a group. @returns its place among the group's entries */
  add(group: Group, rule: number, value: string, { timeMs, id }: SecurityEvent): number {
    if (group.length === 0) this.groups.set(group);
    this.entries += 1;
    return group.add({ timeMs, rule, value, eventId: id });
  }

  /**
   * Before this an event is too late for its group. By the group's own newest entry, not by the newest of all: a recording
   * of last year that is imported today is complete in itself.
   */
  tooOld({ newestMs, closedToMs }: Group, rule: number): number {
    const { type, rules, timespanMs } = this.correlation;
    const opening = type === 'absence' && rule < rules.length - 1;
    return Math.max(newestMs - this.keepMs, opening ? closedToMs - timespanMs : closedToMs);
  }

  /** The time span ending with the new entry, or with a later one that came before it, if it satisfies the correlation. */
  complete(group: Group, place: number, event: SecurityEvent): CorrelationHit | undefined {
    const { correlation, needed } = this;
    // Mostly so: it spares looking at the entries at all.
    if (group.hits(0, group.length) < needed) return undefined;
    const span = correlation.timespanMs;
    const oldestMs = group.newestMs - this.keepMs;
    const lastMs = group.time(place) + span;
    const window = new MovingWindow(correlation, group);
    for (let last = place; last < group.length && group.time(last) <= lastMs; last += 1) {
      const from = group.lowerBound(Math.max(group.time(last) - span, oldestMs));
      if (group.hits(from, last + 1) < needed || !window.holds(from, last + 1)) continue;
      return this.use(group, event, from, last + 1);
    }
    return undefined;
  }

  /** What the entries from `from` to before `to` are together; they are used up. */
  use(group: Group, event: SecurityEvent, from: number, to: number): CorrelationHit {
    const hit = {
      correlation: this.correlation,
      group: namedGroup(this.correlation, group.values),
      event,
      eventIds: group.eventIds(from, to, EVENT_IDS_MAX),
      count: group.hits(from, to),
      firstMs: group.time(from),
      atMs: group.time(to - 1),
    };
    this.remove(group, from, to);
    return hit;
  }

  remove(group: Group, from: number, to: number): void {
    this.entries -= to - from;
    group.remove(from, to);
  }

  /** Keeps a group small: without what is too old to count, then in steps, at last without its oldest. */
  bound(group: Group): void {
    const { correlation } = this;
    const before = group.length;
    const oldestMs = group.newestMs - this.keepMs;
    // Taking out a few at a time would cost more than they take up.
    if (before <= COMPACT_EVERY && group.time(before >> 1) >= oldestMs) return;
    if (this.atOnce) group.remove(0, group.lowerBound(oldestMs));
    if (group.length > EXACT_MAX && group.length % COMPACT_EVERY === 0 && compact(correlation, group)) {
      if (correlation.type === 'event_count' || correlation.type === 'value_sum') this.reached('coarse', 1);
    }
    const over = group.length - GROUP_ENTRIES_MAX;
    if (over > 0) {
      this.reached('entries', over);
      group.remove(0, over);
    }
    this.entries -= before - group.length;
  }

  /** When the clock has passed this, nothing of the group counts any more, or its first time span is to be judged. */
  dueMs(group: Group): number {
    return this.atOnce ? group.offsetMs + group.newestMs + this.keepMs : group.dueMs;
  }

  /** Forgets groups that nothing can complete any more. */
  forgetOld(clockMs: number): void {
    if (!this.atOnce) return;
    const over = Array.from(this.groups.values()).filter((group) => this.dueMs(group) < clockMs);
    for (const group of over) this.drop(group);
  }

  /** At a bound: forgets what is over, then the groups that were quiet longest. */
  makeRoom(clockMs: number): void {
    const { groupsMax, entriesMax } = this.limits;
    const full = () => this.groups.size > groupsMax || this.entries > entriesMax;
    if (!full()) return;
    this.forgetOld(clockMs);
    if (!full()) return;
    const byDue = Array.from(this.groups.values(), (group) => ({
      group,
      key: `${group.unitPath}\u0000${keyOf(group)}`,
    }));
    byDue.sort((left, right) => {
      const sooner = this.dueMs(left.group) - this.dueMs(right.group);
      return sooner !== 0 ? sooner : left.key < right.key ? -1 : 1;
    });
    const forgotten = byDue.slice(0, Math.ceil(byDue.length / FORGOTTEN_PART));
    for (const { group } of forgotten) this.drop(group);
    this.reached('groups', forgotten.length);
  }
}

/** A group within its unit in one text that does not depend on which event came first. */
export const keyOf = ({ joined }: Group): string => foldCase(joined);

/** A group's values by the name written in group-by. */
export const namedGroup = ({ groupBy }: SigmaCorrelation, values: readonly string[]): Record<string, string> =>
  Object.fromEntries(groupBy.map((name, index) => [name, values[index] ?? '']));
