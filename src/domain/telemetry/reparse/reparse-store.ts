import { sql } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';
import type { Reparse, ReparseState } from './reparse.ts';
import '../tables.ts';

interface Row {
  readonly id: string;
  readonly source_id: string;
  readonly unit_path: string;
  readonly revision: number;
  readonly from_at: Date;
  readonly to_at: Date;
  readonly was_kind: string;
  readonly as_kind: string;
  readonly state: ReparseState;
  readonly done_until: Date;
  readonly done_id: string;
  readonly total: number;
  readonly done: number;
  readonly changed: number;
  readonly unparsed: number;
  readonly fault: string;
  readonly asked_by_name: string;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

const reparseOf = (row: Row): Reparse => ({
  id: row.id,
  sourceId: row.source_id,
  unitPath: row.unit_path,
  revision: row.revision,
  from: row.from_at,
  to: row.to_at,
  wasKind: row.was_kind,
  asKind: row.as_kind,
  state: row.state,
  doneUntil: row.done_until,
  doneId: row.done_id,
  total: Number(row.total),
  done: Number(row.done),
  changed: Number(row.changed),
  unparsed: Number(row.unparsed),
  fault: row.fault,
  askedByName: row.asked_by_name,
  createdAt: row.created_at,
  finishedAt: row.finished_at,
});

export async function insertReparse(
  db: Db,
  run: Pick<
    Reparse,
    'id' | 'sourceId' | 'unitPath' | 'from' | 'to' | 'wasKind' | 'asKind' | 'askedByName' | 'createdAt'
  >,
): Promise<void> {
  await db
    .insertInto('telemetry_reparse')
    .values({
      id: run.id,
      source_id: run.sourceId,
      unit_path: run.unitPath,
      from_at: run.from,
      to_at: run.to,
      was_kind: run.wasKind,
      as_kind: run.asKind,
      state: 'queued',
      done_until: run.from,
      asked_by_name: run.askedByName,
      created_at: run.createdAt,
      finished_at: null,
    })
    .execute();
}

export async function reparseById(db: Db, id: string): Promise<Reparse | undefined> {
  const row = await db.selectFrom('telemetry_reparse').selectAll().where('id', '=', id).executeTakeFirst();
  return row && reparseOf(row);
}

/** The latest runs of a source, newest first. */
export async function reparsesOf(db: Db, sourceId: string): Promise<Reparse[]> {
  const rows = await db
    .selectFrom('telemetry_reparse')
    .selectAll()
    .where('source_id', '=', sourceId)
    .orderBy('created_at', 'desc')
    .limit(5)
    .execute();
  return rows.map(reparseOf);
}

/** True while a run of the source waits or works. */
export async function reparseIsOpen(db: Db, sourceId: string): Promise<boolean> {
  const row = await db
    .selectFrom('telemetry_reparse')
    .select('id')
    .where('source_id', '=', sourceId)
    .where('state', 'in', ['queued', 'running'])
    .executeTakeFirst();
  return row !== undefined;
}

export async function startReparse(db: Db, id: string, total: number): Promise<void> {
  await db.updateTable('telemetry_reparse').set({ state: 'running', total }).where('id', '=', id).execute();
}

/** Remembers a page that is in the store, and where the next one begins. */
export async function advanceReparse(
  db: Db,
  id: string,
  page: { events: number; changed: number; unparsed: number; doneUntil: Date; doneId: string },
): Promise<void> {
  await db
    .updateTable('telemetry_reparse')
    .set({
      done: sql`done + ${page.events}`,
      changed: sql`changed + ${page.changed}`,
      unparsed: sql`unparsed + ${page.unparsed}`,
      done_until: page.doneUntil,
      done_id: page.doneId,
    })
    .where('id', '=', id)
    .execute();
}

export async function endReparse(db: Db, id: string, state: 'done' | 'failed', fault: string, at: Date): Promise<void> {
  await db.updateTable('telemetry_reparse').set({ state, fault, finished_at: at }).where('id', '=', id).execute();
}
