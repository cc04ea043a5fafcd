import { type ExpressionBuilder, type Insertable, type Selectable, sql, type Updateable } from 'kysely';
import type { Pause } from '#engine/clocks/working.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import type { OrderKind } from './order.ts';
import { ORDER_STATES, type OrderState, orderWorkflow } from './workflow.ts';
import './tables.ts';

export type OrderRow = Selectable<Database['order_record']>;
export type StepRow = Selectable<Database['order_step']>;
export type DeadlineRow = Selectable<Database['order_deadline']>;
export type PauseRow = Selectable<Database['order_pause']>;
export type AttachmentRow = Selectable<Database['order_attachment']>;

export const OPEN_STATES = ORDER_STATES.filter((state) => !orderWorkflow.states[state].final);
/** States in which the unit's time runs: what can be overdue. */
const UNIT_STATES = ORDER_STATES.filter((state) => orderWorkflow.states[state].turn === 'unit');

export interface OrderFilter {
  readonly search?: string | undefined;
  readonly state?: readonly OrderState[] | undefined;
  readonly kind?: OrderKind | undefined;
  readonly path?: string | undefined;
  readonly incidentId?: string | undefined;
  readonly open?: boolean | undefined;
  /** Only orders whose unit should have answered before this moment. */
  readonly overdueAt?: Date | undefined;
  readonly deadlineBefore?: Date | undefined;
  /** Only orders that wait for the unit. */
  readonly unitTurn?: boolean | undefined;
}

export interface OrderPage {
  readonly offset: number;
  readonly limit: number;
  readonly sort?: 'changedAt' | 'deadlineAt' | 'issuedAt' | 'grade' | 'number' | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
}

const SORT = {
  changedAt: 'order_record.changed_at',
  deadlineAt: 'order_record.deadline_at',
  issuedAt: 'order_record.issued_at',
  grade: 'order_record.grade',
  number: 'order_record.number',
} as const;

