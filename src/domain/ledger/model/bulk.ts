import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { invalid, notFound } from '#platform/errors.ts';
import { type AssetFacts, AssetInput, type FieldChange, takenBack } from '../asset.ts';
import { recordAssetsByUnit } from '../record-by-unit.ts';
import { lockAssets } from '../store.ts';
import { TRIPLE, UnitIds, unitIdsOf, updatesOf } from '../triple.ts';
import { updateAssets } from '../update.ts';
import { NETWORK_ZONES } from './attributes.ts';
import { changedSegments, putIntoSegment, requireSegment, takeOutAgain } from './bulk-segment.ts';
import { definitionOf } from './classes.ts';

const ASSETS_MAX = 500;

/** What can be set on many assets at once: nothing that tells one from another. */
const Common = z.object({
  importance: AssetInput.shape.importance.unwrap().optional(),
  protectionLevel: z.int().min(1).max(5).optional(),
  criticalInfrastructure: z.boolean().optional(),
  supervisedBy: AssetInput.shape.supervisedBy.unwrap().optional(),
  operatedBy: AssetInput.shape.operatedBy.unwrap().optional(),
  usedBy: AssetInput.shape.usedBy.unwrap().optional(),
  responsiblePerson: AssetInput.shape.responsiblePerson.unwrap().optional(),
  location: AssetInput.shape.location.unwrap().optional(),
  remark: AssetInput.shape.remark.unwrap().optional(),
  zone: z.enum(NETWORK_ZONES).optional().describe('network zone, of segments'),
  segmentId: z.uuid().optional().describe('the segment that they lie in, in place of what was said before'),
});

export const BulkChange = z.object({
  assetIds: z.array(z.uuid()).min(1).max(ASSETS_MAX),
  set: Common,
});

const CLASSED: ReadonlySet<string> = new Set(['importance', 'protectionLevel', 'criticalInfrastructure', 'location']);

/** What of it the class of the asset has. */
function fitting(facts: AssetFacts, { zone, segmentId: _, ...set }: z.output<typeof Common>): Partial<AssetFacts> {
  const { shared, attributes } = definitionOf(facts.class);
  const fields: readonly string[] = shared;
  return {
    ...Object.fromEntries(
      Object.entries(set).filter(
        ([field, value]) => value !== undefined && (!CLASSED.has(field) || fields.includes(field)),
      ),
    ),
    ...(zone !== undefined && attributes.includes('zone') ? { attributes: { ...facts.attributes, zone } } : {}),
  };
}

const keepBulk = action('asset.manage', BulkChange.extend({ units: UnitIds }), async (tx, { assetIds, set, units }) => {
  if (Object.values(set).every((value) => value === undefined)) {
    throw invalid('Nothing is to be changed', [{ at: '/set', message: 'Set at least one field' }]);
  }
  const id = tx.ids.next();
  const changed: string[] = [];
  const { segmentId } = set;
  if (segmentId !== undefined) await requireSegment(tx, segmentId);
  const assets = await lockAssets(tx.db, assetIds);
  if (assets.length < new Set(assetIds).size) throw notFound('The asset');
  const after = assets.map((before) => {
    const byCentre = tx.scope.side === 'centre' && before.facts.state === 'confirmed';
    const facts = { ...before.facts, ...fitting(before.facts, set) };
    const differs = JSON.stringify(facts) !== JSON.stringify(before.facts);
    return { before, facts: byCentre && differs ? { ...facts, state: 'changed' as const } : facts };
  });
  const changes = await updateAssets(tx, await updatesOf(tx, after, units), { via: 'bulk', reference: id });
  for (const asset of assets) {
    const lies =
      segmentId !== undefined && asset.facts.class !== 'segment' && (await putIntoSegment(tx, asset, segmentId, id));
    if (changes.has(asset.id) || lies) changed.push(asset.id);
  }
  await recordAssetsByUnit(tx, 'asset.manage', {
    object: { type: 'asset_bulk', id },
    unitPath: tx.scope.path,
    assetIds: changed,
    dataOf: (own) => ({ change: 'bulk', set, assets: own.length }),
  });
  tell(tx, changed);
  return { id, changed: changed.length };
});

