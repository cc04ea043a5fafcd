import { z } from 'zod';
import { action } from '#platform/action.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { findAsset } from '../store.ts';
import { RELATION_KINDS } from './relations.ts';

export const NewRelation = z.object({
  fromId: z.uuid(),
  toId: z.uuid(),
  kind: z.enum(RELATION_KINDS),
  note: z.string().trim().max(200).default(''),
});

/** Says that one asset stands on another. The first has to be an asset of the caller's. */
export const relateAssets = action('asset.manage', NewRelation, async (tx, { fromId, toId, kind, note }) => {
  const from = await findAsset(tx.db, fromId);
  const to = await findAsset(tx.db, toId);
  if (from === undefined || to === undefined) throw notFound('The asset');
  if (fromId === toId) throw invalid('An asset has no relation to itself', [{ at: '/toId', message: 'Another asset' }]);
  const there = await tx.db
    .selectFrom('asset_relation')
    .select('id')
    .where('from_id', '=', fromId)
    .where('to_id', '=', toId)
    .where('kind', '=', kind)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  if (there !== undefined) throw conflict('The relation is there already', 'asset.relation.there');
  const id = tx.ids.next();
  await tx.db
    .insertInto('asset_relation')
    .values({
      id,
      unit_path: from.unitPath,
      from_id: fromId,
      to_id: toId,
      kind,
      source: 'manual',
      note,
      created_at: tx.clock.now(),
      created_by_name: tx.actor.name,
      ended_at: null,
    })
    .execute();
  tx.record({
    object: { type: 'asset', id: fromId },
    unitPath: from.unitPath,
    data: { change: 'relate', kind, name: from.facts.name, to: to.facts.name, note },
    related: [{ type: 'asset', id: toId }],
  });
  tx.publish({ topic: 'asset', id: fromId, action: 'asset.manage', unitPath: from.unitPath, side: 'both' });
  return { id };
});

/** Ends a relation; that it was there stays in the record. */
export const endRelation = action('asset.manage', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const row = await tx.db
    .updateTable('asset_relation')
    .set({ ended_at: tx.clock.now(), ended_by_name: tx.actor.name })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .returning(['unit_path', 'from_id', 'to_id', 'kind'])
    .executeTakeFirst();
  if (row === undefined) throw notFound('The relation');
  tx.record({
    object: { type: 'asset', id: row.from_id },
    unitPath: row.unit_path,
    data: { change: 'unrelate', kind: row.kind },
    related: [{ type: 'asset', id: row.to_id }],
  });
  tx.publish({ topic: 'asset', id: row.from_id, action: 'asset.manage', unitPath: row.unit_path, side: 'both' });
  return { id };
});
