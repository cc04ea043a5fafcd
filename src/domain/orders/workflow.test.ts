import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permissionsOf } from '#domain/identity/index.ts';
import { workflowFaults } from '#engine/workflow/diagram.ts';
import { allowedActions, next, type Side } from '#engine/workflow/workflow.ts';
import { isOpen, ORDER_MOVES, ORDER_STATES, type OrderMove, type OrderState, orderWorkflow } from './workflow.ts';

/** What each role may do in each state, written out by hand: the table has to agree with it. */
const EXPECTED: Readonly<Record<string, Partial<Record<OrderState, readonly OrderMove[]>>>> = {
  duty_officer: {
    draft: ['edit', 'send_for_review', 'discard'],
    under_review: ['discard'],
  },
  dispatcher: {
    draft: ['edit', 'send_for_review', 'discard'],
    under_review: ['approve', 'send_back', 'issue', 'discard'],
    issued: ['merge', 'supersede', 'revoke'],
    delivered: ['suspend', 'merge', 'supersede', 'revoke'],
    received: ['suspend', 'merge', 'supersede', 'revoke'],
    rectifying: ['suspend', 'merge', 'supersede', 'revoke'],
    submitted: ['take_verification', 'merge', 'supersede', 'revoke'],
    verifying: ['close', 'fail', 'merge', 'supersede', 'revoke'],
    closed: ['reopen'],
    returned: ['suspend', 'merge', 'supersede', 'revoke'],
    refused: ['reassign', 'uphold', 'merge', 'supersede', 'revoke'],
    extension_requested: ['grant_extension', 'deny_extension', 'merge', 'supersede', 'revoke'],
    suspended: ['resume', 'merge', 'supersede', 'revoke'],
    reopened: ['suspend', 'merge', 'supersede', 'revoke'],
  },
  director: {
    under_review: ['approve', 'send_back', 'issue'],
    verifying: ['close'],
    closed: ['reopen'],
    extension_requested: ['grant_extension', 'deny_extension'],
  },
  unit_officer: {
    delivered: ['receive', 'refuse'],
    received: ['start', 'refuse', 'request_extension'],
    rectifying: ['submit', 'request_extension'],
    returned: ['start', 'request_extension'],
    reopened: ['start', 'request_extension'],
    extension_requested: ['withdraw_extension'],
  },
  unit_leader: { delivered: ['receive'], rectifying: ['submit'] },
  analyst: {},
  supervisor: {},
  authority_viewer: {},
  system_admin: {},
  security_admin: {},
  audit_admin: {},
};

const sideOf = (role: string): Side => (role === 'unit_officer' || role === 'unit_leader' ? 'unit' : 'centre');

test('the table of states has no fault', () => {
  assert.deepEqual(workflowFaults(orderWorkflow), []);
});

for (const [role, byState] of Object.entries(EXPECTED)) {
  test(`${role} may make exactly these moves in each state`, () => {
    const permissions = permissionsOf([role]);
    const asker = { side: sideOf(role), may: (permission: string) => permissions.has(permission) };
    for (const state of ORDER_STATES) {
      const moves = allowedActions(orderWorkflow, state, asker).map(({ action }) => action);
      assert.deepEqual(moves, byState[state] ?? [], `${role} in ${state}`);
    }
  });
}

test('only the platform delivers and ends a suspension whose time has come', () => {
  const asker = { side: 'system' as const, may: () => true };
  const moves = ORDER_STATES.flatMap((state) =>
    allowedActions(orderWorkflow, state, asker).map(({ action }) => `${state} ${action}`),
  );
  assert.deepEqual(moves, ['issued deliver', 'suspended end_suspension']);
});

test('every move of every state leads to a state of the table or is refused with a reason', () => {
  for (const state of ORDER_STATES) {
    for (const action of ORDER_MOVES) {
      const step = next(orderWorkflow, state, action, 'rectifying');
      if (step.ok) assert.ok(ORDER_STATES.includes(step.to), `${state} ${action}`);
      else assert.equal(step.reason, 'not_from_here', `${state} ${action}`);
    }
  }
});

test('an order is over in the states that wait for nobody', () => {
  assert.deepEqual(
    ORDER_STATES.filter((state) => !isOpen(state)),
    ['closed', 'merged', 'superseded', 'revoked'],
  );
});
