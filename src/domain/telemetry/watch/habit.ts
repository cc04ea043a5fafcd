import { sql } from 'kysely';
import { daysOff } from '#domain/orders/index.ts';
import { addDays, type Day, dayOf } from '#engine/clocks/calendar.ts';
import type { Db } from '#platform/postgres/database.ts';
import { UNKNOWN_GAP_MS } from './judge.ts';
import '../tables.ts';

const WORKING_DAYS = 10;
const DAYS_MIN = 14;
/** Less than what is kept of health. */
export const DAYS_MAX = 30;
/** A median of fewer days is an accident. */
const MEDIAN_MIN = 3;
/** Fewer days off without a line may be chance. */
const RESTS_MIN = 2;
/** From so many days on, an hour of the day without a usual number of lines is one in which it does not send … */
const HABIT_DAYS_MIN = 7;
/** … if in the others it sends on so many of them. What sends rarely has hours without a line by chance. */
const HABIT_SHARE = 0.5;
/** So many pauses say what is usual … */
const GAPS_MIN = 20;
/** … or those of so many days, of what sends once a day. */
const GAP_DAYS_MIN = 6;
/** Pauses that differ less are regular. */
const REGULAR_TIMES = 1.5;

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
 *
 * Pauses are measured by two clocks, and judged by the one they were measured by. One stands still on the days off of a source
 * that sends on working days only; the other stands still in the hours of the day as well in which it does not send. The
 * second one holds for what pauses often within its hours: one that sends once a day has a single hour, by which three
 * pauses would take three days.
 */
