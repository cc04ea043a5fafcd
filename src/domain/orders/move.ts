import type { Updateable } from 'kysely';
import { z } from 'zod';
import { noteOrder } from '#domain/incidents/index.ts';
import { next } from '#engine/workflow/workflow.ts';
import { type Action, action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { AppError, conflict, notFound } from '#platform/errors.ts';
import { parseInput } from '#platform/input.ts';
import type { Database } from '#platform/postgres/database.ts';
import { firstFault, type GuardCase } from './guards.ts';
import { attachmentsOf, insertStep, lockOrder, type OrderRow, updateOrder } from './store.ts';
import { isOpen, type OrderMove, type OrderState, orderWorkflow } from './workflow.ts';

/** What one move changes besides the state. */
export interface Effect {
  readonly patch?: Updateable<Database['order_record']>;
  /** What the person wrote; a line of the order's history. */
  readonly text?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Everything a move may look at. */
export interface Moving<Input> {
  readonly tx: Tx;
  readonly order: OrderRow;
  readonly to: OrderState;
  readonly input: Input;
  readonly now: Date;
}

/** Steps a unit does not see: how an order came to be, and who else it was meant for. */
const OF_THE_CENTRE: ReadonlySet<OrderMove> = new Set([
  'edit',
  'send_for_review',
  'send_back',
  'approve',
  'discard',
  'reassign',
]);

/** The permission of a move, which is also its verb in the journal. */
export function permissionOf(name: OrderMove): string {
  const found = orderWorkflow.transitions.find((transition) => transition.action === name);
  if (!found) throw new Error(`the order workflow has no move ${name}`);
  return found.permission;
}

/** The order, held until the commit. @throws AppError `not_found` */
export async function locked(tx: Tx, id: string): Promise<OrderRow> {
  const order = await lockOrder(tx.db, id);
  if (!order) throw notFound('The order');
  return order;
}

/** What guards look at. Evidence counts when the unit handed it in during the present round. */
export async function guardCase(
  tx: Pick<Tx, 'db' | 'actor' | 'scope'>,
  order: OrderRow,
  input?: Readonly<Record<string, unknown>>,
): Promise<GuardCase> {
  const files = await attachmentsOf(tx.db, order.id);
  const evidenceCount = files.filter(({ purpose, round }) => purpose === 'evidence' && round === order.round).length;
  return { order, actor: tx.actor, scope: tx.scope, evidenceCount, ...(input ? { input } : {}) };
}

/** The side somebody acts on; the platform itself is neither centre nor unit. */
export const sideOf = ({ actor, scope }: Pick<Tx, 'actor' | 'scope'>) =>
  actor.kind === 'system' ? ('system' as const) : scope.side;

/** Writes the history, tells the incident, the journal and the listeners. Exactly once per action. */
export async function told(
  tx: Tx,
  before: OrderRow,
  after: OrderRow,
  step: { readonly action: string; readonly side: 'centre' | 'both'; readonly text: string; readonly data: object },
): Promise<void> {
  const now = tx.clock.now();
  await insertStep(tx.db, {
    id: tx.ids.next(),
    order_id: after.id,
    unit_path: after.unit_path,
    side: step.side,
    at: now,
    action: step.action,
    from_state: before.state,
    to_state: after.state,
    round: after.round,
    by_id: tx.actor.id,
    by_name: tx.actor.name,
    by_side: sideOf(tx),
    text: step.text,
    data: JSON.stringify(step.data),
  });
  if (
    after.incident_id &&
    (before.state !== after.state || before.number !== after.number || step.action === 'draft')
  ) {
    await noteOrder(tx, {
      incidentId: after.incident_id,
      orderId: after.id,
      unitPath: after.unit_path,
      kind: after.kind,
      title: after.title,
      number: after.number,
      state: after.state,
      open: isOpen(after.state),
    });
  }
  const side = step.side === 'both' && after.delivered_at !== null ? 'both' : 'centre';
  tx.record({
    object: { type: 'order', id: after.id },
    unitPath: after.unit_path,
    side,
    data: {
      move: step.action,
      from: before.state,
      to: after.state,
      round: after.round,
      ...(after.number ? { number: after.number } : {}),
      ...(step.text ? { text: step.text } : {}),
      ...step.data,
    },
    ...(after.incident_id ? { related: [{ type: 'incident', id: after.incident_id }] } : {}),
  });
  tx.publish({
    topic: 'order',
    id: after.id,
    action: step.action,
    unitPath: after.unit_path,
    side,
  });
}

const CONFLICTS: Readonly<Record<string, string>> = {
  not_from_here: 'The order has moved on meanwhile: look at it again',
  nowhere_to_return: 'The order has no state to go back to',
  unknown_action: 'There is no such move',
};

/**
 * Makes the action of one move of the table: permission, side, state and guards are checked, the state is changed, and
 * history, incident, journal and listeners are told, all in one transaction.
 *
 * @param name the move; everything about it comes from the table
 * @param schema what the person hands in
 * @param effect what else changes; may enqueue jobs
 * @throws AppError `conflict` when the state does not allow it or a guard does not hold (reason `order.…`)
 */
export function move<Shape extends z.ZodRawShape>(
  name: OrderMove,
  schema: z.ZodObject<Shape>,
  effect: (moving: Moving<z.output<z.ZodObject<Shape>>>) => Promise<Effect> | Effect,
): Action<{ id: string; [field: string]: unknown }, OrderRow> {
  return action(permissionOf(name), z.looseObject({ id: z.uuid() }), async (tx, raw) => {
    const { id } = raw;
    const input = parseInput(schema, raw);
    const order = await locked(tx, id);
    const { to, transition } = stepOf(order, name);
    if (transition.who !== sideOf(tx))
      throw new AppError('forbidden', {
        public: `This move belongs to the ${transition.who}`,
        reason: 'order.other_side',
      });
    const fault = firstFault(transition.guards, await guardCase(tx, order, { ...input }));
    if (fault) throw conflict(fault.sentence, fault.reason);
    const now = tx.clock.now();
    const { patch = {}, text = '', data = {} } = await effect({ tx, order, to, input, now });
    const remembered = order.state === to ? order.previous_state : order.state;
    await updateOrder(tx.db, order, { state: to, previous_state: remembered, changed_at: now, ...patch });
    const after = await locked(tx, id);
    await told(tx, order, after, { action: name, side: OF_THE_CENTRE.has(name) ? 'centre' : 'both', text, data });
    return after;
  });
}

function stepOf(order: OrderRow, name: OrderMove) {
  const step = next(orderWorkflow, order.state, name, order.previous_state);
  if (step.ok) return step;
  throw conflict(CONFLICTS[step.reason] ?? step.reason, `order.${name}.${order.state}`);
}
