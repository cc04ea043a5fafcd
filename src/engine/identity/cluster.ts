import { type IdentityKeyKind, rankOf } from './keys.ts';
import type { IdentityNode } from './node.ts';

/** Observations that are held for one thing. */
export interface Cluster {
  readonly nodes: IdentityNode[];
  /** Values by kind and space. */
  readonly values: Map<string, Map<string, { firstMs: number; lastMs: number }>>;
}

export function clusterOf(node: IdentityNode): Cluster {
  const values: Cluster['values'] = new Map();
  for (const { kind, space, value } of node.keys) {
    const of = `${kind}|${space}`;
    const known = values.get(of) ?? new Map();
    values.set(of, known.set(value, { firstMs: node.firstMs, lastMs: node.lastMs }));
  }
  return { nodes: [node], values };
}

export function join(into: Cluster, from: Cluster): void {
  into.nodes.push(...from.nodes);
  for (const [of, values] of from.values) {
    const known = into.values.get(of) ?? new Map();
    into.values.set(of, known);
    for (const [value, { firstMs, lastMs }] of values) {
      const own = known.get(value);
      known.set(value, {
        firstMs: Math.min(firstMs, own?.firstMs ?? firstMs),
        lastMs: Math.max(lastMs, own?.lastMs ?? lastMs),
      });
    }
  }
}

/** Kinds that stand before `rank`, of which both have values and none in common. */
export function vetoesOf(left: Cluster, right: Cluster, rank: number): { vetoes: string[]; reinstalled: boolean } {
  const vetoes: string[] = [];
  let reinstalled = false;
  for (const [of, mine] of left.values) {
    const kind = of.slice(0, of.indexOf('|')) as IdentityKeyKind;
    if (rankOf(kind) >= rank) continue;
    const theirs = right.values.get(of);
    if (theirs === undefined || [...mine.keys()].some((value) => theirs.has(value))) continue;
    // A new agent on the same machine: the old one was never seen again after the new one began.
    if (kind === 'agent' && apart(mine, theirs)) reinstalled = true;
    else
      vetoes.push(
        ...[...mine.keys()].sort().map((value) => `${of}|${value}`),
        ...[...theirs.keys()].sort().map((value) => `${of}|${value}`),
      );
  }
  return { vetoes: vetoes.sort(), reinstalled };
}

type Spans = ReadonlyMap<string, { readonly firstMs: number; readonly lastMs: number }>;

/** Whether no value of one was alive while one of the other was. */
const apart = (left: Spans, right: Spans): boolean =>
  [...left.values()].every((mine) =>
    [...right.values()].every((theirs) => mine.lastMs < theirs.firstMs || theirs.lastMs < mine.firstMs),
  );
