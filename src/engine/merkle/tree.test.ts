import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from './encoding.ts';
import { append, emptyFrontier, type FinishedSubtree, type Frontier, isFrontier, rootOf } from './frontier.ts';
import { consistencyRanges, inclusionRanges, proofOf, verifyConsistency, verifyInclusion } from './proofs.ts';
import { type SubtreeLookup, splitOf, type TreeHasher, treeHasher } from './tree.ts';

const hasher = treeHasher((bytes) => createHash('sha256').update(bytes).digest());
const hex = (text: string): Uint8Array => fromHex(text) ?? assert.fail(`not hexadecimal: ${text}`);

// The tree of the certificate-transparency reference tests: eight leaves, and the root after each of them.
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** The definition of RFC 6962, section 2.1, word for word: what everything else is measured against. */
function definedRoot(leafHashes: readonly Uint8Array[]): Uint8Array {
  const [only] = leafHashes;
  if (only === undefined) return hasher.empty;
  if (leafHashes.length === 1) return only;
  const split = splitOf(leafHashes.length);
  return hasher.node(definedRoot(leafHashes.slice(0, split)), definedRoot(leafHashes.slice(split)));
}

function grow(leafHashes: readonly Uint8Array[]): { frontier: Frontier; lookup: SubtreeLookup } {
  let frontier = emptyFrontier;
  const nodes = new Map<string, Uint8Array>();
  for (const leafHash of leafHashes) {
    const step = append(hasher, frontier, leafHash);
    frontier = step.frontier;
    for (const node of step.finished satisfies readonly FinishedSubtree[]) {
      nodes.set(`${node.level}/${node.index}`, node.hash);
    }
  }
  const lookup: SubtreeLookup = ({ level, index }) =>
    nodes.get(`${level}/${index}`) ?? assert.fail(`subtree ${level}/${index} was never finished`);
  return { frontier, lookup };
}

const leafHashesOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, at) => hasher.leaf(new TextEncoder().encode(`leaf ${at}`)));

function flipped(hash: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(hash);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}

function provenInclusion(h: TreeHasher, leafHashes: readonly Uint8Array[], index: number) {
  const size = leafHashes.length;
  const { frontier, lookup } = grow(leafHashes);
  const proof = proofOf(h, inclusionRanges(index, size), lookup);
  return { index, size, leafHash: leafHashes[index] ?? assert.fail(), root: rootOf(h, frontier), proof };
}

test('the roots of the reference tree are those of RFC 6962 at every size', () => {
  const leafHashes = LEAVES.map((leaf) => hasher.leaf(hex(leaf)));
  for (const [size, root] of ROOTS.entries()) {
    assert.equal(toHex(rootOf(hasher, grow(leafHashes.slice(0, size)).frontier)), root, `size ${size}`);
    assert.equal(toHex(definedRoot(leafHashes.slice(0, size))), root, `definition, size ${size}`);
  }
});

test('inclusion and consistency proofs of the reference tree are the published ones', () => {
  const { lookup } = grow(LEAVES.map((leaf) => hasher.leaf(hex(leaf))));
  const inclusion = (index: number, size: number) => proofOf(hasher, inclusionRanges(index, size), lookup).map(toHex);
  const consistency = (first: number, second: number) =>
    proofOf(hasher, consistencyRanges(first, second), lookup).map(toHex);
  assert.deepEqual(inclusion(0, 1), []);
  assert.deepEqual(inclusion(0, 8), [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ]);
  assert.deepEqual(inclusion(5, 8), [
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
  assert.deepEqual(inclusion(2, 3), ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']);
  assert.deepEqual(inclusion(1, 5), [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  ]);
  assert.deepEqual(consistency(1, 1), []);
  assert.deepEqual(consistency(1, 8), [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ]);
  assert.deepEqual(consistency(6, 8), [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
  assert.deepEqual(consistency(2, 5), [
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  ]);
});

test('appending leaf by leaf gives the root of the definition', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 70 }), (leaves) => {
      const leafHashes = leaves.map((leaf) => hasher.leaf(leaf));
      const { frontier } = grow(leafHashes);
      assert.ok(isFrontier(frontier));
      assert.equal(toHex(rootOf(hasher, frontier)), toHex(definedRoot(leafHashes)));
    }),
    { numRuns: 100 },
  );
});

test('every inclusion proof up to 40 leaves verifies, and for no other index or size', () => {
  for (let size = 1; size <= 40; size += 1) {
    for (let index = 0; index < size; index += 1) {
      const claim = provenInclusion(hasher, leafHashesOf(size), index);
      assert.ok(verifyInclusion(hasher, claim), `leaf ${index} of ${size}`);
      assert.equal(verifyInclusion(hasher, { ...claim, index: (index + 1) % (size + 1) }), false);
    }
  }
});

