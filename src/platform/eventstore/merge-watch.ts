import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** How the store names the threads that merge parts. */
const MERGING = 'MergeMutate';
const TASKS = '/proc/self/task';
/** Steps of the scheduler below the process: beside a thread of it that works all the time one that merges gets a third of what that one gets. */
const STEPS = 5;
const LOWEST = 19;
/** The store starts more of them when there is more to merge. */
const LOOK_AGAIN_MS = 10_000;

/**
 * Lets merges of the embedded store wait for senders, detection and searches. It may run sixteen of them at once, whatever the machine: on two
 * cores the one thread that reads events then took four times as long, for seconds, and alerts with it. What is left to merges is
 * enough for them not to fall behind. Linux only, where a thread has a priority of its own; elsewhere nothing happens.
 *
 * @returns to be called after each insert; looks for new threads now and then
 */
export function mergeWatch(): () => void {
  let lookAtMs = 0;
  return () => {
    if (process.platform !== 'linux' || performance.now() < lookAtMs) return;
    lookAtMs = performance.now() + LOOK_AGAIN_MS;
    const priority = Math.min(LOWEST, getPriority() + STEPS);
    for (const thread of readdirSync(TASKS)) {
      try {
        if (readFileSync(`${TASKS}/${thread}/comm`, 'utf8').trim() === MERGING) setPriority(Number(thread), priority);
      } catch {
        // The thread has ended, or priorities may not be changed here: merges go on as they did.
      }
    }
  };
}