export async function learnBaselines(db: Db, now: Date): Promise<void> {
  const today = dayOf(now);
  const { common, own } = await daysOff(db, addDays(today, -DAYS_MAX), today);
  const since = learntSince(today, new Set(common));
  const ownDays = JSON.stringify(own.map(({ unitPath, day, off }) => ({ unit_path: unitPath, day, off })));
  await sql`
    WITH minutes AS (
      SELECT source_id, minute AT TIME ZONE 'Asia/Shanghai' AS minute, received,
        lag(minute) OVER (PARTITION BY source_id ORDER BY minute) AT TIME ZONE 'Asia/Shanghai' AS prior
      FROM telemetry_health WHERE minute >= ${since}::date::timestamp AT TIME ZONE 'Asia/Shanghai' AND received > 0
    ), known AS (
      SELECT source_id, count(DISTINCT minute::date) AS days, min(minute)::date AS first_day, max(minute)::date AS last_day
      FROM minutes GROUP BY source_id
    ), calendar AS (
      SELECT days.*, day - first_day AS days_before,
        count(*) FILTER (WHERE NOT off) OVER (PARTITION BY source_id ORDER BY day) - (NOT off)::int AS worked_before
      FROM (
        SELECT known.source_id, known.first_day, d.day::date AS day, coalesce(o.off, d.day::date = ANY(${common}::date[])) AS off
        FROM known JOIN telemetry_source AS s ON s.id = known.source_id
        CROSS JOIN LATERAL generate_series(known.first_day::timestamp, known.last_day::timestamp, interval '1 day') AS d(day)
        LEFT JOIN jsonb_to_recordset(${ownDays}::jsonb) AS o(unit_path text, day date, off boolean)
          ON o.unit_path = s.unit_path AND o.day = d.day::date
      ) AS days
    ), hours AS (
      SELECT m.source_id, date_trunc('hour', m.minute) AS hour, sum(m.received) AS lines, min(minute) AS first, max(minute) AS last
      FROM minutes AS m GROUP BY 1, 2
    ), marked AS (
      SELECT hours.*, calendar.day, calendar.off, calendar.days_before, calendar.worked_before FROM hours
      JOIN calendar ON calendar.source_id = hours.source_id AND calendar.day = hours.hour::date
    ), medians AS (
      SELECT source_id, off, extract(hour FROM hour)::int AS hour, count(*) AS days,
        CASE WHEN count(*) >= ${MEDIAN_MIN}::int THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY lines) END AS lines
      FROM marked WHERE hour < date_trunc('hour', ${now}::timestamptz AT TIME ZONE 'Asia/Shanghai') GROUP BY 1, 2, 3
    ), resting AS (
      SELECT c.source_id, count(*) FILTER (WHERE NOT c.off AND sent.day IS NOT NULL) AS worked,
        count(*) FILTER (WHERE c.off) >= ${RESTS_MIN}::int
          AND count(*) FILTER (WHERE c.off AND sent.day IS NOT NULL) * 2 < count(*) FILTER (WHERE c.off) AS rests
      FROM calendar AS c LEFT JOIN (SELECT DISTINCT source_id, day FROM marked) AS sent
        ON sent.source_id = c.source_id AND sent.day = c.day
      GROUP BY c.source_id
    ), habits AS (
      SELECT r.source_id, r.rests, coalesce(array_agg(m.hour) FILTER (WHERE m.lines IS NOT NULL), '{}') AS hours,
        coalesce(sum(m.days) FILTER (WHERE m.lines IS NOT NULL), 0)
          >= ${HABIT_SHARE}::float8 * r.worked * count(m.lines) AS dense
      FROM resting AS r LEFT JOIN medians AS m ON m.source_id = r.source_id AND NOT m.off
      GROUP BY r.source_id, r.rests, r.worked
    ), clocks AS (
      -- How far both clocks had come at the first and at the last minute of an hour, in seconds.
      SELECT m.source_id, m.hour, 86400 * on_day.before + on_day.runs * extract(epoch FROM m.first - m.day) AS first_by_day,
        86400 * on_day.before + on_day.runs * extract(epoch FROM m.last - m.day) AS last_by_day,
        3600 * in_hours.before + in_hours.runs * extract(epoch FROM m.first - m.hour) AS first_by_hour,
        3600 * in_hours.before + in_hours.runs * extract(epoch FROM m.last - m.hour) AS last_by_hour
      FROM marked AS m JOIN habits AS h ON h.source_id = m.source_id
      CROSS JOIN LATERAL (SELECT CASE WHEN h.rests THEN m.worked_before ELSE m.days_before END AS before,
        (NOT (h.rests AND m.off))::int AS runs) AS on_day
      CROSS JOIN LATERAL (SELECT on_day.before * cardinality(h.hours)
          + on_day.runs * (SELECT count(*) FROM unnest(h.hours) AS one WHERE one < extract(hour FROM m.hour)) AS before,
        on_day.runs * (extract(hour FROM m.hour)::int = ANY(h.hours))::int AS runs) AS in_hours
    ), measured AS (
      SELECT source_id, extract(epoch FROM minute - prior) AS by_day, extract(epoch FROM minute - prior) AS by_hour
      FROM minutes WHERE date_trunc('hour', minute) = date_trunc('hour', prior)
      UNION ALL
      SELECT source_id, first_by_day - lag(last_by_day) OVER before, first_by_hour - lag(last_by_hour) OVER before
      FROM clocks WINDOW before AS (PARTITION BY source_id ORDER BY hour)
    ), pauses AS (
      SELECT source_id, clock.by_hour, clock.gap, count(*) AS n FROM measured
      CROSS JOIN LATERAL (VALUES (false, by_day), (true, measured.by_hour)) AS clock(by_hour, gap)
      WHERE clock.gap > 0 GROUP BY 1, 2, 3
    ), ranked AS (
      SELECT *, sum(n) OVER (PARTITION BY source_id, by_hour ORDER BY gap) AS up_to,
        sum(n) OVER (PARTITION BY source_id, by_hour) AS total
      FROM pauses
    ), usual AS (
      -- The longest one is left out, also of few: it may have been a failure.
      SELECT source_id, by_hour, total, max(gap) AS longest, min(gap) FILTER (WHERE up_to * 2 >= total) AS middle,
        min(gap) FILTER (WHERE up_to >= least(ceil(total * 0.99), total - 1)) AS gap
      FROM ranked GROUP BY source_id, by_hour, total
    ), judged AS (
      SELECT known.source_id, known.days, h.rests, by_hour.gap IS NOT NULL AS by_hour, coalesce(by_hour.gap, u.gap) AS gap,
        coalesce(by_hour.middle, u.middle) AS middle, u.longest,
        u.total >= ${GAPS_MIN}::int OR known.days >= ${GAP_DAYS_MIN}::int AND u.total >= ${GAP_DAYS_MIN}::int - 1 AS enough
      FROM known JOIN habits AS h ON h.source_id = known.source_id
      LEFT JOIN usual AS u ON u.source_id = known.source_id AND NOT u.by_hour
      LEFT JOIN usual AS by_hour ON by_hour.source_id = known.source_id AND by_hour.by_hour AND h.dense
        AND known.days >= ${HABIT_DAYS_MIN}::int AND cardinality(h.hours) < 24
        AND by_hour.total >= ${GAPS_MIN}::int AND by_hour.gap * 3 <= cardinality(h.hours) * 3600
    ), tables AS (
      SELECT known.source_id, jsonb_agg(working.lines ORDER BY hour_of_day) AS hourly,
        jsonb_agg(resting.lines ORDER BY hour_of_day) AS hourly_off
      FROM known CROSS JOIN generate_series(0, 23) AS hour_of_day
      LEFT JOIN medians AS working
        ON working.source_id = known.source_id AND working.hour = hour_of_day AND NOT working.off
      LEFT JOIN medians AS resting ON resting.source_id = known.source_id AND resting.hour = hour_of_day AND resting.off
      GROUP BY known.source_id
    )
    INSERT INTO telemetry_baseline (source_id, unit_path, hourly, hourly_off, rests, by_hour, regular, usual_gap_ms, days, learnt_at)
    SELECT s.id, s.unit_path, tables.hourly, tables.hourly_off, j.rests, j.by_hour,
      coalesce(j.enough AND j.gap <= j.middle * ${REGULAR_TIMES}::float8, false),
      CASE WHEN j.enough THEN round(j.gap * 1000)
        WHEN j.longest * 1000 > ${UNKNOWN_GAP_MS}::float8 THEN round(j.longest * 1000) END::bigint,
      j.days, ${now}::timestamptz
    FROM telemetry_source AS s JOIN judged AS j ON j.source_id = s.id JOIN tables ON tables.source_id = s.id
    ON CONFLICT (source_id) DO UPDATE SET hourly = excluded.hourly, hourly_off = excluded.hourly_off, rests = excluded.rests,
      by_hour = excluded.by_hour, regular = excluded.regular, usual_gap_ms = excluded.usual_gap_ms, days = excluded.days,
      learnt_at = excluded.learnt_at`.execute(db);
}
