import { foldRight, type Subtree, type TreeHasher } from './tree.ts';

/**
 * All that is needed to go on appending: how many leaves there are and the hashes of the complete subtrees along the
 * right edge, largest first (one for each 1 in the binary form of `size`).
 */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

export const emptyFrontier: Frontier = { size: 0, hashes: [] };

/** A complete subtree that an append finished. Level 0 is the leaf itself. */
export interface FinishedSubtree extends Subtree {
  readonly hash: Uint8Array;
}

/**
 * Appends one leaf in O(log n).
 *
 * @returns the new frontier, and every subtree the leaf completed (the leaf first), for those who store nodes
 */
export function append(
  hasher: TreeHasher,
  frontier: Frontier,
  leafHash: Uint8Array,
): { readonly frontier: Frontier; readonly finished: readonly FinishedSubtree[] } {
  const hashes = [...frontier.hashes];
  const finished: FinishedSubtree[] = [{ level: 0, index: frontier.size, hash: leafHash }];
  let hash = leafHash;
  let index = frontier.size;
  for (let level = 1; index % 2 === 1; level += 1) {
    const left = hashes.pop();
    if (left === undefined) throw new RangeError(`a frontier of size ${frontier.size} lacks hashes`);
    hash = hasher.node(left, hash);
    index = (index - 1) / 2;
    finished.push({ level, index, hash });
  }
  return { frontier: { size: frontier.size + 1, hashes: [...hashes, hash] }, finished };
}

/** Root of the tree at the frontier's size. */
export const rootOf = (hasher: TreeHasher, frontier: Frontier): Uint8Array => foldRight(hasher, frontier.hashes);

/** Whether the number of hashes belongs to the size. A frontier read from storage must be checked before use. */
export function isFrontier(frontier: Frontier): boolean {
  let ones = 0;
  for (let rest = frontier.size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return Number.isSafeInteger(frontier.size) && frontier.size >= 0 && frontier.hashes.length === ones;
}
