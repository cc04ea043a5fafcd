import { z } from 'zod';
import { findUnit, getUnit } from '#domain/organizations/index.ts';
import { dayOf } from '#engine/clocks/calendar.ts';
import { mask } from '#engine/sensitive/find.ts';
import type { Tx } from '#platform/context.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { acrossScopes } from '#platform/postgres/across-scopes.ts';
import { setDeadline } from './deadline.ts';
import { type Moving, move } from './move.ts';
import { DraftChange, documentNumber, Reason } from './order.ts';
import { authorityOf, kindOf } from './standards.ts';
import { endPause, insertPause, nextSerial, type OrderRow, orderById } from './store.ts';
import { isOpen, type OrderMove } from './workflow.ts';

const Note = z.object({ note: z.string().trim().max(2000).default('') });
const Because = z.object({ reason: Reason });
const Days = z.number().int().min(1).max(180);
const Submission = z.object({
  measures: z.string().trim().max(8000).default(''),
  contractor: z
    .string()
    .trim()
    .max(100)
    .default('')
    .describe('name, code or credit identifier of the contractor that helped; empty when nobody did'),
});
const Closing = z.object({
  retest: z.string().trim().max(4000).default('').describe('what the re-test found'),
  reason: z.string().trim().max(4000).default('').describe('why it is closed without evidence or re-test'),
});
const Failing = z.object({ reason: Reason, workingDays: Days.optional() });
const Reassignment = z.object({ unitId: z.uuid(), reason: Reason, workingDays: Days.optional() });
const ExtensionWish = z.object({ workingDays: z.number().int().min(1).max(60), reason: Reason });
const ExtensionGrant = z.object({
  workingDays: z.number().int().min(1).max(60).optional().describe('absent: as asked for'),
  note: z.string().trim().max(2000).default(''),
});
const Suspension = z.object({ until: z.iso.datetime(), reason: Reason });
const Joining = z.object({ intoId: z.uuid(), reason: Reason });
const Reopening = z.object({ reason: Reason, workingDays: Days });

const noted = ({ input }: Moving<{ note: string }>) => ({ text: input.note });
const explained = ({ input }: Moving<{ reason: string }>) => ({ text: input.reason });

/** Asks the queue to hand the order over. */
const handOver = (tx: Tx, order: Pick<OrderRow, 'id'>) => tx.enqueue('order.deliver', { orderId: order.id });

const edit = move('edit', DraftChange, ({ order, input }) => ({
  patch: {
    title: input.title ?? order.title,
    body: input.body ?? order.body,
    advice: input.advice ?? order.advice,
    grade: input.grade ?? order.grade,
    duration_days: input.workingDays ?? order.duration_days,
    authority: input.authority ?? order.authority,
    authority_basis: input.authorityBasis ?? order.authority_basis,
    ...(input.evidence
      ? { evidence: JSON.stringify(input.evidence.map((line) => ({ ...line, text: mask(line.text) }))) }
      : {}),
    reviewed_by: null,
    reviewed_by_name: '',
    reviewed_at: null,
  },
  data: { changed: Object.keys(input) },
}));

const sendForReview = move('send_for_review', Note, (moving) => ({
  ...noted(moving),
  patch: { reviewed_by: null, reviewed_by_name: '', reviewed_at: null },
}));

const approve = move('approve', Note, ({ tx, input, now }) => ({
  text: input.note,
  patch: { reviewed_by: tx.actor.id, reviewed_by_name: tx.actor.name, reviewed_at: now },
}));

/** Gives the number, starts the clock and hands the order to delivery. */
const issue = move('issue', Note, async ({ tx, order, input, now }) => {
  const year = Number(dayOf(now).slice(0, 4));
  const serial = await nextSerial(tx.db, order.centre_path, order.kind, year);
  const number = documentNumber(authorityOf(order.centre_path).code, kindOf(order.kind).code, year, serial);
  const deadline = await setDeadline(tx, order, { cause: 'issue', startedAt: now, workingDays: order.duration_days });
  await handOver(tx, order);
  return {
    text: input.note,
    patch: { number, issued_by: tx.actor.id, issued_by_name: tx.actor.name, issued_at: now, ...deadline },
    data: { deadlineAt: deadline.deadline_at.toISOString(), provisional: deadline.deadline_provisional },
  };
});

