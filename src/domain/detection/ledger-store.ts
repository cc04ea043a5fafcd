import { sql } from 'kysely';
import type { LogSource } from '#engine/fields/event.ts';
import { chunks } from '#platform/chunks.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { ScopeCount, ScopeFields } from './found.ts';
import { ROWS_MAX } from './store.ts';

/** What is counted of each rule, in one batch or one hour. */
export const RULE_COUNTS = ['hits', 'suppressed', 'cut', 'candidates', 'skipped', 'errors'] as const;
export type RuleCountName = (typeof RULE_COUNTS)[number];
export type RuleSums = Record<RuleCountName, number>;

export const noSums = (): RuleSums => ({ hits: 0, suppressed: 0, cut: 0, candidates: 0, skipped: 0, errors: 0 });

/** Counts for the evaluation ledger while a batch is worked on. */
export class Counts {
  readonly rules = new Map<string, RuleSums>();
  /** By rule and kind of limit. */
  readonly limits = new Map<string, { ruleId: string; kind: string; reached: number }>();

  add(ruleId: string, what: RuleCountName, count: number): void {
    if (count === 0) return;
    const sums = this.rules.get(ruleId) ?? noSums();
    sums[what] += count;
    this.rules.set(ruleId, sums);
  }

  limit(ruleId: string, kind: string, reached: number): void {
    const key = `${ruleId}\n${kind}`;
    this.limits.set(key, { ruleId, kind, reached: (this.limits.get(key)?.reached ?? 0) + reached });
  }
}

/**
 * Rows in the order of their key. Detectors of several processes add to the same rows: whoever locks them in an order of
 * its own ends in a deadlock with the others.
 */
const ordered = <Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] =>
  rows
    .map((row) => ({ row, key: keyOf(row) }))
    .sort((left, right) => (left.key < right.key ? -1 : Number(left.key > right.key)))
    .map(({ row }) => row);

const logsourceKey = ({ product, category, service }: LogSource): string => `${product}\n${category}\n${service}`;

export async function addScopeCounts(db: Db, hourAt: Date, counts: readonly ScopeCount[]): Promise<void> {
  for (const part of chunks(ordered(counts, logsourceKey), ROWS_MAX)) {
    const values = part.map(({ product, category, service, events, errors }) => ({
      hour_at: hourAt,
      ...{ product, category, service, events, errors },
    }));
    await db
      .insertInto('detection_scope_hour')
      .values(values)
      .onConflict((conflict) =>
        conflict.columns(['hour_at', 'product', 'category', 'service']).doUpdateSet({
          events: sql`detection_scope_hour.events + excluded.events`,
          errors: sql`detection_scope_hour.errors + excluded.errors`,
        }),
      )
      .execute();
  }
}

export async function addRuleCounts(db: Db, hourAt: Date, counts: Counts): Promise<void> {
  const rules = Array.from(counts.rules, ([ruleId, sums]) => ({ rule_id: ruleId, hour_at: hourAt, ...sums }));
  for (const values of chunks(
    ordered(rules, ({ rule_id }) => rule_id),
    ROWS_MAX,
  )) {
    await db
      .insertInto('detection_rule_hour')
      .values(values)
      .onConflict((conflict) =>
        conflict.columns(['rule_id', 'hour_at']).doUpdateSet({
          hits: sql`detection_rule_hour.hits + excluded.hits`,
          suppressed: sql`detection_rule_hour.suppressed + excluded.suppressed`,
          cut: sql`detection_rule_hour.cut + excluded.cut`,
          candidates: sql`detection_rule_hour.candidates + excluded.candidates`,
          skipped: sql`detection_rule_hour.skipped + excluded.skipped`,
          errors: sql`detection_rule_hour.errors + excluded.errors`,
        }),
      )
      .execute();
  }
  const limits = [...counts.limits.values()];
  for (const part of chunks(
    ordered(limits, ({ ruleId, kind }) => `${ruleId}\n${kind}`),
    ROWS_MAX,
  )) {
    await db
      .insertInto('detection_limit_hour')
      .values(part.map(({ ruleId, kind, reached }) => ({ rule_id: ruleId, hour_at: hourAt, kind, reached })))
      .onConflict((conflict) =>
        conflict
          .columns(['rule_id', 'hour_at', 'kind'])
          .doUpdateSet({ reached: sql`detection_limit_hour.reached + excluded.reached` }),
      )
      .execute();
  }
}

/** Fields of one log source that are remembered: a source that invents names must not fill the store. */
const FIELDS_MAX = 2_000;
/** A field that keeps occurring is written again after so long. */
const SEEN_AGAIN_MS = 3_600_000;

/** Which fields occur where. Writes a field when it is new, and once an hour while it keeps occurring. */
export class FieldsSeen {
  private readonly writtenAt = new Map<string, Map<string, number>>();

  /** Fields to be written now. */
  private due({ logsource, fields }: ScopeFields, nowMs: number): string[] {
    const key = logsourceKey(logsource);
    const known = this.writtenAt.get(key) ?? new Map<string, number>();
    this.writtenAt.set(key, known);
    const due: string[] = [];
    for (const field of fields) {
      const at = known.get(field);
      if (at === undefined ? known.size >= FIELDS_MAX : nowMs - at < SEEN_AGAIN_MS) continue;
      known.set(field, nowMs);
      due.push(field.slice(0, 200).replaceAll('\u0000', ''));
    }
    return due;
  }

  async write(db: Db, now: Date, scopes: readonly ScopeFields[]): Promise<void> {
    const rows = scopes.flatMap((scope) =>
      this.due(scope, now.getTime()).map((field) => ({
        ...scope.logsource,
        field,
        first_seen_at: now,
        last_seen_at: now,
      })),
    );
    for (const values of chunks(
      ordered(rows, (row) => `${logsourceKey(row)}\n${row.field}`),
      ROWS_MAX,
    )) {
      await db
        .insertInto('detection_field')
        .values(values)
        .onConflict((conflict) =>
          conflict
            .columns(['product', 'category', 'service', 'field'])
            .doUpdateSet({ last_seen_at: sql`excluded.last_seen_at` }),
        )
        .execute();
    }
  }

  /** What was to be written was not committed: it is due again. */
  forget(): void {
    this.writtenAt.clear();
  }
}
