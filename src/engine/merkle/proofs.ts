import {
  HASH_BYTES,
  hashOfRange,
  type LeafRange,
  type SubtreeLookup,
  sameHash,
  splitOf,
  type TreeHasher,
} from './tree.ts';

/**
 * The parts of the tree whose hashes prove that leaf `index` is in the tree of `size` leaves: PATH of RFC 6962,
 * section 2.1.1. Ordered from the leaf upwards. Never more than ceil(log2(size)).
 *
 * @throws RangeError when the leaf is not in a tree of that size
 */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  assertCount(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`leaf ${index} is not in a tree of ${size} leaves`);
  }
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.reverse();
}

/**
 * The parts of the tree whose hashes prove that the tree of `first` leaves is the beginning of the tree of `second`
 * leaves: PROOF of RFC 6962, section 2.1.2. Empty when both are equal or the first is empty.
 *
 * @throws RangeError when `first` is larger than `second`
 */
export function consistencyRanges(first: number, second: number): LeafRange[] {
  assertCount(first);
  assertCount(second);
  if (first > second) throw new RangeError(`a tree of ${first} leaves is not the beginning of one of ${second}`);
  if (first === 0) return [];
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = second;
  while (end !== first) {
    const middle = start + splitOf(end - start);
    if (first <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  // Only a subtree that is not the whole first tree has to be told: the verifier knows the first root.
  if (start > 0) ranges.push({ start, end });
  return ranges.reverse();
}

/** The hashes of a proof, for `inclusionRanges` or `consistencyRanges`. */
export const proofOf = (hasher: TreeHasher, ranges: readonly LeafRange[], lookup: SubtreeLookup): Uint8Array[] =>
  ranges.map((range) => hashOfRange(hasher, range, lookup));

/**
 * Verifies an inclusion proof: RFC 9162, section 2.1.3.2.
 *
 * @returns false for any proof that does not lead from the leaf to the root, malformed ones included; never throws
 */
export function verifyInclusion(
  hasher: TreeHasher,
  claim: { index: number; size: number; leafHash: Uint8Array; root: Uint8Array; proof: readonly Uint8Array[] },
): boolean {
  const { index, size, leafHash, root, proof } = claim;
  if (!isCount(size) || !isCount(index) || index >= size || !areHashes([leafHash, root, ...proof])) return false;
  let node = index;
  let last = size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = hasher.node(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = hasher.node(hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && sameHash(hash, root);
}

/**
 * Verifies a consistency proof: RFC 9162, section 2.1.4.2. An empty first tree is the beginning of every tree.
 *
 * @returns false for any proof that does not lead to both roots, malformed ones included; never throws
 */
export function verifyConsistency(
  hasher: TreeHasher,
  claim: {
    first: number;
    second: number;
    firstRoot: Uint8Array;
    secondRoot: Uint8Array;
    proof: readonly Uint8Array[];
  },
): boolean {
  const { first, second, firstRoot, secondRoot, proof } = claim;
  if (!isCount(first) || !isCount(second) || first > second) return false;
  if (!areHashes([firstRoot, secondRoot, ...proof])) return false;
  if (first === 0) return proof.length === 0 && sameHash(firstRoot, hasher.empty);
  if (first === second) return proof.length === 0 && sameHash(firstRoot, secondRoot);
  // A complete first tree is itself the starting point, and is left out of the proof.
  const path = isPowerOfTwo(first) ? [firstRoot, ...proof] : [...proof];
  const seed = path.shift();
  if (seed === undefined) return false;
  let node = first - 1;
  let last = second - 1;
  while (node % 2 === 1) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  let old = seed;
  let recent = seed;
  for (const hash of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      old = hasher.node(hash, old);
      recent = hasher.node(hash, recent);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      recent = hasher.node(recent, hash);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && sameHash(old, firstRoot) && sameHash(recent, secondRoot);
}

const isCount = (count: number): boolean => Number.isSafeInteger(count) && count >= 0;

function assertCount(count: number): void {
  if (!isCount(count)) throw new RangeError(`${count} is not a number of leaves`);
}

const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every((hash) => hash.length === HASH_BYTES);

function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(Math.log2(count)) && 2 ** Math.log2(count) === count;
}
