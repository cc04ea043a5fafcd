import { z } from 'zod';
import { holdersOf } from '#domain/identity/index.ts';
import type { Ctx } from '#platform/context.ts';
import { type Job, job } from '#platform/slice.ts';
import { remindOrder } from './actions.ts';
import { systemMoves } from './moves.ts';
import { lockOrder } from './store.ts';
import { orderWorkflow } from './workflow.ts';

const ById = z.object({ orderId: z.uuid() });

/** Hands an issued order over to the people of its unit who may sign for it. A repeated job finds it delivered. */
export async function deliverOrder(ctx: Ctx, orderId: string): Promise<void> {
  await ctx.transaction(async (tx) => {
    const order = await lockOrder(tx.db, orderId);
    if (order?.state !== 'issued') return;
    const people = await holdersOf(tx.db, 'order.receive', order.unit_path);
    await systemMoves.deliver(tx, { id: orderId, recipients: people.slice(0, 100).map(({ name }) => name) });
  });
}

/** Ends a suspension when its time has come, unless somebody ended or prolonged it before. */
async function endSuspension(ctx: Ctx, orderId: string): Promise<void> {
  await ctx.transaction(async (tx) => {
    const order = await lockOrder(tx.db, orderId);
    if (order?.state !== 'suspended' || order.suspended_until === null) return;
    if (order.suspended_until > tx.clock.now()) return;
    await systemMoves.end_suspension(tx, { id: orderId });
  });
}

const Reminding = z.object({
  orderId: z.uuid(),
  revision: z.number().int(),
  stage: z.string(),
  kind: z.enum(['reminder', 'escalation']),
});

/** Reminds only when this deadline still holds, its unit has not answered yet, and this stage was not sent before. */
async function remind(ctx: Ctx, payload: z.output<typeof Reminding>): Promise<void> {
  await ctx.transaction(async (tx) => {
    const order = await lockOrder(tx.db, payload.orderId);
    if (!order || order.deadline_revision !== payload.revision) return;
    if (orderWorkflow.states[order.state].turn !== 'unit') return;
    const sent = await tx.db
      .selectFrom('order_reminder')
      .select('stage')
      .where('order_id', '=', order.id)
      .where('revision', '=', payload.revision)
      .where('stage', '=', payload.stage)
      .executeTakeFirst();
    if (!sent) await remindOrder(tx, payload);
  });
}

export const orderJobs: readonly Job[] = [
  job({ name: 'order.deliver', payload: ById, handler: (ctx, { orderId }) => deliverOrder(ctx, orderId) }),
  job({
    name: 'order.end_suspension',
    payload: ById.extend({ until: z.string() }),
    handler: (ctx, { orderId }) => endSuspension(ctx, orderId),
  }),
  job({ name: 'order.remind', payload: Reminding, handler: remind }),
];
