import { type Cluster, clusterOf, join, vetoesOf } from './cluster.ts';
import { type IdentityKey, rankOf } from './keys.ts';
import { before, type Decisions, type IdentityNode, type Link, strongestFirst, suffices } from './node.ts';
import { presume } from './presume.ts';

/** Two groups that share keys and were kept apart, with what spoke for it and what against. */
export interface NearMiss {
  readonly left: string;
  readonly right: string;
  readonly keys: readonly string[];
  /** Keys that differ although both have one of their kind; empty: the shared keys were too weak. */
  readonly vetoes: readonly string[];
}

export interface Group {
  /** Ids of the observations, sorted. */
  readonly nodes: readonly string[];
  /** Whether its keys suffice to speak of an asset. */
  readonly sufficient: boolean;
}

export interface Partition {
  readonly groups: readonly Group[];
  readonly links: ReadonlyMap<string, Link>;
  readonly nearMisses: readonly NearMiss[];
}

interface Edge {
  readonly left: IdentityNode;
  readonly right: IdentityNode;
  readonly keys: readonly IdentityKey[];
  /** Rank of the strongest key. */
  readonly rank: number;
}

/**
 * Pairs that share a key better than an address, by value: chains through the first observation of a value suffice for
 * strong keys, weak ones are compared pair by pair up to `PAIRS_MAX` of a value.
 *
 * @param ordered by source, which is the order of pairs that are equally strong
 */
function edgesOf(ordered: readonly IdentityNode[], usable: (key: IdentityKey) => boolean): Edge[] {
  const edges = new Map<number, Edge & { readonly at: number; readonly to: number }>();
  for (const sharing of sharingKeys(ordered, usable)) {
    for (let first = 0; first < sharing.length; first += 1) {
      const at = sharing[first] ?? 0;
      const left = ordered[at];
      if (left === undefined) continue;
      for (let next = first + 1; next <= first + PAIRS_MAX && next < sharing.length; next += 1) {
        const to = sharing[next] ?? 0;
        const right = ordered[to];
        const id = at * ordered.length + to;
        if (right === undefined || edges.has(id)) continue;
        const common = left.keys.filter((key) => usable(key) && right.keys.some(({ text }) => text === key.text));
        const keys = common.length > 1 ? strongestFirst(common) : common;
        const [strongest] = keys;
        if (strongest !== undefined) edges.set(id, { left, right, keys, rank: rankOf(strongest.kind), at, to });
      }
    }
  }
  return [...edges.values()].sort(
    (left, right) =>
      left.rank - right.rank || right.keys.length - left.keys.length || left.at - right.at || left.to - right.to,
  );
}

/** By class and key better than an address: where those that have it are in `ordered`, when more than one has. */
function sharingKeys(ordered: readonly IdentityNode[], usable: (key: IdentityKey) => boolean): number[][] {
  const classes = new Map<string, Map<string, number[]>>();
  for (const [at, node] of ordered.entries()) {
    const holders = classes.get(node.class) ?? new Map<string, number[]>();
    classes.set(node.class, holders);
    for (const key of node.keys) {
      if (key.kind === 'address' || key.kind === 'record' || !usable(key)) continue;
      const known = holders.get(key.text);
      if (known === undefined) holders.set(key.text, [at]);
      else known.push(at);
    }
  }
  return [...classes.values()].flatMap((holders) => [...holders.values()].filter(({ length }) => length > 1));
}

/** An order that has nothing to do with when an observation came. */
const bySource = (left: IdentityNode, right: IdentityNode): number =>
  before(left.source, right.source) || before(left.nativeKey, right.nativeKey) || before(left.id, right.id);

/** Of a value that more observations share, each is compared with this many that follow. */
const PAIRS_MAX = 64;

/**
 * Which observations are the same thing. The answer depends on the set of observations and decisions alone, not on the
 * order in which they came: pairs are taken by the strength of what they share, people's decisions before all.
 *
 * @param nodes of one or several classes; observations of different classes are never the same
 * @param quarantined texts of keys that spread and count for nothing
 */
