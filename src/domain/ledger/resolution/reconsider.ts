import { sql } from 'kysely';
import { z } from 'zod';
import { hash64 } from '#engine/identity/hash.ts';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { HOLDERS_MAX, observationsOf } from '../observations/store.ts';
import { placeObservations, RESOLVE_LOCK } from './place.ts';

const placeAgain = action(
  'asset.observe',
  z.object({ ids: z.array(z.uuid()), because: z.string() }),
  async (tx, { ids, because }) => {
    await sql`SELECT pg_advisory_xact_lock(${RESOLVE_LOCK})`.execute(tx.db);
    const { created, merged, moved, related, quarantined } = await placeObservations(
      tx,
      await observationsOf(tx.db, ids),
    );
    tx.record({
      object: { type: 'observation', id: tx.ids.next() },
      unitPath: '/',
      data: { change: 'reconsider', because, observations: ids.length, created, merged, moved, related, quarantined },
      related: created.map((id) => ({ type: 'asset', id })),
    });
  },
);

/** Looks again where observations belong, after a person decided something about them. Not inside a transaction. */
export async function reconsider(ctx: Ctx, ids: readonly string[], because: string): Promise<void> {
  if (ids.length > 0) await placeAgain(ctx.asSystem(), { ids: [...ids], because });
}

/** Looks again at everything that has a key. */
export async function reconsiderKey(ctx: Ctx, key: string): Promise<void> {
  const { rows } = await ctx.asSystem().read((db) =>
    sql<{
      id: string;
    }>`SELECT observation_id AS id FROM asset_observation_key WHERE key = ${hash64(key).toString()}::bigint
      LIMIT ${HOLDERS_MAX}`.execute(db),
  );
  await reconsider(
    ctx,
    rows.map(({ id }) => id),
    'released',
  );
}
