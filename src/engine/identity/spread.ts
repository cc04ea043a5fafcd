import type { IdentityKeyKind } from './keys.ts';
import type { IdentityNode } from './node.ts';

/** How many records of one source may hold a key within a window before it says nothing; by kind, and the window. */
export interface SpreadLimits {
  readonly windowHours: number;
  readonly most: Readonly<Partial<Record<IdentityKeyKind, number>>>;
}

export interface Spread {
  readonly key: string;
  /** The most records of one source that held it within a window. */
  readonly holders: number;
}

/**
 * Keys that too many records of one source hold at the same time: cloned UUIDs, shared addresses, placeholders that no
 * list knows. It grows with what is observed and does not depend on its order.
 */
export function spreadingKeys(nodes: readonly IdentityNode[], limits: SpreadLimits): Spread[] {
  const windowMs = limits.windowHours * 3_600_000;
  const counts = new Map<string, number>();
  const many = new Map<string, { readonly most: number; readonly nodes: IdentityNode[] }>();
  for (const node of nodes) {
    for (const { kind, text } of node.keys) {
      const most = limits.most[kind];
      if (most === undefined) continue;
      const count = (counts.get(text) ?? 0) + 1;
      counts.set(text, count);
      if (count > most) many.set(text, { most, nodes: [] });
    }
  }
  if (many.size === 0) return [];
  for (const node of nodes) for (const { text } of node.keys) many.get(text)?.nodes.push(node);
  const spread: Spread[] = [];
  for (const [key, { most, nodes: all }] of many) {
    let widest = 0;
    for (const seen of Map.groupBy(all, ({ source }) => source).values())
      if (seen.length > most) widest = Math.max(widest, depthOf(seen, windowMs));
    if (widest > most) spread.push({ key, holders: widest });
  }
  return spread.sort((left, right) => (left.key < right.key ? -1 : 1));
}

/** The most observations that lie within one window. */
function depthOf(nodes: readonly IdentityNode[], windowMs: number): number {
  const turns = nodes
    .flatMap(({ firstMs, lastMs }) => [
      { at: firstMs, by: 1 },
      { at: lastMs + windowMs, by: -1 },
    ])
    .sort((left, right) => left.at - right.at || right.by - left.by);
  let depth = 0;
  let most = 0;
  for (const { by } of turns) {
    depth += by;
    most = Math.max(most, depth);
  }
  return most;
}