const likePattern = (text: string): string => `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;

const conditions = (filter: OrderFilter) => (where: ExpressionBuilder<Database, 'order_record'>) => {
  const all = [];
  if (filter.search) {
    const pattern = likePattern(filter.search);
    all.push(
      where.or([
        where('title', 'ilike', pattern),
        where('number', 'ilike', pattern),
        where('unit_name', 'ilike', pattern),
      ]),
    );
  }
  if (filter.state && filter.state.length > 0) all.push(where('state', 'in', filter.state));
  if (filter.kind) all.push(where('kind', '=', filter.kind));
  if (filter.path) all.push(sql<boolean>`starts_with(order_record.unit_path, ${filter.path})`);
  if (filter.incidentId) all.push(where('incident_id', '=', filter.incidentId));
  if (filter.open) all.push(where('state', 'in', OPEN_STATES));
  if (filter.unitTurn) all.push(where('state', 'in', UNIT_STATES));
  if (filter.overdueAt) all.push(where('state', 'in', UNIT_STATES), where('deadline_at', '<', filter.overdueAt));
  if (filter.deadlineBefore) all.push(where('deadline_at', '<', filter.deadlineBefore));
  return where.and(all);
};

export async function pageOfOrders(
  db: Db,
  filter: OrderFilter,
  page: OrderPage,
): Promise<{ items: OrderRow[]; total: number }> {
  const items = await db
    .selectFrom('order_record')
    .selectAll()
    .where(conditions(filter))
    .orderBy(SORT[page.sort ?? 'changedAt'], (sort) =>
      page.order === 'asc' ? sort.asc().nullsLast() : sort.desc().nullsLast(),
    )
    .orderBy('order_record.id', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  return { items, total: await countOrders(db, filter) };
}

export async function countOrders(db: Db, filter: OrderFilter): Promise<number> {
  const { total } = await db
    .selectFrom('order_record')
    .where(conditions(filter))
    .select((select) => select.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return Number(total);
}

export const orderById = (db: Db, id: string): Promise<OrderRow | undefined> =>
  db.selectFrom('order_record').selectAll().where('id', '=', id).executeTakeFirst();

/** The row, held until the transaction ends: of two people who act at once the second sees what the first did. */
export const lockOrder = (db: Db, id: string): Promise<OrderRow | undefined> =>
  db.selectFrom('order_record').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();

export async function insertOrder(db: Db, row: Insertable<Database['order_record']>): Promise<void> {
  await db.insertInto('order_record').values(row).execute();
}

export async function updateOrder(
  db: Db,
  row: Pick<OrderRow, 'id' | 'version'>,
  patch: Updateable<Database['order_record']>,
): Promise<void> {
  await db
    .updateTable('order_record')
    .set({ ...patch, version: row.version + 1 })
    .where('id', '=', row.id)
    .execute();
}

export async function insertStep(db: Db, step: Insertable<Database['order_step']>): Promise<void> {
  await db.insertInto('order_step').values(step).execute();
}

/** The last 500 steps, oldest first. */
export async function stepsOf(db: Db, id: string): Promise<StepRow[]> {
  const rows = await db
    .selectFrom('order_step')
    .selectAll()
    .where('order_id', '=', id)
    .orderBy('position', 'desc')
    .limit(500)
    .execute();
  return rows.reverse();
}

export const deadlinesOf = (db: Db, id: string): Promise<DeadlineRow[]> =>
  db.selectFrom('order_deadline').selectAll().where('order_id', '=', id).orderBy('revision').limit(200).execute();

export async function insertDeadline(db: Db, row: Insertable<Database['order_deadline']>): Promise<void> {
  await db.insertInto('order_deadline').values(row).execute();
}

export const pausesOf = (db: Db, id: string): Promise<PauseRow[]> =>
  db.selectFrom('order_pause').selectAll().where('order_id', '=', id).orderBy('from_at').limit(200).execute();

export async function insertPause(db: Db, row: Insertable<Database['order_pause']>): Promise<void> {
  await db.insertInto('order_pause').values(row).execute();
}

/** Ends the running pause of an order, if there is one. */
export async function endPause(db: Db, orderId: string, at: Date): Promise<void> {
  await db
    .updateTable('order_pause')
    .set({ ended_at: at })
    .where('order_id', '=', orderId)
    .where('ended_at', 'is', null)
    .execute();
}

/** What the working clock leaves out: each pause up to its real end, or its planned one as long as it runs. */
export const pausedTime = (pauses: readonly PauseRow[]): Pause[] =>
  pauses.map((pause) => ({ from: pause.from_at, to: pause.ended_at ?? pause.planned_until }));

export const attachmentsOf = (db: Db, id: string): Promise<AttachmentRow[]> =>
  db.selectFrom('order_attachment').selectAll().where('order_id', '=', id).orderBy('added_at').limit(200).execute();

/** @returns false when the same bytes are already attached in this round */
export async function insertAttachment(db: Db, row: Insertable<Database['order_attachment']>): Promise<boolean> {
  const result = await db
    .insertInto('order_attachment')
    .values(row)
    .onConflict((conflict) => conflict.columns(['order_id', 'sha256', 'round']).doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/**
 * The next serial number of a centre, kind and year. The row is held until the commit, so numbers have no gaps and no
 * two orders get the same one.
 */
export async function nextSerial(db: Db, centrePath: string, kind: OrderKind, year: number): Promise<number> {
  const row = await db
    .insertInto('order_number')
    .values({ unit_path: centrePath, kind, year, last: 1 })
    .onConflict((conflict) =>
      conflict.columns(['unit_path', 'kind', 'year']).doUpdateSet({ last: sql`order_number.last + 1` }),
    )
    .returning('last')
    .executeTakeFirstOrThrow();
  return row.last;
}

/** @returns false when this reminder was sent before */
export async function insertReminder(db: Db, row: Insertable<Database['order_reminder']>): Promise<boolean> {
  const result = await db
    .insertInto('order_reminder')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}
