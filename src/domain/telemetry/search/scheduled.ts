import { z } from 'zod';
import { type CountedSpan, type Detection, raiseDetections } from '#domain/alerts/index.ts';
import { fromRow } from '#engine/fields/row.ts';
import { explainSearch } from '#engine/search/evaluate.ts';
import { parseSearch } from '#engine/search/parse.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { eventSql, rawSql } from '#platform/eventstore/sql.ts';
import { job } from '#platform/slice.ts';
import { exactQuery } from './exact-query.ts';
import {
  CATCH_UP_MS,
  type ENTITY_COLUMNS,
  LOOK_BACK_MS,
  nextDue,
  type SavedSearch,
  type Schedule,
  settledUntil,
} from './saved.ts';
import { advance, dueSearches, forgetRuns, insertRun } from './saved-store.ts';
import { searchSql } from './sql.ts';

/** Searches a minute; what is over waits for the next minute, the most overdue first. */
const RUNS_AT_ONCE = 20;
/** Alerts a run: a search that finds everything must not bury the desk. The rest is counted as left out. */
const GROUPS_MAX = 50;
const RELATED_MAX = 20;
const MATCHED_MAX = 10;
const TIMEOUT_MS = 30_000;
const RUN_DAYS = 90;
const DAY_MS = 86_400_000;
/** Events whose own time lies further back than this before their receipt are an import, not something that happens. */
const OLD_MS = 7 * DAY_MS;

const ENTITY_KINDS = { host: 'host', user_name: 'user', source_ip: 'address' } as const satisfies Record<
  (typeof ENTITY_COLUMNS)[number],
  string
>;

/** Events of one entity in one span. */
interface Group {
  readonly slot: number;
  /** 1 where the events have no such value: then the machine they happened on stands for it. */
  readonly byHost: number;
  readonly entity: string;
  readonly n: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly ids: readonly string[];
}

interface Run {
  readonly id: string;
  readonly from: Date;
  readonly to: Date;
}

interface Outcome {
  readonly found: number;
  readonly leftOut: number;
  readonly detections: readonly Detection[];
}

type Scheduled = SavedSearch & { readonly schedule: Schedule; readonly lookedUntil: Date; readonly dueAt: Date };

const isScheduled = (search: SavedSearch): search is Scheduled =>
  search.schedule !== null && search.lookedUntil !== null && search.dueAt !== null;

/** Runs what is due. Each run commits its alerts, its history and how far it has come together, or nothing of them. */
export const runSearches = job({
  name: 'telemetry.run-searches',
  payload: z.object({}),
  cron: '* * * * *',
  handler: async (system) => {
    const due = await system.read((db) => dueSearches(db, system.clock.now(), RUNS_AT_ONCE));
    for (const search of due) if (isScheduled(search)) await runSearch(system, search);
  },
});

export const forgetSearchRuns = job({
  name: 'telemetry.forget-search-runs',
  payload: z.object({}),
  cron: '25 3 * * *',
  handler: async (system) => {
    const before = new Date(system.clock.now().getTime() - RUN_DAYS * DAY_MS);
    await system.transaction(({ db }) => forgetRuns(db, before));
  },
});

async function runSearch(system: Ctx, search: Scheduled): Promise<void> {
  const startedAtMs = performance.now();
  const ranAt = system.clock.now();
  const to = settledUntil(search.schedule, ranAt);
  // Counted anew are spans that may have got more since: what is known already raises nothing twice.
  const backTo = search.lookedUntil.getTime() - LOOK_BACK_MS;
  const oldest = to.getTime() - CATCH_UP_MS;
  const from = new Date(Math.max(backTo, oldest, search.countsFrom?.getTime() ?? 0));
  const skipped = search.lookedUntil.getTime() < oldest ? `nothing was looked at before ${from.toISOString()}` : '';
  const run = { id: system.ids.next(), ranAt, from, to };
  const dueAt = nextDue(search.schedule, ranAt);
  const took = () => Math.round(performance.now() - startedAtMs);
  try {
    const { found, leftOut, detections } = await look(system, search, run);
    await system.transaction(async (tx: Tx) => {
      if (!(await advance(tx.db, search, { lookedUntil: to, dueAt, failures: 0 }))) return;
      const { raised, grown } = await raiseDetections(tx, detections, `search-${search.id}-${to.getTime()}`);
      const counts = { found, leftOut, raised: raised.length, grown: grown.length };
      await insertRun(tx.db, search, { ...run, ...counts, tookMs: took(), state: 'done', problem: skipped });
    });
  } catch (error) {
    system.log.warn({ err: error, searchId: search.id }, 'a scheduled search failed and will be tried again');
    const problem = error instanceof AppError ? error.public : 'the search failed on our side, see the log';
    await system.transaction(async ({ db }) => {
      if (!(await advance(db, search, { dueAt, failures: search.failures + 1 }))) return;
      const counts = { found: 0, leftOut: 0, raised: 0, grown: 0 };
      await insertRun(db, search, { ...run, ...counts, tookMs: took(), state: 'failed', problem });
    });
  }
}

