import { z } from 'zod';
import { AppError } from '#platform/errors.ts';
import { job } from '#platform/slice.ts';
import { engineOf } from './engine.ts';
import { errorText } from './error-text.ts';
import { HISTORY_JOB } from './history-actions.ts';
import { endRun } from './history-store.ts';
import { workOnRun } from './history-work.ts';

const DAY_MS = 86_400_000;
/** No replay comes after that long. */
const BATCH_DAYS = 30;
/** 网络安全法: logs are kept at least six months; what was found in them likewise. */
const DETECTION_DAYS = 200;
const LEDGER_DAYS = 400;

/** Forgets batches, detections and hourly counts that are past their time. */
export const forgetDetectionHistory = job({
  name: 'detection.forget',
  payload: z.object({}),
  cron: '40 3 * * *',
  handler: async (ctx) => {
    const before = (days: number) => new Date(ctx.clock.now().getTime() - days * DAY_MS);
    await ctx.transaction(async ({ db }) => {
      await db.deleteFrom('detection_batch').where('handled_at', '<', before(BATCH_DAYS)).execute();
      await db.deleteFrom('detection').where('found_at', '<', before(DETECTION_DAYS)).execute();
      await db.deleteFrom('detection_scope_hour').where('hour_at', '<', before(LEDGER_DAYS)).execute();
      await db.deleteFrom('detection_rule_hour').where('hour_at', '<', before(LEDGER_DAYS)).execute();
      await db.deleteFrom('detection_limit_hour').where('hour_at', '<', before(LEDGER_DAYS)).execute();
      await db.deleteFrom('detection_fault').where('at', '<', before(DETECTION_DAYS)).execute();
      await db.deleteFrom('detection_run').where('finished_at', '<', before(LEDGER_DAYS)).execute();
    });
  },
});

/** A run gives way to others after so long, and goes on with its next job. */
const RUN_BUDGET_MS = 60_000;

/** Reasons that pass by themselves. */
const PASSING: ReadonlySet<string | undefined> = new Set(['events.busy', 'events.down', 'records.down']);

/** Runs rules over stored events, some minutes at a time. A restart loses at most the part that was under way. */
export const runHistory = job({
  name: HISTORY_JOB,
  payload: z.object({ runId: z.uuid() }),
  handler: async (ctx, { runId }) => {
    const { catalogue } = await engineOf(ctx);
    try {
      const more = await workOnRun(ctx, catalogue, runId, RUN_BUDGET_MS);
      if (more) await ctx.transaction((tx) => tx.enqueue(HISTORY_JOB, { runId }));
    } catch (error) {
      // A store that is down for a moment is tried again by the queue; what fails for its own sake is not.
      if (error instanceof AppError && PASSING.has(error.reason)) throw error;
      ctx.log.error({ err: error, runId }, 'a run over history failed');
      await ctx.transaction((tx) => endRun(tx.db, runId, 'failed', errorText(error), tx.clock.now()));
    }
  },
});
