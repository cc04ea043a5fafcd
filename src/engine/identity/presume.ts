import type { Cluster } from './cluster.ts';
import type { IdentityKey } from './keys.ts';
import { type IdentityNode, type Link, strongestFirst, suffices } from './node.ts';

interface Tools {
  usable(key: IdentityKey): boolean;
  keptApart(left: Cluster, right: Cluster): boolean;
  unite(left: Cluster, right: Cluster): void;
}

/** Two sightings of an address further apart than this say nothing of each other, even where addresses are fixed. */
const ADDRESS_DAYS = 90;

const near = (left: IdentityNode, right: IdentityNode): boolean => {
  const padMs = ADDRESS_DAYS * 86_400_000;
  return left.firstMs <= right.lastMs + padMs && right.firstMs <= left.lastMs + padMs;
};

/**
 * Observations that have nothing but a name or an address. They go, as a presumption, to the only asset for which a unit
 * declared that name or address, or to the only one seen there where the zone's addresses are fixed. They bring no keys
 * with them, so nothing is ever linked through them.
 */
export function presume(
  nodes: readonly IdentityNode[],
  clusters: Map<string, Cluster>,
  links: Map<string, Link>,
  { usable, keptApart, unite }: Tools,
): void {
  const poor = nodes.filter(
    (node) => !links.has(node.id) && node.keys.length > 0 && !suffices(node.keys.filter(usable)),
  );
  if (poor.length === 0) return;
  const isPoor = new Set(poor.map(({ id }) => id));
  const rich = new Map<string, IdentityNode[]>();
  for (const node of nodes) {
    if (isPoor.has(node.id)) continue;
    for (const key of node.keys) {
      if (!usable(key)) continue;
      const known = rich.get(key.text);
      if (known === undefined) rich.set(key.text, [node]);
      else known.push(node);
    }
  }
  const declared = (node: IdentityNode) => node.keys.some(({ kind }) => kind === 'record');
  const moves: { node: IdentityNode; to: Cluster; link: Link }[] = [];
  for (const node of poor) {
    for (const key of strongestFirst(node.keys.filter(usable))) {
      const { text } = key;
      const isAddress = key.kind === 'address';
      const all = (rich.get(text) ?? []).filter(
        (other) => declared(other) || (isAddress && key.fixed && other.class === node.class && near(node, other)),
      );
      // What a unit declared goes before what was seen.
      const entered = all.filter(declared);
      const found = new Set((entered.length > 0 ? entered : all).flatMap(({ id }) => clusters.get(id) ?? []));
      const [to, other] = found;
      const own = clusters.get(node.id);
      if (to === undefined || other !== undefined || own === undefined || keptApart(own, to)) continue;
      const byRecord = isAddress ? 'declared-address' : 'declared-name';
      const rule = entered.length > 0 ? byRecord : 'address-in-static-zone';
      moves.push({ node, to, link: { rule, keys: [text], presumed: true } });
      break;
    }
  }
  for (const { node, to, link } of moves) {
    links.set(node.id, link);
    to.nodes.push(node);
    clusters.set(node.id, to);
  }
  uniteAtFixedAddresses(poor, clusters, links, { usable, keptApart, unite }, rich);
}

/** What is left and was seen at the same fixed address, where nothing better is known, is presumed to be one thing. */
function uniteAtFixedAddresses(
  poor: readonly IdentityNode[],
  clusters: Map<string, Cluster>,
  links: Map<string, Link>,
  { usable, keptApart, unite }: Tools,
  rich: ReadonlyMap<string, readonly IdentityNode[]>,
): void {
  const first = new Map<string, IdentityNode>();
  for (const node of poor) {
    if (links.has(node.id)) continue;
    const key = node.keys.find((one) => one.kind === 'address' && one.fixed && usable(one));
    // Where others were seen too, whose it is cannot be told: it stays by itself and makes no asset.
    if (key === undefined || rich.has(key.text)) continue;
    const text = `${node.class}|${key.text}`;
    links.set(node.id, { rule: 'address-in-static-zone', keys: [key.text], presumed: true });
    const known = first.get(text);
    if (known === undefined) first.set(text, node);
    else {
      const [mine, theirs] = [clusters.get(node.id), clusters.get(known.id)];
      if (mine !== undefined && theirs !== undefined && mine !== theirs && !keptApart(mine, theirs))
        unite(theirs, mine);
    }
  }
}