/** Counts by span and entity what was received from `from` to `to` in the area of the search. */
async function look(system: Ctx, search: Scheduled, run: Run): Promise<Outcome> {
  const { from, to } = run;
  const { schedule, unitPath } = search;
  const lengthS = schedule.everyMinutes * 60;
  const slot = rawSql(`intDiv(toUnixTimestamp(received_at), ${lengthS})`);
  const column = rawSql(schedule.entity);
  const where = eventSql`time >= ${new Date(from.getTime() - OLD_MS)} AND received_at >= ${from} AND received_at < ${to}
    AND startsWith(unit_path, ${unitPath}) AND ${searchSql(search.query)}`;
  const limits = { tag: 'search.scheduled', timeoutMs: TIMEOUT_MS };
  const groups = await system.events.query<Group & { readonly groups: number; readonly total: number }>(
    eventSql`SELECT *, count() OVER () AS groups, sum(n) OVER () AS total FROM (
        SELECT ${slot} AS slot, ${column} = '' AS byHost, lowerUTF8(if(byHost, host, ${column})) AS entity, count() AS n,
          toUnixTimestamp64Milli(min(time)) AS firstMs, toUnixTimestamp64Milli(max(time)) AS lastMs, groupArray(${RELATED_MAX})(event_id) AS ids
        FROM event WHERE ${where} GROUP BY slot, byHost, entity
      ) WHERE n >= ${schedule.threshold} ORDER BY n DESC, slot, entity LIMIT ${GROUPS_MAX}`,
    { ...limits, rowsMax: GROUPS_MAX },
  );
  const [first] = groups;
  if (first === undefined) return { found: 0, leftOut: 0, detections: [] };
  const ids = groups.flatMap(({ ids: [id] }) => id ?? []);
  const rows = await system.events.query<Record<string, unknown>>(
    eventSql`SELECT * FROM event WHERE event_id IN ${ids} AND time >= ${new Date(from.getTime() - OLD_MS)}`,
    { ...limits, rowsMax: GROUPS_MAX },
  );
  const events = new Map(rows.map(fromRow).map((event) => [event.id, event]));
  const detections = groups.flatMap((group) => {
    const event = events.get(group.ids[0] ?? '');
    return event === undefined ? [] : [detectionOf(search, group, event, run)];
  });
  return { found: first.total, leftOut: first.groups - detections.length, detections };
}

/** What was counted, with the query that finds exactly this again: the part of the span that this run looked at. */
function countedOf({ schedule, query }: Scheduled, group: Group, event: Detection['event'], run: Run): CountedSpan {
  const lengthMs = schedule.everyMinutes * 60_000;
  const from = new Date(Math.max(group.slot * lengthMs, run.from.getTime()));
  const to = new Date(Math.min((group.slot + 1) * lengthMs, run.to.getTime()));
  return {
    from,
    to,
    events: Number(group.n),
    threshold: schedule.threshold,
    query,
    exactQuery: exactQuery(query, { column: schedule.entity, ...group }, { from, to }, event),
    firstEventAt: new Date(Number(group.firstMs)),
    lastEventAt: new Date(Number(group.lastMs)),
    runId: run.id,
  };
}

function detectionOf(search: Scheduled, group: Group, event: Detection['event'], run: Run): Detection {
  const { schedule, id, name, query } = search;
  const parsed = parseSearch(query);
  const matched = parsed.ok ? explainSearch(parsed.search, event).slice(0, MATCHED_MAX) : [];
  return {
    id: `search:${id}:${schedule.everyMinutes}:${group.slot}:${group.entity}`.slice(0, 500),
    ruleId: `search:${id}`,
    ruleTitle: { zh: name, en: name },
    level: schedule.level,
    techniques: [],
    tactics: [],
    category: '',
    event,
    relatedEventIds: group.ids.slice(1),
    matched,
    counted: countedOf(search, group, event, run),
    entity: { kind: group.byHost === 1 ? 'host' : ENTITY_KINDS[schedule.entity], value: group.entity },
    atMs: event.timeMs,
  };
}
