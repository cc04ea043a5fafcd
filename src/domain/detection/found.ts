import type { Match } from '#engine/condition/evaluate.ts';
import type { LogSource, SecurityEvent } from '#engine/fields/event.ts';
import { clockOf } from '#engine/sigma/correlator-state.ts';
import type { Asked, Matched } from './match.ts';

/** A rule that is true of an event. */
export interface FoundHit {
  readonly ruleId: string;
  readonly event: SecurityEvent;
  readonly matched: readonly Match[];
}

export interface ScopeCount extends LogSource {
  readonly events: number;
  readonly errors: number;
}

/** The fields that occurred in the events of a log source. */
export interface ScopeFields {
  readonly logsource: LogSource;
  readonly fields: ReadonlySet<string>;
}

/** An event that could not be evaluated. */
interface FailedEvent {
  /** '' when no rule could be asked of it. */
  readonly ruleId: string;
  readonly event: SecurityEvent;
  readonly error: string;
}

/** What the rules found in a batch of events, and what they were asked about. */
export interface Found {
  /** In the order of the events. */
  readonly hits: readonly FoundHit[];
  readonly failed: readonly FailedEvent[];
  readonly scopes: readonly ScopeCount[];
  readonly fields: readonly ScopeFields[];
  /** By rule: events of which its condition was evaluated, because nothing cheaper had ruled it out. */
  readonly candidates: ReadonlyMap<string, number>;
  /** The stream's clock after the batch. */
  readonly clockMs: number;
}

interface Scope {
  readonly logsource: LogSource;
  events: number;
  errors: number;
  readonly fields: Set<string>;
}

/** Counts events one by one beside what the rules said of them: no event is kept that no rule found. */
export class Finding {
  private readonly hits: FoundHit[] = [];
  private readonly failed: FailedEvent[] = [];
  private readonly scopes = new Map<string, Scope>();
  private clockMs = 0;
  /** Names of fields that were added to their scope. */
  private readonly counted = new Set<ReadonlySet<string>>();

  add(event: SecurityEvent, { hits, failures }: Asked): void {
    const scope = this.scopeOf(event.logsource);
    scope.events += 1;
    for (const field in event.fields) scope.fields.add(field);
    this.clockMs = Math.max(this.clockMs, clockOf(event));
    for (const { ruleId, matched } of hits) this.hits.push({ ruleId, event, matched });
    // What fails with one rule is counted by rule; here only what no rule could be asked about.
    if (failures.some(({ ruleId }) => ruleId === '')) scope.errors += 1;
    for (const { ruleId, error } of failures) this.failed.push({ ruleId, event, error });
  }

  /** Counts an event that no rule found. @param names of its fields, the same object for events of one kind */
  addPlain(logsource: LogSource, names: ReadonlySet<string>, clockMs: number): void {
    const scope = this.scopeOf(logsource);
    scope.events += 1;
    if (!this.counted.has(names)) {
      this.counted.add(names);
      for (const name of names) scope.fields.add(name);
    }
    this.clockMs = Math.max(this.clockMs, clockMs);
  }

  private scopeOf({ product, category, service }: LogSource): Scope {
    const key = scopeKey({ product, category, service });
    const known = this.scopes.get(key);
    if (known !== undefined) return known;
    const scope = { logsource: { product, category, service }, events: 0, errors: 0, fields: new Set<string>() };
    this.scopes.set(key, scope);
    return scope;
  }

  /** @param candidates by rule, of all events that were added */
  finish(candidates: ReadonlyMap<string, number>): Found {
    const { hits, failed, clockMs } = this;
    const all = [...this.scopes.values()];
    return {
      hits,
      failed,
      scopes: all.map(({ logsource, events, errors }) => ({ ...logsource, events, errors })),
      fields: all.map(({ logsource, fields }) => ({ logsource, fields })),
      candidates,
      clockMs,
    };
  }
}

/** Counts a batch of events and puts them beside what the threads answered. */
export function foundIn(events: readonly SecurityEvent[], answer: Matched): Found {
  const hitsAt = Map.groupBy(answer.hits, ({ event }) => event);
  const failuresAt = Map.groupBy(answer.failures, ({ event }) => event);
  const finding = new Finding();
  events.forEach((event, index) => {
    finding.add(event, { hits: hitsAt.get(index) ?? [], failures: failuresAt.get(index) ?? [] });
  });
  return finding.finish(answer.candidates);
}

const scopeKey = ({ product, category, service }: LogSource): string => `${product}\n${category}\n${service}`;

/** What was found in the pieces of a batch, as if it had been looked at in one. */
export function joinFound(parts: readonly Found[]): Found {
  const scopes = new Map<string, ScopeCount>();
  const fields = new Map<string, { logsource: LogSource; fields: Set<string> }>();
  const candidates = new Map<string, number>();
  for (const part of parts) {
    for (const scope of part.scopes) {
      const before = scopes.get(scopeKey(scope));
      const [events, errors] = [(before?.events ?? 0) + scope.events, (before?.errors ?? 0) + scope.errors];
      scopes.set(scopeKey(scope), { ...scope, events, errors });
    }
    for (const { logsource, fields: seen } of part.fields) {
      const known = fields.get(scopeKey(logsource)) ?? { logsource, fields: new Set<string>() };
      for (const field of seen) known.fields.add(field);
      fields.set(scopeKey(logsource), known);
    }
    for (const [rule, count] of part.candidates) candidates.set(rule, (candidates.get(rule) ?? 0) + count);
  }
  return {
    hits: parts.flatMap(({ hits }) => hits),
    failed: parts.flatMap(({ failed }) => failed),
    scopes: [...scopes.values()],
    fields: [...fields.values()],
    candidates,
    clockMs: parts.reduce((latest, { clockMs }) => Math.max(latest, clockMs), 0),
  };
}
