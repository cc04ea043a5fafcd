import type { Detection } from '#domain/alerts/index.ts';
import { lookUp } from '#engine/fields/lookup.ts';
import { chunks } from '#platform/chunks.ts';
import type { Db } from '#platform/postgres/database.ts';

/** Rows of one statement: PostgreSQL takes at most 65 535 values. */
export const ROWS_MAX = 1_000;
/** Longest value kept with a detection, in characters; the event itself keeps it whole. */
const VALUE_MAX = 500;
const MATCHED_MAX = 20;

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
  for (const values of chunks(rows, ROWS_MAX)) {
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
export const withoutNul = (json: string): string => json.replaceAll('\\u0000', '');

/** Ids of the rules a person switched off. */
export async function rulesOff(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('detection_rule').select('rule_id').where('enabled', '=', false).execute();
  return rows.map((row) => row.rule_id).sort();
}

/** Remembers since when each rule has been loaded with its present text. @returns ids of those that are new or changed */
export async function noteVersions(
  db: Db,
  rules: readonly { readonly id: string; readonly digest: string }[],
  now: Date,
): Promise<string[]> {
  const fresh: string[] = [];
  for (const part of chunks(rules, ROWS_MAX)) {
    const rows = await db
      .insertInto('detection_rule_version')
      .values(part.map(({ id, digest }) => ({ rule_id: id, digest, loaded_at: now })))
      .onConflict((conflict) => conflict.doNothing())
      .returning('rule_id')
      .execute();
    fresh.push(...rows.map((row) => row.rule_id));
  }
  return fresh;
}
