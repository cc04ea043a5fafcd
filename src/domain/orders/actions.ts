import { z } from 'zod';
import { incidentFacts } from '#domain/incidents/index.ts';
import { getUnit } from '#domain/organizations/index.ts';
import { mask } from '#engine/sensitive/find.ts';
import { action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { conflict, notFound } from '#platform/errors.ts';
import { locked, told } from './move.ts';
import { ATTACHMENTS_MAX, DraftInput, type EvidenceLine } from './order.ts';
import { authorityOf, orderStandards } from './standards.ts';
import { attachmentsOf, insertAttachment, insertOrder, insertReminder, orderById } from './store.ts';
import { isOpen, orderWorkflow } from './workflow.ts';

/** Evidence leaves the centre with identifiers masked, whoever typed it. */
const masked = (lines: readonly EvidenceLine[]): EvidenceLine[] =>
  lines.map((line) => ({ ...line, title: mask(line.title), text: mask(line.text) }));

async function relatedExist(tx: Tx, input: DraftInput): Promise<void> {
  if (input.incidentId) await incidentFacts(tx, input.incidentId);
  if (input.repeatOf && !(await orderById(tx.db, input.repeatOf))) throw notFound('The order it repeats');
}

/** Whose order it is. What the platform drafts by itself is the region's: it stands in no centre of its own. */
const centreFor = ({ scope }: Tx, unitPath: string): string =>
  scope.path === '/' ? `/${unitPath.split('/')[1] ?? ''}/` : scope.path;

/**
 * Writes a draft. The unit sees nothing of it until it is issued and delivered.
 * @throws AppError `not_found` for a unit, incident or order out of sight, `conflict` for a closed unit
 */
export const draftOrder = action('order.draft', DraftInput, async (tx, input): Promise<{ id: string }> => {
  const unit = await getUnit(tx, input.unitId);
  if (unit.state !== 'active') throw conflict('The unit is closed', 'order.unit.closed');
  await relatedExist(tx, input);
  const now = tx.clock.now();
  const id = tx.ids.next();
  const centre = centreFor(tx, unit.path);
  await insertOrder(tx.db, {
    id,
    unit_path: unit.path,
    unit_name: unit.name,
    centre_path: centre,
    kind: input.kind,
    grade: input.grade,
    title: input.title,
    body: input.body,
    advice: input.advice,
    evidence: JSON.stringify(masked(input.evidence)),
    incident_id: input.incidentId ?? null,
    repeat_of: input.repeatOf ?? null,
    authority: input.authority ?? authorityOf(centre).name,
    authority_basis: input.authorityBasis ?? orderStandards().documents.basis,
    state: orderWorkflow.initial,
    previous_state: null,
    number: null,
    duration_days: input.workingDays,
    deadline_at: null,
    clock_started_at: null,
    drafted_by: tx.actor.id,
    drafted_by_name: tx.actor.name,
    drafted_at: now,
    changed_at: now,
  });
  const order = await locked(tx, id);
  await told(tx, order, order, {
    action: 'draft',
    side: 'centre',
    text: '',
    data: { kind: input.kind, grade: input.grade, unit: unit.path },
  });
  return { id };
});

const Comment = z.strictObject({
  id: z.uuid(),
  text: z.string().trim().min(1).max(4000),
  /** Only for colleagues at the centre. */
  internal: z.boolean().default(false),
});

/** Says something about an order without moving it. What a unit says is always for both sides. */
export const commentOrder = action('order.comment', Comment, async (tx, input): Promise<void> => {
  const order = await locked(tx, input.id);
  const inside = order.delivered_at === null || (input.internal && tx.scope.side === 'centre');
  await told(tx, order, order, {
    action: 'comment',
    side: inside ? 'centre' : 'both',
    text: input.text,
    data: {},
  });
});

const Attachment = z.strictObject({
  id: z.uuid(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  fileName: z.string().min(1).max(200),
  mediaType: z.string().max(200),
  bytes: z.number().int().min(0),
});

type Attachment = z.output<typeof Attachment>;

async function attach(tx: Tx, input: Attachment, purpose: 'evidence' | 'enclosure'): Promise<void> {
  const order = await locked(tx, input.id);
  if (!isOpen(order.state)) throw conflict(`The order is ${order.state}: nothing can be added`, 'order.attach.over');
  if (purpose === 'enclosure' && order.number !== null) {
    throw conflict('The order is issued: its enclosures cannot change any more', 'order.attach.issued');
  }
  const files = await attachmentsOf(tx.db, order.id);
  if (files.length >= ATTACHMENTS_MAX) {
    throw conflict(`An order holds at most ${ATTACHMENTS_MAX} files`, 'order.attach.many');
  }
  const isNew = await insertAttachment(tx.db, {
    id: tx.ids.next(),
    order_id: order.id,
    unit_path: order.unit_path,
    side: 'both',
    round: order.round,
    purpose,
    sha256: input.sha256,
    file_name: input.fileName,
    media_type: input.mediaType,
    bytes: input.bytes,
    added_by: tx.actor.id,
    added_by_name: tx.actor.name,
    added_at: tx.clock.now(),
  });
  if (!isNew) throw conflict('The same file is attached already', 'order.attach.same');
  await told(tx, order, order, {
    action: 'attach',
    side: order.delivered_at === null ? 'centre' : 'both',
    text: '',
    data: { file: input.fileName, sha256: input.sha256, bytes: input.bytes, purpose },
  });
}

/** The centre encloses a file while it drafts. */
export const encloseFile = action('order.draft', Attachment, (tx, input) => attach(tx, input, 'enclosure'));

/** The unit hands in evidence. It counts for the present round. */
export const handInFile = action('order.submit', Attachment, (tx, input) => attach(tx, input, 'evidence'));

const Reminder = z.strictObject({
  orderId: z.uuid(),
  revision: z.number().int(),
  stage: z.string().max(60),
  kind: z.enum(['reminder', 'escalation']),
});

/**
 * Reminds or escalates once per order, deadline and stage; the caller has made sure that it still makes sense.
 * @throws AppError `conflict` when it was sent before
 */
export const remindOrder = action('order.remind', Reminder, async (tx, input): Promise<void> => {
  const order = await locked(tx, input.orderId);
  const isNew = await insertReminder(tx.db, {
    order_id: order.id,
    revision: input.revision,
    stage: input.stage,
    unit_path: order.unit_path,
    kind: input.kind,
    sent_at: tx.clock.now(),
  });
  if (!isNew) throw conflict('This reminder was sent before', 'order.remind.same');
  await told(tx, order, order, {
    action: input.kind === 'reminder' ? 'remind' : 'escalate',
    side: 'both',
    text: '',
    data: { stage: input.stage, revision: input.revision },
  });
});
