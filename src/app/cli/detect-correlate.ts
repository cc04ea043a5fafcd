import type { SecurityEvent } from '#engine/fields/event.ts';
import { Correlator } from '#engine/sigma/correlator.ts';
import type { CorrelationHit } from '#engine/sigma/correlator-part.ts';
import type { RulePack } from '#engine/sigma/pack.ts';
import type { SigmaCorrelation } from '#engine/sigma/rule.ts';
import type { Finding } from './detect-messages.ts';

/** Hits that correlations count are held until all files are read, since files come in no order of time. */
const COUNTED_MAX = 3_000_000;
const BATCH = 10_000;
/** After the last event the clock goes on, so that every time span ends that is judged at its end. */
const AFTERWARDS_MS = 40 * 86_400_000;

interface Counted {
  readonly ruleId: string;
  readonly event: SecurityEvent;
}

/** Which id a rule or correlation has that a correlation names. */
export function idsOf(pack: RulePack): (name: string) => string | undefined {
  const ids = new Map<string, string>();
  for (const { id, name } of [...pack.rules, ...pack.correlations]) {
    ids.set(id.toLowerCase(), id);
    if (name !== '') ids.set(name.toLowerCase(), id);
  }
  return (name) => ids.get(name.toLowerCase());
}

/** Rules that correlations count, each with the fields that are needed of its events. */
export function countedFields(
  correlations: readonly SigmaCorrelation[],
  idOf: (name: string) => string | undefined,
): Map<string, string[]> {
  const needed = new Map<string, Set<string>>();
  for (const { rules, groupBy, valueFields, aliases } of correlations) {
    for (const name of rules) {
      const id = idOf(name);
      if (id === undefined) continue;
      const fields = [...groupBy, ...valueFields].map(
        (field) => aliases[field]?.[name] ?? aliases[field]?.[id] ?? field,
      );
      needed.set(id, new Set([...(needed.get(id) ?? []), ...fields, 'Computer']));
    }
  }
  return new Map([...needed].map(([id, fields]) => [id, [...fields]]));
}

/** Counts hits in the order of their time, wherever they were found. */
export class RecordedCorrelations {
  private readonly pack: RulePack;
  private readonly counted: Counted[] = [];
  /** Hits that were left out because there were too many. */
  left = 0;

  constructor(pack: RulePack) {
    this.pack = pack;
  }

  add(hits: readonly Counted[]): void {
    const room = COUNTED_MAX - this.counted.length;
    for (const hit of room < hits.length ? hits.slice(0, room) : hits) this.counted.push(hit);
    this.left += Math.max(0, hits.length - room);
  }

  /** @returns the correlations that became true, and bounds that were reached, as texts */
  finish(): { findings: Finding[]; limits: string[] } {
    const correlator = new Correlator(this.pack.correlations, idsOf(this.pack));
    this.counted.sort((a, b) => a.event.timeMs - b.event.timeMs || (a.event.id < b.event.id ? -1 : 1));
    const findings: Finding[] = [];
    const limits = new Map<string, number>();
    const endMs = (this.counted.at(-1)?.event.timeMs ?? 0) + AFTERWARDS_MS;
    for (let from = 0; from < this.counted.length; from += BATCH) {
      const isLast = from + BATCH >= this.counted.length;
      const answer = correlator.feed(this.counted.slice(from, from + BATCH), isLast ? endMs : 0);
      for (const hit of answer.hits) if (!this.pack.silent.has(hit.correlation.id)) findings.push(findingOf(hit));
      for (const { correlationId, limit, count } of answer.limits) {
        // Events without a value to group by are not what the rule is about.
        if (limit !== 'no-group') limits.set(`${correlationId}: ${limit}`, (limits.get(limit) ?? 0) + count);
      }
    }
    return { findings, limits: [...limits].map(([what, count]) => `${what} (${count} times)`) };
  }
}

function findingOf({ correlation, group, event, count, firstMs, atMs }: CorrelationHit): Finding {
  const seconds = Math.round((atMs - firstMs) / 1000);
  const host = event.fields.Computer ?? '';
  return {
    ruleId: correlation.id,
    timeMs: atMs,
    host: typeof host === 'string' ? host : host.join(', '),
    user: '',
    source: event.source,
    file: '',
    matched: [
      ...Object.entries(group).map(([field, value]) => ({ field, value, condition: 'group-by' })),
      { field: '', value: String(count), condition: `${correlation.type} ${seconds} s` },
    ],
    fields: '',
  };
}
