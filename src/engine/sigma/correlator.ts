import type { SecurityEvent } from '#engine/fields/event.ts';
import { lookUp } from '#engine/fields/lookup.ts';
import {
  type CorrelationHit,
  type CorrelationLimit,
  type CorrelatorLimits,
  namedGroup,
  Part,
} from './correlator-part.ts';
import {
  bareEvent,
  clockOf,
  Group,
  type KeptGroups,
  type KeptHit,
  keepGroup,
  meaningOf,
  type RuleHit,
  reviveGroup,
} from './correlator-state.ts';
import {
  countedValue,
  type Feed,
  feedsOf,
  fieldsNeeded,
  groupKey,
  groupOf,
  type IdOf,
  keyOfValues,
  withGroup,
} from './feed.ts';
import { type Partition, Partitioner } from './partition.ts';
import type { SigmaCorrelation } from './rule.ts';
import { type Timer, Timers } from './timers.ts';
import { judge } from './window.ts';

export interface LimitReached {
  readonly correlationId: string;
  readonly limit: CorrelationLimit;
  readonly count: number;
}

export interface CorrelationAnswer {
  readonly hits: readonly CorrelationHit[];
  readonly limits: readonly LimitReached[];
  /** Whether the state is another than before, other than by the clock alone. */
  readonly changed: boolean;
}

const CORRELATOR_LIMITS: CorrelatorLimits = { groupsMax: 200_000, entriesMax: 2_000_000, latenessMs: 600_000 };

const GROUPS_PER_CHUNK = 500;

interface GroupTimer extends Timer {
  readonly part: Part;
  readonly unitPath: string;
  readonly groupKey: string;
}

/**
 * Counts hits in event time: an event belongs to the time span its own time says, whenever it arrives within the allowed
 * lateness. When a correlation becomes true its entries are used up, so that each event counts for one alert.
 *
 * Pure state, and a function of the hits and their clocks alone: how they are cut into batches, a restart in between, or
 * sharing the groups out over partitions changes no answer. Bounds that are reached do, and are reported.
 */
export class Correlator {
  private readonly feeds: ReadonlyMap<string, readonly Feed[]>;
  private readonly needs: ReadonlyMap<string, readonly string[]>;
  private readonly parts = new Map<string, Part>();
  private readonly idOf: IdOf;
  private readonly partition: Partition;
  private readonly partitioner: Partitioner;
  private timers = new Timers<GroupTimer>();
  private clockMs = 0;
  private found: CorrelationHit[] = [];
  private changed = false;
  private reached = new Map<string, LimitReached>();

  /**
   * @param idOf the id of a rule or correlation that one of `correlations` names
   * @param partition hits of groups that belong to another are passed over
   */
  constructor(
    correlations: readonly SigmaCorrelation[],
    idOf: IdOf,
    limits: CorrelatorLimits = CORRELATOR_LIMITS,
    partition: Partition = { index: 0, count: 1 },
  ) {
    this.idOf = idOf;
    this.partition = partition;
    this.partitioner = new Partitioner(correlations, idOf);
    this.feeds = feedsOf(correlations, idOf);
    this.needs = fieldsNeeded(this.feeds);
    for (const correlation of correlations) {
      const { id } = correlation;
      this.parts.set(id, new Part(correlation, limits, (limit, count) => this.limit(id, limit, count)));
    }
  }

  /** Ids of rules whose hits are wanted. */
  get wanted(): ReadonlySet<string> {
    return new Set(this.feeds.keys());
  }

  /** Fields of a rule's events that any correlation can come to read. */
  fieldsRead(ruleId: string): readonly string[] {
    return this.needs.get(ruleId) ?? [];
  }

  /** What is remembered of each correlation, to be held against the limits. */
  get load(): { correlationId: string; groups: number; entries: number }[] {
    return [...this.parts].map(([correlationId, { load }]) => ({ correlationId, ...load }));
  }

