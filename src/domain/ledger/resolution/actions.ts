import { sql } from 'kysely';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { conflict, notFound } from '#platform/errors.ts';
import { observeRecords } from '../observations/records.ts';
import { observationsOf, type StoredObservation } from '../observations/store.ts';
import { findAsset, insertAssets } from '../store.ts';
import { carryBack, carryOver } from './carry.ts';
import { decide, holdAsset, standFor, withdraw } from './decisions.ts';
import { factsOfObservations } from './facts.ts';
import { fold, keepHistory, recordChange } from './merge-store.ts';
import { endLinks } from './place.ts';
import { reconsider, reconsiderKey } from './reconsider.ts';
import { zoneKinds } from './renew.ts';
import { restore, restoreDecisions, type Snapshot, takeSnapshot } from './snapshot.ts';

const Reason = z.string().trim().min(1).max(500);
/** Observations that a person moves at a time. */
const MOVED_MAX = 200;

async function link(tx: Tx, observations: readonly StoredObservation[], assetId: string, unitPath: string) {
  await endLinks(tx, observations, 'person');
  await sql`UPDATE asset_observation SET asset_id = ${assetId}, unit_path = ${unitPath}, link_state = 'linked',
      link_rule = 'person-same', link_keys = '', linked_at = ${tx.clock.now().toISOString()}::timestamptz
    WHERE id = ANY(${observations.map(({ id }) => id)}::uuid[])`.execute(tx.db);
}

export const MergeInput = z.object({ id: z.uuid(), otherId: z.uuid(), reason: Reason });

const mergeOne = action('asset.resolve', MergeInput, async (tx, { id, otherId, reason }) => {
  if (id === otherId) throw conflict('An asset is the same as itself', 'asset.merge.itself');
  const kept = await holdAsset(tx, id);
  const other = await holdAsset(tx, otherId);
  const [left, right] = [standFor(kept.observations), standFor(other.observations)];
  if (left.node.class !== right.node.class) {
    throw conflict(`A ${left.node.class} and a ${right.node.class} are never one asset`, 'asset.merge.class');
  }
  const before = await takeSnapshot(
    tx.db,
    [id, otherId],
    other.observations.map((one) => one.id),
  );
  await link(tx, other.observations, id, kept.asset.unitPath);
  const keptVersion = await fold(tx.db, { kept: id, merged: otherId, now: tx.clock.now() });
  const carried = await carryOver(tx, { kept: id, merged: otherId });
  const changeId = await recordChange(tx, {
    kind: 'merge',
    kept: id,
    other: otherId,
    before: { ...before, carried },
    keptVersion,
    byRules: false,
    reason,
  });
  await withdraw(tx, kept.observations, other.observations, 'different');
  await decide(tx, [{ left, right, verdict: 'same', reason, changeId }]);
  await keepHistory(tx, kept.asset, 'merged', changeId);
  await keepHistory(tx, other.asset, 'merged', changeId);
  tx.record({
    object: { type: 'asset', id },
    unitPath: kept.asset.unitPath,
    data: {
      change: 'merge',
      changeId,
      name: kept.asset.facts.name,
      merged: { id: otherId, facts: other.asset.facts },
      reason,
    },
    related: [{ type: 'asset', id: otherId }],
  });
  tx.publish({ topic: 'asset', id, action: 'asset.resolve', unitPath: kept.asset.unitPath, side: 'both' });
  return { id: changeId };
});

/**
 * Makes one asset of two: everything observed of the other belongs to the one that stays, for good. Both are kept as they
 * were, so that it can be undone.
 *
 * @throws AppError `not_found`, `conflict` when one was merged already or they are of different classes
 */
export async function mergeAssets(ctx: Ctx, input: z.input<typeof MergeInput>): Promise<{ id: string }> {
  ctx.allow('asset.resolve');
  await observeRecords(ctx.asSystem(), [input.id, input.otherId]);
  return mergeOne(ctx, input);
}

export const SplitInput = z.object({
  id: z.uuid(),
  observationIds: z.array(z.uuid()).min(1).max(MOVED_MAX),
  reason: Reason,
});

