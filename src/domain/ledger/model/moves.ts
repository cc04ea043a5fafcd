import { z } from 'zod';
import { unitByPath } from '#domain/organizations/index.ts';
import { next } from '#engine/workflow/workflow.ts';
import { type Action, action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import type { ChangeVia } from '../history/store.ts';
import { claimDuties, disputeDuties, nameNobody } from '../responsibility/answer.ts';
import { HOLDERS } from '../responsibility/store.ts';
import { holderIdsOf, lockAsset, moveToUnit, type StoredAsset } from '../store.ts';
import { updateAsset } from '../update.ts';
import { ASSET_MOVES, type AssetMove, type AssetState, assetLifecycle } from './lifecycle.ts';

const REASON_MAX = 500;

export const MoveInput = z.object({
  reason: z.string().trim().max(REASON_MAX).default('').describe('needed to reject, retire, write off and vouch'),
  unitPath: z.string().max(300).default('').describe('the unit an asset is assigned to'),
});

const OneMove = MoveInput.extend({ id: z.uuid(), move: z.enum(ASSET_MOVES) });
type MoveOf = z.output<typeof OneMove>;

/** Sides that a person may not make a move for, whatever the permissions. */
function refuseOtherSide(tx: Tx, move: AssetMove): void {
  const { who } = assetLifecycle.transitions.find(({ action: name }) => name === move) ?? { who: 'system' };
  if (tx.actor.kind === 'system') return;
  if (who !== tx.scope.side) {
    throw conflict('This move is made by the other side', who === 'unit' ? 'asset.move.unit' : 'asset.move.centre');
  }
}

/**
 * Moves a locked asset along its life. Its history and its new state are written; the caller records the entry.
 *
 * @throws AppError `conflict` when the state does not allow it, `invalid_input` when a reason or unit is missing
 */
export async function moveLocked(
  tx: Tx,
  asset: StoredAsset,
  { move, reason, unitPath }: Pick<MoveOf, 'move' | 'reason' | 'unitPath'>,
  via: ChangeVia,
): Promise<AssetState> {
  refuseOtherSide(tx, move);
  const step = next(assetLifecycle, asset.facts.state, move);
  if (!step.ok) throw conflict('The asset is in another state: look at it again', 'asset.move.state');
  const { guards } = step.transition;
  if (guards.includes('reason') && reason === '') {
    throw invalid('Say why', [{ at: '/reason', message: 'A sentence why' }], 'asset.move.reason');
  }
  if (guards.includes('unit')) await assign(tx, asset, step.to, unitPath, via);
  else await updateAsset(tx, asset, { ...asset.facts, state: step.to }, await holderIdsOf(tx.db, asset.id), via);
  if (move === 'reject') await disputeDuties(tx, asset, reason);
  if (move === 'claim' || move === 'confirm') await claimDuties(tx, asset.id);
  return step.to;
}

/** Gives an asset to another unit, and to that also the roles that the former one had: it is asked for them anew. */
async function assign(tx: Tx, asset: StoredAsset, state: AssetState, path: string, via: ChangeVia): Promise<void> {
  const unit = await unitByPath(tx, path);
  if (unit === undefined) {
    throw invalid('Choose a unit', [{ at: '/unitPath', message: 'Choose a unit of your area' }]);
  }
  const former = await unitByPath(tx, asset.unitPath);
  const holders = await holderIdsOf(tx.db, asset.id);
  const passing = HOLDERS.filter(
    ([, field]) =>
      former !== undefined &&
      former.id !== unit.id &&
      (holders[field] === former.id || asset.facts[field] === former.name),
  );
  const named = Object.fromEntries(passing.map(([, field]) => [field, unit.name]));
  const ids = Object.fromEntries(passing.map(([, field]) => [field, unit.id]));
  await updateAsset(tx, asset, { ...asset.facts, state, ...named }, { ...holders, ...ids }, via);
  await nameNobody(
    tx,
    asset.id,
    passing.map(([role]) => role),
  );
  await moveToUnit(tx, asset, path);
}

const moveWith = (permission: string): Action<z.input<typeof OneMove>, { id: string }> =>
  action(permission, OneMove, async (tx, input) => {
    const asset = await lockAsset(tx.db, input.id);
    if (asset === undefined) throw notFound('The asset');
    const to = await moveLocked(tx, asset, input, { via: input.move === 'assign' ? 'assigned' : 'moved' });
    const unitPath = input.move === 'assign' ? input.unitPath : asset.unitPath;
    const { move, reason, id } = input;
    tx.record({
      object: { type: 'asset', id },
      unitPath,
      data: { change: 'move', move, name: asset.facts.name, from: asset.facts.state, to, reason },
    });
    tx.publish({ topic: 'asset', id, action: permission, unitPath, side: 'both' });
    return { id };
  });

const MOVES = new Map(
  ['asset.claim', 'asset.assign', 'asset.manage'].map((permission) => [permission, moveWith(permission)]),
);

/** Makes one move of an asset's life. @throws AppError `forbidden`, `not_found`, `conflict`, `invalid_input` */
export async function moveAsset(ctx: Ctx, input: z.input<typeof OneMove>): Promise<{ id: string }> {
  const move = assetLifecycle.transitions.find(({ action: name }) => name === input.move);
  const run = MOVES.get(move?.permission ?? '');
  if (run === undefined) throw notFound('The move');
  return run(ctx, input);
}
