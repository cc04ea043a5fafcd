/**
 * Orders: what a centre writes to a unit under a named authority (通报、处置单、整改通知), delivered, signed for, carried
 * out, verified by somebody else and closed. One engine and one table of moves for every kind.
 *
 * Deliberately absent: deleting or renumbering an order, changing a deadline without a new record, and any way for a
 * unit to see a draft, an alert or an incident.
 */
import type { Slice } from '#platform/slice.ts';
import { orderJobs } from './jobs.ts';
import { orderRoutes } from './routes.ts';

export { draftOrder } from './actions.ts';
export { daysOff } from './calendar.ts';
export { deadlineIn } from './deadline.ts';
export { endedOrders, openOrders, orderMoments, ordersToUnits } from './life.ts';
export { OrderView } from './view.ts';

export const ordersSlice: Slice = { name: 'orders', routes: orderRoutes, jobs: orderJobs };
