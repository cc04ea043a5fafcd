import { sql } from 'kysely';
import { z } from 'zod';
import { alterations } from '#engine/identity/altered.ts';
import { next } from '#engine/workflow/workflow.ts';
import { action } from '#platform/action.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { FieldChange } from '../asset.ts';
import { assetLifecycle } from '../model/lifecycle.ts';
import { LEDGER_SOURCE, type Prepared } from '../observations/prepare.ts';
import type { StoredObservation } from '../observations/store.ts';
import { recordAssetsByUnit } from '../record-by-unit.ts';
import { holderIdsOfMany, lockAssets, type StoredAsset } from '../store.ts';
import { updateAssets } from '../update.ts';

/** An observation with the asset that it is linked to. */
export interface Linked {
  readonly prepared: Prepared;
  readonly assetId: string;
}

/** What a source says of an asset that its unit does not know yet. */
interface Notice {
  /** Whether it became another one, or was seen although it is retired. */
  readonly what: 'altered' | 'seen';
  readonly assetId: string;
  readonly told: readonly FieldChange[];
}

const toldBy = ({ observation: { source, nativeKey } }: Prepared): FieldChange => ({
  field: 'observed.by',
  from: null,
  to: `${source} ${nativeKey}`,
});

/**
 * Where a source says lasting things of an asset otherwise than it did the last time. Nothing on first sight.
 *
 * @param placeOf the asset that an observation is of now: one that went to another asset says nothing of the former
 */
export const alteredAmong = (
  changed: readonly { readonly before: StoredObservation; readonly prepared: Prepared }[],
  placeOf: (observationId: string) => string | null | undefined,
): Notice[] =>
  changed.flatMap(({ before, prepared }): Notice[] => {
    const { assetId, node, facts } = before;
    const { observation, keys } = prepared;
    if (assetId === null || placeOf(before.id) !== assetId || observation.source === LEDGER_SOURCE) return [];
    const found = alterations({ facts, keys: node.keys }, { facts: observation.facts, keys });
    if (found.length === 0) return [];
    const told = found.map(({ fact, from, to }) => ({ field: `observed.${fact}`, from, to }));
    return [{ what: 'altered', assetId, told: [...told, toldBy(prepared)] }];
  });

/**
 * Retired assets that a source saw since. What people enter is no sign of life, and an address alone is none: another
 * machine may have it by now.
 */
export async function reappearedAmong(db: Db, linked: readonly Linked[]): Promise<Notice[]> {
  const latest = new Map<string, Prepared>();
  for (const { assetId, prepared } of linked) {
    const { source, seenAt } = prepared.observation;
    if (source === LEDGER_SOURCE || prepared.keys.every(({ kind }) => kind === 'address')) continue;
    const known = latest.get(assetId);
    if (known === undefined || known.observation.seenAt < seenAt) latest.set(assetId, prepared);
  }
  if (latest.size === 0) return [];
  const { rows } = await sql<{ id: string; retired_at: Date | null }>`
    SELECT id, retired_at FROM asset WHERE id = ANY(${[...latest.keys()]}::uuid[]) AND state = 'retired'`.execute(db);
  return rows.flatMap(({ id, retired_at }): Notice[] => {
    const prepared = latest.get(id);
    if (prepared === undefined || retired_at === null || prepared.observation.seenAt <= retired_at) return [];
    return [{ what: 'seen', assetId: id, told: [toldBy(prepared)] }];
  });
}

/** The notices that count for an asset as it stands, and the state that it gets by them. */
function answerOf({ facts: { state } }: StoredAsset, notices: readonly Notice[]) {
  const of = (what: Notice['what']): FieldChange[] => notices.flatMap((one) => (one.what === what ? one.told : []));
  const [told, move] = state === 'retired' ? [of('seen'), 'reappear' as const] : [of('altered'), 'observe' as const];
  if (told.length === 0) return undefined;
  const step = next(assetLifecycle, state, move);
  if (step.ok) return { told, state: step.to };
  // Its unit has not confirmed what was noticed before: it has more to confirm.
  return state === 'changed' ? { told, state } : undefined;
}

const Notices = z.custom<readonly Notice[]>((value) => Array.isArray(value));

/**
 * Asks units to confirm what sources noticed: confirmed assets that became other ones, and retired ones that were seen, are
 * changed from now on. What was noticed stands in their history; what people entered stays as it is.
 */
export const tellUnits = action('asset.observe', Notices, async (tx, notices) => {
  const byAsset = Map.groupBy(notices, ({ assetId }) => assetId);
  const assets = await lockAssets(tx.db, [...byAsset.keys()]);
  const holders = await holderIdsOfMany(tx.db, [...byAsset.keys()]);
  const updates = assets.flatMap((before) => {
    const answer = answerOf(before, byAsset.get(before.id) ?? []);
    const triple = holders.get(before.id);
    if (answer === undefined || triple === undefined) return [];
    return { before, facts: { ...before.facts, state: answer.state }, holders: triple, told: answer.told };
  });
  await updateAssets(tx, updates, { via: 'observed' });
  const reappeared = new Set(updates.flatMap(({ before: { id, facts } }) => (facts.state === 'retired' ? id : [])));
  await recordAssetsByUnit(tx, 'asset.observe', {
    object: { type: 'observation', id: tx.ids.next() },
    unitPath: '/',
    assetIds: updates.map(({ before }) => before.id),
    dataOf: (ids) => ({
      change: 'noticed',
      altered: ids.filter((id) => !reappeared.has(id)),
      reappeared: ids.filter((id) => reappeared.has(id)),
    }),
  });
  for (const { before } of updates) {
    tx.publish({ topic: 'asset', id: before.id, action: 'asset.observe', unitPath: before.unitPath, side: 'both' });
  }
});
