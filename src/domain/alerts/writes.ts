import { type Insertable, sql } from 'kysely';
import { chunks } from '#platform/chunks.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import type { AlertLevel, Detection, Entity } from './detection-input.ts';
import { entityText, rankOf } from './grouping.ts';
import { type SampleLimits, sampleOf } from './sample.ts';
import { entityKey, type Kept } from './store.ts';

/** What became of a detection that was taken in. */
export interface TakenDetection {
  readonly id: string;
  readonly unitPath: string;
  readonly batchId: string;
  readonly alertId: string | null;
  readonly suppressionId: string | null;
}

interface AlertPlace {
  readonly id: string;
  readonly unitPath: string;
}

/** What an open alert becomes when detections join it. */
export interface Growth {
  readonly id: string;
  readonly detections: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly level: AlertLevel;
  readonly eventIds: readonly string[];
}

/** Samples that a new alert keeps, and how much of each. */
export const SAMPLES: SampleLimits = { perAlert: 5, rawCharsMax: 16_384, valueCharsMax: 4_096 };
const ENTITIES_MAX = 40;
/** Rows of one statement: PostgreSQL takes at most 65 535 values. A sample is an event of tens of kilobytes at most. */
const [ROWS_MAX, SAMPLES_MAX] = [1_000, 200];

/** As much as the column for the number of detections takes. */
export const COUNT_MAX = 2_147_483_647;

/**
 * What a batch of detections changes, gathered first and written with a few statements: whoever writes alert by alert
 * waits for the record store ten times each, and a batch of an attack raises hundreds.
 */
export class AlertWrites {
  private readonly alerts: Insertable<Database['alert']>[] = [];
  private readonly growths: Growth[] = [];
  private readonly samples: Insertable<Database['alert_sample']>[] = [];
  private readonly entities: Insertable<Database['alert_entity']>[] = [];
  private readonly spans: Insertable<Database['alert_span']>[] = [];
  private readonly detections: TakenDetection[] = [];

  raise(alert: Insertable<Database['alert']>): void {
    this.alerts.push(alert);
  }

  grow(growth: Growth): void {
    this.growths.push(growth);
  }

  take(detections: readonly TakenDetection[]): void {
    this.detections.push(...detections);
  }

  /** Keeps the first samples of an alert; later ones are only counted. */
  addSamples(alert: AlertPlace, { samples: known }: Kept, detections: readonly Detection[]): void {
    const room = SAMPLES.perAlert - known.size;
    if (room <= 0) return;
    const fresh = new Map(detections.filter(({ event }) => !known.has(event.id)).map((one) => [one.event.id, one]));
    for (const detection of [...fresh.values()].slice(0, room)) {
      const sample = sampleOf(detection, SAMPLES);
      this.samples.push({
        alert_id: alert.id,
        event_id: sample.event.id,
        unit_path: alert.unitPath,
        at: sample.at,
        event: JSON.stringify(sample.event),
        matched: JSON.stringify(sample.matched),
        related_event_ids: [...sample.relatedEventIds],
      });
    }
  }

  /** Keeps what a scheduled search counted. */
  addSpans(alert: AlertPlace, detections: readonly Detection[]): void {
    for (const { id, counted } of detections) {
      if (counted === undefined) continue;
      this.spans.push({
        alert_id: alert.id,
        detection_id: id,
        unit_path: alert.unitPath,
        from_at: counted.from,
        to_at: counted.to,
        events: counted.events,
        threshold: counted.threshold,
        query: counted.query,
        exact_query: counted.exactQuery,
        first_event_at: counted.firstEventAt,
        last_event_at: counted.lastEventAt,
        run_id: counted.runId,
      });
    }
  }

  /** Adds entities up to a bound. */
  addEntities(alert: AlertPlace, { entities: known }: Kept, entities: readonly Entity[]): void {
    const rows = new Map<string, Insertable<Database['alert_entity']>>();
    for (const entity of entities) {
      const { kind } = entity;
      const value = entityText(entity);
      const key = entityKey(kind, value);
      if (!known.has(key)) rows.set(key, { alert_id: alert.id, kind, value, unit_path: alert.unitPath });
    }
    this.entities.push(...[...rows.values()].slice(0, Math.max(0, ENTITIES_MAX - known.size)));
  }

  /** Writes all of it. @param now when the detections were taken in */
  async write(db: Db, now: Date): Promise<void> {
    for (const rows of chunks(this.alerts, ROWS_MAX)) await db.insertInto('alert').values(rows).execute();
    for (const growths of chunks(this.growths, ROWS_MAX)) await writeGrowths(db, growths, now);
    for (const rows of chunks(this.samples, SAMPLES_MAX)) await db.insertInto('alert_sample').values(rows).execute();
    for (const rows of chunks(this.spans, ROWS_MAX)) await db.insertInto('alert_span').values(rows).execute();
    for (const rows of chunks(this.entities, ROWS_MAX)) await db.insertInto('alert_entity').values(rows).execute();
    for (const taken of chunks(this.detections, ROWS_MAX)) await writeDetections(db, taken, now);
  }
}

async function writeGrowths(db: Db, growths: readonly Growth[], now: Date): Promise<void> {
  const rows = growths.map(({ firstMs, lastMs, level, ...growth }) => ({
    ...growth,
    level,
    level_rank: rankOf(level),
    first_seen_at: new Date(firstMs),
    last_seen_at: new Date(lastMs),
  }));
  await sql`
    UPDATE alert SET detection_count = least(detection_count::bigint + g.detections, ${COUNT_MAX}), first_seen_at = g.first_seen_at,
      last_seen_at = g.last_seen_at, active_at = ${now}, level = g.level, level_rank = g.level_rank, event_ids = g."eventIds"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) AS g(id uuid, detections integer,
      first_seen_at timestamptz, last_seen_at timestamptz, level text, level_rank smallint, "eventIds" text[])
    WHERE alert.id = g.id`.execute(db);
}

async function writeDetections(db: Db, taken: readonly TakenDetection[], now: Date): Promise<void> {
  const rows = taken.map((one) => ({
    id: one.id,
    unit_path: one.unitPath,
    batch_id: one.batchId,
    alert_id: one.alertId,
    suppression_id: one.suppressionId,
    taken_at: now,
  }));
  await db.insertInto('alert_detection').values(rows).execute();
}
