import type { SecurityEvent } from '#engine/fields/event.ts';
import { Entries, type EntryColumns } from './entries.ts';
import type { EntryPool } from './entry-pool.ts';
import type { IdOf } from './feed.ts';
import type { SigmaCorrelation } from './rule.ts';

/** What is remembered of one group of a correlation: its entries, and what tells it from others. */
export class Group extends Entries {
  readonly unitPath: string;
  /** Values of the group-by fields in one text, as the group's first event had them. @see joinedValues */
  readonly joined: string;
  /** The same, one by one. */
  readonly values: readonly string[];
  /** How far the stream's clock was ahead of the newest entry when that came: much, where a recording is imported. */
  offsetMs = 0;
  /** Where time spans are judged when they are over: when the clock has passed this, the first one is. */
  dueMs = 0;
  /** Time spans up to here are judged already. */
  closedToMs = 0;

  constructor(pool: EntryPool, unitPath: string, joined: string, values: readonly string[]) {
    super(pool);
    this.unitPath = unitPath;
    this.joined = joined;
    this.values = values;
  }
}

/** A hit of a rule, as a correlator takes it in. */
export interface RuleHit {
  readonly ruleId: string;
  readonly event: SecurityEvent;
  /** The stream's clock at this hit; without it that of the event. */
  readonly clockMs?: number;
}

/**
 * What an event says of the time: its own, but never later than its receipt, so that no machine's wrong clock runs ahead.
 * The clock of a stream is the highest of its events.
 */
export const clockOf = ({ timeMs, receivedAtMs }: SecurityEvent): number => Math.min(timeMs, receivedAtMs);

/** The part of a hit that its effect depends on, for keeping. */
export type KeptHit = readonly [
  ruleId: string,
  eventId: string,
  timeMs: number,
  clockMs: number,
  unitPath: string,
  fields: SecurityEvent['fields'],
];

/** The hit again. Its event has only what correlations read. */
export const reviveHit = ([ruleId, id, timeMs, clockMs, unitPath, fields]: KeptHit): RuleHit => ({
  ruleId,
  clockMs,
  event: bareEvent({ id, timeMs, unitPath, fields }),
});

/** An event of which only this is known. */
export const bareEvent = (known: Pick<SecurityEvent, 'id' | 'timeMs' | 'unitPath' | 'fields'>): SecurityEvent => ({
  ...known,
  receivedAtMs: known.timeMs,
  source: '',
  logsource: { product: '', category: '', service: '' },
  raw: '',
  problem: '',
});

/** What a correlation means, in one text: state that was gathered under another meaning is of no use. */
export function meaningOf(correlation: SigmaCorrelation, idOf: IdOf): string {
  const { type, rules, groupBy, timespanMs, aliases, bounds, valueFields, percentile, names } = correlation;
  const ids = rules.map((name) => idOf(name) ?? name);
  return JSON.stringify([type, ids, groupBy, timespanMs, aliases, bounds, valueFields, percentile, names ?? null]);
}

export type KeptGroup = readonly [
  unitPath: string,
  values: readonly string[],
  dueMs: number,
  offsetMs: number,
  closedToMs: number,
  columns: EntryColumns,
];

/** One part of a snapshot: groups of one correlation. */
export interface KeptGroups {
  readonly clockMs: number;
  readonly correlationId: string;
  readonly meaning: string;
  readonly groups: readonly KeptGroup[];
}

export const keepGroup = (group: Group): KeptGroup => [
  group.unitPath,
  group.values,
  group.dueMs,
  group.offsetMs,
  group.closedToMs,
  group.columns,
];
