import { sql } from 'kysely';
import type { Detection } from '#domain/alerts/index.ts';
import type { LogSource } from '#engine/fields/event.ts';
import { lookUp } from '#engine/fields/lookup.ts';
import type { GroupState } from '#engine/sigma/correlator.ts';
import type { Db } from '#platform/postgres/database.ts';

/** Rows of one statement: PostgreSQL takes at most 65 535 values. */
const ROWS_MAX = 1_000;
/** Longest value kept with a detection, in characters; the event itself keeps it whole. */
const VALUE_MAX = 500;
const MATCHED_MAX = 20;

function chunks<Item>(items: readonly Item[]): Item[][] {
  const parts: Item[][] = [];
  for (let from = 0; from < items.length; from += ROWS_MAX) parts.push(items.slice(from, from + ROWS_MAX));
  return parts;
}

/** Marks a batch as handled. @returns false when it was before */
export async function takeBatch(db: Db, batchId: string, now: Date): Promise<boolean> {
  const row = await db
    .insertInto('detection_batch')
    .values({ batch_id: batchId, handled_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('batch_id')
    .executeTakeFirst();
  return row !== undefined;
}

export const wasHandled = async (db: Db, batchId: string): Promise<boolean> =>
  (await db.selectFrom('detection_batch').select('batch_id').where('batch_id', '=', batchId).executeTakeFirst()) !==
  undefined;

export async function insertDetections(db: Db, detections: readonly Detection[], now: Date): Promise<void> {
  const rows = detections.map(({ id, ruleId, event, entity, matched, atMs }) => {
    const host = lookUp(event.fields, 'Computer');
    const short = matched.slice(0, MATCHED_MAX).map((match) => ({ ...match, value: match.value.slice(0, VALUE_MAX) }));
    return {
      id,
      rule_id: ruleId,
      unit_path: event.unitPath,
      event_id: event.id,
      event_at: new Date(atMs),
      found_at: now,
      entity_kind: entity.kind,
      entity_value: entity.value.slice(0, VALUE_MAX),
      host: typeof host === 'string' ? host.slice(0, VALUE_MAX) : '',
      matched: withoutNul(JSON.stringify(short)),
    };
  });
  for (const values of chunks(rows)) {
    await db
      .insertInto('detection')
      .values(
        values.map((row) => ({
          ...row,
          entity_value: row.entity_value.replaceAll('\u0000', ''),
          host: row.host.replaceAll('\u0000', ''),
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** PostgreSQL stores no NUL character in text or jsonb. */
const withoutNul = (json: string): string => json.replaceAll('\\u0000', '');

export interface ScopeCount extends LogSource {
  readonly events: number;
  readonly errors: number;
}

export async function addScopeCounts(db: Db, hourAt: Date, counts: readonly ScopeCount[]): Promise<void> {
  for (const values of chunks(counts)) {
    await db
      .insertInto('detection_scope_hour')
      .values(
        values.map(({ product, category, service, events, errors }) => ({
          hour_at: hourAt,
          product,
          category,
          service,
          events,
          errors,
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['hour_at', 'product', 'category', 'service']).doUpdateSet({
          events: sql`detection_scope_hour.events + excluded.events`,
          errors: sql`detection_scope_hour.errors + excluded.errors`,
        }),
      )
      .execute();
  }
}

export interface RuleCount {
  readonly ruleId: string;
  readonly hits: number;
  readonly suppressed: number;
  readonly cut: number;
  readonly limits: number;
}

export async function addRuleCounts(db: Db, hourAt: Date, counts: readonly RuleCount[]): Promise<void> {
  for (const values of chunks(counts)) {
    await db
      .insertInto('detection_rule_hour')
      .values(values.map(({ ruleId, ...sums }) => ({ rule_id: ruleId, hour_at: hourAt, ...sums })))
      .onConflict((conflict) =>
        conflict.columns(['rule_id', 'hour_at']).doUpdateSet({
          hits: sql`detection_rule_hour.hits + excluded.hits`,
          suppressed: sql`detection_rule_hour.suppressed + excluded.suppressed`,
          cut: sql`detection_rule_hour.cut + excluded.cut`,
          limits: sql`detection_rule_hour.limits + excluded.limits`,
        }),
      )
      .execute();
  }
}

/** Keeps what correlations remember. */
export async function saveGroups(db: Db, changed: ReadonlyMap<string, GroupState | undefined>): Promise<void> {
  const gone = [...changed].flatMap(([key, state]) => (state === undefined ? [key] : []));
  if (gone.length > 0) await dropGroups(db, gone);
  const kept = [...changed].flatMap(([key, state]) => {
    if (state === undefined) return [];
    const newestMs = state.entries.at(-1)?.timeMs ?? 0;
    return [
      {
        key,
        correlation_id: state.correlationId,
        newest_at: new Date(newestMs),
        state: withoutNul(JSON.stringify(state)),
      },
    ];
  });
  for (const values of chunks(kept)) {
    await db
      .insertInto('detection_group')
      .values(values.map((row) => ({ ...row, key: row.key.replaceAll('\u0000', '') })))
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet({ newest_at: sql`excluded.newest_at`, state: sql`excluded.state` }),
      )
      .execute();
  }
}

export async function dropGroups(db: Db, keys: readonly string[]): Promise<void> {
  for (const part of chunks(keys)) await db.deleteFrom('detection_group').where('key', 'in', part).execute();
}

export async function loadGroups(db: Db): Promise<(readonly [string, GroupState])[]> {
  const rows = await db.selectFrom('detection_group').select(['key', 'state']).orderBy('newest_at').execute();
  return rows.map(({ key, state }) => [key, state] as const);
}

/** Ids of the rules a person switched off. */
export async function rulesOff(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('detection_rule').select('rule_id').where('enabled', '=', false).execute();
  return rows.map((row) => row.rule_id).sort();
}
