import type { Actor, Scope } from '#platform/context.ts';
import type { OrderRow } from './store.ts';
import type { OrderGuard } from './workflow.ts';

/** What a guard looks at: the order, who acts from where, and what was handed in (absent when a page only asks). */
export interface GuardCase {
  readonly order: OrderRow;
  readonly actor: Actor;
  readonly scope: Scope;
  readonly input?: Readonly<Record<string, unknown>>;
  /** Evidence attached in the present round. */
  readonly evidenceCount: number;
}

interface GuardFault {
  /** A stable word the console translates. */
  readonly reason: string;
  readonly sentence: string;
}

type Guard = (facts: GuardCase) => GuardFault | null;

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

const fault = (reason: string, sentence: string): GuardFault => ({ reason: `order.${reason}`, sentence });

const GUARDS: Readonly<Record<OrderGuard, Guard>> = {
  reviewer_is_not_drafter: ({ order, actor }) =>
    actor.id === order.drafted_by
      ? fault('reviewer_is_drafter', 'Whoever drafted the order cannot review it: ask a colleague')
      : null,

  reviewed: ({ order }) => (order.reviewed_by ? null : fault('not_reviewed', 'The draft has not been approved yet')),

  named_authority: ({ order, actor }) =>
    order.authority !== '' && order.authority_basis !== '' && actor.kind === 'user'
      ? null
      : fault('no_authority', 'An order is issued by a person under a named authority with its legal footing'),

  person_of_the_unit: ({ order, actor, scope }) =>
    actor.kind === 'user' && scope.side === 'unit' && scope.path === order.unit_path
      ? null
      : fault('not_of_the_unit', 'Only a named person of the unit itself can do this'),

  evidence_or_words: ({ input, evidenceCount }) =>
    input === undefined || evidenceCount > 0 || text(input.measures).length >= 20
      ? null
      : fault('no_evidence', 'Attach evidence, or describe the measures in at least 20 characters'),

  verifier_is_independent: ({ order, actor, scope }) => {
    if (actor.id === order.submitted_by) {
      return fault('verifier_is_submitter', 'Whoever submitted the rectification cannot verify it');
    }
    const contractor = order.contractor_path;
    return contractor !== null && scope.path.startsWith(contractor)
      ? fault('verifier_is_contractor', "The unit's contractor cannot verify its own work")
      : null;
  },

  evidence_and_retest_or_reason: ({ input, evidenceCount }) => {
    if (input === undefined || text(input.reason).length >= 10) return null;
    return evidenceCount > 0 && text(input.retest) !== ''
      ? null
      : fault('no_proof', 'Closing needs evidence and a re-test result, or a written reason of at least 10 characters');
  },

  approved_until: ({ input }) =>
    input === undefined || text(input.until) !== '' ? null : fault('no_end', 'A suspension needs an end'),

  another_open_order: ({ order, input }) =>
    input !== undefined && input.intoId === order.id ? fault('itself', 'An order cannot take its own place') : null,
};

/** The first guard that does not hold, or null. */
export function firstFault(guards: readonly OrderGuard[], facts: GuardCase): GuardFault | null {
  for (const guard of guards) {
    const found = GUARDS[guard](facts);
    if (found) return found;
  }
  return null;
}
