import { z } from 'zod';
import { findUnit, unitByPath } from '#domain/organizations/index.ts';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { parseInput } from '#platform/input.ts';
import { type AssetFacts, AssetInput, differences } from './asset.ts';
import { codeTaken, type HolderIds, insertAssets, lockAsset, updateAsset } from './store.ts';

const Holders = z.object({
  supervisedBy: z.uuid().nullable(),
  operatedBy: z.uuid().nullable(),
  usedBy: z.uuid().nullable(),
});

const insertOne = action(
  'asset.manage',
  z.object({ unitPath: z.string(), facts: AssetInput, holders: Holders }),
  async (tx, { unitPath, facts, holders }) => {
    const id = tx.ids.next();
    if (await codeTaken(tx.db, unitPath, facts.code, id)) {
      throw conflict(`The unit already has an asset with number "${facts.code}"`, 'asset.code.taken');
    }
    await insertAssets(tx.db, [{ id, unitPath, facts, holders, source: 'manual' }], tx.clock.now());
    tx.record({ object: { type: 'asset', id }, unitPath, data: { change: 'create', ...facts } });
    tx.publish({ topic: 'asset', id, action: 'asset.manage', unitPath, side: 'both' });
    return { id };
  },
);

const changeOne = action(
  'asset.manage',
  z.object({ id: z.uuid(), version: z.number().int(), facts: AssetInput, holders: Holders }),
  async (tx, { id, version, facts, holders }) => {
    const before = await lockAsset(tx.db, id);
    if (before === undefined) throw notFound('The asset');
    if (before.version !== version) {
      throw conflict('Somebody changed the asset in the meantime: look at it again', 'asset.version');
    }
    const { unitPath } = before;
    if (await codeTaken(tx.db, unitPath, facts.code, id)) {
      throw conflict(`The unit already has an asset with number "${facts.code}"`, 'asset.code.taken');
    }
    const changes = differences(before.facts, facts);
    if (changes.length > 0) await updateAsset(tx.db, { id, unitPath }, facts, holders, tx.clock.now());
    tx.record({
      object: { type: 'asset', id },
      unitPath,
      data: { change: 'change', name: facts.name, changes },
    });
    tx.publish({ topic: 'asset', id, action: 'asset.manage', unitPath, side: 'both' });
    return { id };
  },
);

/** Ids of the units of the triple by their names. Units outside the caller's scope count: most authorities are. */
export async function holdersOfFacts(ctx: Ctx, facts: AssetFacts): Promise<HolderIds> {
  const system = ctx.asSystem();
  const idOf = async (name: string) => (name === '' ? null : ((await findUnit(system, name))?.id ?? null));
  return {
    supervisedBy: await idOf(facts.supervisedBy),
    operatedBy: await idOf(facts.operatedBy),
    usedBy: await idOf(facts.usedBy),
  };
}

export const CreateAsset = AssetInput.safeExtend({
  unitPath: z.string().max(300).optional().describe('default: the own unit'),
});

/**
 * Enters an asset by hand.
 *
 * @throws AppError `invalid_input` when no unit of the caller's scope is at the path, `conflict` when the number is taken
 */
export async function createAsset(ctx: Ctx, input: z.input<typeof CreateAsset>): Promise<{ id: string }> {
  ctx.allow('asset.manage');
  const { unitPath = ctx.scope.path, ...facts } = parseInput(CreateAsset, input);
  if ((await unitByPath(ctx, unitPath)) === undefined) {
    throw invalid('An asset belongs to a unit', [{ at: '/unitPath', message: 'Choose a unit of your area' }]);
  }
  return insertOne(ctx, { unitPath, facts, holders: await holdersOfFacts(ctx, facts) });
}

/** Changes an asset to these facts. `version` is the one that was read. @throws AppError `conflict`, `not_found` */
export async function changeAsset(
  ctx: Ctx,
  input: { readonly id: string; readonly version: number; readonly facts: AssetFacts },
): Promise<{ id: string }> {
  ctx.allow('asset.manage');
  return changeOne(ctx, { ...input, holders: await holdersOfFacts(ctx, input.facts) });
}
