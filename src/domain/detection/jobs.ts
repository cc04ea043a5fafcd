import { z } from 'zod';
import { job } from '#platform/slice.ts';

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
    });
  },
});
