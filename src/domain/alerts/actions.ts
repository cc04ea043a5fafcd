import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { conflict, notFound } from '#platform/errors.ts';
import { type AlertRow, addNote } from './store.ts';
import { moved, VERDICTS } from './workflow.ts';

const Reason = z.string().trim().min(2).max(1000);
const Id = z.uuid();

/** The alert, locked until the end of the transaction. @throws AppError `not_found` */
async function lockAlert(tx: Tx, id: string): Promise<AlertRow> {
  const row = await tx.db.selectFrom('alert').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (row === undefined) throw notFound('The alert');
  return row;
}

/** Writes history and journal, and tells the live listeners. */
async function conclude(
  tx: Tx,
  alert: AlertRow,
  change: { verb: string; kind: Parameters<typeof addNote>[2]; text: string; data: Record<string, unknown> },
): Promise<{ id: string }> {
  await addNote(tx, { id: alert.id, unitPath: alert.unit_path }, change.kind, change.text);
  const title = { zh: alert.rule_title_zh, en: alert.rule_title_en };
  tx.record({
    object: { type: 'alert', id: alert.id },
    unitPath: alert.unit_path,
    data: { title, change: change.kind, ...change.data },
    ...(alert.incident_id === null ? {} : { related: [{ type: 'incident', id: alert.incident_id }] }),
  });
  tx.publish({ topic: 'alert', id: alert.id, action: change.verb, unitPath: alert.unit_path, side: 'centre' });
  return { id: alert.id };
}

/** Somebody takes the alert up; nobody else's name on it means theirs. */
export const acknowledgeAlert = action('alert.triage', z.object({ id: Id }), async (tx, { id }) => {
  const alert = await lockAlert(tx, id);
  const state = moved(alert.state, 'acknowledge');
  const assignee = alert.assignee_id === null ? { assignee_id: tx.actor.id, assignee_name: tx.actor.name } : {};
  await tx.db
    .updateTable('alert')
    .set({ state, ...assignee })
    .where('id', '=', id)
    .execute();
  return conclude(tx, alert, { verb: 'alert.triage', kind: 'acknowledge', text: '', data: { state } });
});

/** Gives the alert to a person, or to nobody. */
export const assignAlert = action(
  'alert.assign',
  z.object({ id: Id, assignee: z.object({ id: z.string().min(1).max(60), name: z.string().max(100) }).nullable() }),
  async (tx, { id, assignee }) => {
    const alert = await lockAlert(tx, id);
    if (alert.state === 'closed') throw conflict('A closed alert is reopened before it is assigned', 'alert.closed');
    await tx.db
      .updateTable('alert')
      .set({ assignee_id: assignee?.id ?? null, assignee_name: assignee?.name ?? '' })
      .where('id', '=', id)
      .execute();
    const data = { assignee: assignee?.id ?? null, before: alert.assignee_id };
    return conclude(tx, alert, { verb: 'alert.assign', kind: 'assign', text: assignee?.name ?? '', data });
  },
);

/** Ends triage with a verdict and why. */
export const closeAlert = action(
  'alert.triage',
  z.object({ id: Id, verdict: z.enum(VERDICTS), reason: Reason }),
  async (tx, { id, verdict, reason }) => {
    const alert = await lockAlert(tx, id);
    const state = moved(alert.state, 'close');
    await tx.db
      .updateTable('alert')
      .set({ state, verdict, close_reason: reason, closed_at: tx.clock.now() })
      .where('id', '=', id)
      .execute();
    return conclude(tx, alert, { verb: 'alert.triage', kind: 'close', text: reason, data: { state, verdict, reason } });
  },
);

export const reopenAlert = action('alert.triage', z.object({ id: Id, reason: Reason }), async (tx, { id, reason }) => {
  const alert = await lockAlert(tx, id);
  const state = moved(alert.state, 'reopen');
  await tx.db
    .updateTable('alert')
    .set({ state, verdict: '', close_reason: '', closed_at: null })
    .where('id', '=', id)
    .execute();
  return conclude(tx, alert, { verb: 'alert.triage', kind: 'reopen', text: reason, data: { state, reason } });
});

export const commentAlert = action(
  'alert.comment',
  z.object({ id: Id, text: z.string().trim().min(1).max(4000) }),
  async (tx, { id, text }) => {
    const alert = await lockAlert(tx, id);
    return conclude(tx, alert, { verb: 'alert.comment', kind: 'comment', text, data: { text } });
  },
);

/** Records that somebody looked at unmasked personal data, and why. */
export const revealAlert = action('alert.reveal', z.object({ id: Id, reason: Reason }), async (tx, { id, reason }) => {
  const alert = await lockAlert(tx, id);
  return conclude(tx, alert, { verb: 'alert.reveal', kind: 'reveal', text: reason, data: { reason } });
});