function tell(tx: Tx, changed: readonly string[]): void {
  const [first] = changed;
  if (first === undefined) return;
  tx.publish({ topic: 'asset', id: first, action: 'asset.manage', unitPath: tx.scope.path, side: 'both' });
}

/**
 * Sets the same on many assets, each with its own line of history. Assets whose class lacks a field are left as they are.
 *
 * @returns the number of the change, by which it can be taken back
 */
export async function changeMany(
  ctx: Ctx,
  input: z.output<typeof BulkChange>,
): Promise<{ id: string; changed: number }> {
  const names = TRIPLE.flatMap((field) => input.set[field] ?? []);
  return keepBulk(ctx, { ...input, units: await unitIdsOf(ctx, names) });
}

interface BulkLine {
  readonly asset_id: string;
  readonly version: number;
  readonly changes: readonly FieldChange[];
}

const linesOf = (ctx: Ctx, id: string): Promise<BulkLine[]> =>
  ctx.read(async (db) => {
    const rows = await db
      .selectFrom('asset_change')
      .select(['asset_id', 'version', 'changes'])
      .where('reference', '=', id)
      .where('via', '=', 'bulk')
      .orderBy('asset_id')
      .limit(ASSETS_MAX)
      .execute();
    return rows.map((row) => ({ ...row, changes: row.changes as FieldChange[] }));
  });

const undoKept = action('asset.manage', z.object({ id: z.uuid(), units: UnitIds }), async (tx, { id, units }) => {
  const lines = await linesOf(tx, id);
  const segments = await takeOutAgain(tx, id);
  const undone: string[] = [...segments.undone];
  const kept = new Set(segments.kept);
  const byId = new Map(
    (
      await lockAssets(
        tx.db,
        lines.map(({ asset_id }) => asset_id),
      )
    ).map((one) => [one.id, one]),
  );
  const after = lines.flatMap(({ asset_id, version, changes }) => {
    const before = byId.get(asset_id);
    // What was changed since stays.
    if (before === undefined || before.version !== version) {
      kept.add(asset_id);
      return [];
    }
    undone.push(asset_id);
    return { before, facts: takenBack(before.facts, [...changes].reverse()) };
  });
  await updateAssets(tx, await updatesOf(tx, after, units), { via: 'undone', reference: id });
  // Of which one part could not be taken back.
  const whole = [...new Set(undone)].filter((assetId) => !kept.has(assetId));
  await recordAssetsByUnit(tx, 'asset.manage', {
    object: { type: 'asset_bulk', id },
    unitPath: tx.scope.path,
    assetIds: undone,
    leftIds: [...kept],
    dataOf: (own) => {
      const left = own.filter((assetId) => kept.has(assetId)).length;
      return { change: 'undo', undone: own.length - left, kept: left };
    },
  });
  tell(tx, undone);
  return { undone: whole.length, kept: kept.size };
});

/**
 * Takes a change of many assets back. Assets that were changed since stay as they are, and are counted.
 *
 * @throws AppError `not_found` when nothing in sight was changed by it
 */
export async function undoMany(ctx: Ctx, id: string): Promise<{ undone: number; kept: number }> {
  ctx.allow('asset.manage');
  const lines = await linesOf(ctx, id);
  if (lines.length === 0 && !(await ctx.read((db) => changedSegments(db, id)))) throw notFound('The change');
  const before = lines.flatMap(({ changes }) => changes.map(({ field, from }) => ({ field, from })));
  const names = before.filter(({ field }) => TRIPLE.some((one) => one === field)).map(({ from }) => String(from ?? ''));
  return undoKept(ctx, { id, units: await unitIdsOf(ctx, names) });
}
