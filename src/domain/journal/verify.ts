import { parseCheckpoint } from '#engine/merkle/checkpoint.ts';
import { fromHex, toHex } from '#engine/merkle/encoding.ts';
import { append, emptyFrontier, type Frontier, rootOf } from '#engine/merkle/frontier.ts';
import { type NoteKey, parseNote, parseVerifierKey, verifyNote } from '#engine/merkle/note.ts';
import { sameHash } from '#engine/merkle/tree.ts';
import { sha256 } from '#platform/crypto/digest.ts';
import { verifyEd25519 } from '#platform/crypto/signing-key.ts';
import { hasher, leafHashOf } from './entry.ts';
import type { JournalFault, VerifyReport } from './journal.ts';
import type { JournalLine } from './lines.ts';

/** What the verifier holds that does not come from the journal itself. */
export interface Trusted {
  /** Key of the log. Absent: the key named in the export, which proves less. */
  readonly key?: NoteKey;
  /** Checkpoints kept elsewhere, as signed notes: the journal must contain them. */
  readonly checkpoints?: readonly string[];
}

/** A line, or why it could not be read. */
export type LineRead = { readonly line: JournalLine } | { readonly problem: string };

/** A signed head of the tree, and how to call it in a message. */
interface Head {
  readonly what: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Carried from line to line; memory does not grow with the journal, only with the number of its objects. */
interface State {
  frontier: Frontier;
  origin: string | undefined;
  key: NoteKey | undefined;
  ended: boolean;
  withheld: number;
  checkpoints: number;
  signedSize: number;
  /** Last counter of each object, and how many entries were withheld up to then. */
  readonly counters: Map<string, { counter: number; withheld: number }>;
  /** Heads of sizes not reached yet. */
  readonly ahead: Head[];
  readonly notes: string[];
}

class Misfit extends Error {
  readonly fault: JournalFault;
  constructor(reason: JournalFault['reason'], seq: number | null, message: string, upTo: number | null = null) {
    super(message);
    this.fault = { reason, seq, upTo, message };
  }
}

/**
 * Recomputes the whole tree from the entries and compares it with every checkpoint, in one pass.
 *
 * @param lines an export, from a file or from the database
 * @returns the first thing that does not fit, or that everything fits; never throws for what the lines hold
 */
export async function verifyJournal(
  lines: AsyncIterable<LineRead> | Iterable<LineRead>,
  trusted: Trusted = {},
): Promise<VerifyReport> {
  const state: State = {
    frontier: emptyFrontier,
    origin: undefined,
    key: trusted.key,
    ended: false,
    withheld: 0,
    checkpoints: 0,
    signedSize: 0,
    counters: new Map(),
    ahead: [],
    notes: [],
  };
  try {
    for await (const read of lines) {
      if ('problem' in read) throw new Misfit('form', state.frontier.size, read.problem);
      take(state, read.line, trusted);
    }
    finish(state);
    return report(state, null);
  } catch (error) {
    if (error instanceof Misfit) return report(state, error.fault);
    throw error;
  }
}

function take(state: State, line: JournalLine, trusted: Trusted): void {
  if (state.ended) throw new Misfit('form', null, 'there is more after the line that ends the journal');
  if ((line.kind === 'journal') !== (state.origin === undefined)) {
    throw new Misfit('form', null, 'the first line, and only the first, must be the heading of the journal');
  }
  switch (line.kind) {
    case 'journal':
      begin(state, line, trusted);
      break;
    case 'entry':
      takeEntry(state, line);
      break;
    case 'withheld':
      inSequence(state, line.seq);
      state.withheld += 1;
      grow(state, line.seq, hashOf(line.leafHash, line.seq));
      break;
    case 'checkpoint':
      takeCheckpoint(state, line.text);
      break;
    case 'end':
      end(state, line);
      break;
  }
}

function begin(state: State, line: Extract<JournalLine, { kind: 'journal' }>, trusted: Trusted): void {
  state.origin = line.origin;
  if (!state.key && line.verifierKey !== null) {
    const key = parseVerifierKey(sha256, line.verifierKey);
    if (!key.ok) throw new Misfit('signature', null, `the key in the heading cannot be used: ${key.problem}`);
    state.key = key.value;
    state.notes.push('key_from_journal');
  }
  for (const text of trusted.checkpoints ?? []) state.ahead.push(headOf(state, text, 'the checkpoint kept elsewhere'));
}

function inSequence(state: State, seq: number): void {
  const expected = state.frontier.size;
  if (seq > expected) {
    const last = seq - 1;
    const missing = last === expected ? `entry ${expected} is missing` : `entries ${expected} to ${last} are missing`;
    throw new Misfit('gap', expected, missing, last === expected ? null : last);
  }
  if (seq < expected) throw new Misfit('gap', seq, `entry ${seq} comes twice or out of order`);
}

function takeEntry(state: State, { entry, leafHash, treeHash }: Extract<JournalLine, { kind: 'entry' }>): void {
  const { seq } = entry;
  inSequence(state, seq);
  const computed = leafHashOf(entry);
  if (!sameHash(computed, hashOf(leafHash, seq))) {
    throw new Misfit('content', seq, `entry ${seq} was changed: its content does not have the hash it was given`);
  }
  if (treeHash !== undefined && treeHash !== leafHash) {
    throw new Misfit('hash', seq, `entry ${seq} was changed together with its hash: the tree holds another one`);
  }
  const key = JSON.stringify([entry.object.type, entry.object.id]);
  const before = state.counters.get(key) ?? { counter: 0, withheld: 0 };
  const skipped = entry.object.counter - before.counter - 1;
  if (skipped < 0 || skipped > state.withheld - before.withheld) {
    const expected = before.counter + 1;
    const what = `entry ${seq} is number ${entry.object.counter} of ${entry.object.type} ${entry.object.id}`;
    throw new Misfit('counter', seq, `${what}, expected was number ${expected}`);
  }
  state.counters.set(key, { counter: entry.object.counter, withheld: state.withheld });
  grow(state, seq, computed);
}

function hashOf(hex: string, seq: number): Uint8Array {
  const hash = fromHex(hex);
  if (hash?.length !== 32) throw new Misfit('form', seq, `the hash of entry ${seq} is not 64 hexadecimal digits`);
  return hash;
}

function grow(state: State, seq: number, leafHash: Uint8Array): void {
  state.frontier = append(hasher, state.frontier, leafHash).frontier;
  for (const head of state.ahead) {
    if (head.size === seq + 1) compareRoot(state, head);
  }
}

/** Reads and verifies a signed checkpoint of this log. */
function headOf(state: State, text: string, what: string): Head {
  const note = parseNote(text);
  if (!note.ok) throw new Misfit('checkpoint', null, `${what} cannot be read: ${note.problem}`);
  const checkpoint = parseCheckpoint(note.value.text);
  if (!checkpoint.ok) throw new Misfit('checkpoint', null, `${what} cannot be read: ${checkpoint.problem}`);
  const { origin, size, root } = checkpoint.value;
  if (origin !== state.origin) throw new Misfit('checkpoint', null, `${what} belongs to another journal: ${origin}`);
  if (!state.key) throw new Misfit('signature', null, `${what} is signed, but no key was given to verify it`);
  const signature = verifyNote(note.value, state.key, { sha256, verify: verifyEd25519 });
  if (signature.state === 'absent') {
    throw new Misfit('signature', null, `${what} of size ${size} is not signed by the key ${state.key.name}`);
  }
  if (signature.state === 'invalid') {
    throw new Misfit('signature', null, `${what} of size ${size} was changed: its signature is not valid`);
  }
  return { what, size, root };
}

function takeCheckpoint(state: State, text: string): void {
  const head = headOf(state, text, 'a checkpoint');
  if (head.size > state.frontier.size) {
    state.ahead.push(head);
    return;
  }
  if (head.size < state.frontier.size) {
    throw new Misfit('checkpoint', null, `the checkpoint of size ${head.size} stands after entry ${head.size}`);
  }
  compareRoot(state, head);
  state.checkpoints += 1;
  state.signedSize = head.size;
}

/** The entries up to the last good checkpoint are proved, so the change lies after it. */
function compareRoot(state: State, head: Head): void {
  if (sameHash(rootOf(hasher, state.frontier), head.root)) return;
  const [first, last] = [state.signedSize, head.size - 1];
  const where = first === last ? `entry ${first} is` : `one of the entries ${first} to ${last} is`;
  const message = `the entries do not give the root of ${head.what} of size ${head.size}: ${where} not the one that was signed`;
  throw new Misfit('root', first, message, first === last ? null : last);
}

const truncated = (state: State, size: number, who: string): Misfit => {
  const first = state.frontier.size;
  const missing = first === size - 1 ? `entry ${first} is` : `entries ${first} to ${size - 1} are`;
  return new Misfit('truncated', first, `${missing} missing at the end: ${who} counts ${size}`, size - 1);
};

function end(state: State, line: Extract<JournalLine, { kind: 'end' }>): void {
  const { size } = state.frontier;
  if (line.size > size) throw truncated(state, line.size, 'the head of the journal');
  if (line.size < size) {
    throw new Misfit('surplus', line.size, `entry ${line.size} was added past the head of the journal`);
  }
  if (line.root !== toHex(rootOf(hasher, state.frontier))) {
    const message = 'the entries do not give the root of the head of the journal';
    throw new Misfit('root', state.signedSize, message, Math.max(state.signedSize, size - 1));
  }
  state.ended = true;
}

function finish(state: State): void {
  if (!state.ended) throw new Misfit('truncated', state.frontier.size, 'the line that ends the journal is missing');
  const unmet = state.ahead.findLast((head) => head.size > state.frontier.size);
  if (unmet) throw truncated(state, unmet.size, unmet.what);
  if (state.signedSize < state.frontier.size) state.notes.push('unsigned_tail');
}

const report = (state: State, fault: JournalFault | null): VerifyReport => ({
  ok: fault === null,
  fault,
  size: state.frontier.size,
  withheld: state.withheld,
  checkpoints: state.checkpoints,
  signedSize: state.signedSize,
  root: toHex(rootOf(hasher, state.frontier)),
  notes: state.notes,
});
