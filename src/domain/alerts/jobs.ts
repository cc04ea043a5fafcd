import { z } from 'zod';
import { job } from '#platform/slice.ts';

const DAY_MS = 86_400_000;
/** A batch is replayed within hours of a crash; ids are remembered far longer than that. */
const REMEMBERED_DAYS = 30;

/** Forgets the ids of detections that no replay can bring back. Alerts and their counts stay. */
export const forgetDetections = job({
  name: 'alerts.forget-detections',
  payload: z.object({}),
  cron: '20 3 * * *',
  handler: async (ctx) => {
    const before = new Date(ctx.clock.now().getTime() - REMEMBERED_DAYS * DAY_MS);
    await ctx.transaction((tx) => tx.db.deleteFrom('alert_detection').where('taken_at', '<', before).execute());
  },
});
