import type { Side, Transition, Workflow } from '#engine/workflow/workflow.ts';

export const ISSUE_STATES = [
  'open',
  'fixing',
  'retest',
  'acceptance',
  'accepted',
  'false_positive',
  'out_of_scope',
  'closed',
  'undone',
] as const;
export type IssueState = (typeof ISSUE_STATES)[number];

export const ISSUE_MOVES = [
  'start',
  'claim',
  'fail',
  'pass',
  'dismiss',
  'exclude',
  'restore',
  'ask_acceptance',
  'withdraw',
  'approve',
  'deny',
  'expire',
  'gone',
  'seen_again',
  'suppress',
  'join',
  'undo',
] as const;
export type IssueMove = (typeof ISSUE_MOVES)[number];

type Row = Transition<IssueState, IssueMove, never>;

const row =
  (who: Side) =>
  (
    action: IssueMove,
    from: readonly IssueState[],
    to: IssueState,
    permission: string,
    zh: string,
    en: string,
    main?: true,
  ): Row => ({
    action,
    from,
    to,
    permission,
    title: { zh, en },
    who,
    guards: [],
    clock: 'none',
    ...(main ? { main } : {}),
  });

const centre = row('centre');
const unit = row('unit');
const system = row('system');

/** Something has still to be done. An import may close these, and only these. */
export const ACTIVE: readonly IssueState[] = ['open', 'fixing', 'retest', 'acceptance'];

/**
 * The whole life of an issue. What a person decided (`accepted`, `false_positive`, `out_of_scope`) is left by a person
 * or by an expiry, never by an import.
 */
export const issueWorkflow: Workflow<IssueState, IssueMove, never> = {
  name: 'vulnerability',
  initial: 'open',
  states: {
    open: { title: { zh: '待处置', en: 'Open' }, tone: 'waiting', turn: 'unit' },
    fixing: { title: { zh: '整改中', en: 'Being mended' }, tone: 'moving', turn: 'unit' },
    retest: { title: { zh: '待复测', en: 'To be re-tested' }, tone: 'waiting', turn: 'centre' },
    acceptance: { title: { zh: '待批接受风险', en: 'Acceptance asked for' }, tone: 'waiting', turn: 'unit' },
    accepted: { title: { zh: '已接受风险', en: 'Risk accepted' }, tone: 'done', turn: 'nobody', final: true },
    false_positive: { title: { zh: '误报', en: 'False positive' }, tone: 'done', turn: 'nobody', final: true },
    out_of_scope: { title: { zh: '不在范围', en: 'Out of scope' }, tone: 'done', turn: 'nobody', final: true },
    closed: { title: { zh: '已修复', en: 'Mended' }, tone: 'done', turn: 'nobody', final: true },
    undone: { title: { zh: '导入已撤销', en: 'Import taken back' }, tone: 'done', turn: 'nobody', final: true },
  },
  transitions: [
    unit('start', ['open'], 'fixing', 'vulnerability.fix', '开始整改', 'Start mending', true),
    unit('claim', ['fixing'], 'retest', 'vulnerability.fix', '已整改，申请复测', 'Mended, ask for a re-test', true),
    unit('claim', ['open'], 'retest', 'vulnerability.fix', '已整改，申请复测', 'Mended, ask for a re-test'),
    unit('ask_acceptance', ['open', 'fixing'], 'acceptance', 'vulnerability.fix', '申请接受风险', 'Ask for acceptance'),
    unit('withdraw', ['acceptance'], 'open', 'vulnerability.fix', '撤回申请', 'Withdraw the request'),
    // By the unit that supervises the asset, from the request: it need not see the issue.
    unit('approve', ['acceptance'], 'accepted', 'vulnerability.approve', '同意接受风险', 'Accept the risk'),
    unit('deny', ['acceptance'], 'open', 'vulnerability.approve', '不同意接受', 'Do not accept'),
    system('expire', ['accepted'], 'open', 'vulnerability.approve', '接受到期', 'Acceptance is over'),
    centre('pass', ['retest'], 'closed', 'vulnerability.triage', '复测通过', 'Re-test passed', true),
    centre('fail', ['retest'], 'open', 'vulnerability.triage', '复测未通过', 'Re-test failed'),
    centre('dismiss', ACTIVE, 'false_positive', 'vulnerability.triage', '判为误报', 'False positive'),
    centre('exclude', ACTIVE, 'out_of_scope', 'vulnerability.triage', '不在范围', 'Out of scope'),
    centre(
      'restore',
      ['false_positive', 'out_of_scope', 'accepted'],
      'open',
      'vulnerability.triage',
      '恢复为待处置',
      'Open it again',
      true,
    ),
    system('gone', ACTIVE, 'closed', 'vulnerability.import', '复扫未再发现', 'Not found by a later scan'),
    system(
      'join',
      ACTIVE,
      'closed',
      'vulnerability.import',
      '并入资产名下同一漏洞',
      'Joined with the same issue of the asset',
    ),
    system('seen_again', ['closed', 'retest'], 'open', 'vulnerability.import', '再次发现', 'Found again'),
    // Of what it changed the states before come back; of what it made nothing stands any more.
    system(
      'undo',
      ['open', 'closed', 'false_positive'],
      'undone',
      'vulnerability.import',
      '撤销导入',
      'Import taken back',
    ),
    system(
      'suppress',
      ACTIVE,
      'false_positive',
      'vulnerability.import',
      '供应商说明不受影响',
      'Not affected, says the supplier',
    ),
  ],
};
