import type { Insertable, Selectable, Updateable } from 'kysely';
import { next } from '#engine/workflow/workflow.ts';
import type { Tx } from '#platform/context.ts';
import { conflict } from '#platform/errors.ts';
import type { Database } from '#platform/postgres/database.ts';
import { type IssueMove, issueWorkflow } from './workflow.ts';
import './tables.ts';

export type IssueRow = Selectable<Database['vulnerability_issue']>;

/** The side somebody acts on; the platform itself is neither centre nor unit. */
export const sideOf = ({ actor, scope }: Pick<Tx, 'actor' | 'scope'>) =>
  actor.kind === 'system' ? ('system' as const) : scope.side;

type StepText = Pick<Insertable<Database['vulnerability_step']>, 'action' | 'text'>;

/** One line of an issue's history. */
export function stepRow(
  tx: Tx,
  issue: Pick<IssueRow, 'id' | 'unit_path' | 'state'>,
  to: IssueRow['state'],
  { action, text }: StepText,
): Insertable<Database['vulnerability_step']> {
  return {
    id: tx.ids.next(),
    unit_path: issue.unit_path,
    issue_id: issue.id,
    at: tx.clock.now(),
    action,
    from_state: issue.state,
    to_state: to,
    by_id: tx.actor.id,
    by_name: tx.actor.name,
    by_side: sideOf(tx),
    text,
  };
}

/** Where a move of the table leads. @throws AppError `conflict` when the state does not allow it */
function stateAfter(issue: IssueRow, move: IssueMove): IssueRow['state'] {
  const step = next(issueWorkflow, issue.state, move, null);
  if (step.ok) return step.to;
  throw conflict('The issue has moved on meanwhile: look at it again', `vulnerability.${move}.${issue.state}`);
}

/** Moves a locked issue by the table and writes the line of its history. @returns the state it is in now */
export async function moveIssue(
  tx: Tx,
  issue: IssueRow,
  move: IssueMove,
  text: string,
  patch: Updateable<Database['vulnerability_issue']> = {},
): Promise<IssueRow['state']> {
  const to = stateAfter(issue, move);
  const now = tx.clock.now();
  await tx.db
    .updateTable('vulnerability_issue')
    .set({ ...patch, state: to, state_at: now, changed_at: now, version: issue.version + 1 })
    .where('id', '=', issue.id)
    .execute();
  await tx.db
    .insertInto('vulnerability_step')
    .values(stepRow(tx, issue, to, { action: move, text }))
    .execute();
  return to;
}

/** Ends the live request of an issue that left its state by another way. */
export async function endRequest(tx: Tx, issueId: string, state: 'withdrawn' | 'ended'): Promise<void> {
  await tx.db
    .updateTable('vulnerability_acceptance')
    .set({ state })
    .where('issue_id', '=', issueId)
    .where('state', 'in', ['asked', 'approved'])
    .execute();
}
