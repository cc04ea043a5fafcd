import type { Answer } from '#api/types.ts';

export type Graph = Answer<'/api/assets/{id}/graph'>;
export type Impact = 'from_to' | 'to_from' | 'both';

export interface Placed {
  readonly id: string;
  readonly name: string;
  /** Title of its class, in the class's own name. */
  readonly class: string;
  /** 0 is the asset, below it what harms it, above what it harms. */
  readonly column: number;
  readonly row: number;
}

/** Rows of a column that are drawn; the rest is a number. */
const ROWS_MAX = 8;

/**
 * Puts what an asset is connected with into columns: what harms it to the left, what it harms to the right, farther
 * away by steps.
 */
export function placeGraph(
  graph: Graph,
  id: string,
  impactOf: (kind: string) => Impact,
): { readonly nodes: readonly Placed[]; readonly hidden: number } {
  const column = new Map<string, number>([[id, 0]]);
  const nearestFirst = [...graph.nodes].sort((left, right) => left.distance - right.distance);
  for (const node of nearestFirst) {
    if (node.id === id) continue;
    for (const edge of graph.edges) {
      if (edge.fromId !== node.id && edge.toId !== node.id) continue;
      const other = edge.fromId === node.id ? edge.toId : edge.fromId;
      const base = column.get(other);
      if (base === undefined || column.has(node.id)) continue;
      const harms = impactOf(edge.kind) === 'from_to' ? edge.fromId === node.id : edge.toId === node.id;
      // Beyond the first step a side is kept: what harms what harms me stands farther left.
      const side = base === 0 ? (harms ? -1 : 1) : Math.sign(base);
      column.set(node.id, base + side);
    }
  }
  const rows = new Map<number, number>();
  const nodes: Placed[] = [];
  let hidden = 0;
  for (const node of nearestFirst) {
    const at = column.get(node.id);
    if (at === undefined) continue;
    const row = rows.get(at) ?? 0;
    rows.set(at, row + 1);
    if (row < ROWS_MAX) nodes.push({ id: node.id, name: node.name, class: node.class, column: at, row });
    else hidden += 1;
  }
  return { nodes, hidden };
}
