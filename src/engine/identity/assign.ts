import type { Group } from './partition.ts';

/** What is known of an observation's present place. */
export interface Placed {
  /** The asset it is linked to now. */
  readonly assetId: string | null;
  /** The asset whose record in the ledger it is. */
  readonly recordOf: string | null;
}

export interface Assigned {
  readonly group: Group;
  /** `new`: an asset has to be made; null: its keys do not suffice for one. */
  readonly asset: string | 'new' | null;
}

/**
 * Which asset each group of observations is. A group with a record of the ledger is that asset. Of the others each keeps
 * the asset that most of its observations are linked to, the larger claim first, so that an asset is never two groups.
 *
 * @param placed by id of the observation
 */
export function assignAssets(groups: readonly Group[], placed: ReadonlyMap<string, Placed>): Assigned[] {
  const taken = new Set<string>();
  const assigned = new Map<Group, string | 'new' | null>();
  for (const group of groups) {
    const records = group.nodes.flatMap((id) => placed.get(id)?.recordOf ?? []).sort();
    const [record] = records;
    if (record === undefined) continue;
    // More than one: a person said so, and the others are merged into the one that the observations are linked to.
    const kept = records.find((one) => group.nodes.some((id) => placed.get(id)?.assetId === one)) ?? record;
    assigned.set(group, kept);
    for (const one of records) taken.add(one);
  }
  const claims = groups
    .filter((group) => !assigned.has(group))
    .flatMap((group) => {
      const counts = new Map<string, number>();
      for (const id of group.nodes) {
        const asset = placed.get(id)?.assetId;
        if (asset) counts.set(asset, (counts.get(asset) ?? 0) + 1);
      }
      return [...counts].map(([asset, count]) => ({ group, asset, count }));
    })
    .sort(
      (left, right) =>
        right.count - left.count ||
        (left.asset < right.asset ? -1 : left.asset > right.asset ? 1 : 0) ||
        ((left.group.nodes[0] ?? '') < (right.group.nodes[0] ?? '') ? -1 : 1),
    );
  for (const { group, asset } of claims) {
    if (assigned.has(group) || taken.has(asset)) continue;
    taken.add(asset);
    assigned.set(group, asset);
  }
  return groups.map((group) => ({ group, asset: assigned.get(group) ?? (group.sufficient ? 'new' : null) }));
}
