import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { invalid } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { ALERT_LEVELS, type AlertLevel } from './detection-input.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A trend has at most this many points. */
const POINTS_MAX = 744;
const TOP_UNITS = 10;
const TOP_RULES = 10;

export const CountsQuery = z.object({
  from: z.iso.datetime({ offset: true }).optional().describe('default: 24 hours before `to`'),
  to: z.iso.datetime({ offset: true }).optional().describe('default: now'),
  unit: z.string().max(300).optional().describe('path: only this unit or area'),
});

const LevelCounts = z.object({
  informational: z.number().int(),
  low: z.number().int(),
  medium: z.number().int(),
  high: z.number().int(),
  critical: z.number().int(),
});
type LevelCounts = z.output<typeof LevelCounts>;

export const AlertCounts = z.object({
  from: z.string(),
  to: z.string(),
  totals: z.object({
    raised: z.number().int().describe('alerts raised in the time range'),
    new: z.number().int().describe('waiting for triage now, whenever raised'),
    acknowledged: z.number().int().describe('in triage now, whenever raised'),
    closed: z.number().int().describe('closed in the time range'),
    openByLevel: LevelCounts,
    raisedByLevel: LevelCounts,
  }),
  trend: z.array(LevelCounts.extend({ at: z.string() })).describe('alerts raised in each hour, empty hours included'),
  divisions: z
    .array(
      z.object({
        code: z.string().describe('GB/T 2260 code of the city; of the region for what belongs to no city'),
        path: z.string(),
        name: z.string(),
        raised: z.number().int(),
        open: z.number().int(),
        openByLevel: LevelCounts,
      }),
    )
    .describe('by the second step of the unit path: the cities of a region'),
  units: z
    .array(
      z.object({
        path: z.string(),
        name: z.string(),
        raised: z.number().int(),
        open: z.number().int(),
        highest: z.enum(ALERT_LEVELS),
      }),
    )
    .describe('units with the most alerts raised in the time range'),
  rules: z
    .array(
      z.object({ ruleId: z.string(), title: z.object({ zh: z.string(), en: z.string() }), raised: z.number().int() }),
    )
    .describe('rules with the most alerts raised in the time range'),
});

const noCounts = (): LevelCounts => ({ informational: 0, low: 0, medium: 0, high: 0, critical: 0 });

interface LevelRow {
  level: AlertLevel;
  count: number;
}

function countsOf(rows: readonly LevelRow[]): LevelCounts {
  const counts = noCounts();
  for (const { level, count } of rows) counts[level] += count;
  return counts;
}

interface Range {
  readonly from: Date;
  readonly to: Date;
  readonly unit: string;
}

function rangeOf(query: z.output<typeof CountsQuery>, now: Date): Range {
  const to = query.to === undefined ? now : new Date(query.to);
  const from = query.from === undefined ? new Date(to.getTime() - DAY_MS) : new Date(query.from);
  const hours = (to.getTime() - from.getTime()) / HOUR_MS;
  if (hours <= 0 || hours > POINTS_MAX) {
    throw invalid('The time range is empty or longer than 31 days', [
      { at: '/from', message: 'Choose a time before `to` and at most 31 days earlier' },
    ]);
  }
  return { from, to, unit: query.unit ?? '/' };
}

/** Alerts raised per hour and level; hours without alerts are there as zeros. */
async function trendOf(db: Db, { from, to, unit }: Range) {
  const { rows } = await sql<LevelRow & { hour: Date }>`
    SELECT date_trunc('hour', raised_at, 'UTC') AS hour, level, count(*)::int AS count FROM alert
    WHERE raised_at >= ${from} AND raised_at < ${to} AND starts_with(unit_path, ${unit})
    GROUP BY 1, 2`.execute(db);
  const byHour = Map.groupBy(rows, (row) => row.hour.getTime());
  const first = Math.floor(from.getTime() / HOUR_MS) * HOUR_MS;
  const points = Math.ceil((to.getTime() - first) / HOUR_MS);
  return Array.from({ length: points }, (_, index) => {
    const at = first + index * HOUR_MS;
    return { at: new Date(at).toISOString(), ...countsOf(byHour.get(at) ?? []) };
  });
}

