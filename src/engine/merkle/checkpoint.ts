import { fromBase64, toBase64 } from './encoding.ts';
import type { Parsed } from './note.ts';
import { HASH_BYTES } from './tree.ts';

/** The head of a log at one size: C2SP tlog-checkpoint v1.0.0. */
export interface Checkpoint {
  /** Which log: unique, without spaces or plus. */
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  readonly root: Uint8Array;
  /** Lines after the third; opaque, normally none. */
  readonly extensions: readonly string[];
}

const failed = (problem: string): { readonly ok: false; readonly problem: string } => ({ ok: false, problem });

/** The text to be signed: origin, size and root, each on its line. @throws RangeError when a line would be empty */
export function writeCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root, extensions } = checkpoint;
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${size} is no size of a tree`);
  const lines = [origin, String(size), toBase64(root), ...extensions];
  if (lines.some((line) => line === '' || line.includes('\n'))) {
    throw new RangeError('the lines of a checkpoint must not be empty or hold a newline');
  }
  return `${lines.join('\n')}\n`;
}

/** Reads the text of a note as a checkpoint. Tells nothing about its signatures. */
export function parseCheckpoint(text: string): Parsed<Checkpoint> {
  if (!text.endsWith('\n')) return failed('the last line of a checkpoint ends with a newline');
  const [origin, sizeLine, rootLine, ...extensions] = text.slice(0, -1).split('\n');
  if (origin === undefined || origin === '') return failed('line 1 of a checkpoint is its origin, and is empty here');
  if (sizeLine === undefined || !/^(?:0|[1-9][0-9]*)$/.test(sizeLine)) {
    return failed('line 2 of a checkpoint is the size of the tree in decimal digits without leading zeros');
  }
  const size = Number(sizeLine);
  if (!Number.isSafeInteger(size)) return failed('line 2 of a checkpoint names a size beyond 2^53');
  const root = rootLine === undefined ? undefined : fromBase64(rootLine);
  if (root?.length !== HASH_BYTES) return failed('line 3 of a checkpoint is the base64 of a root of 32 bytes');
  if (extensions.includes('')) return failed('the lines of a checkpoint must not be empty');
  return { ok: true, value: { origin, size, root, extensions } };
}
