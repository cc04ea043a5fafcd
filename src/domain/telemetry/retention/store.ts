import type { Selectable } from 'kysely';
import { LEGAL_LOG_DAYS_MIN } from '#platform/config.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { TelemetryHoldTable, TelemetryRetentionTable } from '../tables.ts';
import type { Hold, RetentionRule } from './rules.ts';

/** More rules or holds than anybody reads; where one more is asked for, it is refused. */
export const LISTED_MAX = 200;

const ruleOf = (row: Selectable<TelemetryRetentionTable>): RetentionRule => ({
  id: row.id,
  unitPath: row.unit_path,
  kind: row.kind,
  days: row.days,
  overrideReason: row.override_reason,
  setByName: row.set_by_name,
  setAt: row.set_at,
});

const holdOf = (row: Selectable<TelemetryHoldTable>): Hold => ({
  id: row.id,
  unitPath: row.unit_path,
  kind: row.kind,
  from: row.from_at,
  to: row.to_at,
  incident: row.incident,
  reason: row.reason,
  placedById: row.placed_by_id,
  placedByName: row.placed_by_name,
  placedAt: row.placed_at,
  until: row.until_at,
  releasedByName: row.released_by_name,
  releasedAt: row.released_at,
  releaseReason: row.release_reason,
});

/** Rules in force, by unit and kind; never more than `LISTED_MAX` exist. */
export async function listRules(db: Db): Promise<RetentionRule[]> {
  const rows = await db
    .selectFrom('telemetry_retention')
    .selectAll()
    .where('ended_at', 'is', null)
    .orderBy('unit_path')
    .orderBy('kind')
    .limit(LISTED_MAX)
    .execute();
  return rows.map(ruleOf);
}

/** Rules that keep less than the law asks for, each with its reason. For all who look after the installation. */
export async function rulesBelowLegalMinimum(db: Db): Promise<RetentionRule[]> {
  return (await listRules(db)).filter(({ days }) => days < LEGAL_LOG_DAYS_MIN);
}

/** Ends the rule for this unit and kind, if there is one. @returns its days */
export async function endRule(db: Db, about: Pick<RetentionRule, 'unitPath' | 'kind'>, at: Date) {
  const row = await db
    .updateTable('telemetry_retention')
    .set({ ended_at: at })
    .where('unit_path', '=', about.unitPath)
    .where('kind', '=', about.kind)
    .where('ended_at', 'is', null)
    .returning('days')
    .executeTakeFirst();
  return row?.days;
}

export async function insertRule(db: Db, rule: RetentionRule, setById: string): Promise<void> {
  await db
    .insertInto('telemetry_retention')
    .values({
      id: rule.id,
      unit_path: rule.unitPath,
      kind: rule.kind,
      days: rule.days,
      override_reason: rule.overrideReason,
      set_by_id: setById,
      set_by_name: rule.setByName,
      set_at: rule.setAt,
    })
    .execute();
}

/** Holds, the binding ones first, then the latest. */
export async function listHolds(db: Db): Promise<Hold[]> {
  const rows = await db
    .selectFrom('telemetry_hold')
    .selectAll()
    .orderBy((order) => order('released_at', 'is not', null))
    .orderBy('placed_at', 'desc')
    .limit(LISTED_MAX)
    .execute();
  return rows.map(holdOf);
}

/** Every hold that was not released; deletion must know all of them. */
export async function unreleasedHolds(db: Db): Promise<Hold[]> {
  const rows = await db.selectFrom('telemetry_hold').selectAll().where('released_at', 'is', null).execute();
  return rows.map(holdOf);
}

/** The hold, locked until the end of the transaction. */
export async function holdById(db: Db, id: string): Promise<Hold | undefined> {
  const row = await db.selectFrom('telemetry_hold').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row && holdOf(row);
}

export async function insertHold(db: Db, hold: Hold): Promise<void> {
  await db
    .insertInto('telemetry_hold')
    .values({
      id: hold.id,
      unit_path: hold.unitPath,
      kind: hold.kind,
      from_at: hold.from,
      to_at: hold.to,
      incident: hold.incident,
      reason: hold.reason,
      placed_by_id: hold.placedById,
      placed_by_name: hold.placedByName,
      placed_at: hold.placedAt,
      until_at: hold.until,
      released_by_id: null,
      released_by_name: null,
      released_at: null,
      release_reason: null,
    })
    .execute();
}

export async function releaseRow(
  db: Db,
  id: string,
  by: { readonly id: string; readonly name: string; readonly at: Date; readonly reason: string },
): Promise<void> {
  await db
    .updateTable('telemetry_hold')
    .set({ released_by_id: by.id, released_by_name: by.name, released_at: by.at, release_reason: by.reason })
    .where('id', '=', id)
    .execute();
}