async function totalsOf(db: Db, { from, to, unit }: Range) {
  const { rows } = await sql<LevelRow & { raised: number; waiting: number; triage: number; closed: number }>`
    SELECT level, count(*) FILTER (WHERE state <> 'closed')::int AS count,
      count(*) FILTER (WHERE raised_at >= ${from} AND raised_at < ${to})::int AS raised,
      count(*) FILTER (WHERE state = 'new')::int AS waiting,
      count(*) FILTER (WHERE state = 'acknowledged')::int AS triage,
      count(*) FILTER (WHERE closed_at >= ${from} AND closed_at < ${to})::int AS closed
    FROM alert WHERE starts_with(unit_path, ${unit}) GROUP BY level`.execute(db);
  const sum = (key: 'raised' | 'waiting' | 'triage' | 'closed'): number =>
    rows.reduce((total, row) => total + row[key], 0);
  return {
    raised: sum('raised'),
    new: sum('waiting'),
    acknowledged: sum('triage'),
    closed: sum('closed'),
    openByLevel: countsOf(rows),
    raisedByLevel: countsOf(rows.map(({ level, raised }) => ({ level, count: raised }))),
  };
}

async function divisionsOf(db: Db, { from, to, unit }: Range) {
  const { rows } = await sql<LevelRow & { path: string; raised: number }>`
    SELECT CASE WHEN split_part(unit_path, '/', 3) ~ '^[0-9]{6}$'
        THEN '/' || split_part(unit_path, '/', 2) || '/' || split_part(unit_path, '/', 3) || '/'
        ELSE '/' || split_part(unit_path, '/', 2) || '/' END AS path,
      level, count(*) FILTER (WHERE state <> 'closed')::int AS count,
      count(*) FILTER (WHERE raised_at >= ${from} AND raised_at < ${to})::int AS raised
    FROM alert WHERE starts_with(unit_path, ${unit}) AND (state <> 'closed' OR raised_at >= ${from})
    GROUP BY 1, 2`.execute(db);
  const byPath = Map.groupBy(rows, (row) => row.path);
  const names = await namesAtPaths(db, [...byPath.keys()]);
  return [...byPath].map(([path, own]) => ({
    code: path.split('/').at(-2) ?? '',
    path,
    name: names.get(path)?.name ?? '',
    raised: own.reduce((total, row) => total + row.raised, 0),
    open: own.reduce((total, row) => total + row.count, 0),
    openByLevel: countsOf(own),
  }));
}

async function topUnits(db: Db, { from, to, unit }: Range) {
  const { rows } = await sql<{ path: string; raised: number; open: number; rank: number }>`
    SELECT unit_path AS path, count(*)::int AS raised, count(*) FILTER (WHERE state <> 'closed')::int AS open,
      max(level_rank)::int AS rank
    FROM alert WHERE raised_at >= ${from} AND raised_at < ${to} AND starts_with(unit_path, ${unit})
    GROUP BY unit_path ORDER BY raised DESC, rank DESC, unit_path LIMIT ${TOP_UNITS}`.execute(db);
  const names = await namesAtPaths(
    db,
    rows.map(({ path }) => path),
  );
  return rows.map(({ path, raised, open, rank }) => ({
    path,
    name: names.get(path)?.name ?? '',
    raised,
    open,
    highest: ALERT_LEVELS[rank] ?? 'informational',
  }));
}

async function topRules(db: Db, { from, to, unit }: Range) {
  const { rows } = await sql<{ rule_id: string; zh: string; en: string; raised: number }>`
    SELECT rule_id, max(rule_title_zh) AS zh, max(rule_title_en) AS en, count(*)::int AS raised
    FROM alert WHERE raised_at >= ${from} AND raised_at < ${to} AND starts_with(unit_path, ${unit})
    GROUP BY rule_id ORDER BY raised DESC, rule_id LIMIT ${TOP_RULES}`.execute(db);
  return rows.map(({ rule_id, zh, en, raised }) => ({ ruleId: rule_id, title: { zh, en }, raised }));
}

/** The numbers of the overview: totals, trend, cities, units and rules, within the caller's scope. */
export async function countAlerts(
  db: Db,
  query: z.output<typeof CountsQuery>,
  now: Date,
): Promise<z.input<typeof AlertCounts>> {
  const range = rangeOf(query, now);
  return {
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    totals: await totalsOf(db, range),
    trend: await trendOf(db, range),
    divisions: await divisionsOf(db, range),
    units: await topUnits(db, range),
    rules: await topRules(db, range),
  };
}
