import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

function used(): number {
  // Twice: what the first pass finalises is freed by the second.
  for (let turn = 0; turn < 2; turn += 1) if (typeof collect === 'function') collect();
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return heapUsed + Math.max(arrayBuffers, external);
}

/** Megabytes that `build` leaves in memory, and what it built. */
export function memoryOf<Built>(build: () => Built): { readonly built: Built; readonly megabytes: number } {
  const before = used();
  const built = build();
  return { built, megabytes: (used() - before) / 1e6 };
}
