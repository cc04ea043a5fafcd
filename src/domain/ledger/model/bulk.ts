import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { invalid, notFound } from '#platform/errors.ts';
import { type AssetFacts, AssetInput } from '../asset.ts';
import { holderIdsOf, lockAsset, updateAsset } from '../store.ts';
import { definitionOf } from './classes.ts';

const ASSETS_MAX = 500;

/** What can be set on many assets at once: nothing that tells one from another. */
const Common = z.object({
  importance: AssetInput.shape.importance.unwrap().optional(),
  protectionLevel: z.int().min(1).max(5).optional(),
  criticalInfrastructure: z.boolean().optional(),
  responsiblePerson: AssetInput.shape.responsiblePerson.unwrap().optional(),
  location: AssetInput.shape.location.unwrap().optional(),
  remark: AssetInput.shape.remark.unwrap().optional(),
});

export const BulkChange = z.object({
  assetIds: z.array(z.uuid()).min(1).max(ASSETS_MAX),
  set: Common,
});

const CLASSED: ReadonlySet<string> = new Set(['importance', 'protectionLevel', 'criticalInfrastructure', 'location']);

/** What of it the class of the asset has. */
function fitting(facts: AssetFacts, set: z.output<typeof Common>): Partial<AssetFacts> {
  const shared: readonly string[] = definitionOf(facts.class).shared;
  return Object.fromEntries(
    Object.entries(set).filter(
      ([field, value]) => value !== undefined && (!CLASSED.has(field) || shared.includes(field)),
    ),
  );
}

/** Sets the same on many assets, each with its own line of history. Assets whose class lacks a field are left as they are. */
export const changeMany = action('asset.manage', BulkChange, async (tx, { assetIds, set }) => {
  if (Object.values(set).every((value) => value === undefined)) {
    throw invalid('Nothing is to be changed', [{ at: '/set', message: 'Set at least one field' }]);
  }
  const changed: string[] = [];
  for (const id of [...new Set(assetIds)].sort()) if (await changeOneOf(tx, id, set)) changed.push(id);
  tx.record({
    object: { type: 'asset_bulk', id: tx.ids.next() },
    unitPath: tx.scope.path,
    data: { change: 'bulk', set, assets: changed.length },
    related: changed.map((id) => ({ type: 'asset', id })),
  });
  const [first] = changed;
  if (first !== undefined) {
    tx.publish({ topic: 'asset', id: first, action: 'asset.manage', unitPath: tx.scope.path, side: 'both' });
  }
  return { changed: changed.length };
});

async function changeOneOf(tx: Tx, id: string, set: z.output<typeof Common>): Promise<boolean> {
  const asset = await lockAsset(tx.db, id);
  if (asset === undefined) throw notFound('The asset');
  const byCentre = tx.scope.side === 'centre' && asset.facts.state === 'confirmed';
  const facts = { ...asset.facts, ...fitting(asset.facts, set) };
  const settled =
    byCentre && JSON.stringify(facts) !== JSON.stringify(asset.facts) ? { ...facts, state: 'changed' as const } : facts;
  return (await updateAsset(tx, asset, settled, await holderIdsOf(tx.db, id), { via: 'bulk' })).length > 0;
}
