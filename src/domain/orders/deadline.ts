import type { WorkCalendar } from '#engine/clocks/calendar.ts';
import { type Deadline, deadlineAfter, type Pause, workingMinutesBetween } from '#engine/clocks/working.ts';
import type { Tx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { unitCalendar } from './calendar.ts';
import type { DeadlineCause } from './order.ts';
import { orderStandards } from './standards.ts';
import { insertDeadline, type OrderRow, pausedTime, pausesOf } from './store.ts';

export interface DeadlineWish {
  readonly cause: DeadlineCause;
  /** From when the unit's time counts. */
  readonly startedAt: Date;
  readonly workingDays: number;
}

/** What an order keeps of its deadline. */
export interface DeadlinePatch {
  readonly deadline_at: Date;
  readonly deadline_provisional: boolean;
  readonly deadline_revision: number;
  readonly clock_started_at: Date;
  readonly duration_days: number;
}

/** The deadline as it would be, nothing written. */
export const computeDeadline = (startedAt: Date, workingDays: number): Deadline =>
  deadlineAfter(startedAt, { workingDays }, orderStandards().calendar);

/** A deadline in the working time of one unit, for what is not an order. Nothing is written. */
export const deadlineIn = async (db: Db, unitPath: string, startedAt: Date, workingDays: number): Promise<Deadline> =>
  deadlineAfter(startedAt, { workingDays }, await unitCalendar(db, unitPath));

/** A moment at which somebody is reminded or the next level is told. */
interface Stage {
  readonly stage: string;
  readonly kind: 'reminder' | 'escalation';
  readonly at: Date;
}

/** When to remind and to escalate: shares of the working time between start and deadline. */
export function stagesOf(
  startedAt: Date,
  deadline: Date,
  calendar: WorkCalendar,
  pauses: readonly Pause[],
): readonly Stage[] {
  const { working } = orderStandards();
  const total = workingMinutesBetween(startedAt, deadline, calendar, pauses);
  const after = (percent: number): Date =>
    percent === 100
      ? deadline
      : deadlineAfter(startedAt, { workingMinutes: (total * percent) / 100 }, calendar, pauses).at;
  return [
    ...working.reminders.map(({ id, percent }) => ({ stage: id, kind: 'reminder' as const, at: after(percent) })),
    ...working.escalation.map(({ id, afterPercent }) => ({
      stage: id,
      kind: 'escalation' as const,
      at: after(afterPercent),
    })),
  ];
}

/**
 * Computes a deadline once, keeps it with its trace as a new revision, and puts reminders and escalation on the queue.
 * @param order as locked; its pauses are read from the record
 * @returns what to write into the order
 */
export async function setDeadline(
  tx: Tx,
  order: Pick<OrderRow, 'id' | 'unit_path' | 'deadline_revision'>,
  wish: DeadlineWish,
): Promise<DeadlinePatch> {
  const pauses = pausedTime(await pausesOf(tx.db, order.id)).filter(({ to }) => to > wish.startedAt);
  const calendar = await unitCalendar(tx.db, order.unit_path);
  const deadline = deadlineAfter(wish.startedAt, { workingDays: wish.workingDays }, calendar, pauses);
  const revision = order.deadline_revision + 1;
  await insertDeadline(tx.db, {
    order_id: order.id,
    revision,
    unit_path: order.unit_path,
    cause: wish.cause,
    started_at: wish.startedAt,
    working_days: wish.workingDays,
    at: deadline.at,
    provisional: deadline.provisional,
    doubts: [...deadline.doubts],
    trace: JSON.stringify(deadline.trace),
    pauses: JSON.stringify(pauses.map(({ from, to }) => ({ from: from.toISOString(), to: to.toISOString() }))),
    calendar_version: deadline.calendarVersion,
    set_at: tx.clock.now(),
    set_by: tx.actor.id,
    set_by_name: tx.actor.name,
  });
  for (const { stage, kind, at } of stagesOf(wish.startedAt, deadline.at, calendar, pauses)) {
    await tx.enqueue(
      'order.remind',
      { orderId: order.id, revision, stage, kind },
      { startAfter: at, singletonKey: `${order.id}:${revision}:${stage}` },
    );
  }
  return {
    deadline_at: deadline.at,
    deadline_provisional: deadline.provisional,
    deadline_revision: revision,
    clock_started_at: wish.startedAt,
    duration_days: wish.workingDays,
  };
}