const splitOne = action('asset.resolve', SplitInput, async (tx, { id, observationIds, reason }) => {
  const { asset, observations } = await holdAsset(tx, id);
  const leaving = observations.filter((one) => observationIds.includes(one.id));
  const staying = observations.filter((one) => !observationIds.includes(one.id));
  if (leaving.length !== new Set(observationIds).size) throw notFound('One of the observations');
  if (leaving.some(({ node }) => node.source === 'ledger' && node.nativeKey === id)) {
    throw conflict("The asset's own record stays with it", 'asset.split.record');
  }
  const left = standFor(staying);
  const [right] = leaving;
  if (right === undefined) throw notFound('The observation');
  const before = await takeSnapshot(tx.db, [id], observationIds);
  const newId = tx.ids.next();
  const holders = { supervisedBy: null, operatedBy: null, usedBy: null };
  const made = {
    id: newId,
    unitPath: asset.unitPath,
    facts: factsOfObservations(leaving, await zoneKinds(tx.db, leaving)),
    holders,
    source: 'discovered',
  };
  await insertAssets(tx, [{ ...made, source: 'discovered' }], { via: 'observed' });
  await link(tx, leaving, newId, asset.unitPath);
  await moveStays(tx, { from: id, to: newId }, leaving, staying);
  const change = {
    kind: 'split',
    kept: id,
    other: newId,
    before,
    keptVersion: asset.version,
    byRules: false,
    reason,
  } as const;
  const changeId = await recordChange(tx, change);
  await withdraw(tx, staying, leaving, 'same');
  const base = { reason, changeId };
  await decide(tx, [
    ...leaving.map((one) => ({ ...base, left, right: one, verdict: 'different' as const })),
    // Each side stays together, so that no third observation goes over by itself.
    ...leaving.slice(1).map((one) => ({ ...base, left: right, right: one, verdict: 'same' as const })),
    ...staying
      .filter((one) => one !== left)
      .slice(0, MOVED_MAX)
      .map((one) => ({ ...base, left, right: one, verdict: 'same' as const })),
  ]);
  tx.record({
    object: { type: 'asset', id },
    unitPath: asset.unitPath,
    data: { change: 'split', changeId, name: asset.facts.name, newId, observations: observationIds, reason },
    related: [{ type: 'asset', id: newId }],
  });
  tx.publish({ topic: 'asset', id, action: 'asset.resolve', unitPath: asset.unitPath, side: 'both' });
  return { id: newId };
});

/** Addresses that only those who leave were seen at go with them. */
async function moveStays(
  tx: Tx,
  { from, to }: { readonly from: string; readonly to: string },
  leaving: readonly StoredObservation[],
  staying: readonly StoredObservation[],
): Promise<void> {
  const addresses = (of: readonly StoredObservation[]) =>
    of.flatMap(({ node }) =>
      node.keys.flatMap(({ kind, space, value }) => (kind === 'address' ? `${space} ${value}` : [])),
    );
  const kept = new Set(addresses(staying));
  const gone = [...new Set(addresses(leaving))].filter((place) => !kept.has(place));
  await sql`UPDATE asset_address_holder SET asset_id = ${to}
    WHERE asset_id = ${from} AND zone || ' ' || address = ANY(${gone}::text[])`.execute(tx.db);
}

/**
 * Makes an asset of its own out of some of what was observed of another. The same is never put together again by rules.
 *
 * @returns the id of the new asset
 * @throws AppError `not_found`, `conflict` when nothing would be left or the asset's own record would leave it
 */
export async function splitAsset(ctx: Ctx, input: z.input<typeof SplitInput>): Promise<{ id: string }> {
  ctx.allow('asset.resolve');
  await observeRecords(ctx.asSystem(), [input.id]);
  return splitOne(ctx, input);
}

export const UndoInput = z.object({
  id: z.uuid(),
  discardLater: z.boolean().default(false).describe('also take back what was changed at the asset since'),
});

const undoOne = action('asset.resolve', UndoInput, async (tx, { id, discardLater }) => {
  const change = await tx.db
    .selectFrom('asset_identity_change')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (change === undefined) throw notFound('The merge or split');
  if (change.undone_at !== null) throw conflict('It was undone already', 'asset.undo.done');
  const pair = [change.kept_id, change.other_id];
  const later = await tx.db
    .selectFrom('asset_identity_change')
    .select('id')
    .where('undone_at', 'is', null)
    .where('id', '>', id)
    .where(({ or, eb }) => or([eb('kept_id', 'in', pair), eb('other_id', 'in', pair)]))
    .executeTakeFirst();
  if (later !== undefined) throw conflict('Undo the later merge or split of these assets first', 'asset.undo.order');
  const kept = await findAsset(tx.db, change.kept_id);
  const other = await findAsset(tx.db, change.other_id);
  if (kept === undefined || other === undefined) throw notFound('The asset');
  if (kept.version !== change.kept_version && !discardLater) {
    throw conflict('The asset was changed since: undoing takes that back as well', 'asset.undo.changed');
  }
  const snapshot = change.before as Snapshot;
  const moved = await observationsOf(
    tx.db,
    snapshot.observations.map((row) => String(row.id)),
  );
  await endLinks(tx, moved, 'undo');
  const merge = { kept: kept.id, merged: other.id };
  if (change.kind === 'split') {
    await fold(tx.db, { ...merge, now: tx.clock.now() });
    await carryOver(tx, merge);
  }
  await restore(tx.db, snapshot, tx.clock.now());
  if (change.kind === 'merge' && snapshot.carried !== undefined) await carryBack(tx, snapshot.carried, merge);
  const now = tx.clock.now();
  await tx.db
    .updateTable('asset_identity_decision')
    .set({ withdrawn_at: now })
    .where('change_id', '=', id)
    .where('withdrawn_at', 'is', null)
    .execute();
  await restoreDecisions(tx.db, snapshot);
  await tx.db
    .updateTable('asset_duplicate')
    .set({ settled_at: null })
    .where('settled_at', '=', change.made_at)
    .where(({ or, eb }) => or([eb('left_id', 'in', pair), eb('right_id', 'in', pair)]))
    .execute();
  await tx.db
    .updateTable('asset_identity_change')
    .set({ undone_at: now, undone_by_name: tx.actor.name })
    .where('id', '=', id)
    .execute();
  const staying = await holdAsset(tx, kept.id);
  const [first] = moved;
  if (change.by_rules && first !== undefined) {
    // What rules put together they would put together again.
    const rest = staying.observations.filter((one) => !moved.includes(one));
    const left = standFor(rest);
    await decide(
      tx,
      moved.map((right) => ({ left, right, verdict: 'different' as const, reason: 'undone', changeId: null })),
    );
  }
  await keepHistory(tx, kept, 'undone', id);
  await keepHistory(tx, other, 'undone', id);
  tx.record({
    object: { type: 'asset', id: kept.id },
    unitPath: kept.unitPath,
    data: { change: `undo-${change.kind}`, changeId: id, name: kept.facts.name, other: other.id },
    related: [{ type: 'asset', id: other.id }],
  });
  for (const asset of [kept, other]) {
    const { id: assetId, unitPath } = asset;
    tx.publish({ topic: 'asset', id: assetId, action: 'asset.resolve', unitPath, side: 'both' });
  }
  return { observations: [...moved, ...staying.observations].map((one) => one.id) };
});

