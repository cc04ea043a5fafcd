/** SHA-256 comes from outside: the engine knows no platform. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Hashing of a Merkle tree of RFC 6962, section 2.1 (the same tree as RFC 9162, section 2.1). */
export interface TreeHasher {
  /** Root of the tree without leaves. */
  readonly empty: Uint8Array;
  /** Hash of a leaf: SHA-256 over 0x00 and the leaf. */
  leaf(content: Uint8Array): Uint8Array;
  /** Hash of an inner node: SHA-256 over 0x01, left and right. */
  node(left: Uint8Array, right: Uint8Array): Uint8Array;
}

/** A complete subtree: leaves `index * 2^level` up to `(index + 1) * 2^level`, not included. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** Leaves from `start` up to `end`, not included. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** Gives the hash of a complete subtree; of a stored node table or of a list in memory. */
export type SubtreeLookup = (subtree: Subtree) => Uint8Array;

export const HASH_BYTES = 32;

/** The prefixes 0x00 and 0x01 keep leaves and inner nodes apart, so that a node can never pass for a leaf. */
export function treeHasher(sha256: Sha256): TreeHasher {
  return {
    empty: sha256(new Uint8Array(0)),
    leaf(content) {
      const bytes = new Uint8Array(1 + content.length);
      bytes.set(content, 1);
      return sha256(bytes);
    },
    node(left, right) {
      const bytes = new Uint8Array(1 + left.length + right.length);
      bytes[0] = 0x01;
      bytes.set(left, 1);
      bytes.set(right, 1 + left.length);
      return sha256(bytes);
    },
  };
}

/** Compares two hashes. Nothing here is secret, so the time it takes may differ. */
export function sameHash(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

/** The largest power of two that is smaller than `size` (k of RFC 6962, section 2.1); `size` is at least 2. */
export function splitOf(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

/**
 * The complete subtrees a range consists of, from left to right. The range must be one a Merkle tree has: its start is
 * a multiple of the largest power of two that fits into it.
 */
export function subtreesOf(range: LeafRange): Subtree[] {
  const subtrees: Subtree[] = [];
  let start = range.start;
  while (start < range.end) {
    let level = 0;
    while (start + 2 ** (level + 1) <= range.end) level += 1;
    subtrees.push({ level, index: start / 2 ** level });
    start += 2 ** level;
  }
  return subtrees;
}

/** Hash of the part of the tree over `range`. An empty range is the empty tree. */
export function hashOfRange(hasher: TreeHasher, range: LeafRange, lookup: SubtreeLookup): Uint8Array {
  return foldRight(hasher, subtreesOf(range).map(lookup));
}

/** Joins complete subtrees of falling size into one hash, from the right. */
export function foldRight(hasher: TreeHasher, hashes: readonly Uint8Array[]): Uint8Array {
  let joined: Uint8Array | undefined;
  for (const hash of hashes.toReversed()) joined = joined === undefined ? hash : hasher.node(hash, joined);
  return joined ?? hasher.empty;
}