const deliver = move('deliver', z.object({ recipients: z.array(z.string()).max(100) }), ({ input, now }) => ({
  patch: { delivered_at: now },
  data: { recipients: input.recipients },
}));

const receive = move('receive', Note, ({ tx, input, now }) => ({
  text: input.note,
  patch: { received_by: tx.actor.id, received_by_name: tx.actor.name, received_at: now },
}));

const submit = move('submit', Submission, async ({ tx, input, now }) => ({
  text: input.measures,
  patch: {
    submitted_by: tx.actor.id,
    submitted_by_name: tx.actor.name,
    submitted_at: now,
    measures: input.measures,
    contractor_path: await contractorPath(tx, input.contractor),
  },
  data: { contractor: input.contractor },
}));

/** A unit does not see its contractor's record, but has to name it; only the place is kept. */
async function contractorPath(tx: Tx, called: string): Promise<string | null> {
  if (called === '') return null;
  const unit = await acrossScopes(tx.db, () => findUnit(tx, called));
  if (unit) return unit.path;
  throw invalid('No unit has this name', [
    { at: '/contractor', message: 'write the full name, the code or the unified social credit identifier' },
  ]);
}

const takeVerification = move('take_verification', Note, ({ tx, input }) => ({
  text: input.note,
  patch: { verifier_id: tx.actor.id, verifier_name: tx.actor.name },
}));

const close = move('close', Closing, ({ tx, input, now }) => ({
  text: input.retest || input.reason,
  patch: {
    closed_by: tx.actor.id,
    closed_by_name: tx.actor.name,
    closed_at: now,
    retest: input.retest,
    end_reason: input.reason,
  },
  data: { withRetest: input.retest !== '', withReason: input.reason !== '' },
}));

const fail = move('fail', Failing, async ({ tx, order, input, now }) => ({
  text: input.reason,
  patch: {
    round: order.round + 1,
    ...(input.workingDays === undefined
      ? {}
      : await setDeadline(tx, order, { cause: 'return', startedAt: now, workingDays: input.workingDays })),
  },
}));

/** To another unit: a new stretch of time begins for it, the former unit's record stays as it is. */
const reassign = move('reassign', Reassignment, async ({ tx, order, input, now }) => {
  const unit = await getUnit(tx, input.unitId);
  if (unit.path === order.unit_path) throw conflict('The order is with this unit already', 'order.reassign.same');
  const wish = { cause: 'reassign' as const, startedAt: now, workingDays: input.workingDays ?? order.duration_days };
  const deadline = await setDeadline(tx, { ...order, unit_path: unit.path }, wish);
  await handOver(tx, order);
  return {
    text: input.reason,
    patch: {
      unit_path: unit.path,
      unit_name: unit.name,
      delivered_at: null,
      received_at: null,
      received_by: null,
      received_by_name: '',
      ...deadline,
    },
    data: { formerUnit: order.unit_path },
  };
});

const requestExtension = move('request_extension', ExtensionWish, ({ input }) => ({
  text: input.reason,
  patch: { extension_days: input.workingDays, extension_reason: input.reason },
  data: { workingDays: input.workingDays },
}));

const NO_EXTENSION = { extension_days: null, extension_reason: '' } as const;

const grantExtension = move('grant_extension', ExtensionGrant, async ({ tx, order, input }) => {
  const days = input.workingDays ?? order.extension_days ?? 0;
  const deadline = await setDeadline(tx, order, {
    cause: 'extension',
    startedAt: started(order),
    workingDays: order.duration_days + days,
  });
  return {
    text: input.note,
    patch: { ...NO_EXTENSION, ...deadline },
    data: { workingDays: days, deadlineAt: deadline.deadline_at.toISOString() },
  };
});

const denyExtension = move('deny_extension', Because, (moving) => ({ ...explained(moving), patch: NO_EXTENSION }));
const withdrawExtension = move('withdraw_extension', Note, (moving) => ({ ...noted(moving), patch: NO_EXTENSION }));

function started(order: OrderRow): Date {
  if (order.clock_started_at === null) throw conflict('The working clock has not started', 'order.clock.none');
  return order.clock_started_at;
}

const recomputed = (tx: Tx, order: OrderRow) =>
  setDeadline(tx, order, { cause: 'suspension', startedAt: started(order), workingDays: order.duration_days });

/** A suspension never lasts longer than this; whoever needs more suspends again. */
const SUSPENSION_DAYS_MAX = 90;

