import { z } from 'zod';
import { findUnit, unitByPath } from '#domain/organizations/index.ts';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { parseInput } from '#platform/input.ts';
import { type AssetFacts, AssetInput, settleFacts } from './asset.ts';
import type { AssetClass } from './model/classes.ts';
import { settleClass } from './model/classes.ts';
import { fieldsAt, ofClass } from './model/fields.ts';
import type { AssetState } from './model/lifecycle.ts';
import { codeTaken, type HolderIds, insertAssets, lockAsset } from './store.ts';
import { updateAsset } from './update.ts';

const Holders = z.object({
  supervisedBy: z.uuid().nullable(),
  operatedBy: z.uuid().nullable(),
  usedBy: z.uuid().nullable(),
});

/** The fields that centres added for assets of this path and class, with what is required of a person. */
async function ownFieldsFor(tx: Tx, unitPath: string, name: AssetClass, said: z.output<typeof AssetInput>) {
  const fields = ofClass(await fieldsAt(tx.db, unitPath), name);
  const missing =
    tx.actor.kind === 'system' ? [] : fields.filter(({ key, required }) => required && isMissing(said, key));
  if (missing.length > 0) {
    throw invalid(
      'Fields that the centre asks for are empty',
      missing.map(({ key, title }) => ({ at: `/attributes/${key}`, message: `Fill in "${title.zh}"` })),
    );
  }
  return fields;
}

const isMissing = ({ attributes }: z.output<typeof AssetInput>, key: string): boolean =>
  attributes[key] === undefined || attributes[key] === null || attributes[key] === '';

/** In what state an asset enters the ledger: what a unit enters itself is its own, what others enter it has to claim. */
const firstState = (tx: Tx, said: AssetState | undefined): AssetState =>
  said ?? (tx.scope.side === 'unit' || tx.actor.kind === 'system' ? 'confirmed' : 'to_claim');

const insertOne = action(
  'asset.manage',
  z.object({ unitPath: z.string(), facts: AssetInput, holders: Holders }),
  async (tx, { unitPath, facts: said, holders }) => {
    const id = tx.ids.next();
    if (await codeTaken(tx.db, unitPath, said.code, id)) {
      throw conflict(`The unit already has an asset with number "${said.code}"`, 'asset.code.taken');
    }
    const own = await ownFieldsFor(tx, unitPath, settleClass(said, said).class, said);
    const facts = settleFacts(said, firstState(tx, said.state), own);
    await insertAssets(tx, [{ id, unitPath, facts, holders, source: 'manual' }], { via: 'created' });
    tx.record({ object: { type: 'asset', id }, unitPath, data: { change: 'create', ...facts } });
    tx.publish({ topic: 'asset', id, action: 'asset.manage', unitPath, side: 'both' });
    return { id };
  },
);

const changeOne = action(
  'asset.manage',
  z.object({ id: z.uuid(), version: z.number().int(), facts: AssetInput, holders: Holders }),
  async (tx, { id, version, facts: said, holders }) => {
    const before = await lockAsset(tx.db, id);
    if (before === undefined) throw notFound('The asset');
    if (before.version !== version) {
      throw conflict('Somebody changed the asset in the meantime: look at it again', 'asset.version');
    }
    const { unitPath } = before;
    if (await codeTaken(tx.db, unitPath, said.code, id)) {
      throw conflict(`The unit already has an asset with number "${said.code}"`, 'asset.code.taken');
    }
    const own = await ownFieldsFor(tx, unitPath, settleClass(said, said).class, said);
    const facts = settleFacts(said, stateAfterEdit(tx, before.facts.state), own);
    const changes = await updateAsset(tx, before, facts, holders, { via: 'edited' });
    tx.record({
      object: { type: 'asset', id },
      unitPath,
      data: { change: 'change', name: facts.name, changes },
    });
    tx.publish({ topic: 'asset', id, action: 'asset.manage', unitPath, side: 'both' });
    return { id };
  },
);

/** What the centre changes about a confirmed asset, its unit has to confirm again. */
const stateAfterEdit = (tx: Tx, state: AssetState): AssetState =>
  tx.scope.side === 'centre' && tx.actor.kind !== 'system' && state === 'confirmed' ? 'changed' : state;

/** Ids of the units of the triple by their names. Units outside the caller's scope count: most authorities are. */
export async function holdersOfFacts(
  ctx: Ctx,
  facts: Pick<AssetFacts, 'supervisedBy' | 'operatedBy' | 'usedBy'>,
): Promise<HolderIds> {
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
  input: { readonly id: string; readonly version: number; readonly facts: z.output<typeof AssetInput> },
): Promise<{ id: string }> {
  ctx.allow('asset.manage');
  return changeOne(ctx, { ...input, holders: await holdersOfFacts(ctx, input.facts) });
}
