import { z } from 'zod';
import { AlertItem, alertTally } from '#domain/alerts/index.ts';
import { bodyOf } from '#domain/ledger/index.ts';
import { OrderView, openOrders } from '#domain/orders/index.ts';
import { IssueView, openIssues } from '#domain/vulnerabilities/index.ts';
import type { Ctx } from '#platform/context.ts';
import { ordersAbout, ordersByIncidents } from './timeline.ts';

const Count = z.number().int();

export const StandingView = z.object({
  vulnerabilities: z
    .object({
      total: Count.describe('open ones'),
      overdue: Count,
      orderable: Count.describe('overdue ones that no order speaks of yet'),
      grades: z.array(z.object({ grade: IssueView.shape.grade, count: Count })),
      worst: z.array(IssueView),
    })
    .nullable(),
  orders: z.object({ total: Count.describe('open ones'), items: z.array(OrderView) }).nullable(),
  alerts: z
    .object({
      days: Count.describe('days looked back'),
      total: Count,
      open: Count,
      levels: z.array(z.object({ level: AlertItem.shape.level, count: Count })),
      newest: z.array(AlertItem),
    })
    .nullable()
    .describe('each part is null for those who may not read it'),
});

const SHOWN = 5;
const ALERT_DAYS = 30;
const DAY_MS = 86_400_000;

/** What is open about an asset now: vulnerabilities, orders, alerts of the last thirty days. @throws AppError `not_found` */
export async function standing(ctx: Ctx, id: string): Promise<z.input<typeof StandingView>> {
  const body = await ctx.read((db) => bodyOf(db, id));
  const led = ctx.may('order.read') ? await ordersByIncidents(ctx, body) : [];
  const now = ctx.clock.now();
  const since = new Date(now.getTime() - ALERT_DAYS * DAY_MS);
  return ctx.read(async (db) => ({
    vulnerabilities: ctx.may('vulnerability.read') ? await openIssues(db, body.whole, now, SHOWN) : null,
    orders: ctx.may('order.read') ? await openOrders(db, await ordersAbout(db, body, led), now, SHOWN) : null,
    alerts: ctx.may('alert.read') ? { days: ALERT_DAYS, ...(await alertTally(db, body.own, since, SHOWN)) } : null,
  }));
}
