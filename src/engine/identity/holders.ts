/** An asset was seen at an address from the first to the last time, and nobody else began to be seen there in between. */
export interface Stay {
  readonly assetId: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

const inOrder = (left: Stay, right: Stay): number =>
  left.firstMs - right.firstMs || left.lastMs - right.lastMs || (left.assetId < right.assetId ? -1 : 1);

/**
 * The stays at one address after one more sighting. Two stays of an asset become one unless another asset came in
 * between. A sighting of another asset inside a stay, told late, overlaps it: for that time the address is shared.
 */
export function addSighting(stays: readonly Stay[], sighting: Stay): Stay[] {
  const kept: Stay[] = [];
  const own = [sighting, ...stays.filter(({ assetId }) => assetId === sighting.assetId)].sort(inOrder);
  const others = stays.filter(({ assetId }) => assetId !== sighting.assetId);
  for (const stay of own) {
    const last = kept.at(-1);
    const between = (other: Stay) => last !== undefined && other.firstMs > last.lastMs && other.firstMs < stay.firstMs;
    if (last === undefined || others.some(between)) kept.push(stay);
    else kept[kept.length - 1] = { ...last, lastMs: Math.max(last.lastMs, stay.lastMs) };
  }
  return [...kept, ...others].sort(inOrder);
}

/**
 * Who had the address at a time: whoever was seen there around it, else whoever was seen last before it. An address is
 * kept until somebody else is seen with it.
 *
 * @returns several when it was shared, none before anybody was seen there
 */
export function holdersAt(stays: readonly Stay[], atMs: number): string[] {
  const around = stays.filter(({ firstMs, lastMs }) => firstMs <= atMs && atMs <= lastMs);
  if (around.length > 0) return [...new Set(around.map(({ assetId }) => assetId))].sort();
  const before = stays.filter(({ lastMs }) => lastMs < atMs);
  const latest = Math.max(...before.map(({ lastMs }) => lastMs));
  return [...new Set(before.filter(({ lastMs }) => lastMs === latest).map(({ assetId }) => assetId))].sort();
}
