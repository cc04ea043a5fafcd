import { sql } from 'kysely';
import { daysOff } from '#domain/orders/index.ts';
import { addDays, type Day, dayOf } from '#engine/clocks/calendar.ts';
import type { Db } from '#platform/postgres/database.ts';
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

const WORKING_DAYS = 10;
const DAYS_MIN = 14;
/** Less than what is kept of health. */
const DAYS_MAX = 30;
/** A median of fewer days is an accident. */
const MEDIAN_MIN = 3;
/** Fewer days off without a line may be chance. */
const RESTS_MIN = 2;

/** Since when what is usual is learnt: a fortnight, or more where holidays would leave too few working days of it. */
function learntSince(today: Day, off: ReadonlySet<Day>): Day {
  let day = today;
  for (let [days, working] = [0, 0]; days < DAYS_MAX && (days < DAYS_MIN || working < WORKING_DAYS); days += 1) {
    day = addDays(day, -1);
    if (!off.has(day)) working += 1;
  }
  return day;
}

/**
 * Learns what is usual for every source from its last fortnight: lines by hour of working days and of days off, whether it
 * sends on days off at all, and the length of its pauses. A source whose counts nobody kept before gets a row as soon as it
 * has a day.
 */
export async function learnBaselines(db: Db, now: Date): Promise<void> {
  const today = dayOf(now);
  const { common, own } = await daysOff(db, addDays(today, -DAYS_MAX), today);
  const since = learntSince(today, new Set(common));
  const ownDays = JSON.stringify(own.map(({ unitPath, day, off }) => ({ unit_path: unitPath, day, off })));
  await sql`
    WITH minutes AS (
      SELECT source_id, minute, received, minute - lag(minute) OVER (PARTITION BY source_id ORDER BY minute) AS gap
      FROM telemetry_health WHERE minute >= ${since}::date::timestamp AT TIME ZONE 'Asia/Shanghai' AND received > 0
    ), gaps AS (
      SELECT source_id, count(DISTINCT (minute AT TIME ZONE 'Asia/Shanghai')::date) AS days,
        min((minute AT TIME ZONE 'Asia/Shanghai')::date) AS first_day,
        max((minute AT TIME ZONE 'Asia/Shanghai')::date) AS last_day,
        CASE WHEN count(gap) >= 20
          THEN percentile_disc(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM gap) * 1000) END AS usual_gap_ms
      FROM minutes GROUP BY source_id
    ), calendar AS (
      SELECT gaps.source_id, d.day::date AS day, coalesce(o.off, d.day::date = ANY(${common}::date[])) AS off
      FROM gaps JOIN telemetry_source AS s ON s.id = gaps.source_id
      CROSS JOIN LATERAL generate_series(gaps.first_day::timestamp, gaps.last_day::timestamp, interval '1 day') AS d(day)
      LEFT JOIN jsonb_to_recordset(${ownDays}::jsonb) AS o(unit_path text, day date, off boolean)
        ON o.unit_path = s.unit_path AND o.day = d.day::date
    ), hours AS (
      SELECT m.source_id, date_trunc('hour', m.minute AT TIME ZONE 'Asia/Shanghai') AS hour, sum(m.received) AS lines
      FROM minutes AS m GROUP BY 1, 2
    ), marked AS (
      SELECT hours.source_id, hours.hour, hours.lines, calendar.day, calendar.off FROM hours
      JOIN calendar ON calendar.source_id = hours.source_id AND calendar.day = hours.hour::date
    ), medians AS (
      SELECT source_id, off, extract(hour FROM hour)::int AS hour,
        CASE WHEN count(*) >= ${MEDIAN_MIN}::int THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY lines) END AS lines
      FROM marked WHERE hour < date_trunc('hour', ${now}::timestamptz AT TIME ZONE 'Asia/Shanghai') GROUP BY 1, 2, 3
    ), habits AS (
      SELECT c.source_id, count(*) FILTER (WHERE c.off) AS off_days,
        count(*) FILTER (WHERE c.off AND EXISTS (
          SELECT FROM marked WHERE marked.source_id = c.source_id AND marked.day = c.day)) AS off_sent
      FROM calendar AS c GROUP BY c.source_id
    ), tables AS (
      SELECT gaps.source_id, jsonb_agg(working.lines ORDER BY hour_of_day) AS hourly,
        jsonb_agg(resting.lines ORDER BY hour_of_day) AS hourly_off
      FROM gaps CROSS JOIN generate_series(0, 23) AS hour_of_day
      LEFT JOIN medians AS working
        ON working.source_id = gaps.source_id AND working.hour = hour_of_day AND NOT working.off
      LEFT JOIN medians AS resting ON resting.source_id = gaps.source_id AND resting.hour = hour_of_day AND resting.off
      GROUP BY gaps.source_id
    )
    INSERT INTO telemetry_baseline (source_id, unit_path, hourly, hourly_off, rests, usual_gap_ms, days, learnt_at)
    SELECT s.id, s.unit_path, tables.hourly, tables.hourly_off,
      habits.off_days >= ${RESTS_MIN}::int AND habits.off_sent * 2 < habits.off_days,
      round(gaps.usual_gap_ms)::bigint, gaps.days, ${now}::timestamptz
    FROM telemetry_source AS s JOIN gaps ON gaps.source_id = s.id JOIN tables ON tables.source_id = s.id
    JOIN habits ON habits.source_id = s.id
    ON CONFLICT (source_id) DO UPDATE SET hourly = excluded.hourly, hourly_off = excluded.hourly_off, rests = excluded.rests,
      usual_gap_ms = excluded.usual_gap_ms, days = excluded.days, learnt_at = excluded.learnt_at`.execute(db);
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
  readonly rejected: number;
  readonly delay_ms_min: number | null;
  readonly hourly: (number | null)[] | null;
  readonly hourly_off: (number | null)[] | null;
  readonly rests: boolean | null;
  readonly days: number | null;
  readonly usual_gap_ms: number | null;
}

/** The sources in sight, or the given ones, with what they did in the hour before `now`. */
export async function watchedSources(db: Db, now: Date, ids?: readonly string[]): Promise<WatchedSource[]> {
  const since = new Date(now.getTime() - 3_600_000);
  const wanted = ids === undefined ? sql`true` : sql`s.id = ANY(${ids}::uuid[])`;
  const { rows } = await sql<Row>`
    SELECT s.id, s.unit_path, s.name, s.listener, s.state, b.hourly, b.hourly_off, b.rests, b.days, b.usual_gap_ms::float8 AS usual_gap_ms,
      (SELECT max(minute) FROM telemetry_health AS h WHERE h.source_id = s.id AND h.received > 0) AS last_received,
      coalesce(h.received, 0)::float8 AS received, coalesce(h.written, 0)::float8 AS written,
      coalesce(h.unparsed, 0)::float8 AS unparsed, coalesce(h.rejected, 0)::float8 AS rejected,
      h.delay_ms_min::float8 AS delay_ms_min
    FROM telemetry_source AS s
    LEFT JOIN telemetry_baseline AS b ON b.source_id = s.id
    LEFT JOIN LATERAL (
      SELECT sum(received) AS received, sum(written) AS written, sum(unparsed) AS unparsed, min(delay_ms_min) AS delay_ms_min,
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
          usualGapMs: row.usual_gap_ms,
          days: row.days ?? 0,
        };
  return {
    listener: row.listener,
    state: row.state,
    // A minute is counted from its beginning; the line may have come at its end.
    lastReceivedAtMs: row.last_received === null ? null : row.last_received.getTime() + 59_000,
    received: row.received,
    written: row.written,
    unparsed: row.unparsed,
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
