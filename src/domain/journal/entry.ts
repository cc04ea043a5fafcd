import type { TreeHasher } from '#engine/merkle/tree.ts';
import { treeHasher } from '#engine/merkle/tree.ts';
import { sha256 } from '#platform/crypto/digest.ts';
import { canonicalJson } from './canonical.ts';

/** An object a journal entry is about or mentions. */
interface ObjectRef {
  readonly type: string;
  readonly id: string;
}

/** One entry as it is hashed, exported and shown. Its canonical JSON is the leaf of the tree. */
export interface JournalEntry {
  readonly seq: number;
  /** ISO 8601, milliseconds, UTC. */
  readonly at: string;
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string };
  /** The permission used, which is the verb: `order.issue`. */
  readonly action: string;
  /** `counter` counts the entries about this object from 1. */
  readonly object: ObjectRef & { readonly counter: number };
  readonly unitPath: string;
  readonly side: string;
  readonly data: unknown;
  readonly related: unknown;
  readonly requestId: string;
}

/** The tree of the journal hashes with SHA-256. */
export const hasher: TreeHasher = treeHasher(sha256);

/** The bytes of the leaf: RFC 8785 of the entry in UTF-8. @throws TypeError when the facts have no JSON form */
const leafOf = (entry: JournalEntry): Uint8Array => new TextEncoder().encode(canonicalJson(entry));

/** Hash of the leaf of an entry. @throws TypeError when the facts have no JSON form */
export const leafHashOf = (entry: JournalEntry): Uint8Array => hasher.leaf(leafOf(entry));
