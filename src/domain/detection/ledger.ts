import { sql } from 'kysely';
import { z } from 'zod';
import { fieldNames } from '#engine/fields/aliases.ts';
import { CORRELATION_LIMITS } from '#engine/sigma/correlator-part.ts';
import { inScope } from '#engine/sigma/logsource.ts';
import type { Db } from '#platform/postgres/database.ts';
import { noSums, RULE_COUNTS, type RuleSums } from './ledger-store.ts';
import type { Catalogue, RuleSummary } from './rule.ts';

const HOUR_MS = 3_600_000;

const count = z.number().int();

export const LedgerSums = z.object({
  events: count.describe('events of the log sources the rule is about'),
  evaluated: count.describe('of these, events the rule was really asked about'),
  candidates: count.describe(
    'events of which its condition was evaluated in full: what must occur in them (literals, fields) did occur',
  ),
  hits: count,
  suppressed: count,
  cut: count.describe('hits counted but not kept one by one'),
  skipped: count.describe('events that came while the rule was off'),
  errors: count.describe('events on which the evaluation failed'),
  limits: z
    .array(z.object({ kind: z.enum(CORRELATION_LIMITS), reached: count }))
    .describe('bounds of a correlation that were reached'),
});
type LedgerSumsView = z.input<typeof LedgerSums>;

export const GAPS = ['off', 'not-loaded', 'errors'] as const;

export const LedgerHour = LedgerSums.extend({
  hourAt: z.string(),
  gaps: z.array(z.enum(GAPS)).describe('why events of this hour were not evaluated'),
  backfilled: z.boolean().describe('a run over history has looked at this hour since'),
});
type LedgerHourView = z.input<typeof LedgerHour>;

export interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** The rules about single events that a rule rests on: itself, or what a correlation counts, through all levels. */
function singleRulesOf(catalogue: Catalogue, rule: RuleSummary): RuleSummary[] {
  const byId = new Map(catalogue.rules.map((one) => [one.id, one]));
  const found = new Map<string, RuleSummary>();
  const waiting = [rule];
  const seen = new Set<string>();
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    if (seen.has(one.id)) continue;
    seen.add(one.id);
    if (one.kind === 'rule') found.set(one.id, one);
    for (const part of one.parts) waiting.push(...[byId.get(part)].filter((known) => known !== undefined));
  }
  return [...found.values()];
}

/** What the store knows of a span of time, read once for any number of rules. */
export interface LedgerFacts {
  readonly scopes: readonly {
    readonly hourMs: number;
    readonly product: string;
    readonly category: string;
    readonly service: string;
    readonly events: number;
    readonly errors: number;
  }[];
  /** By rule. */
  readonly rules: ReadonlyMap<string, readonly ({ readonly hourMs: number } & RuleSums)[]>;
  readonly limits: ReadonlyMap<
    string,
    readonly { readonly hourMs: number; readonly kind: string; readonly reached: number }[]
  >;
  readonly loadedMs: ReadonlyMap<string, number>;
  /** Runs over history that reached into the span, the latest ones. */
  readonly runs: readonly { readonly ruleIds: ReadonlySet<string>; readonly fromMs: number; readonly toMs: number }[];
}

/** Runs looked at for what they filled up. */
const RUNS_MAX = 50;

/** @param ruleIds undefined = all rules */
export async function readLedger(db: Db, { from, to }: Span, ruleIds?: readonly string[]): Promise<LedgerFacts> {
  const scopes = await db
    .selectFrom('detection_scope_hour')
    .selectAll()
    .where('hour_at', '>=', from)
    .where('hour_at', '<', to)
    .execute();
  const ofRules = sql<boolean>`rule_id = ANY(${[...(ruleIds ?? [])]}::text[])`;
  const rules = await db
    .selectFrom('detection_rule_hour')
    .selectAll()
    .where('hour_at', '>=', from)
    .where('hour_at', '<', to)
    .$if(ruleIds !== undefined, (query) => query.where(ofRules))
    .execute();
  const limits = await db
    .selectFrom('detection_limit_hour')
    .selectAll()
    .where('hour_at', '>=', from)
    .where('hour_at', '<', to)
    .$if(ruleIds !== undefined, (query) => query.where(ofRules))
    .execute();
  const loaded = await db
    .selectFrom('detection_rule_version')
    .select(['rule_id', sql<Date>`min(loaded_at)`.as('loaded_at')])
    .$if(ruleIds !== undefined, (query) => query.where(ofRules))
    .groupBy('rule_id')
    .execute();
  const runs = await db
    .selectFrom('detection_run')
    .select(['rule_ids', 'from_at', 'done_to_at'])
    .where('from_at', '<', to)
    .where('done_to_at', '>', from)
    .orderBy('started_at', 'desc')
    .limit(RUNS_MAX)
    .execute();
  return {
    runs: runs.map(({ rule_ids, from_at, done_to_at }) => ({
      ruleIds: new Set(rule_ids),
      fromMs: from_at.getTime(),
      toMs: done_to_at.getTime(),
    })),
    scopes: scopes.map(({ hour_at, events, errors, ...logsource }) => ({
      ...logsource,
      hourMs: hour_at.getTime(),
      events: Number(events),
      errors: Number(errors),
    })),
    rules: Map.groupBy(
      rules.map((row) => {
        const sums = noSums();
        for (const name of RULE_COUNTS) sums[name] = Number(row[name]);
        return { ruleId: row.rule_id, hourMs: row.hour_at.getTime(), ...sums };
      }),
      ({ ruleId }) => ruleId,
    ),
    limits: Map.groupBy(
      limits.map(({ rule_id, hour_at, kind, reached }) => ({
        ruleId: rule_id,
        hourMs: hour_at.getTime(),
        kind,
        reached: Number(reached),
      })),
      ({ ruleId }) => ruleId,
    ),
    loadedMs: new Map(loaded.map((row) => [row.rule_id, row.loaded_at.getTime()])),
  };
}

