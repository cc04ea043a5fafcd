import { type ExpressionBuilder, type Selectable, sql, type Updateable } from 'kysely';
import type { Database, Db } from '#platform/postgres/database.ts';
import type { EntryKind, IncidentState } from './incident.ts';
import './tables.ts';

export type IncidentRow = Selectable<Database['incident']>;
export type ReportRow = Selectable<Database['incident_report']>;
export type EntryRow = Selectable<Database['incident_entry']>;
export type OrderRow = Selectable<Database['incident_order']>;

export interface IncidentFilter {
  readonly search?: string | undefined;
  readonly state?: readonly IncidentState[] | undefined;
  readonly grade?: IncidentRow['grade_proposed'] | undefined;
  readonly category?: string | undefined;
  readonly path?: string | undefined;
  /** Only incidents with a report that is due and not made. */
  readonly reportOverdueAt?: Date | undefined;
}

export interface IncidentPage {
  readonly offset: number;
  readonly limit: number;
  readonly sort?: 'openedAt' | 'discoveredAt' | 'grade' | 'state' | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
}

const SORT = {
  openedAt: 'incident.opened_at',
  discoveredAt: 'incident.discovered_at',
  grade: sql`coalesce(incident.grade, incident.grade_proposed)`,
  state: 'incident.state',
} as const;