const suspend = move('suspend', Suspension, async ({ tx, order, input, now }) => {
  const until = new Date(input.until);
  const latest = now.getTime() + SUSPENSION_DAYS_MAX * 86_400_000;
  if (until <= now || until.getTime() > latest) {
    throw invalid('A suspension ends in the future, at most 90 days ahead', [
      { at: '/until', message: 'choose a day' },
    ]);
  }
  await insertPause(tx.db, {
    id: tx.ids.next(),
    order_id: order.id,
    unit_path: order.unit_path,
    from_at: now,
    planned_until: until,
    ended_at: null,
    approved_by: tx.actor.id,
    approved_by_name: tx.actor.name,
    reason: input.reason,
  });
  const deadline = await recomputed(tx, order);
  await tx.enqueue('order.end_suspension', { orderId: order.id, until: input.until }, { startAfter: until });
  return {
    text: input.reason,
    patch: { suspended_at: now, suspended_until: until, ...deadline },
    data: { until: input.until, deadlineAt: deadline.deadline_at.toISOString() },
  };
});

async function goOn({ tx, order, now }: Moving<unknown>) {
  const until = order.suspended_until;
  await endPause(tx.db, order.id, until !== null && until < now ? until : now);
  return { suspended_at: null, suspended_until: null, ...(await recomputed(tx, order)) };
}

const resume = move('resume', Note, async (moving) => ({ ...noted(moving), patch: await goOn(moving) }));
const endSuspension = move('end_suspension', z.object({}), async (moving) => ({ patch: await goOn(moving) }));

/** The other order must be open and with the same unit: the unit answers once. */
async function joined({ tx, order, input }: Moving<{ intoId: string; reason: string }>) {
  const other = await orderById(tx.db, input.intoId);
  if (!other) throw notFound('The other order');
  if (!isOpen(other.state) || other.number === null) {
    throw conflict('The other order is not an open, issued one', 'order.join.over');
  }
  if (other.unit_path !== order.unit_path) throw conflict('The other order is with another unit', 'order.join.unit');
  return {
    text: input.reason,
    patch: { joined_id: other.id, end_reason: input.reason },
    data: { other: other.number },
  };
}

const ended = ({ input }: Moving<{ reason: string }>) => ({ text: input.reason, patch: { end_reason: input.reason } });

const reopen = move('reopen', Reopening, async ({ tx, order, input, now }) => ({
  text: input.reason,
  patch: {
    round: order.round + 1,
    closed_at: null,
    closed_by: null,
    closed_by_name: '',
    retest: '',
    end_reason: '',
    ...(await setDeadline(tx, order, { cause: 'reopen', startedAt: now, workingDays: input.workingDays })),
  },
}));

/** What each move of the table does and what it wants to be told. System moves have no route. */
export const MOVES = {
  edit: { input: DraftChange, run: edit },
  send_for_review: { input: Note, run: sendForReview },
  send_back: { input: Because, run: move('send_back', Because, explained) },
  approve: { input: Note, run: approve },
  issue: { input: Note, run: issue },
  discard: { input: Because, run: move('discard', Because, ended) },
  receive: { input: Note, run: receive },
  start: { input: Note, run: move('start', Note, noted) },
  submit: { input: Submission, run: submit },
  refuse: { input: Because, run: move('refuse', Because, explained) },
  take_verification: { input: Note, run: takeVerification },
  close: { input: Closing, run: close },
  fail: { input: Failing, run: fail },
  uphold: { input: Because, run: move('uphold', Because, explained) },
  reassign: { input: Reassignment, run: reassign },
  request_extension: { input: ExtensionWish, run: requestExtension },
  withdraw_extension: { input: Note, run: withdrawExtension },
  grant_extension: { input: ExtensionGrant, run: grantExtension },
  deny_extension: { input: Because, run: denyExtension },
  suspend: { input: Suspension, run: suspend },
  resume: { input: Note, run: resume },
  merge: { input: Joining, run: move('merge', Joining, joined) },
  supersede: { input: Joining, run: move('supersede', Joining, joined) },
  revoke: { input: Because, run: move('revoke', Because, ended) },
  reopen: { input: Reopening, run: reopen },
} as const satisfies Partial<Record<OrderMove, unknown>>;

export const systemMoves = { deliver, end_suspension: endSuspension } as const;
