import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Collects the garbage of this thread now, all of it. For the end of a start: what reading programs and rules left behind is
 * larger than what is kept, and an idle thread would hold it for hours, since nothing it does asks for a collection.
 * Takes some tenths of a second; never for anything that is waited for.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc');
  }
  // What the first round finalises, the second frees.
  collect?.();
  collect?.();
}
