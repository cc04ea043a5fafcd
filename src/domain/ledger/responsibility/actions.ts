import { z } from 'zod';
import { findUnit } from '#domain/organizations/index.ts';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import type { AssetFacts } from '../asset.ts';
import { recordAssetsByUnit } from '../record-by-unit.ts';
import { holderIdsOf, lockAsset } from '../store.ts';
import { updateAsset } from '../update.ts';
import { DUTY_ROLES, type DutyRole, refreshSummary } from './store.ts';

const Line = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'Control characters are not allowed');

export const SetDuty = z.object({
  role: z.enum(DUTY_ROLES),
  holder: Line(100).min(1).describe('full name of the unit'),
  person: Line(50).default(''),
  fromOn: z.iso.date(),
  untilOn: z.iso.date().nullable().default(null),
  basis: Line(200).default('').describe('the document it rests on'),
});

const FIELD = { supervised: 'supervisedBy', operated: 'operatedBy', used: 'usedBy' } as const satisfies Record<
  DutyRole,
  keyof AssetFacts
>;

const OneDuty = SetDuty.extend({ id: z.uuid() });

const putDuty = action('asset.manage', OneDuty.extend({ holderId: z.uuid().nullable() }), async (tx, input) => {
  const { id, role, holder, holderId, person, fromOn, untilOn, basis } = input;
  if (untilOn !== null && untilOn < fromOn) {
    throw invalid('It ends before it begins', [{ at: '/untilOn', message: `Not before ${fromOn}` }]);
  }
  const asset = await lockAsset(tx.db, id);
  if (asset === undefined) throw notFound('The asset');
  const facts = { ...asset.facts, [FIELD[role]]: holder };
  const holders = { ...(await holderIdsOf(tx.db, id)), [FIELD[role]]: holderId };
  await updateAsset(tx, asset, facts, holders, { via: 'edited' });
  const own = tx.scope.side === 'unit';
  await tx.db
    .updateTable('asset_duty')
    .set({
      person,
      from_on: fromOn,
      until_on: untilOn,
      basis,
      note: '',
      state: own ? 'confirmed' : 'presumed',
      decided_by_name: tx.actor.name,
      decided_at: tx.clock.now(),
    })
    .where('asset_id', '=', id)
    .where('role', '=', role)
    .where('ended_at', 'is', null)
    .execute();
  await refreshSummary(tx, id);
  tx.record({
    object: { type: 'asset', id },
    unitPath: asset.unitPath,
    data: { change: 'duty', name: asset.facts.name, role, holder, person, fromOn, untilOn, basis },
  });
  tx.publish({ topic: 'asset', id, action: 'asset.manage', unitPath: asset.unitPath, side: 'both' });
  return { id };
});

/**
 * Says who answers for an asset in a role, since when, how long and on what basis.
 *
 * @throws AppError `not_found`, `invalid_input`
 */
export async function setDuty(ctx: Ctx, input: z.input<typeof OneDuty>): Promise<{ id: string }> {
  ctx.allow('asset.manage');
  // Units outside the caller's scope count: most authorities are.
  const unit = await findUnit(ctx.asSystem(), input.holder);
  return putDuty(ctx, { ...input, holderId: unit?.id ?? null });
}

export const DecideDuty = z.object({
  answer: z.enum(['confirm', 'dispute']),
  note: Line(500).default('').describe('needed to dispute: why, and who it should be'),
});

/** A unit confirms a responsibility, or disputes it: then the centre finds out who has it. */
export const decideDuty = action('asset.claim', DecideDuty.extend({ id: z.uuid() }), async (tx, input) => {
  const { id, answer, note } = input;
  if (answer === 'dispute' && note === '') {
    throw invalid('Say why', [{ at: '/note', message: 'Why, and who it should be' }], 'asset.move.reason');
  }
  const row = await tx.db
    .updateTable('asset_duty')
    .set({
      state: answer === 'confirm' ? 'confirmed' : 'disputed',
      note,
      decided_by_name: tx.actor.name,
      decided_at: tx.clock.now(),
    })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .returning(['asset_id', 'unit_path', 'role', 'holder_name'])
    .executeTakeFirst();
  if (row === undefined) throw notFound('The responsibility');
  await refreshSummary(tx, row.asset_id);
  tx.record({
    object: { type: 'asset', id: row.asset_id },
    unitPath: row.unit_path,
    data: { change: answer, role: row.role, holder: row.holder_name, note },
  });
  tx.publish({ topic: 'asset', id: row.asset_id, action: 'asset.claim', unitPath: row.unit_path, side: 'both' });
  return { id };
});

const HANDED_MAX = 2000;

export const Handover = z.object({
  from: Line(50).min(1).describe('the person who leaves'),
  to: Line(50).min(1),
  assetIds: z.array(z.uuid()).min(1).max(HANDED_MAX),
  reason: Line(200).default(''),
});

/** Gives what one person held to another, as a whole or in a role; each asset keeps it in its history. */
export const handOver = action('asset.handover', Handover, async (tx, { from, to, assetIds, reason }) => {
  if (from === to) throw invalid('Choose another person', [{ at: '/to', message: 'Not the person who leaves' }]);
  const handed: string[] = [];
  for (const id of [...new Set(assetIds)].sort()) {
    if (await handOne(tx, id, from, to)) handed.push(id);
  }
  if (handed.length === 0) throw conflict('None of these assets is held by that person', 'asset.handover.none');
  await recordAssetsByUnit(tx, 'asset.handover', {
    object: { type: 'asset_handover', id: tx.ids.next() },
    unitPath: tx.scope.path,
    assetIds: handed,
    dataOf: (own) => ({ change: 'handover', from, to, reason, assets: own.length }),
  });
  for (const id of handed.slice(0, 1)) {
    tx.publish({ topic: 'asset', id, action: 'asset.handover', unitPath: tx.scope.path, side: 'both' });
  }
  return { handed: handed.length };
});

async function handOne(tx: Tx, id: string, from: string, to: string): Promise<boolean> {
  const asset = await lockAsset(tx.db, id);
  if (asset === undefined) return false;
  // The person alone: unit, period, basis and what was decided about it stay as they are.
  const { numUpdatedRows } = await tx.db
    .updateTable('asset_duty')
    .set({ person: to })
    .where('asset_id', '=', id)
    .where('person', '=', from)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  if (asset.facts.responsiblePerson !== from) return numUpdatedRows > 0n;
  const facts = { ...asset.facts, responsiblePerson: to };
  await updateAsset(tx, asset, facts, await holderIdsOf(tx.db, id), { via: 'handover' });
  return true;
}
