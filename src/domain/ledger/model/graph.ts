import { sql } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';
import { assetsAt } from '../history/as-of.ts';
import type { AssetClass } from './classes.ts';
import type { AssetState } from './lifecycle.ts';
import type { RelationKind } from './relations.ts';

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

interface RelationRow {
  readonly id: string;
  readonly from_id: string;
  readonly to_id: string;
  readonly kind: RelationKind;
}

/** Relations with an end among some assets, the earliest first: those that hold now, or that held at a moment. */
export async function relationsOf(
  db: Db,
  ids: readonly string[],
  at: Date | undefined,
  limit: number,
): Promise<readonly RelationRow[]> {
  if (at === undefined) {
    return db
      .selectFrom('asset_relation')
      .select(['id', 'from_id', 'to_id', 'kind'])
      .where('ended_at', 'is', null)
      .where(sql<boolean>`(from_id = ANY(${ids}::uuid[]) OR to_id = ANY(${ids}::uuid[]))`)
      .orderBy('created_at')
      .limit(limit)
      .execute();
  }
  const here = (table: string) =>
    sql`(${sql.ref(`${table}.from_id`)} = ANY(${ids}::uuid[]) OR ${sql.ref(`${table}.to_id`)} = ANY(${ids}::uuid[]))`;
  const { rows } = await sql<RelationRow>`
    SELECT r.id, r.from_id, r.to_id, r.kind
    FROM (SELECT n.id FROM asset_relation n WHERE ${here('n')}
      UNION SELECT p.relation_id FROM asset_relation_before p WHERE ${here('p')} AND p.at > ${at}) c
    JOIN asset_relation d ON d.id = c.id
    LEFT JOIN LATERAL (SELECT was FROM asset_relation_before b
      WHERE b.relation_id = d.id AND b.at > ${at} ORDER BY b.at LIMIT 1) w ON true
    CROSS JOIN LATERAL jsonb_populate_record(d, coalesce(w.was, '{}')) r
    WHERE ${here('r')} AND r.created_at <= ${at} AND (r.ended_at IS NULL OR r.ended_at > ${at})
    ORDER BY r.created_at LIMIT ${limit}`.execute(db);
  return rows;
}

const STEPS_MAX = 3;
const NODES_MAX = 120;

/**
 * What an asset is connected with, at most three steps and 120 assets away. Ends outside the caller's scope are left out.
 *
 * @param at as it was at that moment; undefined: now
 * @returns `truncated` when there is more than that
 */
export async function graphAround(
  db: Db,
  id: string,
  at?: Date,
): Promise<{ nodes: GraphNode[]; edges: GraphEdge[]; truncated: boolean }> {
  const distance = new Map<string, number>([[id, 0]]);
  const edges = new Map<string, GraphEdge>();
  let border = [id];
  let truncated = false;
  for (let step = 1; step <= STEPS_MAX && border.length > 0; step += 1) {
    const rows = await relationsOf(db, border, at, NODES_MAX * 4);
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
  const nodes = await namedNodes(db, [...distance.keys()], at);
  const seen = new Set(nodes.map((node) => node.id));
  return {
    nodes: nodes.map((node) => ({ ...node, distance: distance.get(node.id) ?? STEPS_MAX })),
    edges: [...edges.values()].filter(({ fromId, toId }) => seen.has(fromId) && seen.has(toId)),
    truncated,
  };
}

async function namedNodes(
  db: Db,
  ids: readonly string[],
  at: Date | undefined,
): Promise<readonly Omit<GraphNode, 'distance'>[]> {
  if (at !== undefined) {
    const assets = [...(await assetsAt(db, ids, at)).values()];
    return assets.map(({ id, unitPath, facts }) => ({
      id,
      name: facts.name,
      class: facts.class,
      state: facts.state,
      unitPath,
    }));
  }
  const nodes = await db
    .selectFrom('asset')
    .select(['id', 'name', 'class', 'state', 'unit_path'])
    .where(sql<boolean>`id = ANY(${ids}::uuid[])`)
    .execute();
  return nodes.map(({ unit_path: unitPath, ...node }) => ({ ...node, unitPath }));
}
