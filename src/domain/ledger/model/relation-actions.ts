import { sql } from 'kysely';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { findAsset } from '../store.ts';
import type { AssetClass } from './classes.ts';
import type { AssetState } from './lifecycle.ts';
import { RELATION_KINDS, type RelationKind } from './relations.ts';

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

interface GraphNode {
  readonly id: string;
  readonly name: string;
  readonly class: AssetClass;
  readonly state: AssetState;
  readonly unitPath: string;
  /** Steps from the asset that was asked for. */
  readonly distance: number;
}

interface GraphEdge {
  readonly id: string;
  readonly fromId: string;
  readonly toId: string;
  readonly kind: RelationKind;
}

const STEPS_MAX = 3;
const NODES_MAX = 120;

/**
 * What an asset is connected with, at most three steps and 120 assets away. Ends outside the caller's scope are left out.
 *
 * @returns `truncated` when there is more than that
 */
export async function graphAround(
  db: Db,
  id: string,
): Promise<{ nodes: GraphNode[]; edges: GraphEdge[]; truncated: boolean }> {
  const distance = new Map<string, number>([[id, 0]]);
  const edges = new Map<string, GraphEdge>();
  let border = [id];
  let truncated = false;
  for (let step = 1; step <= STEPS_MAX && border.length > 0; step += 1) {
    const rows = await db
      .selectFrom('asset_relation')
      .select(['id', 'from_id', 'to_id', 'kind'])
      .where('ended_at', 'is', null)
      .where(sql<boolean>`(from_id = ANY(${border}::uuid[]) OR to_id = ANY(${border}::uuid[]))`)
      .orderBy('created_at')
      .limit(NODES_MAX * 4)
      .execute();
    const found: string[] = [];
    for (const row of rows) {
      const fresh = [row.from_id, row.to_id].filter((end) => !distance.has(end));
      if (distance.size + fresh.length > NODES_MAX) {
        truncated = true;
        continue;
      }
      edges.set(row.id, { id: row.id, fromId: row.from_id, toId: row.to_id, kind: row.kind });
      for (const end of fresh) {
        distance.set(end, step);
        found.push(end);
      }
    }
    border = found;
  }
  const nodes = await db
    .selectFrom('asset')
    .select(['id', 'name', 'class', 'state', 'unit_path'])
    .where(sql<boolean>`id = ANY(${[...distance.keys()]}::uuid[])`)
    .execute();
  const seen = new Set(nodes.map((node) => node.id));
  return {
    nodes: nodes.map((node) => ({
      id: node.id,
      name: node.name,
      class: node.class,
      state: node.state,
      unitPath: node.unit_path,
      distance: distance.get(node.id) ?? STEPS_MAX,
    })),
    edges: [...edges.values()].filter(({ fromId, toId }) => seen.has(fromId) && seen.has(toId)),
    truncated,
  };
}
