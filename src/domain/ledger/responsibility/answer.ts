import { type RawBuilder, sql } from 'kysely';
import { unitByPath } from '#domain/organizations/index.ts';
import type { Tx } from '#platform/context.ts';
import { type DutyRole, type DutyState, refreshSummary } from './store.ts';

/** What a unit says of an asset as a whole says it of the responsibilities for it. */

async function answer(
  tx: Tx,
  assetId: string,
  { state, note }: { readonly state: DutyState; readonly note: string },
  which: RawBuilder<boolean>,
): Promise<void> {
  await tx.db
    .updateTable('asset_duty')
    .set({ state, note, decided_by_name: tx.actor.name, decided_at: tx.clock.now() })
    .where('asset_id', '=', assetId)
    .where('ended_at', 'is', null)
    .where(which)
    .execute();
  await refreshSummary(tx, assetId);
}

/** Everything about an asset is as the ledger says, also what was disputed or is over. */
export const confirmDuties = (tx: Tx, assetId: string, note: string): Promise<void> =>
  answer(tx, assetId, { state: 'confirmed', note }, sql`true`);

/** Its unit stands for an asset: that confirms what nobody has answered yet. */
export const claimDuties = (tx: Tx, assetId: string): Promise<void> =>
  answer(tx, assetId, { state: 'confirmed', note: '' }, sql`state IN ('presumed', 'to_claim')`);

/**
 * An asset is not of the unit it is entered for: what that unit is said to hold of it is disputed. Where it is said to hold
 * nothing, whatever is entered is in doubt.
 */
export async function disputeDuties(
  tx: Tx,
  { id, unitPath }: { readonly id: string; readonly unitPath: string },
  note: string,
): Promise<void> {
  const unit = await unitByPath(tx, unitPath);
  const held = sql`SELECT id FROM asset_duty WHERE asset_id = ${id} AND ended_at IS NULL
    AND (holder_name = ${unit?.name ?? ''} OR holder_id = ${unit?.id ?? null}::uuid)`;
  await answer(tx, id, { state: 'disputed', note }, sql`(id IN (${held}) OR NOT EXISTS (${held}))`);
}

/** Who a unit that takes over roles names for them is not known yet: the person named was the former unit's. */
export async function nameNobody(tx: Tx, assetId: string, roles: readonly DutyRole[]): Promise<void> {
  await tx.db
    .updateTable('asset_duty')
    .set({ person: '' })
    .where('asset_id', '=', assetId)
    .where(sql<boolean>`role = ANY(${[...roles]}::text[])`)
    .where('ended_at', 'is', null)
    .execute();
}
