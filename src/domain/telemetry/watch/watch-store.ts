import { sql } from 'kysely';
import { daysOff } from '#domain/orders/index.ts';
import { addDays, dayOf } from '#engine/clocks/calendar.ts';
import type { Db } from '#platform/postgres/database.ts';
import { DAYS_MAX } from './habit.ts';
import type { AlarmKind, Baseline, Facts, Finding } from './judge.ts';
import '../tables.ts';

/** A source with what is needed to judge it. */
export interface WatchedSource {
  readonly id: string;
  readonly unitPath: string;
  readonly name: string;
  readonly facts: Facts;
}

/** An alarm as it is kept. */
export interface Alarm {
  readonly id: string;
  readonly sourceId: string;
  readonly unitPath: string;
  readonly kind: AlarmKind;
  readonly seen: Readonly<Record<string, number>>;
  readonly raisedAt: Date;
}

interface Row {
  readonly id: string;
  readonly unit_path: string;
  readonly name: string;
  readonly listener: string;
  readonly state: string;
  readonly last_received: Date | null;
  readonly received: number;
  readonly written: number;
  readonly unparsed: number;
  readonly mistaken: number;
  readonly rejected: number;
  readonly delay_ms_min: number | null;
  readonly hourly: (number | null)[] | null;
  readonly hourly_off: (number | null)[] | null;
  readonly rests: boolean | null;
  readonly by_hour: boolean | null;
  readonly regular: boolean | null;
  readonly usual_gap_ms: number | null;
}

/** The sources in sight, or the given ones, with what they did in the hour before `now`. */
export async function watchedSources(db: Db, now: Date, ids?: readonly string[]): Promise<WatchedSource[]> {
  const since = new Date(now.getTime() - 3_600_000);
  const wanted = ids === undefined ? sql`true` : sql`s.id = ANY(${ids}::uuid[])`;
  const { rows } = await sql<Row>`
    SELECT s.id, s.unit_path, s.name, s.listener, s.state, b.hourly, b.hourly_off, b.rests, b.by_hour, b.regular,
      b.usual_gap_ms::float8 AS usual_gap_ms,
      (SELECT max(minute) FROM telemetry_health AS h WHERE h.source_id = s.id AND h.received > 0) AS last_received,
      coalesce(h.received, 0)::float8 AS received, coalesce(h.written, 0)::float8 AS written,
      coalesce(h.unparsed, 0)::float8 AS unparsed, coalesce(h.mistaken, 0)::float8 AS mistaken,
      coalesce(h.rejected, 0)::float8 AS rejected,
      h.delay_ms_min::float8 AS delay_ms_min
    FROM telemetry_source AS s
    LEFT JOIN telemetry_baseline AS b ON b.source_id = s.id
    LEFT JOIN LATERAL (
      SELECT sum(received) AS received, sum(written) AS written, sum(unparsed) AS unparsed, sum(mistaken) AS mistaken,
        min(delay_ms_min) AS delay_ms_min,
        sum((SELECT coalesce(sum(value::bigint), 0) FROM jsonb_each_text(m.rejected))) AS rejected
      FROM telemetry_health AS m WHERE m.source_id = s.id AND m.minute >= ${since}::timestamptz
    ) AS h ON true
    WHERE ${wanted}`.execute(db);
  const today = dayOf(now);
  const { isOff } = await daysOff(db, addDays(today, -DAYS_MAX), today);
  return rows.map((row) => {
    const facts = factsOf(row, (day) => isOff(row.unit_path, day));
    return { id: row.id, unitPath: row.unit_path, name: row.name, facts };
  });
}

function factsOf(row: Row, isOff: Facts['isOff']): Facts {
  const baseline: Baseline | undefined =
    row.hourly === null
      ? undefined
      : {
          hourly: row.hourly,
          hourlyOff: row.hourly_off ?? [],
          rests: row.rests ?? false,
          byHour: row.by_hour ?? false,
          regular: row.regular ?? false,
          usualGapMs: row.usual_gap_ms,
        };
  return {
    listener: row.listener,
    state: row.state,
    // A minute is counted from its beginning; the line may have come at its end.
    lastReceivedAtMs: row.last_received === null ? null : row.last_received.getTime() + 59_000,
    received: row.received,
    written: row.written,
    unparsed: row.unparsed,
    mistaken: row.mistaken,
    rejected: row.rejected,
    delayMsMin: row.delay_ms_min,
    baseline,
    isOff,
  };
}

/** Alarms that are not cleared, newest first; of the given sources, or of all in sight: at most one of a kind for each source. */
export async function openAlarms(db: Db, ids?: readonly string[]): Promise<Alarm[]> {
  let query = db.selectFrom('telemetry_alarm').selectAll().where('cleared_at', 'is', null);
  if (ids !== undefined) query = query.where(sql<boolean>`source_id = ANY(${ids}::uuid[])`);
  const rows = await query.orderBy('raised_at', 'desc').orderBy('id').execute();
  return rows.map((row) => ({
    id: row.id,
    sourceId: row.source_id,
    unitPath: row.unit_path,
    kind: row.kind,
    seen: row.seen,
    raisedAt: row.raised_at,
  }));
}

export async function insertAlarm(
  db: Db,
  alarm: { id: string; sourceId: string; unitPath: string; finding: Finding; at: Date },
): Promise<void> {
  await db
    .insertInto('telemetry_alarm')
    .values({
      id: alarm.id,
      source_id: alarm.sourceId,
      unit_path: alarm.unitPath,
      kind: alarm.finding.kind,
      seen: JSON.stringify(alarm.finding.seen),
      raised_at: alarm.at,
      cleared_at: null,
    })
    .execute();
}

/** What is seen of an open alarm now: a measure like the counts it comes from, and no change of the record. */
export async function measureAlarm(db: Db, id: string, seen: Alarm['seen']): Promise<void> {
  await db
    .updateTable('telemetry_alarm')
    .set({ seen: JSON.stringify(seen) })
    .where('id', '=', id)
    .execute();
}

export async function clearAlarm(db: Db, id: string, at: Date): Promise<void> {
  await db.updateTable('telemetry_alarm').set({ cleared_at: at }).where('id', '=', id).execute();
}

/** Sources that stream, by the path of their unit: how many are active, and how many of them delivered since `since`. */
export async function sourcesByUnit(
  db: Db,
  since: Date,
): Promise<ReadonlyMap<string, { active: number; delivering: number }>> {
  const { rows } = await sql<{ unit_path: string; active: number; delivering: number }>`
    SELECT unit_path, count(*)::int AS active, count(*) FILTER (WHERE EXISTS (
        SELECT FROM telemetry_health AS h
        WHERE h.source_id = s.id AND h.minute >= ${since}::timestamptz AND h.received > 0))::int AS delivering
    FROM telemetry_source AS s WHERE state = 'active' AND listener <> 'import' GROUP BY unit_path`.execute(db);
  return new Map(rows.map(({ unit_path, active, delivering }) => [unit_path, { active, delivering }]));
}
