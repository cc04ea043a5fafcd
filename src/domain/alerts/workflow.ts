import { next, type Workflow } from '#engine/workflow/workflow.ts';
import { conflict } from '#platform/errors.ts';

export const ALERT_STATES = ['new', 'acknowledged', 'closed'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

type AlertAction = 'acknowledge' | 'close' | 'reopen';

/** What a person concludes: a real attack, a mistake of the rule, or something real that does no harm. */
export const VERDICTS = ['true', 'false', 'benign'] as const;

/** The whole life of an alert. Assigning and commenting move nothing. */
export const alertWorkflow: Workflow<AlertState, AlertAction, never> = {
  name: 'alert',
  initial: 'new',
  states: {
    new: { title: { zh: '待研判', en: 'New' }, tone: 'waiting', turn: 'centre' },
    acknowledged: { title: { zh: '研判中', en: 'In triage' }, tone: 'moving', turn: 'centre' },
    closed: { title: { zh: '已关闭', en: 'Closed' }, tone: 'done', turn: 'nobody', final: true },
  },
  transitions: [
    {
      action: 'acknowledge',
      from: ['new'],
      to: 'acknowledged',
      permission: 'alert.triage',
      title: { zh: '开始研判', en: 'Start triage' },
      who: 'centre',
      guards: [],
      clock: 'none',
      main: true,
    },
    {
      action: 'close',
      from: ['new', 'acknowledged'],
      to: 'closed',
      permission: 'alert.triage',
      title: { zh: '关闭告警', en: 'Close' },
      who: 'centre',
      guards: [],
      clock: 'none',
      main: true,
    },
    {
      action: 'reopen',
      from: ['closed'],
      to: 'acknowledged',
      permission: 'alert.triage',
      title: { zh: '重新打开', en: 'Reopen' },
      who: 'centre',
      guards: [],
      clock: 'none',
    },
  ],
};

/** The state after `action`. @throws AppError `conflict` where the workflow has no such move */
export function moved(state: AlertState, action: AlertAction): AlertState {
  const step = next(alertWorkflow, state, action);
  if (step.ok) return step.to;
  throw conflict(`An alert in state "${state}" cannot ${action}`, `alert.${action}.${state}`);
}
