import { z } from 'zod';
import { type Action, action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { AppError, conflict, notFound } from '#platform/errors.ts';
import { lockIssuesById } from './import/store.ts';
import { endRequest, type IssueRow, moveIssue, sideOf } from './step.ts';
import { type IssueMove, issueWorkflow } from './workflow.ts';

/** The moves that a person makes with a word of reason. */
export const PERSON_MOVES = ['start', 'claim', 'withdraw', 'pass', 'fail', 'dismiss', 'exclude', 'restore'] as const;
type PersonMove = (typeof PERSON_MOVES)[number];

/** Moves that stand or fall by the reason given for them. */
const NEEDS_REASON: ReadonlySet<IssueMove> = new Set(['fail', 'dismiss', 'exclude', 'restore', 'claim', 'pass']);
const REASON_CHARS_MIN = 4;

const MoveInput = z.object({ id: z.uuid(), reason: z.string().trim().max(2000).default('') });

/** The issue, held until the commit. @throws AppError `not_found` */
export async function lockIssue(tx: Tx, id: string): Promise<IssueRow> {
  const [issue] = await lockIssuesById(tx.db, [id]);
  if (issue === undefined) throw notFound('The vulnerability');
  return issue;
}

function transitionOf(move: IssueMove) {
  const found = issueWorkflow.transitions.find((transition) => transition.action === move);
  if (found === undefined) throw new Error(`the vulnerability workflow has no move ${move}`);
  return found;
}

/** Tells the journal and the listeners of a move. */
export function told(tx: Tx, issue: IssueRow, move: IssueMove, to: string, text: string): void {
  tx.record({
    object: { type: 'vulnerability', id: issue.id },
    unitPath: issue.unit_path,
    data: { move, from: issue.state, to, primary: issue.primary_id, ...(text === '' ? {} : { text }) },
    related: issue.asset_id === null ? [] : [{ type: 'asset', id: issue.asset_id }],
  });
  tx.publish({ topic: 'vulnerability', id: issue.id, action: move, unitPath: issue.unit_path, side: 'both' });
}

function personMove(name: PersonMove): Action<{ id: string; reason?: string }, { id: string }> {
  const { permission, who } = transitionOf(name);
  return action(permission, MoveInput, async (tx, { id, reason }) => {
    const issue = await lockIssue(tx, id);
    if (who !== sideOf(tx)) {
      throw new AppError('forbidden', {
        public: `This move belongs to the ${who}`,
        reason: 'vulnerability.other_side',
      });
    }
    if (NEEDS_REASON.has(name) && reason.length < REASON_CHARS_MIN) {
      throw conflict('Give the reason in a few words', 'vulnerability.reason');
    }
    const now = tx.clock.now();
    const to = await moveIssue(tx, issue, name, reason, patchOf(name, now));
    if (name === 'pass') {
      // A scan from after this day that sees it again is a regression, not a continuation.
      await tx.db
        .updateTable('vulnerability_finding')
        .set({ open: false, closed_at: now })
        .where('issue_id', '=', id)
        .where('open', '=', true)
        .execute();
    }
    if (issue.state === 'acceptance' || issue.state === 'accepted') {
      await endRequest(tx, id, name === 'withdraw' ? 'withdrawn' : 'ended');
    }
    told(tx, issue, name, to, reason);
    return { id };
  });
}

const patchOf = (move: PersonMove, now: Date) => (move === 'pass' ? { closed_at: now } : {});

/** Every move of a person, by its name. */
export const personMoves = Object.fromEntries(PERSON_MOVES.map((name) => [name, personMove(name)])) as Record<
  PersonMove,
  ReturnType<typeof personMove>
>;
