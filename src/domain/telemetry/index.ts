/**
 * What arrives: sources, listeners, files, and the way of a line into the event store. Searches what is stored.
 *
 * The stages, in the order data flows: collect/ (listeners), import-file → intake → the queue →
 * pipeline: parcel (decode) → normalise → the hook `work` (detection, connected by `app`) → the event store.
 *
 * Deliberately absent: rules and alerts (detection, alerts), and any way to change or delete one event.
 */
import { z } from 'zod';
import { job, type Slice } from '#platform/slice.ts';
import { elasticRoutes } from './collect/elastic-routes.ts';
import { hecRoutes } from './collect/hec-routes.ts';
import { ingestRoutes } from './collect/ingest-routes.ts';
import { otlpRoutes } from './collect/otlp-routes.ts';
import { forgetHealth } from './health-store.ts';
import { forgetRefusals } from './refusals-store.ts';
import { reparseJob } from './reparse/run.ts';
import { retentionRoutes } from './retention/routes.ts';
import { retainJob } from './retention/run.ts';
import { collectorService, importService, pipelineService } from './runtime.ts';
import { searchRoutes } from './search/routes.ts';
import { savedRoutes } from './search/saved-routes.ts';
import { forgetSearchRuns, runSearches } from './search/scheduled.ts';
import { sourceRoutes } from './source-routes.ts';
import { learnJob, watchJob } from './watch/watch.ts';
import { watchRoutes } from './watch/watch-routes.ts';

export { createSource } from './actions.ts';
export { rowsRoom, withPlausibleTime } from './batch.ts';
export { importFile, type Portion } from './import-file.ts';
export { type Normalise, normaliser } from './normalise.ts';
export { batchBytes } from './packing.ts';
export { type WorkedBatch, workHere } from './pipeline.ts';
export { doubtedClock } from './retention/clock.ts';
export { rulesBelowLegalMinimum } from './retention/store.ts';
export { connectTelemetry, needSyslogPorts } from './runtime.ts';
export { type Found, find } from './search/find.ts';
export { heldIn } from './search/held.ts';
export { eventsPerDay } from './search/per-day.ts';
export type { Span } from './search/sweep.ts';
export { loadSources } from './sources.ts';

const HEALTH_DAYS = 35;

const forgetOldHealth = job({
  name: 'telemetry.forget-health',
  payload: z.object({}),
  cron: '20 3 * * *',
  handler: async (ctx) => {
    const before = new Date(ctx.clock.now().getTime() - HEALTH_DAYS * 86_400_000);
    await ctx.transaction(async ({ db }) => {
      await forgetHealth(db, before);
      await forgetRefusals(db, before);
    });
  },
});

export const telemetrySlice: Slice = {
  name: 'telemetry',
  routes: [
    ...ingestRoutes,
    ...elasticRoutes,
    ...otlpRoutes,
    ...hecRoutes,
    ...sourceRoutes,
    ...watchRoutes,
    ...searchRoutes,
    ...savedRoutes,
    ...retentionRoutes,
  ],
  jobs: [runSearches, forgetSearchRuns, forgetOldHealth, learnJob, reparseJob, retainJob, watchJob],
  // Stopped in the opposite order: first what takes in, then what works it off, then detection, which it asks.
  services: [pipelineService, collectorService, importService],
};
