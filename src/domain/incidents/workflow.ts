import type { Transition, Workflow } from '#engine/workflow/workflow.ts';

export const INCIDENT_STATES = ['open', 'handling', 'contained', 'resolved', 'closed', 'reopened', 'merged'] as const;
export type IncidentState = (typeof INCIDENT_STATES)[number];

export const INCIDENT_MOVES = ['take', 'contain', 'resolve', 'close', 'reopen', 'merge'] as const;
export type IncidentMove = (typeof INCIDENT_MOVES)[number];

/** `orders_settled`: every order that came of the incident is over, or a person writes why it is closed all the same. */
type IncidentGuard = 'orders_settled' | 'not_itself';

type Row = Transition<IncidentState, IncidentMove, IncidentGuard>;

const row = (
  action: IncidentMove,
  from: readonly IncidentState[],
  to: IncidentState,
  permission: string,
  zh: string,
  en: string,
  rest: Partial<Pick<Row, 'guards' | 'main'>> = {},
): Row => ({ action, from, to, permission, title: { zh, en }, who: 'centre', guards: [], clock: 'none', ...rest });

const ALIVE: readonly IncidentState[] = ['open', 'handling', 'contained', 'resolved', 'reopened'];

/** The whole life of an incident. Grading, notes, links and reports move nothing. */
export const incidentWorkflow: Workflow<IncidentState, IncidentMove, IncidentGuard> = {
  name: 'incident',
  initial: 'open',
  states: {
    open: { title: { zh: '待处置', en: 'Open' }, tone: 'waiting', turn: 'centre' },
    handling: { title: { zh: '处置中', en: 'Handling' }, tone: 'moving', turn: 'centre' },
    contained: { title: { zh: '已遏制', en: 'Contained' }, tone: 'moving', turn: 'centre' },
    resolved: { title: { zh: '已处置', en: 'Resolved' }, tone: 'moving', turn: 'centre' },
    closed: { title: { zh: '已关闭', en: 'Closed' }, tone: 'done', turn: 'nobody', final: true },
    reopened: { title: { zh: '重新打开', en: 'Reopened' }, tone: 'waiting', turn: 'centre' },
    merged: { title: { zh: '已并入其他事件', en: 'Merged' }, tone: 'done', turn: 'nobody', final: true },
  },
  transitions: [
    row('take', ['open', 'reopened'], 'handling', 'incident.manage', '开始处置', 'Start handling', { main: true }),
    row('contain', ['handling'], 'contained', 'incident.manage', '确认已遏制', 'Mark contained', { main: true }),
    row('resolve', ['contained'], 'resolved', 'incident.manage', '处置完毕', 'Mark resolved', { main: true }),
    row('resolve', ['handling'], 'resolved', 'incident.manage', '处置完毕', 'Mark resolved'),
    row('close', ['resolved'], 'closed', 'incident.close', '关闭事件', 'Close', {
      main: true,
      guards: ['orders_settled'],
    }),
    row('close', ['open', 'handling', 'contained', 'reopened'], 'closed', 'incident.close', '关闭事件', 'Close', {
      guards: ['orders_settled'],
    }),
    row('reopen', ['closed'], 'reopened', 'incident.manage', '重新打开', 'Reopen'),
    row('merge', ALIVE, 'merged', 'incident.manage', '并入其他事件', 'Merge into another', { guards: ['not_itself'] }),
  ],
};
