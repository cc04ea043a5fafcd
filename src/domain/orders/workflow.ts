import { PREVIOUS, type Side, type Transition, type Workflow } from '#engine/workflow/workflow.ts';

export const ORDER_STATES = [
  'draft',
  'under_review',
  'issued',
  'delivered',
  'received',
  'rectifying',
  'submitted',
  'verifying',
  'closed',
  'returned',
  'refused',
  'extension_requested',
  'suspended',
  'reopened',
  'merged',
  'superseded',
  'revoked',
] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export const ORDER_MOVES = [
  'edit',
  'send_for_review',
  'send_back',
  'approve',
  'issue',
  'discard',
  'deliver',
  'receive',
  'start',
  'submit',
  'take_verification',
  'fail',
  'close',
  'refuse',
  'uphold',
  'reassign',
  'request_extension',
  'withdraw_extension',
  'grant_extension',
  'deny_extension',
  'suspend',
  'resume',
  'end_suspension',
  'merge',
  'supersede',
  'revoke',
  'reopen',
] as const;
export type OrderMove = (typeof ORDER_MOVES)[number];

/** What has to hold besides state, side and permission; `guards.ts` says how each is tested. */
export type OrderGuard =
  | 'reviewer_is_not_drafter'
  | 'reviewed'
  | 'named_authority'
  | 'person_of_the_unit'
  | 'evidence_or_words'
  | 'verifier_is_independent'
  | 'evidence_and_retest_or_reason'
  | 'approved_until'
  | 'another_open_order';

type Row = Transition<OrderState, OrderMove, OrderGuard>;
type Rest = Partial<Pick<Row, 'guards' | 'clock' | 'main'>>;

const row =
  (who: Side) =>
  (
    action: OrderMove,
    from: readonly OrderState[],
    to: OrderState | typeof PREVIOUS,
    permission: string,
    zh: string,
    en: string,
    { guards = [], clock = 'none', main }: Rest = {},
  ): Row => ({ action, from, to, permission, title: { zh, en }, who, guards, clock, ...(main ? { main } : {}) });

const centre = row('centre');
const unit = row('unit');
const system = row('system');

/** With the unit, its time running. */
const AT_WORK: readonly OrderState[] = ['received', 'rectifying', 'returned', 'reopened'];
/** Issued and not yet over. */
const ALIVE: readonly OrderState[] = [
  'issued',
  'delivered',
  ...AT_WORK,
  'submitted',
  'verifying',
  'refused',
  'extension_requested',
  'suspended',
];

const waiting = (zh: string, en: string, turn: Side) => ({ title: { zh, en }, tone: 'waiting' as const, turn });
const moving = (zh: string, en: string, turn: Side) => ({ title: { zh, en }, tone: 'moving' as const, turn });
const over = (zh: string, en: string) => ({
  title: { zh, en },
  tone: 'done' as const,
  turn: 'nobody' as const,
  final: true as const,
});

