import { foldCase } from '#engine/condition/fold.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { type Feed, feedsOf, groupOf, type IdOf } from './feed.ts';
import type { SigmaCorrelation } from './rule.ts';

/** A share of the groups: of `count` shares, number `index`. */
export interface Partition {
  readonly index: number;
  readonly count: number;
}

/** Correlations that feed each other, directly or not. What they find must be counted in one place. */
interface Chain {
  readonly id: string;
  /** Of each correlation: the group-by fields, in one order for all, whose values a hit keeps on its way up the chain. */
  readonly shared: ReadonlyMap<string, readonly string[]>;
}

/** FNV-1a over UTF-16 units: stable over versions and machines, since partitions outlive both. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}

/** Sets of correlations that are connected by "counts the hits of". */
function connected(correlations: readonly SigmaCorrelation[], idOf: IdOf): SigmaCorrelation[][] {
  const leader = new Map(correlations.map(({ id }) => [id, id]));
  const find = (id: string): string => {
    const above = leader.get(id) ?? id;
    return above === id ? id : find(above);
  };
  for (const { id, rules } of correlations) {
    for (const name of rules) {
      const part = idOf(name);
      if (part !== undefined && leader.has(part)) leader.set(find(part), find(id));
    }
  }
  return [...Map.groupBy(correlations, ({ id }) => find(id)).values()];
}

/**
 * The fields that all correlations of a chain group by, as each names them: from the one at the top downwards, a field
 * stays while every correlation below groups by the field it is read from. Two at the top, or two ways down that differ,
 * leave nothing: such a chain is told apart by unit only.
 */
function sharedFields(chain: readonly SigmaCorrelation[], idOf: IdOf): ReadonlyMap<string, readonly string[]> {
  const byId = new Map(chain.map((correlation) => [correlation.id, correlation]));
  const below = new Set(chain.flatMap(({ rules }) => rules.map(idOf)));
  const [top, ...others] = chain.filter(({ id }) => !below.has(id));
  const nothing = new Map(chain.map(({ id }) => [id, []]));
  if (!top || others.length > 0) return nothing;
  const lanes = top.groupBy.map((field) => laneDown(top, field, byId, idOf));
  const kept = lanes.filter((lane) => lane !== undefined);
  return new Map(chain.map(({ id }) => [id, kept.map((lane) => lane.get(id) ?? '')]));
}

/** The name of one field in each correlation below; undefined when it gets lost on some way. */
function laneDown(
  top: SigmaCorrelation,
  field: string,
  byId: ReadonlyMap<string, SigmaCorrelation>,
  idOf: IdOf,
): Map<string, string> | undefined {
  const lane = new Map([[top.id, field]]);
  const waiting = [top];
  for (let current = waiting.pop(); current; current = waiting.pop()) {
    const own = lane.get(current.id) ?? '';
    for (const name of current.rules) {
      const part = byId.get(idOf(name) ?? '');
      if (!part) continue;
      const alias = current.aliases[own];
      const source = alias?.[name] ?? alias?.[part.id] ?? own;
      const known = lane.get(part.id);
      if (!part.groupBy.includes(source) || (known !== undefined && known !== source)) return undefined;
      lane.set(part.id, source);
      waiting.push(part);
    }
  }
  return lane;
}

/**
 * Shares the groups of correlations out, so that several workers together give the answer of one. All groups that can
 * influence each other are in one partition, so that what a correlation finds never has to travel to another.
 */
export class Partitioner {
  private readonly feeds: ReadonlyMap<string, readonly Feed[]>;
  private readonly chains = new Map<string, Chain>();

  /** @param idOf the id of a rule or correlation that one of `correlations` names */
  constructor(correlations: readonly SigmaCorrelation[], idOf: IdOf) {
    this.feeds = feedsOf(correlations, idOf);
    for (const members of connected(correlations, idOf)) {
      const id = members.map((member) => member.id).sort()[0] ?? '';
      const [single, ...others] = members;
      const shared =
        single && others.length === 0 ? new Map([[single.id, single.groupBy]]) : sharedFields(members, idOf);
      for (const member of members) this.chains.set(member.id, { id, shared });
    }
  }

  /** The partition of one group. @param group its values by the name in group-by */
  partitionOf(correlationId: string, unitPath: string, group: Readonly<Record<string, string>>, count: number): number {
    if (count <= 1) return 0;
    const chain = this.chains.get(correlationId);
    const values = (chain?.shared.get(correlationId) ?? []).map((field) => foldCase(group[field] ?? ''));
    return hash([chain?.id ?? correlationId, unitPath, ...values].join('\u0000')) % count;
  }

  /** The partitions that want a hit of a rule; none when no correlation counts it. */
  of(ruleId: string, event: SecurityEvent, count: number): number[] {
    const wanted = (this.feeds.get(ruleId) ?? []).map((feed) => {
      const group = groupOf(feed, event.fields);
      // Without a group it is only counted as such, which any one of them can do.
      return group ? this.partitionOf(feed.correlation.id, event.unitPath, group, count) : 0;
    });
    return [...new Set(wanted)];
  }
}
