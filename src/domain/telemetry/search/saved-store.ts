import type { Selectable } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';
import type { TelemetrySearchTable } from '../tables.ts';
import type { SavedSearch, Schedule, SearchRun } from './saved.ts';

const RUNS_MAX = 50;

function savedOf(row: Selectable<TelemetrySearchTable>): SavedSearch {
  const { every_minutes, threshold, entity, level } = row;
  const scheduled = every_minutes !== null && threshold !== null && entity !== null && level !== null;
  return {
    id: row.id,
    unitPath: row.unit_path,
    ownerId: row.owner_id,
    ownerName: row.owner_name,
    name: row.name,
    query: row.query,
    columns: row.columns,
    span: row.span,
    shared: row.shared,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    version: row.version,
    schedule: scheduled ? { everyMinutes: every_minutes, threshold, entity, level } : null,
    lookedUntil: row.looked_until,
    countsFrom: row.counts_from,
    dueAt: row.due_at,
    failures: row.failures,
  };
}

export interface SavedFilter {
  readonly ownerId: string;
  readonly unitPath: string;
  readonly id?: string | undefined;
  /** Scheduled ones whose last run failed. */
  readonly failing?: boolean | undefined;
}

/** Own searches and those shared in the own centre, by name. */
export async function pageOfSaved(
  db: Db,
  { ownerId, unitPath, id, failing }: SavedFilter,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ items: SavedSearch[]; total: number }> {
  let query = db
    .selectFrom('telemetry_search')
    .where('removed_at', 'is', null)
    .where((where) =>
      where.or([
        where('owner_id', '=', ownerId),
        where.and([where('shared', '=', true), where('unit_path', '=', unitPath)]),
      ]),
    );
  if (id !== undefined) query = query.where('id', '=', id);
  if (failing === true) query = query.where('due_at', 'is not', null).where('failures', '>', 0);
  const counted = await query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirst();
  const rows = await query.selectAll().orderBy('name').orderBy('id').offset(page.offset).limit(page.limit).execute();
  return { items: rows.map(savedOf), total: Number(counted?.total ?? 0) };
}

export async function savedById(db: Db, id: string): Promise<SavedSearch | undefined> {
  const row = await db
    .selectFrom('telemetry_search')
    .selectAll()
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  return row && savedOf(row);
}

export async function insertSaved(db: Db, saved: SavedSearch): Promise<void> {
  await db
    .insertInto('telemetry_search')
    .values({
      id: saved.id,
      unit_path: saved.unitPath,
      owner_id: saved.ownerId,
      owner_name: saved.ownerName,
      name: saved.name,
      query: saved.query,
      columns: saved.columns,
      span: saved.span,
      shared: saved.shared,
      created_at: saved.createdAt,
      changed_at: saved.changedAt,
    })
    .execute();
}

export async function updateSaved(
  db: Db,
  id: string,
  change: { readonly [Key in 'name' | 'query' | 'columns' | 'span' | 'shared']?: SavedSearch[Key] | undefined } & {
    readonly removedAt?: Date;
    readonly countsFrom?: Date;
  },
  at: Date,
): Promise<void> {
  const { removedAt, countsFrom, ...fields } = change;
  await db
    .updateTable('telemetry_search')
    .set((column) => ({
      ...fields,
      ...(removedAt ? { removed_at: removedAt } : {}),
      ...(countsFrom ? { counts_from: countsFrom } : {}),
      changed_at: at,
      version: column('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute();
}

/** Sets when and how a search runs by itself, or (null) that it does not. */
export async function setSchedule(
  db: Db,
  id: string,
  schedule: (Schedule & { readonly lookedUntil: Date; readonly countsFrom: Date; readonly dueAt: Date }) | null,
  at: Date,
): Promise<void> {
  await db
    .updateTable('telemetry_search')
    .set((column) => ({
      every_minutes: schedule?.everyMinutes ?? null,
      threshold: schedule?.threshold ?? null,
      entity: schedule?.entity ?? null,
      level: schedule?.level ?? null,
      looked_until: schedule?.lookedUntil ?? null,
      counts_from: schedule?.countsFrom ?? null,
      due_at: schedule?.dueAt ?? null,
      failures: 0,
      changed_at: at,
      version: column('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute();
}

/** Scheduled searches whose time has come, the most overdue first. */
export async function dueSearches(db: Db, now: Date, limit: number): Promise<SavedSearch[]> {
  const rows = await db
    .selectFrom('telemetry_search')
    .selectAll()
    .where('removed_at', 'is', null)
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(limit)
    .execute();
  return rows.map(savedOf);
}

/**
 * Says how far a scheduled search has come.
 *
 * @returns false when somebody else ran or changed it meanwhile: then nothing of this run may stay
 */
export async function advance(
  db: Db,
  { id, version, dueAt }: SavedSearch,
  to: { readonly lookedUntil?: Date; readonly dueAt: Date; readonly failures: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('telemetry_search')
    .set({ due_at: to.dueAt, failures: to.failures, ...(to.lookedUntil ? { looked_until: to.lookedUntil } : {}) })
    .where('id', '=', id)
    .where('version', '=', version)
    .where('due_at', '=', dueAt)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

export async function insertRun(db: Db, search: SavedSearch, run: SearchRun): Promise<void> {
  await db
    .insertInto('telemetry_search_run')
    .values({
      id: run.id,
      search_id: search.id,
      unit_path: search.unitPath,
      ran_at: run.ranAt,
      from_at: run.from,
      to_at: run.to,
      took_ms: run.tookMs,
      state: run.state,
      found: run.found,
      raised: run.raised,
      grown: run.grown,
      left_out: run.leftOut,
      problem: run.problem,
    })
    .execute();
}

/** The latest runs of a search, newest first; or one of them. */
export async function listRuns(db: Db, searchId: string, runId?: string): Promise<SearchRun[]> {
  let query = db.selectFrom('telemetry_search_run').selectAll().where('search_id', '=', searchId);
  if (runId !== undefined) query = query.where('id', '=', runId);
  const rows = await query.orderBy('ran_at', 'desc').limit(RUNS_MAX).execute();
  return rows.map((row) => ({
    id: row.id,
    ranAt: row.ran_at,
    from: row.from_at,
    to: row.to_at,
    tookMs: row.took_ms,
    state: row.state,
    found: row.found,
    raised: row.raised,
    grown: row.grown,
    leftOut: row.left_out,
    problem: row.problem,
  }));
}

export async function forgetRuns(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('telemetry_search_run').where('ran_at', '<', before).execute();
}
