import type { SecurityEvent } from '#engine/fields/event.ts';
import { lookUp } from '#engine/fields/lookup.ts';
import {
  type CorrelationHit,
  type CorrelationLimit,
  type CorrelatorLimits,
  keyOf,
  namedGroup,
  Part,
} from './correlator-part.ts';
import {
  bareEvent,
  clockOf,
  type Group,
  type KeptGroups,
  type KeptHit,
  keepGroup,
  meaningOf,
  type RuleHit,
} from './correlator-state.ts';
import { countedValue, type Feed, feedsOf, fieldsNeeded, groupOf, type IdOf, joinedValues, withGroup } from './feed.ts';
import { FETCHED_MAX } from './group-table.ts';
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
const NOWHERE: readonly Route[] = [];

interface GroupTimer extends Timer {
  readonly part: Part;
  readonly group: Group;
}

/** Where the hits of a rule go. */
interface Route {
  readonly feed: Feed;
  readonly part: Part;
}

/**
 * Counts hits in event time: an event belongs to the time span its own time says, whenever it arrives within the allowed
 * lateness. When a correlation becomes true its entries are used up, so that each event counts for one alert.
 *
 * Pure state, and a function of the hits and their clocks alone: how they are cut into batches, a restart in between, or
 * sharing the groups out over partitions changes no answer. Bounds that are reached do, and are reported.
 */