export function partition(
  nodes: readonly IdentityNode[],
  decisions: Decisions,
  quarantined: ReadonlySet<string>,
): Partition {
  const ordered = [...nodes].sort(bySource);
  const usable = (key: IdentityKey) => quarantined.size === 0 || !quarantined.has(key.text);
  const clusters = new Map(
    ordered.map((node) => {
      const known = node.keys.every(usable) ? node : { ...node, keys: node.keys.filter(usable) };
      return [node.id, clusterOf(known)] as const;
    }),
  );
  const links = new Map<string, Link>();
  const forbidden = new Map<string, Set<string>>();
  for (const [left, right] of decisions.different) {
    forbidden.set(left, (forbidden.get(left) ?? new Set()).add(right));
    forbidden.set(right, (forbidden.get(right) ?? new Set()).add(left));
  }
  const keptApart = (left: Cluster, right: Cluster) =>
    forbidden.size > 0 &&
    left.nodes.some(({ id }) => right.nodes.some((other) => forbidden.get(id)?.has(other.id) === true));
  const unite = (left: Cluster, right: Cluster) => {
    const [into, from] = left.nodes.length >= right.nodes.length ? [left, right] : [right, left];
    join(into, from);
    for (const { id } of from.nodes) clusters.set(id, into);
  };
  for (const [left, right] of decisions.same) {
    const [mine, theirs] = [clusters.get(left), clusters.get(right)];
    if (mine === undefined || theirs === undefined) continue;
    for (const id of [left, right])
      if (!links.has(id)) links.set(id, { rule: 'person-same', keys: [], presumed: false });
    if (mine !== theirs && !keptApart(mine, theirs)) unite(mine, theirs);
  }
  let waiting = edgesOf(ordered, usable);
  let missed: NearMiss[] = [];
  // What differed may have something in common once a third observation joined: until nothing changes.
  for (let united = true; united; ) {
    united = false;
    missed = [];
    const again: Edge[] = [];
    for (const edge of waiting) {
      const { left, right, keys, rank } = edge;
      const [mine, theirs] = [clusters.get(left.id), clusters.get(right.id)];
      if (mine === undefined || theirs === undefined || keptApart(mine, theirs)) continue;
      const texts = keys.map(({ text }) => text);
      const linking = suffices(keys);
      const { vetoes, reinstalled } =
        mine === theirs ? { vetoes: [], reinstalled: false } : vetoesOf(mine, theirs, rank);
      if (mine !== theirs && (!linking || vetoes.length > 0)) {
        missed.push({ left: left.id, right: right.id, keys: texts, vetoes });
        again.push(edge);
        continue;
      }
      if (mine !== theirs) {
        unite(mine, theirs);
        united = true;
      }
      if (!linking) continue;
      const strong = rank < rankOf('serial_only');
      const rule = reinstalled ? 'reinstalled-agent' : strong ? 'strong-key' : 'two-weak-keys';
      for (const { id } of [left, right]) if (!links.has(id)) links.set(id, { rule, keys: texts, presumed: false });
    }
    waiting = again;
  }
  presume(ordered, clusters, links, { usable, keptApart, unite });
  for (const node of ordered) if (!links.has(node.id)) links.set(node.id, firstLink(node, usable));
  const distinct = [...new Set(clusters.values())];
  return {
    groups: distinct.map(({ nodes: members }) => ({
      nodes: members.map(({ id }) => id).sort(),
      sufficient: members.some(
        (member) =>
          links.get(member.id)?.presumed === true ||
          suffices(member.keys.filter(usable)) ||
          (links.get(member.id)?.rule ?? '') === 'own-record',
      ),
    })),
    links,
    nearMisses: nearMissesOf(missed, clusters),
  };
}

function firstLink(node: IdentityNode, usable: (key: IdentityKey) => boolean): Link {
  const keys = strongestFirst(node.keys.filter(usable)).map(({ text }) => text);
  const own = node.keys.some(({ kind }) => kind === 'record');
  return { rule: own ? 'own-record' : 'first-of-asset', keys: own ? keys.slice(0, 1) : keys, presumed: false };
}

/** One near miss for each two groups: the one with the strongest keys. */
function nearMissesOf(missed: readonly NearMiss[], clusters: ReadonlyMap<string, Cluster>): NearMiss[] {
  const found = new Map<string, NearMiss>();
  for (const miss of missed) {
    const [left, right] = [clusters.get(miss.left), clusters.get(miss.right)];
    if (left === undefined || right === undefined || left === right) continue;
    const id = [left, right]
      .map(({ nodes }) => nodes.map((node) => node.id).sort()[0] ?? '')
      .sort()
      .join(' ');
    if (!found.has(id)) found.set(id, miss);
  }
  return [...found.values()];
}