/** The whole life of an order, for every kind of order. */
export const orderWorkflow: Workflow<OrderState, OrderMove, OrderGuard> = {
  name: 'order',
  initial: 'draft',
  states: {
    draft: waiting('草稿', 'Draft', 'centre'),
    under_review: waiting('审核中', 'Under review', 'centre'),
    issued: moving('已签发', 'Issued', 'system'),
    delivered: waiting('待签收', 'Delivered', 'unit'),
    received: moving('已签收', 'Received', 'unit'),
    rectifying: moving('整改中', 'Rectifying', 'unit'),
    submitted: waiting('待复核', 'Submitted', 'centre'),
    verifying: moving('复核中', 'Verifying', 'centre'),
    closed: over('已办结', 'Closed'),
    returned: waiting('已退回', 'Returned', 'unit'),
    refused: waiting('已退件', 'Refused', 'centre'),
    extension_requested: waiting('申请延期', 'Extension', 'centre'),
    suspended: waiting('已挂起', 'Suspended', 'centre'),
    reopened: waiting('重新打开', 'Reopened', 'unit'),
    merged: over('已合并', 'Merged'),
    superseded: over('已被替代', 'Superseded'),
    revoked: over('已撤销', 'Revoked'),
  },
  transitions: [
    centre('edit', ['draft'], 'draft', 'order.draft', '修改', 'Edit'),
    centre('send_for_review', ['draft'], 'under_review', 'order.draft', '提交审核', 'Send for review', { main: true }),
    centre('approve', ['under_review'], 'under_review', 'order.review', '审核通过', 'Approve', {
      guards: ['reviewer_is_not_drafter'],
    }),
    centre('send_back', ['under_review'], 'draft', 'order.review', '退回修改', 'Send back'),
    centre('issue', ['under_review'], 'issued', 'order.issue', '签发', 'Issue', {
      guards: ['reviewed', 'named_authority'],
      clock: 'start',
      main: true,
    }),
    centre('discard', ['draft', 'under_review'], 'revoked', 'order.draft', '作废', 'Discard'),
    system('deliver', ['issued'], 'delivered', 'order.deliver', '送达', 'Deliver', { main: true }),
    unit('receive', ['delivered'], 'received', 'order.receive', '签收', 'Sign for it', {
      guards: ['person_of_the_unit'],
      main: true,
    }),
    unit('start', ['received', 'returned', 'reopened'], 'rectifying', 'order.start', '开始整改', 'Start', {
      guards: ['person_of_the_unit'],
      main: true,
    }),
    unit('submit', ['rectifying'], 'submitted', 'order.submit', '提交整改', 'Submit', {
      guards: ['person_of_the_unit', 'evidence_or_words'],
      main: true,
    }),
    unit('refuse', ['delivered', 'received'], 'refused', 'order.refuse', '不属于本单位', 'Not ours', {
      guards: ['person_of_the_unit'],
    }),
    centre('take_verification', ['submitted'], 'verifying', 'order.verify', '开始复核', 'Start verification', {
      guards: ['verifier_is_independent'],
      main: true,
    }),
    centre('close', ['verifying'], 'closed', 'order.close', '复核通过，办结', 'Pass and close', {
      guards: ['verifier_is_independent', 'evidence_and_retest_or_reason'],
      clock: 'stop',
      main: true,
    }),
    centre('fail', ['verifying'], 'returned', 'order.verify', '复核不通过，退回', 'Fail and return', {
      guards: ['verifier_is_independent'],
    }),
    centre('reassign', ['refused'], 'issued', 'order.reassign', '改派', 'Reassign', { clock: 'recompute', main: true }),
    centre('uphold', ['refused'], 'delivered', 'order.reassign', '维持原单位', 'Uphold'),
    unit('request_extension', AT_WORK, 'extension_requested', 'order.extend', '申请延期', 'Ask for more time', {
      guards: ['person_of_the_unit'],
    }),
    unit('withdraw_extension', ['extension_requested'], PREVIOUS, 'order.extend', '撤回延期申请', 'Withdraw', {
      guards: ['person_of_the_unit'],
    }),
    centre('grant_extension', ['extension_requested'], PREVIOUS, 'order.grant', '同意延期', 'Grant', {
      clock: 'recompute',
      main: true,
    }),
    centre('deny_extension', ['extension_requested'], PREVIOUS, 'order.grant', '不同意延期', 'Deny'),
    centre('suspend', ['delivered', ...AT_WORK], 'suspended', 'order.suspend', '挂起', 'Suspend', {
      guards: ['approved_until'],
      clock: 'pause',
    }),
    centre('resume', ['suspended'], PREVIOUS, 'order.suspend', '恢复', 'Resume', { clock: 'resume', main: true }),
    system('end_suspension', ['suspended'], PREVIOUS, 'order.suspend', '挂起到期', 'Suspension ends', {
      clock: 'resume',
      main: true,
    }),
    centre('merge', ALIVE, 'merged', 'order.revoke', '并入其他工单', 'Merge into another', {
      guards: ['another_open_order'],
      clock: 'stop',
    }),
    centre('supersede', ALIVE, 'superseded', 'order.revoke', '由新工单替代', 'Supersede', {
      guards: ['another_open_order'],
      clock: 'stop',
    }),
    centre('revoke', ALIVE, 'revoked', 'order.revoke', '撤销', 'Revoke', { clock: 'stop' }),
    centre('reopen', ['closed'], 'reopened', 'order.issue', '重新打开', 'Reopen', {
      guards: ['named_authority'],
      clock: 'recompute',
    }),
  ],
};

/** True as long as somebody still has to do something about it. Drafts count. */
export const isOpen = (state: OrderState): boolean => orderWorkflow.states[state].final !== true;