  /**
   * Takes in hits in the order of their events.
   * @param clockMs the stream's clock after them, where it is later than that of the last hit
   */
  feed(hits: readonly RuleHit[], clockMs = 0): CorrelationAnswer {
    this.found = [];
    this.changed = false;
    this.reached = new Map();
    for (const hit of hits) {
      this.advance(hit.clockMs ?? clockOf(hit.event));
      this.deliver(hit);
    }
    this.advance(clockMs);
    return { hits: this.found, limits: [...this.reached.values()], changed: this.changed };
  }

  /** The part of a hit that its effect depends on: feeding it again does the same. */
  keep({ ruleId, event, clockMs }: RuleHit): KeptHit {
    const fields: Record<string, string | readonly string[]> = {};
    for (const field of this.fieldsRead(ruleId)) {
      const value = lookUp(event.fields, field);
      if (value !== undefined) fields[field] = value;
    }
    return [ruleId, event.id, event.timeMs, clockMs ?? clockOf(event), event.unitPath, fields];
  }

  /** Everything that is remembered, in parts of bounded size, for `restore`. */
  *snapshot(): Generator<KeptGroups> {
    for (const [correlationId, part] of this.parts) {
      const { correlation, groups } = part;
      part.forgetOld(this.clockMs);
      const head = { clockMs: this.clockMs, correlationId, meaning: meaningOf(correlation, this.idOf) };
      const all = Array.from(groups.entries(), ([, group]) => group);
      for (let from = 0; from < all.length; from += GROUPS_PER_CHUNK) {
        yield { ...head, groups: all.slice(from, from + GROUPS_PER_CHUNK).map(keepGroup) };
      }
    }
  }

  /**
   * Forgets everything and takes up a snapshot.
   * @returns groups that were left out, since their correlation is gone or means something else now
   */
  restore(chunks: Iterable<KeptGroups>): number {
    this.timers = new Timers();
    this.clockMs = 0;
    for (const part of this.parts.values()) part.clear();
    let leftOut = 0;
    for (const { clockMs, correlationId, meaning, groups } of chunks) {
      this.clockMs = Math.max(this.clockMs, clockMs);
      const part = this.parts.get(correlationId);
      if (!part || meaningOf(part.correlation, this.idOf) !== meaning) leftOut += groups.length;
      else for (const kept of groups) this.put(part, reviveGroup(kept));
    }
    return leftOut;
  }

  private put(part: Part, group: Group): void {
    const key = keyOfValues(group.values);
    part.put(key, group);
    if (!part.atOnce) this.setTimer(part, key, group, group.dueMs);
  }

  private limit(correlationId: string, limit: CorrelationLimit, count: number): void {
    const key = `${correlationId} ${limit}`;
    this.reached.set(key, { correlationId, limit, count: (this.reached.get(key)?.count ?? 0) + count });
  }

  /** A hit, and what follows from it up the chain. */
  private deliver(hit: RuleHit): void {
    const waiting = [hit];
    for (let at = 0; at < waiting.length; at += 1) {
      const { ruleId, event } = waiting[at] ?? hit;
      for (const feed of this.feeds.get(ruleId) ?? []) {
        const completed = this.take(feed, event);
        if (completed) waiting.push(this.report(completed));
      }
    }
  }

  private report(completed: CorrelationHit): RuleHit {
    this.found.push(completed);
    return { ruleId: completed.correlation.id, event: withGroup(completed.event, completed.group) };
  }

  /** Counts an event without a group, in one of the partitions only. */
  private withoutGroup({ correlation }: Feed): undefined {
    if (this.partition.index === 0) this.limit(correlation.id, 'no-group', 1);
    return undefined;
  }

  private take(feed: Feed, event: SecurityEvent): CorrelationHit | undefined {
    const part = this.parts.get(feed.correlation.id);
    const key = groupKey(feed, event.fields);
    if (!part || key === undefined) return this.withoutGroup(feed);
    const group = this.liveGroup(part, event.unitPath, key) ?? this.freshGroup(feed, event);
    if (!group) return undefined;
    if (event.timeMs < part.tooOld(group, feed.rule)) {
      this.limit(feed.correlation.id, 'late', 1);
      return undefined;
    }
    const value = countedValue(feed, event.fields);
    if (value === undefined) return undefined;
    this.changed = true;
    const first = group.length === 0;
    if (event.timeMs >= group.newestMs) group.offsetMs = this.clockMs - event.timeMs;
    const place = part.add(key, group, feed.rule, value, event);
    if (!part.atOnce && first) this.setTimer(part, key, group, this.clockMs + part.keepMs);
    const completed = part.atOnce ? part.complete(group, place, event) : this.closePassed(part, key, group);
    if (part.atOnce && group.length === 0) part.drop(key, group);
    part.bound(group);
    part.makeRoom(this.clockMs);
    return completed;
  }