const likePattern = (text: string): string => `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;

type Expressions = ExpressionBuilder<Database, 'incident'>;

const conditions = (filter: IncidentFilter) => (where: Expressions) => {
  const all = [];
  if (filter.search) {
    const pattern = likePattern(filter.search);
    all.push(where.or([where('title', 'ilike', pattern), where('summary', 'ilike', pattern)]));
  }
  if (filter.state && filter.state.length > 0) all.push(where('state', 'in', filter.state));
  if (filter.grade) all.push(sql<boolean>`coalesce(incident.grade, incident.grade_proposed) = ${filter.grade}`);
  if (filter.category) all.push(sql<boolean>`starts_with(incident.category, ${filter.category})`);
  if (filter.path) {
    // An incident of several units stands at the place above them all.
    all.push(sql<boolean>`(starts_with(incident.unit_path, ${filter.path}) OR EXISTS (
      SELECT FROM incident_unit u WHERE u.incident_id = incident.id AND starts_with(u.unit_path, ${filter.path})))`);
  }
  if (filter.reportOverdueAt) {
    all.push(sql<boolean>`EXISTS (SELECT FROM incident_report r WHERE r.incident_id = incident.id
      AND r.due_at < ${filter.reportOverdueAt} AND r.reported_at IS NULL AND NOT r.lifted)`);
  }
  return where.and(all);
};

export async function pageOfIncidents(
  db: Db,
  filter: IncidentFilter,
  page: IncidentPage,
): Promise<{ items: IncidentRow[]; total: number }> {
  const items = await db
    .selectFrom('incident')
    .selectAll()
    .where(conditions(filter))
    .orderBy(SORT[page.sort ?? 'openedAt'], page.order ?? 'desc')
    .orderBy('incident.id', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  const { total } = await db
    .selectFrom('incident')
    .where(conditions(filter))
    .select((select) => select.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return { items, total: Number(total) };
}

export const incidentById = (db: Db, id: string): Promise<IncidentRow | undefined> =>
  db.selectFrom('incident').selectAll().where('id', '=', id).executeTakeFirst();

/** The row, held until the transaction ends, so that two people cannot move it at once. */
export const lockIncident = (db: Db, id: string): Promise<IncidentRow | undefined> =>
  db.selectFrom('incident').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();

export async function updateIncident(
  db: Db,
  row: Pick<IncidentRow, 'id' | 'version'>,
  patch: Updateable<Database['incident']>,
): Promise<void> {
  await db
    .updateTable('incident')
    .set({ ...patch, version: row.version + 1 })
    .where('id', '=', row.id)
    .execute();
}

export interface Entry {
  readonly kind: EntryKind;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export async function insertEntry(
  db: Db,
  incident: Pick<IncidentRow, 'id' | 'unit_path'>,
  entry: Entry & { readonly id: string; readonly at: Date; readonly byId: string; readonly byName: string },
): Promise<void> {
  await db
    .insertInto('incident_entry')
    .values({
      id: entry.id,
      incident_id: incident.id,
      unit_path: incident.unit_path,
      at: entry.at,
      kind: entry.kind,
      by_id: entry.byId,
      by_name: entry.byName,
      text: entry.text,
      data: JSON.stringify(entry.data),
    })
    .execute();
}

/** The last 500 entries, oldest first. */
export async function entriesOf(db: Db, id: string): Promise<EntryRow[]> {
  const rows = await db
    .selectFrom('incident_entry')
    .selectAll()
    .where('incident_id', '=', id)
    .orderBy('position', 'desc')
    .limit(500)
    .execute();
  return rows.reverse();
}

export const reportsOf = (db: Db, ids: readonly string[]): Promise<ReportRow[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('incident_report')
        .selectAll()
        .where('incident_id', 'in', ids)
        .orderBy('due_at')
        .orderBy('duty_id')
        .execute();

export const ordersOf = (db: Db, id: string): Promise<OrderRow[]> =>
  db.selectFrom('incident_order').selectAll().where('incident_id', '=', id).orderBy('order_id').limit(500).execute();

export async function liveAlertIds(db: Db, id: string): Promise<string[]> {
  const rows = await db
    .selectFrom('incident_alert')
    .select('alert_id')
    .where('incident_id', '=', id)
    .where('unlinked_at', 'is', null)
    .orderBy('linked_at')
    .orderBy('alert_id')
    .limit(500)
    .execute();
  return rows.map((row) => row.alert_id);
}

export const entitiesOf = (db: Db, id: string): Promise<{ kind: string; value: string }[]> =>
  db
    .selectFrom('incident_entity')
    .select(['kind', 'value'])
    .where('incident_id', '=', id)
    .orderBy('kind')
    .orderBy('value')
    .limit(500)
    .execute();

export const unitsOf = (db: Db, id: string): Promise<{ unit_path: string; name: string }[]> =>
  db
    .selectFrom('incident_unit')
    .select(['unit_path', 'name'])
    .where('incident_id', '=', id)
    .orderBy('unit_path')
    .limit(500)
    .execute();

/** Links alerts; one that was taken out before comes back. */
export async function insertAlertLinks(
  db: Db,
  incidentId: string,
  alerts: readonly { id: string; unitPath: string }[],
  at: Date,
): Promise<void> {
  if (alerts.length === 0) return;
  await db
    .insertInto('incident_alert')
    .values(
      alerts.map((alert) => ({
        incident_id: incidentId,
        alert_id: alert.id,
        unit_path: alert.unitPath,
        linked_at: at,
        unlinked_at: null,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['incident_id', 'alert_id']).doUpdateSet({ linked_at: at, unlinked_at: null }),
    )
    .execute();
}

export async function endAlertLinks(
  db: Db,
  incidentId: string,
  alertIds: readonly string[],
  at: Date,
): Promise<number> {
  const result = await db
    .updateTable('incident_alert')
    .set({ unlinked_at: at })
    .where('incident_id', '=', incidentId)
    .where('alert_id', 'in', alertIds)
    .where('unlinked_at', 'is', null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

export async function insertEntities(
  db: Db,
  incident: Pick<IncidentRow, 'id' | 'unit_path'>,
  entities: readonly { kind: string; value: string }[],
): Promise<void> {
  if (entities.length === 0) return;
  await db
    .insertInto('incident_entity')
    .values(
      entities.map(({ kind, value }) => ({ incident_id: incident.id, kind, value, unit_path: incident.unit_path })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function insertUnits(
  db: Db,
  incidentId: string,
  units: readonly { path: string; name: string }[],
): Promise<void> {
  if (units.length === 0) return;
  await db
    .insertInto('incident_unit')
    .values(units.map(({ path, name }) => ({ incident_id: incidentId, unit_path: path, name })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * Writes the legal clock. A due time that was written is never moved; a duty that the present grade does not ask for is
 * lifted and comes back with its old time.
 */
export async function writeReports(
  db: Db,
  incident: Pick<IncidentRow, 'id' | 'unit_path'>,
  due: readonly { dutyId: string; dueAt: Date | null }[],
  standardVersion: string,
): Promise<void> {
  await db.updateTable('incident_report').set({ lifted: true }).where('incident_id', '=', incident.id).execute();
  for (const { dutyId, dueAt } of due) {
    await db
      .insertInto('incident_report')
      .values({
        incident_id: incident.id,
        duty_id: dutyId,
        unit_path: incident.unit_path,
        due_at: dueAt,
        reported_at: null,
        reported_by: null,
        standard_version: standardVersion,
      })
      .onConflict((conflict) =>
        conflict.columns(['incident_id', 'duty_id']).doUpdateSet({
          lifted: false,
          due_at: sql`coalesce(incident_report.due_at, excluded.due_at)`,
        }),
      )
      .execute();
  }
}

export async function markReported(
  db: Db,
  incidentId: string,
  dutyId: string,
  mark: { at: Date; byId: string; byName: string; note: string },
): Promise<boolean> {
  const result = await db
    .updateTable('incident_report')
    .set({ reported_at: mark.at, reported_by: mark.byId, reported_by_name: mark.byName, note: mark.note })
    .where('incident_id', '=', incidentId)
    .where('duty_id', '=', dutyId)
    .where('reported_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Keeps what an order tells of itself. */
export async function upsertOrder(db: Db, row: OrderRow): Promise<void> {
  await db
    .insertInto('incident_order')
    .values(row)
    .onConflict((conflict) =>
      conflict.column('order_id').doUpdateSet({
        unit_path: row.unit_path,
        title: row.title,
        number: row.number,
        state: row.state,
        open: row.open,
        changed_at: row.changed_at,
      }),
    )
    .execute();
}
