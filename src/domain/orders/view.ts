import { z } from 'zod';
import { workingMinutesBetween } from '#engine/clocks/working.ts';
import { allowedActions, type Transition } from '#engine/workflow/workflow.ts';
import type { Ctx } from '#platform/context.ts';
import { firstFault, type GuardCase } from './guards.ts';
import { sideOf } from './move.ts';
import { Evidence, GRADES, ORDER_KINDS } from './order.ts';
import { kindOf, orderStandards } from './standards.ts';
import {
  type AttachmentRow,
  type DeadlineRow,
  type OrderRow,
  type PauseRow,
  pausedTime,
  type StepRow,
} from './store.ts';
import {
  ORDER_MOVES,
  ORDER_STATES,
  type OrderGuard,
  type OrderMove,
  type OrderState,
  orderWorkflow,
} from './workflow.ts';

const TitleView = z.object({ zh: z.string(), en: z.string() });

const MoveView = z.object({
  action: z.enum(ORDER_MOVES),
  title: TitleView,
  main: z.boolean().describe('the one thing this person should do next'),
  blocked: z.string().nullable().describe('why it cannot be done by this person now; null when it can'),
});

export const OrderView = z.object({
  id: z.uuid(),
  number: z.string().nullable(),
  kind: z.enum(ORDER_KINDS),
  kindTitle: TitleView,
  grade: z.enum(GRADES),
  title: z.string(),
  unitPath: z.string(),
  unitName: z.string(),
  state: z.enum(ORDER_STATES),
  stateTitle: TitleView,
  tone: z.enum(['waiting', 'moving', 'done']),
  turn: z.string().describe('whose move it is: unit, centre, system, nobody'),
  round: z.number().int(),
  deadlineAt: z.string().nullable(),
  deadlineProvisional: z.boolean(),
  workingMinutesLeft: z
    .number()
    .nullable()
    .describe('working time until the deadline, negative when it has passed; null without a running deadline'),
  workingMinutesPerDay: z.number().describe('length of a working day, for counting days'),
  overdue: z.boolean(),
  issuedAt: z.string().nullable(),
  deliveredAt: z.string().nullable(),
  receivedAt: z.string().nullable(),
  submittedAt: z.string().nullable(),
  closedAt: z.string().nullable(),
  changedAt: z.string(),
});

const DeadlineView = z.object({
  revision: z.number().int(),
  cause: z.string(),
  startedAt: z.string(),
  workingDays: z.number().int(),
  at: z.string(),
  provisional: z.boolean(),
  doubts: z.array(z.string()),
  calendarVersion: z.string(),
  trace: z.array(
    z.object({
      day: z.string(),
      kind: z.enum(['counted', 'skipped', 'paused']),
      minutes: z.number(),
      name: z.string(),
    }),
  ),
  setAt: z.string(),
  setByName: z.string(),
});

export const OrderDetail = OrderView.extend({
  body: z.string(),
  advice: z.string(),
  evidence: z.array(Evidence),
  incidentId: z.uuid().nullable().describe('only told to the centre'),
  repeatOf: z.uuid().nullable(),
  joinedId: z.uuid().nullable(),
  authority: z.string(),
  authorityBasis: z.string(),
  workingDays: z.number().int(),
  draftedByName: z.string(),
  draftedAt: z.string(),
  reviewedByName: z.string(),
  issuedByName: z.string(),
  receivedByName: z.string(),
  submittedByName: z.string(),
  measures: z.string(),
  verifierName: z.string(),
  closedByName: z.string(),
  retest: z.string(),
  endReason: z.string(),
  extensionDays: z.number().int().nullable(),
  extensionReason: z.string(),
  suspendedUntil: z.string().nullable(),
  /** Both durations are kept: with and without approved pauses. */
  workingMinutesGross: z.number().nullable(),
  workingMinutesNet: z.number().nullable(),
  deadlines: z.array(DeadlineView),
  pauses: z.array(
    z.object({
      from: z.string(),
      plannedUntil: z.string(),
      endedAt: z.string().nullable(),
      approvedByName: z.string(),
      reason: z.string(),
    }),
  ),
  history: z.array(
    z.object({
      id: z.uuid(),
      at: z.string(),
      action: z.string(),
      title: TitleView,
      from: z.enum(ORDER_STATES),
      to: z.enum(ORDER_STATES),
      round: z.number().int(),
      byName: z.string(),
      bySide: z.string(),
      text: z.string(),
      internal: z.boolean(),
    }),
  ),
  attachments: z.array(
    z.object({
      sha256: z.string(),
      fileName: z.string(),
      mediaType: z.string(),
      bytes: z.number().int(),
      purpose: z.enum(['evidence', 'enclosure']),
      round: z.number().int(),
      addedByName: z.string(),
      addedAt: z.string(),
    }),
  ),
  allowed: z.array(MoveView),
});