const emptyHour = (hourMs: number): LedgerHourView => ({
  hourAt: new Date(hourMs).toISOString(),
  ...noSums(),
  events: 0,
  evaluated: 0,
  limits: [],
  gaps: [],
  backfilled: false,
});

const isLimit = (kind: string): kind is (typeof CORRELATION_LIMITS)[number] =>
  (CORRELATION_LIMITS as readonly string[]).includes(kind);

/** Hour by hour: what a rule was asked, what it found, and what it was not asked and why. Hours without anything are left out. */
export function hoursOf(facts: LedgerFacts, catalogue: Catalogue, rule: RuleSummary): LedgerHourView[] {
  const asked = singleRulesOf(catalogue, rule);
  const hours = new Map<number, LedgerHourView>();
  const hourOf = (hourMs: number): LedgerHourView => {
    const hour = hours.get(hourMs) ?? emptyHour(hourMs);
    hours.set(hourMs, hour);
    return hour;
  };
  for (const scope of facts.scopes) {
    if (!asked.some(({ logsource }) => inScope(logsource, scope))) continue;
    const hour = hourOf(scope.hourMs);
    hour.events += scope.events;
    hour.errors += scope.errors;
  }
  for (const row of facts.rules.get(rule.id) ?? []) {
    const hour = hourOf(row.hourMs);
    for (const name of RULE_COUNTS) hour[name] += row[name];
  }
  for (const { hourMs, kind, reached } of facts.limits.get(rule.id) ?? []) {
    if (isLimit(kind)) hourOf(hourMs).limits.push({ kind, reached });
  }
  const loadedMs = facts.loadedMs.get(rule.id) ?? 0;
  const runs = facts.runs.filter(({ ruleIds }) => ruleIds.has(rule.id));
  for (const [hourMs, hour] of hours) {
    judgeHour(hour, hourMs + HOUR_MS <= loadedMs);
    hour.backfilled = runs.some(({ fromMs, toMs }) => fromMs <= hourMs && toMs >= hourMs + HOUR_MS);
  }
  return [...hours].sort(([left], [right]) => left - right).map(([, hour]) => hour);
}

function judgeHour(hour: LedgerHourView, beforeLoaded: boolean): void {
  if (hour.skipped > 0) hour.gaps.push('off');
  if (beforeLoaded && hour.events > 0) hour.gaps.push('not-loaded');
  if (hour.errors > 0) hour.gaps.push('errors');
  hour.evaluated = beforeLoaded ? 0 : Math.max(0, hour.events - hour.skipped - hour.errors);
}

/** The sums of some hours. */
export function sumOf(hours: readonly LedgerHourView[]): LedgerSumsView {
  const total: LedgerSumsView = { ...noSums(), events: 0, evaluated: 0, limits: [] };
  const limits = new Map<(typeof CORRELATION_LIMITS)[number], number>();
  for (const hour of hours) {
    for (const name of [...RULE_COUNTS, 'events', 'evaluated'] as const) total[name] += hour[name];
    for (const { kind, reached } of hour.limits) limits.set(kind, (limits.get(kind) ?? 0) + reached);
  }
  total.limits = Array.from(limits, ([kind, reached]) => ({ kind, reached }));
  return total;
}

/** When a field occurred in the events of a log source. */
export interface FieldSeen {
  readonly product: string;
  readonly category: string;
  readonly service: string;
  readonly field: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

export async function readFields(db: Db): Promise<FieldSeen[]> {
  const rows = await db.selectFrom('detection_field').selectAll().execute();
  return rows.map(({ first_seen_at, last_seen_at, ...row }) => ({
    ...row,
    firstMs: first_seen_at.getTime(),
    lastMs: last_seen_at.getTime(),
  }));
}

/**
 * Fields that the rule reads and that no event of its log sources had within the span, under none of their names. Said only
 * of rules whose log sources sent something: without events nothing is known of fields.
 */
export function fieldsNeverSeen(
  seen: readonly FieldSeen[],
  catalogue: Catalogue,
  rule: RuleSummary,
  { from, to }: Span,
): string[] {
  const missing = singleRulesOf(catalogue, rule).flatMap((single) => {
    const own = seen.filter(
      (row) => row.lastMs >= from.getTime() - HOUR_MS && row.firstMs < to.getTime() && inScope(single.logsource, row),
    );
    if (own.length === 0) return [];
    const names = new Set(own.map(({ field }) => field));
    return single.fieldsRead.filter((field) => !fieldNames(field).some((name) => names.has(name)));
  });
  return [...new Set(missing)].sort();
}
