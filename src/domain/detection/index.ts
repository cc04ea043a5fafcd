/**
 * Detection: Sigma rules over what arrives. Evaluates each batch of events in threads of its own, counts correlations, and
 * hands what was found to the alerts in the transaction that marks the batch as done. Keeps the evaluation ledger.
 * It does not group, judge or close anything, and stores no events.
 */
import type { WorkedBatch } from '#domain/telemetry/index.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import type { Ctx } from '#platform/context.ts';
import type { QueueBatch } from '#platform/queue/queue.ts';
import type { Service, Slice } from '#platform/slice.ts';
import { engineOf, hitQueueOf, stopEngine } from './engine.ts';
import { historyRoutes } from './history-routes.ts';
import { HitOwner } from './hit-owner.ts';
import { forgetDetectionHistory, runHistory } from './jobs.ts';
import { ledgerRoutes } from './ledger-routes.ts';
import { ruleRoutes } from './routes.ts';
import './tables.ts';

export { connectDetection } from './engine.ts';
export { readRules } from './rule-files.ts';

/**
 * Evaluates events and commits what it found.
 * @param system the system's context
 * @param batchId the same for the same events: a batch that was committed before changes nothing
 * @throws when nothing was committed; the caller tries again
 */
export async function detectBatch(system: Ctx, events: readonly SecurityEvent[], batchId: string): Promise<void> {
  const engine = await engineOf(system);
  await engine.handle(events, batchId);
}

/**
 * Reads a batch of the queue and asks the rules about it, in a thread; the hook that `app` connects to telemetry. What was
 * found is kept by the answer's `commit`, once however often the batch comes.
 * @param system the system's context
 */
export async function workBatch(system: Ctx, batch: QueueBatch): Promise<WorkedBatch> {
  const engine = await engineOf(system);
  return engine.workBatch(batch);
}

/** Which rules each of these events meets by itself, without any effect: for trying a source. Correlations are left out. */
export async function rulesMet(
  system: Ctx,
  events: readonly SecurityEvent[],
): Promise<{ id: string; title: { zh: string; en: string }; level: string }[][]> {
  const engine = await engineOf(system);
  return engine.rulesMet(events);
}

const detectionService: Service = {
  name: 'detection',
  role: 'detect',
  async start(system) {
    const { catalogue } = await engineOf(system);
    const count = system.config.detect.partitions;
    const owners = hitQueueOf(system.config)?.consume((reader) =>
      HitOwner.start(system, reader, catalogue, { index: reader.partition, count }),
    );
    return {
      async stop() {
        await owners?.stop();
        await stopEngine(system.config);
      },
    };
  },
};

export const detectionSlice: Slice = {
  name: 'detection',
  routes: [...ledgerRoutes, ...historyRoutes, ...ruleRoutes],
  jobs: [forgetDetectionHistory, runHistory],
  services: [detectionService],
};