  /** The group as it is remembered, unless all of it is over. */
  private liveGroup(part: Part, unitPath: string, key: string): Group | undefined {
    const group = part.groups.get(unitPath, key);
    if (!group || !part.atOnce || part.dueMs(group) >= this.clockMs) return group;
    part.drop(key, group);
    return undefined;
  }

  /** A group that is not remembered; undefined when it belongs to another partition. */
  private freshGroup(feed: Feed, event: SecurityEvent): Group | undefined {
    const named = groupOf(feed, event.fields) ?? {};
    const { index, count } = this.partition;
    const { id } = feed.correlation;
    if (count > 1 && this.partitioner.partitionOf(id, event.unitPath, named, count) !== index) return undefined;
    const values = feed.correlation.groupBy.map((field) => named[field] ?? '');
    return new Group(event.unitPath, values);
  }

  private setTimer(part: Part, groupKeyText: string, group: Group, dueMs: number): void {
    const { unitPath } = group;
    group.dueMs = dueMs;
    const key = [part.correlation.id, unitPath, groupKeyText].join('\n');
    this.timers.add({ dueMs, key, part, unitPath, groupKey: groupKeyText });
  }

  /** Lets the clock run, and everything happen that was due on the way. */
  private advance(toMs: number): void {
    for (let timer = this.timers.first; timer && timer.dueMs < toMs; timer = this.timers.first) {
      this.timers.take();
      const { part, unitPath, groupKey: key } = timer;
      const group = part.groups.get(unitPath, key);
      if (group?.dueMs !== timer.dueMs) continue;
      this.changed = true;
      this.clockMs = Math.max(this.clockMs, timer.dueMs);
      if (group.length === 0) part.drop(key, group);
      else {
        const hit = this.closeFirst(part, key, group);
        if (hit) this.deliver(this.report(hit));
      }
    }
    this.clockMs = Math.max(this.clockMs, toMs);
  }

  /** Judges time spans that the group's own events have left behind. All but the last hit go up the chain from here. */
  private closePassed(part: Part, key: string, group: Group): CorrelationHit | undefined {
    let last: CorrelationHit | undefined;
    while (group.length > 0 && group.time(0) + part.keepMs < group.newestMs) {
      const hit = this.closeFirst(part, key, group);
      if (!hit) continue;
      if (last) this.deliver(this.report(last));
      last = hit;
    }
    return last;
  }

  /** Judges the time span that begins with the group's first entry. */
  private closeFirst(part: Part, key: string, group: Group): CorrelationHit | undefined {
    const { correlation } = part;
    const firstMs = group.time(0);
    const { holds, used } = judge(correlation, group);
    const hit = holds ? part.use(group, lastEvent(correlation, group, used), 0, used) : undefined;
    if (!holds) part.remove(group, 0, used);
    group.closedToMs = Math.max(group.closedToMs, firstMs + correlation.timespanMs);
    // An empty group is remembered for what may still come late.
    const untilMs = group.length > 0 ? group.offsetMs + group.time(0) : this.clockMs;
    this.setTimer(part, key, group, untilMs + part.keepMs);
    return hit;
  }
}

/** The last of a group's first `used` entries, as far as it is known when its time span is judged. */
const lastEvent = (correlation: SigmaCorrelation, group: Group, used: number): SecurityEvent =>
  bareEvent({
    id: group.eventIds(used - 1, used, 1)[0] ?? '',
    timeMs: group.time(used - 1),
    unitPath: group.unitPath,
    fields: namedGroup(correlation, group.values),
  });
