import { sql } from 'kysely';
import type { Tx } from '#platform/context.ts';
import { conflict, notFound } from '#platform/errors.ts';
import { observationsOfAssets, type StoredObservation } from '../observations/store.ts';
import { lockAsset, type StoredAsset } from '../store.ts';

/** An asset with everything that was observed of it, locked until the end of the transaction. */
export interface Held {
  readonly asset: StoredAsset;
  readonly observations: readonly StoredObservation[];
}

/** @throws AppError `not_found`, `conflict` when it turned out to be another asset, or nothing was ever observed of it */
export async function holdAsset(tx: Tx, id: string): Promise<Held> {
  const asset = await lockAsset(tx.db, id);
  if (asset === undefined) throw notFound('The asset');
  const row = await tx.db.selectFrom('asset').select('merged_into').where('id', '=', id).executeTakeFirstOrThrow();
  if (row.merged_into !== null) throw conflict('The asset was merged into another one', 'asset.merged');
  return { asset, observations: await observationsOfAssets(tx.db, [id]) };
}

/** The observation that stands for an asset in decisions: the ledger's own record, else the first by source and key. */
export function standFor(observations: readonly StoredObservation[]): StoredObservation {
  const [first] = observations;
  const record = observations.find(({ node }) => node.source === 'ledger');
  const one = record ?? first;
  if (one === undefined) {
    throw conflict('Nothing was observed of the asset yet: try again in a minute', 'asset.identity.unobserved');
  }
  return one;
}

interface Decision {
  readonly left: StoredObservation;
  readonly right: StoredObservation;
  readonly verdict: 'same' | 'different';
  readonly reason: string;
  readonly changeId: string | null;
}

/** Keeps what a person decided about two observations; an earlier decision about the pair is withdrawn. */
export async function decide(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  const now = tx.clock.now();
  for (const { left, right, verdict, reason, changeId } of decisions) {
    const [first, second] = left.id < right.id ? [left, right] : [right, left];
    await tx.db
      .updateTable('asset_identity_decision')
      .set({ withdrawn_at: now })
      .where('left_id', '=', first.id)
      .where('right_id', '=', second.id)
      .where('withdrawn_at', 'is', null)
      .execute();
    await tx.db
      .insertInto('asset_identity_decision')
      .values({
        id: tx.ids.next(),
        unit_path: first.unitPath,
        left_id: first.id,
        right_id: second.id,
        verdict,
        reason,
        change_id: changeId,
        decided_at: now,
        decided_by: tx.actor.id,
        decided_by_name: tx.actor.name,
        withdrawn_at: null,
      })
      .execute();
  }
}

/** Takes back what was decided between the observations of two assets, of one kind. */
export async function withdraw(
  tx: Tx,
  left: readonly StoredObservation[],
  right: readonly StoredObservation[],
  verdict: 'same' | 'different',
): Promise<void> {
  const [one, other] = [left.map(({ id }) => id), right.map(({ id }) => id)];
  await sql`UPDATE asset_identity_decision SET withdrawn_at = ${tx.clock.now().toISOString()}::timestamptz
    WHERE withdrawn_at IS NULL AND verdict = ${verdict}
      AND ((left_id = ANY(${one}::uuid[]) AND right_id = ANY(${other}::uuid[]))
        OR (left_id = ANY(${other}::uuid[]) AND right_id = ANY(${one}::uuid[])))`.execute(tx.db);
}