export type OrderView = z.input<typeof OrderView>;

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

/** Working time left as of now; pauses that are planned or over do not count. */
function timeLeft(order: OrderRow, now: Date, pauses: readonly PauseRow[]): number | null {
  if (order.deadline_at === null || orderWorkflow.states[order.state].final) return null;
  const { calendar } = orderStandards();
  const paused = pausedTime(pauses);
  return order.deadline_at >= now
    ? workingMinutesBetween(now, order.deadline_at, calendar, paused)
    : -workingMinutesBetween(order.deadline_at, now, calendar, paused);
}

/** A row of the list. */
export function viewOf(order: OrderRow, now: Date, pauses: readonly PauseRow[] = []): OrderView {
  const state = orderWorkflow.states[order.state];
  const { zh, en } = kindOf(order.kind);
  return {
    id: order.id,
    number: order.number,
    kind: order.kind,
    kindTitle: { zh, en },
    grade: order.grade,
    title: order.title,
    unitPath: order.unit_path,
    unitName: order.unit_name,
    state: order.state,
    stateTitle: state.title,
    tone: state.tone,
    turn: state.turn,
    round: order.round,
    deadlineAt: iso(order.deadline_at),
    deadlineProvisional: order.deadline_provisional,
    workingMinutesLeft: timeLeft(order, now, pauses),
    workingMinutesPerDay: orderStandards().calendar.minutesPerDay,
    overdue: order.deadline_at !== null && order.deadline_at < now && state.turn === 'unit',
    issuedAt: iso(order.issued_at),
    deliveredAt: iso(order.delivered_at),
    receivedAt: iso(order.received_at),
    submittedAt: iso(order.submitted_at),
    closedAt: iso(order.closed_at),
    changedAt: order.changed_at.toISOString(),
  };
}

type Move = Transition<OrderState, OrderMove, OrderGuard>;

/** The moves this person may make, each with what stands in its way, and at most one main one. */
export function movesFor(ctx: Pick<Ctx, 'may' | 'actor' | 'scope'>, facts: GuardCase): z.input<typeof MoveView>[] {
  const asker = { side: sideOf(ctx), may: ctx.may };
  const moves = allowedActions(orderWorkflow, facts.order.state, asker).map((move) => ({
    move,
    blocked: firstFault(move.guards, facts)?.reason ?? null,
  }));
  const main = mainOf(moves);
  return moves.map(({ move, blocked }) => ({
    action: move.action,
    title: move.title,
    main: move === main,
    blocked,
  }));
}

/** The main move of the table if nothing stands in its way; a draft under review is approved before it is issued. */
function mainOf(moves: readonly { move: Move; blocked: string | null }[]): Move | undefined {
  const free = moves.filter(({ blocked }) => blocked === null).map(({ move }) => move);
  return free.find(({ main }) => main) ?? free.find(({ action }) => action === 'approve');
}

const deadlineView = (row: DeadlineRow): z.input<typeof DeadlineView> => ({
  revision: row.revision,
  cause: row.cause,
  startedAt: row.started_at.toISOString(),
  workingDays: row.working_days,
  at: row.at.toISOString(),
  provisional: row.provisional,
  doubts: row.doubts,
  calendarVersion: row.calendar_version,
  trace: row.trace.map((segment) => ({ ...segment })),
  setAt: row.set_at.toISOString(),
  setByName: row.set_by_name,
});

