import { z } from 'zod';
import { findUnit } from '#domain/organizations/index.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import type { AssetFacts } from './asset.ts';
import { type HolderIds, holderIdsOf, holderIdsOfMany, type StoredAsset } from './store.ts';
import type { AssetUpdate } from './update.ts';

/** Who supervises, runs and uses an asset (谁主管、谁运行、谁使用): names, beside which the ids of their units are kept. */
export const TRIPLE = ['supervisedBy', 'operatedBy', 'usedBy'] as const;

/** Ids of units by their names; null: the platform knows none of that name. */
export type UnitIds = ReadonlyMap<string, string | null>;
export const UnitIds = z.custom<UnitIds>((value) => value instanceof Map);

/** Units of the whole platform count: most authorities are outside the caller's scope. */
export async function unitIdsOf(ctx: Ctx, names: Iterable<string>): Promise<UnitIds> {
  const system = ctx.asSystem();
  const ids = new Map<string, string | null>([['', null]]);
  for (const name of names) if (!ids.has(name)) ids.set(name, (await findUnit(system, name))?.id ?? null);
  return ids;
}

/** The triple's ids after a change: anew where the name is another one. */
function holdersChanged(known: HolderIds, before: StoredAsset, facts: AssetFacts, units: UnitIds): HolderIds {
  const changed = TRIPLE.filter((field) => facts[field] !== before.facts[field]);
  return { ...known, ...Object.fromEntries(changed.map((field) => [field, units.get(facts[field]) ?? null])) };
}

export const holdersAfter = async (
  tx: Tx,
  before: StoredAsset,
  facts: AssetFacts,
  units: UnitIds,
): Promise<HolderIds> => holdersChanged(await holderIdsOf(tx.db, before.id), before, facts, units);

/** What locked assets become, with the units of their triples. */
export async function updatesOf(
  tx: Tx,
  after: readonly { readonly before: StoredAsset; readonly facts: AssetFacts }[],
  units: UnitIds,
): Promise<AssetUpdate[]> {
  const known = await holderIdsOfMany(
    tx.db,
    after.map(({ before }) => before.id),
  );
  return after.flatMap(({ before, facts }) => {
    const holders = known.get(before.id);
    return holders === undefined ? [] : { before, facts, holders: holdersChanged(holders, before, facts, units) };
  });
}