export class Correlator {
  private readonly routes: ReadonlyMap<string, readonly Route[]>;
  private readonly needs: ReadonlyMap<string, readonly string[]>;
  private readonly parts = new Map<string, Part>();
  private readonly idOf: IdOf;
  private readonly partition: Partition;
  private readonly partitioner: Partitioner;
  private timers = new Timers<GroupTimer>();
  private clockMs = 0;
  /** Of no meaning. @see GroupTable.fetch */
  private fetched = 0;
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
    for (const correlation of correlations) {
      const { id } = correlation;
      this.parts.set(id, new Part(correlation, limits, (limit, count) => this.limit(id, limit, count)));
    }
    const feeds = feedsOf(correlations, idOf);
    this.needs = fieldsNeeded(feeds);
    this.routes = new Map(Array.from(feeds, ([id, own]) => [id, this.routesOf(own)]));
  }

  private routesOf(feeds: readonly Feed[]): Route[] {
    return feeds.flatMap((feed) => {
      const part = this.parts.get(feed.correlation.id);
      return part ? [{ feed, part }] : [];
    });
  }

  /** Ids of rules whose hits are wanted. */
  get wanted(): ReadonlySet<string> {
    return new Set(this.routes.keys());
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
    hits.forEach((hit, index) => {
      if (index % FETCHED_MAX === 0) this.fetch(hits, index);
      this.advance(hit.clockMs ?? clockOf(hit.event));
      this.deliver(hit);
    });
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
      const all = Array.from(groups.values());
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
      else for (const kept of groups) this.put(part, part.revive(kept));
    }
    return leftOut;
  }

  private put(part: Part, group: Group): void {
    if (!part.atOnce) this.setTimer(part, group, group.dueMs);
  }

  private limit(correlationId: string, limit: CorrelationLimit, count: number): void {
    const key = `${correlationId} ${limit}`;
    this.reached.set(key, { correlationId, limit, count: (this.reached.get(key)?.count ?? 0) + count });
  }

  /** Has the groups of the hits from `from` on fetched from memory, where there are very many. */
  private fetch(hits: readonly RuleHit[], from: number): void {
    const parts = new Set<Part>();
    for (let index = from; index < Math.min(from + FETCHED_MAX, hits.length); index += 1) {
      const hit = hits[index];
      for (const { feed, part } of this.routes.get(hit?.ruleId ?? '') ?? NOWHERE) {
        const joined = hit && part.groups.far ? joinedValues(feed, hit.event.fields) : undefined;
        if (!hit || joined === undefined) continue;
        part.groups.expect(hit.event.unitPath, joined);
        parts.add(part);
      }
    }
    for (const { groups } of parts) this.fetched ^= groups.fetch();
  }

  /** A hit, and what follows from it up the chain. */
  private deliver(hit: RuleHit): void {
    let waiting: RuleHit[] | undefined;
    for (let next: RuleHit | undefined = hit; next; next = waiting?.shift()) {
      for (const route of this.routes.get(next.ruleId) ?? NOWHERE) {
        const completed = this.take(route, next.event);
        if (!completed) continue;
        waiting ??= [];
        waiting.push(this.report(completed));
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

  private take({ feed, part }: Route, event: SecurityEvent): CorrelationHit | undefined {
    const joined = joinedValues(feed, event.fields);
    if (joined === undefined) return this.withoutGroup(feed);
    const group = this.liveGroup(part, event.unitPath, joined) ?? this.freshGroup(part, feed, event, joined);
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
    const place = part.add(group, feed.rule, value, event);
    if (!part.atOnce && first) this.setTimer(part, group, this.clockMs + part.keepMs);
    const completed = part.atOnce ? part.complete(group, place, event) : this.closePassed(part, group);
    if (part.atOnce && group.length === 0) part.drop(group);
    part.bound(group);
    part.makeRoom(this.clockMs);
    return completed;
  }

  /** The group as it is remembered, unless all of it is over. */
  private liveGroup(part: Part, unitPath: string, joined: string): Group | undefined {
    const group = part.groups.get(unitPath, joined);
    if (!group || !part.atOnce || part.dueMs(group) >= this.clockMs) return group;
    part.drop(group);
    return undefined;
  }

  /** A group that is not remembered; undefined when it belongs to another partition. */
  private freshGroup(part: Part, feed: Feed, event: SecurityEvent, joined: string): Group | undefined {
    const named = groupOf(feed, event.fields) ?? {};
    const { index, count } = this.partition;
    const { id } = feed.correlation;
    if (count > 1 && this.partitioner.partitionOf(id, event.unitPath, named, count) !== index) return undefined;
    const values = feed.correlation.groupBy.map((field) => named[field] ?? '');
    return part.fresh(event.unitPath, joined, values);
  }

  private setTimer(part: Part, group: Group, dueMs: number): void {
    group.dueMs = dueMs;
    this.timers.add({ dueMs, key: [part.correlation.id, group.unitPath, keyOf(group)].join('\n'), part, group });
  }

  /** Lets the clock run, and everything happen that was due on the way. */
  private advance(toMs: number): void {
    for (let timer = this.timers.first; timer && timer.dueMs < toMs; timer = this.timers.first) {
      this.timers.take();
      const { part, group } = timer;
      if (group.dueMs !== timer.dueMs) continue;
      this.changed = true;
      this.clockMs = Math.max(this.clockMs, timer.dueMs);
      if (group.length === 0) part.drop(group);
      else {
        const hit = this.closeFirst(part, group);
        if (hit) this.deliver(this.report(hit));
      }
    }
    this.clockMs = Math.max(this.clockMs, toMs);
  }

  /** Judges time spans that the group's own events have left behind. All but the last hit go up the chain from here. */
  private closePassed(part: Part, group: Group): CorrelationHit | undefined {
    let last: CorrelationHit | undefined;
    while (group.length > 0 && group.time(0) + part.keepMs < group.newestMs) {
      const hit = this.closeFirst(part, group);
      if (!hit) continue;
      if (last) this.deliver(this.report(last));
      last = hit;
    }
    return last;
  }

  /** Judges the time span that begins with the group's first entry. */
  private closeFirst(part: Part, group: Group): CorrelationHit | undefined {
    const { correlation } = part;
    const firstMs = group.time(0);
    const { holds, used } = judge(correlation, group);
    const hit = holds ? part.use(group, lastEvent(correlation, group, used), 0, used) : undefined;
    if (!holds) part.remove(group, 0, used);
    group.closedToMs = Math.max(group.closedToMs, firstMs + correlation.timespanMs);
    // An empty group is remembered for what may still come late.
    const untilMs = group.length > 0 ? group.offsetMs + group.time(0) : this.clockMs;
    this.setTimer(part, group, untilMs + part.keepMs);
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