test('every consistency proof up to 40 leaves verifies', () => {
  const leafHashes = leafHashesOf(40);
  const { lookup } = grow(leafHashes);
  for (let second = 0; second <= 40; second += 1) {
    for (let first = 0; first <= second; first += 1) {
      const claim = {
        first,
        second,
        firstRoot: definedRoot(leafHashes.slice(0, first)),
        secondRoot: definedRoot(leafHashes.slice(0, second)),
        proof: proofOf(hasher, consistencyRanges(first, second), lookup),
      };
      assert.ok(verifyConsistency(hasher, claim), `${first} in ${second}`);
    }
  }
});

test('an inclusion proof fails when any bit of leaf, root or proof is flipped, or a hash is added or lost', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(), fc.nat(), fc.nat(), (size, at, which, bit) => {
      const claim = provenInclusion(hasher, leafHashesOf(size), at % size);
      const spoiled = which % claim.proof.length;
      const proof = claim.proof.map((hash, position) => (position === spoiled ? flipped(hash, bit) : hash));
      assert.equal(verifyInclusion(hasher, { ...claim, proof }), false);
      assert.equal(verifyInclusion(hasher, { ...claim, leafHash: flipped(claim.leafHash, bit) }), false);
      assert.equal(verifyInclusion(hasher, { ...claim, root: flipped(claim.root, bit) }), false);
      assert.equal(verifyInclusion(hasher, { ...claim, proof: claim.proof.slice(1) }), false);
      assert.equal(verifyInclusion(hasher, { ...claim, proof: [...claim.proof, claim.root] }), false);
    }),
    { numRuns: 200 },
  );
});

test('a consistency proof fails when any bit of roots or proof is flipped, or a hash is added or lost', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(), fc.nat(), fc.nat(), (second, at, which, bit) => {
      const first = 1 + (at % (second - 1));
      const leafHashes = leafHashesOf(second);
      const firstRoot = definedRoot(leafHashes.slice(0, first));
      const secondRoot = definedRoot(leafHashes);
      const proof = proofOf(hasher, consistencyRanges(first, second), grow(leafHashes).lookup);
      const claim = { first, second, firstRoot, secondRoot, proof };
      assert.ok(verifyConsistency(hasher, claim));
      const spoiled = proof.map((hash, position) => (position === which % proof.length ? flipped(hash, bit) : hash));
      assert.equal(verifyConsistency(hasher, { ...claim, proof: spoiled }), false);
      assert.equal(verifyConsistency(hasher, { ...claim, firstRoot: flipped(firstRoot, bit) }), false);
      assert.equal(verifyConsistency(hasher, { ...claim, secondRoot: flipped(secondRoot, bit) }), false);
      assert.equal(verifyConsistency(hasher, { ...claim, proof: proof.slice(1) }), false);
      assert.equal(verifyConsistency(hasher, { ...claim, proof: [...proof, secondRoot] }), false);
    }),
    { numRuns: 200 },
  );
});

test('verification answers false to any nonsense and never throws', () => {
  const hash = fc.uint8Array({ minLength: 0, maxLength: 33 });
  fc.assert(
    fc.property(fc.double(), fc.double(), hash, hash, fc.array(hash, { maxLength: 8 }), (a, b, left, right, proof) => {
      const inclusion = verifyInclusion(hasher, { index: a, size: b, leafHash: left, root: right, proof });
      assert.equal(inclusion, false);
      const consistency = { first: a, second: b, firstRoot: left, secondRoot: right, proof };
      assert.equal(typeof verifyConsistency(hasher, consistency), 'boolean');
    }),
  );
});

test('a proof in a tree of a million leaves has at most 20 hashes, also at sizes beyond 32 bits', () => {
  assert.ok(inclusionRanges(0, 1_000_000).length <= 20);
  assert.ok(inclusionRanges(999_999, 1_000_000).length <= 20);
  assert.ok(consistencyRanges(524_289, 1_000_000).length <= 21);
  assert.equal(inclusionRanges(2 ** 40, 2 ** 40 + 1).length, 1);
  assert.equal(inclusionRanges(5, 2 ** 40).length, 40);
});

test('proofs of leaves and sizes that do not exist are refused with the numbers named', () => {
  assert.throws(() => inclusionRanges(3, 3), /leaf 3 is not in a tree of 3 leaves/);
  assert.throws(() => inclusionRanges(-1, 3), RangeError);
  assert.throws(() => consistencyRanges(4, 3), /4 leaves is not the beginning of one of 3/);
});

test('a frontier whose hashes do not belong to its size is recognised', () => {
  assert.equal(isFrontier({ size: 3, hashes: [hasher.empty] }), false);
  assert.equal(isFrontier({ size: -1, hashes: [] }), false);
  assert.throws(() => append(hasher, { size: 1, hashes: [] }, hasher.empty), RangeError);
});
