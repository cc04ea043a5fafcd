import { workerData } from 'node:worker_threads';
import { collectGarbage } from '#platform/garbage.ts';
import type { WorkerStart } from './messages.ts';
import { DetectionThread, openTools, tell } from './thread.ts';

/**
 * Runs in a thread of its own: reads and compiles the rules, then answers batches one after the other. Bytes come in and
 * finished rows go out; of the events only those that a rule found leave the thread.
 */
async function run(): Promise<void> {
  const start: WorkerStart = workerData;
  const { tools, catalogue } = await openTools(start);
  const thread = new DetectionThread(tools, start);
  thread.listen();
  tell({ kind: 'ready', catalogue });
  // Not yet here, where the rules as they were read are still at hand.
  setImmediate(() => void thread.prepare().then(collectGarbage));
}

run().catch((cause: unknown) => {
  tell({ kind: 'failed', message: cause instanceof Error ? cause.message : String(cause) });
});
