import { type Selectable, sql } from 'kysely';
import type { Tx } from '#platform/context.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import type { AlertLevel, Detection } from './detection-input.ts';
import { entityText, groupKey, type Span } from './grouping.ts';
import type { SuppressionRule } from './suppression.ts';

export type AlertRow = Selectable<Database['alert']>;

/** An open alert that more detections may join. */
export interface ExistingGroup extends Span {
  readonly key: string;
  readonly id: string;
  readonly unitPath: string;
  readonly level: AlertLevel;
  readonly eventIds: readonly string[];
  readonly kept: Kept;
}

/** What is kept with an alert already, so that a noisy alert costs one statement and not five. */
export interface Kept {
  /** Ids of its sample events. */
  readonly samples: ReadonlySet<string>;
  /** Its entities as `entityKey` writes them. */
  readonly entities: ReadonlySet<string>;
}

export const NOTHING_KEPT: Kept = { samples: new Set(), entities: new Set() };

export const entityKey = (kind: string, value: string): string => `${kind} ${value}`;

async function keptOf(db: Db, ids: readonly string[]): Promise<(id: string) => Kept> {
  if (ids.length === 0) return () => NOTHING_KEPT;
  const samples = await db
    .selectFrom('alert_sample')
    .select(['alert_id', 'event_id'])
    .where(sql<boolean>`alert_id = ANY(${ids}::uuid[])`)
    .execute();
  const entities = await db
    .selectFrom('alert_entity')
    .select(['alert_id', 'kind', 'value'])
    .where(sql<boolean>`alert_id = ANY(${ids}::uuid[])`)
    .execute();
  const samplesOf = Map.groupBy(samples, (row) => row.alert_id);
  const entitiesOf = Map.groupBy(entities, (row) => row.alert_id);
  return (id) => ({
    samples: new Set(samplesOf.get(id)?.map((row) => row.event_id)),
    entities: new Set(entitiesOf.get(id)?.map((row) => entityKey(row.kind, row.value))),
  });
}

/** Open alerts that some of the detections may belong to. */
export async function findGroups(db: Db, detections: readonly Detection[], windowMs: number): Promise<ExistingGroup[]> {
  if (detections.length === 0) return [];
  const times = detections.map(({ atMs }) => atMs);
  const earliest = times.reduce((left, right) => Math.min(left, right));
  const latest = times.reduce((left, right) => Math.max(left, right));
  const keys = new Set(detections.map(groupKey));
  const rules = [...new Set(detections.map(({ ruleId }) => ruleId))];
  const values = [...new Set(detections.map(({ entity }) => entityText(entity)))];
  const rows = await db
    .selectFrom('alert')
    .select(['id', 'unit_path', 'event_unit_path', 'rule_id', 'entity_kind', 'entity_value', 'level', 'event_ids'])
    .select(['first_seen_at', 'last_seen_at'])
    .where(sql<boolean>`rule_id = ANY(${rules}::text[]) AND entity_value = ANY(${values}::text[])`)
    .where('state', '<>', 'closed')
    .where('last_seen_at', '>=', new Date(earliest - windowMs))
    .where('first_seen_at', '<=', new Date(latest + windowMs))
    .orderBy('last_seen_at')
    .execute();
  const groups = rows
    .map((row) => ({ row, key: JSON.stringify([row.rule_id, row.entity_kind, row.entity_value, row.event_unit_path]) }))
    .filter(({ key }) => keys.has(key));
  const kept = await keptOf(
    db,
    groups.map(({ row }) => row.id),
  );
  return groups.map(({ row, key }) => ({
    key,
    id: row.id,
    unitPath: row.unit_path,
    level: row.level,
    eventIds: row.event_ids,
    firstMs: row.first_seen_at.getTime(),
    lastMs: row.last_seen_at.getTime(),
    kept: kept(row.id),
  }));
}

/** Which of these ids were taken in before. */
export async function knownDetections(db: Db, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('alert_detection')
    .select('id')
    .where(sql<boolean>`id = ANY(${[...new Set(ids)]}::text[])`)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** Suppression rules that hold at `now`. */
export async function liveSuppressions(db: Db, now: Date): Promise<SuppressionRule[]> {
  const rows = await db
    .selectFrom('alert_suppression')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('created_at')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    unitPath: row.unit_path,
    ruleId: row.rule_id,
    entityKind: row.entity_kind,
    entityValue: row.entity_value,
    field: row.field,
    fieldValue: row.field_value,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
  }));
}

type NoteKind = Database['alert_note']['kind'];

/** Writes into the history of an alert what somebody did or said. */
export async function addNote(
  tx: Tx,
  alert: { readonly id: string; readonly unitPath: string },
  kind: NoteKind,
  text: string,
): Promise<void> {
  await tx.db
    .insertInto('alert_note')
    .values({
      id: tx.ids.next(),
      alert_id: alert.id,
      unit_path: alert.unitPath,
      kind,
      author_id: tx.actor.id,
      author_name: tx.actor.name,
      text,
      at: tx.clock.now(),
    })
    .execute();
}