const OTHER_STEPS: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  draft: { zh: '起草', en: 'Drafted' },
  comment: { zh: '留言', en: 'Comment' },
  attach: { zh: '添加附件', en: 'File added' },
  remind: { zh: '到期提醒', en: 'Reminder' },
  escalate: { zh: '逾期升级', en: 'Escalation' },
};

export const stepTitle = (action: string) =>
  OTHER_STEPS[action] ??
  orderWorkflow.transitions.find((transition) => transition.action === action)?.title ?? { zh: action, en: action };

const stepView = (step: StepRow): z.input<typeof OrderDetail>['history'][number] => ({
  id: step.id,
  at: step.at.toISOString(),
  action: step.action,
  title: stepTitle(step.action),
  from: step.from_state,
  to: step.to_state,
  round: step.round,
  byName: step.by_name,
  bySide: step.by_side,
  text: step.text,
  internal: step.side === 'centre',
});

export interface DetailParts {
  readonly order: OrderRow;
  readonly steps: readonly StepRow[];
  readonly deadlines: readonly DeadlineRow[];
  readonly pauses: readonly PauseRow[];
  readonly attachments: readonly AttachmentRow[];
  readonly facts: GuardCase;
}

function durations(order: OrderRow, pauses: readonly PauseRow[], now: Date) {
  if (order.clock_started_at === null) return { workingMinutesGross: null, workingMinutesNet: null };
  const { calendar } = orderStandards();
  const until = order.closed_at ?? now;
  return {
    workingMinutesGross: workingMinutesBetween(order.clock_started_at, until, calendar),
    workingMinutesNet: workingMinutesBetween(order.clock_started_at, until, calendar, pausedTime(pauses)),
  };
}

/** Everything one page shows of an order, as this person may see it. */
export function detailOf(ctx: Ctx, parts: DetailParts): z.input<typeof OrderDetail> {
  const { order, pauses } = parts;
  const now = ctx.clock.now();
  const ofCentre = ctx.scope.side === 'centre';
  return {
    ...viewOf(order, now, pauses),
    ...durations(order, pauses, now),
    body: order.body,
    advice: order.advice,
    evidence: order.evidence.map((line) => ({ ...line })),
    incidentId: ofCentre ? order.incident_id : null,
    repeatOf: order.repeat_of,
    joinedId: order.joined_id,
    authority: order.authority,
    authorityBasis: order.authority_basis,
    workingDays: order.duration_days,
    draftedByName: ofCentre ? order.drafted_by_name : '',
    draftedAt: order.drafted_at.toISOString(),
    reviewedByName: ofCentre ? order.reviewed_by_name : '',
    issuedByName: order.issued_by_name,
    receivedByName: order.received_by_name,
    submittedByName: order.submitted_by_name,
    measures: order.measures,
    verifierName: order.verifier_name,
    closedByName: order.closed_by_name,
    retest: order.retest,
    endReason: order.end_reason,
    extensionDays: order.extension_days,
    extensionReason: order.extension_reason,
    suspendedUntil: iso(order.suspended_until),
    deadlines: parts.deadlines.map(deadlineView),
    pauses: pauses.map((pause) => ({
      from: pause.from_at.toISOString(),
      plannedUntil: pause.planned_until.toISOString(),
      endedAt: iso(pause.ended_at),
      approvedByName: pause.approved_by_name,
      reason: pause.reason,
    })),
    history: parts.steps.map(stepView),
    attachments: parts.attachments.map((file) => ({
      sha256: file.sha256,
      fileName: file.file_name,
      mediaType: file.media_type,
      bytes: Number(file.bytes),
      purpose: file.purpose,
      round: file.round,
      addedByName: file.added_by_name,
      addedAt: file.added_at.toISOString(),
    })),
    allowed: movesFor(ctx, parts.facts),
  };
}
