import type { Answer } from '#api/types.ts';

export type Order = Answer<'/api/orders'>['items'][number];
export type OrderDetail = Answer<'/api/orders/{id}'>;
export type Task = Answer<'/api/tasks'>['items'][number];
export type Flow = Answer<'/api/orders/workflow'>;
export type Proposal = Answer<'/api/orders/proposal'>;
export type Move = OrderDetail['allowed'][number];
export type MoveName = Move['action'];
export type Attachment = OrderDetail['attachments'][number];

export const KINDS = ['notice', 'handling', 'rectification'] as const;
export type Kind = (typeof KINDS)[number];
export const GRADES = ['I', 'II', 'III', 'IV'] as const;

/** Everything that has to be read again when an order changed. */
export const READ_AGAIN = ['/api/orders', '/api/tasks', '/api/incidents', '/api/journal'];

export const toneOf = (order: Pick<Order, 'tone' | 'overdue'>) => (order.overdue ? 'overdue' : order.tone);

const MINUTE_MS = 60_000;

/** What `Deadline` needs of an order. */
export function deadlineOf(order: Order) {
  return {
    dueAt: order.deadlineAt,
    remainingWorkingMs: order.workingMinutesLeft === null ? null : order.workingMinutesLeft * MINUTE_MS,
    workingDayMs: order.workingMinutesPerDay * MINUTE_MS,
    // The unit's part ends when it hands in; the deadline then only says whether that was in time.
    doneAt: order.turn === 'unit' || order.state === 'issued' ? null : (order.submittedAt ?? order.closedAt),
    provisional: order.deadlineProvisional,
  };
}
