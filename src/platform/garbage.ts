import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** So much memory outside the heap may hang on young objects before they are collected: a quarter of what calls for a full round. */
const YOUNG_BYTES = 16 * 1024 * 1024;

/**
 * A heap grows by so much before it is looked through again. Left to itself V8 allows a heap that was idle a tenth, less than it
 * needs for new objects: from then on it never stops looking.
 */
const GROWTH_PERCENT = 60;

let collect: ((options?: { readonly type: 'minor' }) => void) | undefined;
let youngBytes = 0;

function collector(): NonNullable<typeof collect> {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
    collect = runInNewContext('gc');
  }
  return collect ?? (() => undefined);
}

/**
 * Collects the garbage of this thread now, all of it. For the end of a start: what reading programs and rules left behind is
 * larger than what is kept, and an idle thread would hold it for hours, since nothing it does asks for a collection.
 * Takes some tenths of a second; never for anything that is waited for.
 */
export function collectGarbage(): void {
  // What the first round finalises, the second frees.
  collector()();
  collector()();
}

/**
 * Says that memory outside the heap came that is done with soon, as each piece of a request's body is. V8 counts it, yet looks
 * for what is done with only by going through the whole heap, at every 64 MB of it: ten times the work of what was to be done with
 * them. So the young objects alone are looked through before that, which takes a millisecond.
 *
 * @param bytes of this piece
 */
export function passing(bytes: number): void {
  youngBytes += bytes;
  if (youngBytes < YOUNG_BYTES) return;
  youngBytes = 0;
  collector()({ type: 'minor' });
}