/**
 * Takes a merge or split back: both assets, their keys, stays and links are exactly what they were.
 *
 * @throws AppError `not_found`, `conflict` when later ones rest on it or the asset was changed since
 */
export async function undoChange(ctx: Ctx, input: z.input<typeof UndoInput>): Promise<{ id: string }> {
  const { observations } = await undoOne(ctx, input);
  await reconsider(ctx, observations, 'undone');
  return { id: input.id };
}

export const DifferentInput = z.object({ leftId: z.uuid(), rightId: z.uuid(), reason: Reason });

/** Decides that two assets that look alike are two. */
export const keepApart = action('asset.resolve', DifferentInput, async (tx, { leftId, rightId, reason }) => {
  const left = await holdAsset(tx, leftId);
  const right = await holdAsset(tx, rightId);
  const pair = { left: standFor(left.observations), right: standFor(right.observations) };
  await withdraw(tx, left.observations, right.observations, 'same');
  await decide(tx, [{ ...pair, verdict: 'different', reason, changeId: null }]);
  const [first = '', second = ''] = [leftId, rightId].sort();
  await tx.db
    .updateTable('asset_duplicate')
    .set({ settled_at: tx.clock.now() })
    .where('left_id', '=', first)
    .where('right_id', '=', second)
    .execute();
  tx.record({
    object: { type: 'asset', id: leftId },
    unitPath: left.asset.unitPath,
    data: {
      change: 'keep-apart',
      name: left.asset.facts.name,
      other: { id: rightId, name: right.asset.facts.name },
      reason,
    },
    related: [{ type: 'asset', id: rightId }],
  });
  return { id: leftId };
});

export const ReleaseInput = z.object({ key: z.string().min(1).max(1000), reason: Reason });

const releaseOne = action('asset.resolve', ReleaseInput, async (tx, { key, reason }) => {
  const { numUpdatedRows } = await tx.db
    .updateTable('asset_key_quarantine')
    .set({ released_at: tx.clock.now(), released_by_name: tx.actor.name, reason })
    .where('key', '=', key)
    .where('released_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw notFound('The quarantined key');
  tx.record({
    object: { type: 'identity-key', id: key.slice(0, 200) },
    unitPath: tx.scope.path,
    data: { change: 'release', key, reason },
  });
});

/** Vouches for a key: it counts again and is not quarantined any more. Everything that has it is looked at again. */
export async function releaseKey(ctx: Ctx, input: z.input<typeof ReleaseInput>): Promise<{ key: string }> {
  await releaseOne(ctx, input);
  await reconsiderKey(ctx, input.key);
  return { key: input.key };
}

export const LockInput = z.object({
  id: z.uuid(),
  field: z.string().regex(/^[a-zA-Z]{1,40}$/),
  value: z.string().trim().max(500).nullable(),
});

/** Fixes a value against every source, or gives it free again with null. */
export const lockValue = action('asset.resolve', LockInput, async (tx, { id, field, value }) => {
  const { asset } = await holdAsset(tx, id);
  await tx.db.deleteFrom('asset_lock').where('asset_id', '=', id).where('field', '=', field).execute();
  if (value !== null) {
    await tx.db
      .insertInto('asset_lock')
      .values({
        asset_id: id,
        field,
        unit_path: asset.unitPath,
        value: JSON.stringify(value),
        locked_at: tx.clock.now(),
        locked_by_name: tx.actor.name,
      })
      .execute();
  }
  tx.record({
    object: { type: 'asset', id },
    unitPath: asset.unitPath,
    data: { change: value === null ? 'unlock' : 'lock', name: asset.facts.name, field, value },
  });
  return { id };
});
