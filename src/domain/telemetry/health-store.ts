import { sql } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';
import './tables.ts';

/** What a source delivered lately. */
export interface SourceHealth {
  readonly received: number;
  readonly written: number;
  readonly unparsed: number;
  /** Read as another kind than the source is set to. */
  readonly mistaken: number;
  readonly rejected: number;
  readonly lastEventAt: Date | null;
  readonly lastReceivedAt: Date | null;
  /** Mean time from event to receipt, milliseconds; null without events. */
  readonly delayMs: number | null;
}

/** One point of a source's series. */
export interface HealthPoint {
  readonly at: Date;
  readonly received: number;
  readonly written: number;
  readonly unparsed: number;
  readonly mistaken: number;
  readonly rejected: number;
}

export const NO_HEALTH: SourceHealth = {
  received: 0,
  written: 0,
  unparsed: 0,
  mistaken: 0,
  rejected: 0,
  lastEventAt: null,
  lastReceivedAt: null,
  delayMs: null,
};

const REJECTED = sql`(SELECT coalesce(sum(value::bigint), 0) FROM jsonb_each_text(h.rejected))`;

/** Sums since `since` for each of the sources; the last times look back further. */
export async function healthOf(db: Db, ids: readonly string[], since: Date): Promise<Map<string, SourceHealth>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<SourceHealth & { id: string }>`
    SELECT source_id AS id,
      coalesce(sum(received) FILTER (WHERE minute >= ${since}::timestamptz), 0)::float8 AS received,
      coalesce(sum(written) FILTER (WHERE minute >= ${since}::timestamptz), 0)::float8 AS written,
      coalesce(sum(unparsed) FILTER (WHERE minute >= ${since}::timestamptz), 0)::float8 AS unparsed,
      coalesce(sum(mistaken) FILTER (WHERE minute >= ${since}::timestamptz), 0)::float8 AS mistaken,
      coalesce(sum(${REJECTED}) FILTER (WHERE minute >= ${since}::timestamptz), 0)::float8 AS rejected,
      max(last_event_at) AS "lastEventAt",
      max(minute) FILTER (WHERE received > 0) AS "lastReceivedAt",
      (sum(delay_ms_sum) FILTER (WHERE minute >= ${since}::timestamptz)
        / nullif(sum(written) FILTER (WHERE minute >= ${since}::timestamptz), 0))::float8 AS "delayMs"
    FROM telemetry_health AS h
    WHERE source_id = ANY(${ids}::uuid[])
    GROUP BY source_id`.execute(db);
  return new Map(rows.map(({ id, ...health }) => [id, health]));
}

/** A series in steps of `stepMinutes`; of one source, or of all in sight. Empty steps are left out. */
export async function healthSeries(
  db: Db,
  filter: { readonly sourceId?: string; readonly since: Date; readonly stepMinutes: number },
): Promise<HealthPoint[]> {
  const seconds = filter.stepMinutes * 60;
  const { rows } = await sql<HealthPoint>`
    SELECT to_timestamp(floor(extract(epoch FROM minute) / ${seconds}::int) * ${seconds}::int) AS at,
      sum(received)::float8 AS received, sum(written)::float8 AS written, sum(unparsed)::float8 AS unparsed,
      sum(mistaken)::float8 AS mistaken, sum(${REJECTED})::float8 AS rejected
    FROM telemetry_health AS h
    WHERE minute >= ${filter.since}::timestamptz
      AND (${filter.sourceId ?? null}::uuid IS NULL OR source_id = ${filter.sourceId ?? null}::uuid)
    GROUP BY 1 ORDER BY 1`.execute(db);
  return rows;
}

/** Why lines of a source were not taken since `since`, most frequent first. */
export async function rejectionsOf(
  db: Db,
  sourceId: string,
  since: Date,
): Promise<{ reason: string; lines: number }[]> {
  const { rows } = await sql<{ reason: string; lines: number }>`
    SELECT part.key AS reason, sum(part.value::bigint)::float8 AS lines
    FROM telemetry_health AS h, jsonb_each_text(h.rejected) AS part
    WHERE source_id = ${sourceId}::uuid AND minute >= ${since}::timestamptz
    GROUP BY 1 ORDER BY 2 DESC`.execute(db);
  return rows;
}

/** Number of sources, and how many of the active ones delivered since `since`. */
export async function sourceCounts(
  db: Db,
  since: Date,
): Promise<{ total: number; active: number; delivering: number }> {
  const { rows } = await sql<{ total: number; active: number; delivering: number }>`
    SELECT count(*)::float8 AS total, count(*) FILTER (WHERE state = 'active')::float8 AS active,
      count(*) FILTER (WHERE state = 'active' AND EXISTS (
        SELECT FROM telemetry_health AS h
        WHERE h.source_id = s.id AND h.minute >= ${since}::timestamptz AND h.received > 0
      ))::float8 AS delivering
    FROM telemetry_source AS s WHERE listener <> 'import'`.execute(db);
  return rows[0] ?? { total: 0, active: 0, delivering: 0 };
}

/** Removes minutes before `before`. */
export async function forgetHealth(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('telemetry_health').where('minute', '<', before).execute();
}
