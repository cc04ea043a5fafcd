import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { job } from '#platform/slice.ts';
import { learnBaselines } from './habit.ts';
import { ALARM_KINDS, judge } from './judge.ts';
import {
  clearAlarm,
  insertAlarm,
  measureAlarm,
  openAlarms,
  type WatchedSource,
  watchedSources,
} from './watch-store.ts';

const Raise = z.object({
  sourceId: z.uuid(),
  unitPath: z.string(),
  kind: z.enum(ALARM_KINDS),
  seen: z.record(z.string(), z.number()),
});

const raise = action('source.manage', Raise, async (tx, { sourceId, unitPath, kind, seen }) => {
  await insertAlarm(tx.db, { id: tx.ids.next(), sourceId, unitPath, finding: { kind, seen }, at: tx.clock.now() });
  tx.record({ object: { type: 'source', id: sourceId }, unitPath, data: { change: 'alarm raised', kind, ...seen } });
  tx.publish({ topic: 'source', id: sourceId, action: 'alarm', unitPath, side: 'centre' });
});

const clear = action('source.manage', Raise.omit({ seen: true }).extend({ id: z.uuid() }), async (tx, input) => {
  const { id, sourceId, unitPath, kind } = input;
  await clearAlarm(tx.db, id, tx.clock.now());
  tx.record({ object: { type: 'source', id: sourceId }, unitPath, data: { change: 'alarm cleared', kind } });
  tx.publish({ topic: 'source', id: sourceId, action: 'alarm', unitPath, side: 'centre' });
});

/**
 * Judges every source and brings the alarms in line with what is found: raises what is new, clears what is over, and
 * says of what goes on how it is now.
 *
 * @param ctx the system's
 * @returns how many were raised and cleared
 */
export async function watchSources(ctx: Ctx): Promise<{ raised: number; cleared: number }> {
  const now = ctx.clock.now();
  const { sources, open } = await ctx.read(async (db) => ({
    sources: await watchedSources(db, now),
    open: await openAlarms(db),
  }));
  const standing = new Map(open.map((alarm) => [`${alarm.sourceId} ${alarm.kind}`, alarm]));
  let raised = 0;
  for (const { source, finding } of sources.flatMap((source) => findingsOf(source, now))) {
    const key = `${source.id} ${finding.kind}`;
    const known = standing.get(key);
    if (known !== undefined) {
      standing.delete(key);
      if (!isDeepStrictEqual(known.seen, finding.seen)) {
        await ctx.transaction(({ db }) => measureAlarm(db, known.id, finding.seen));
      }
      continue;
    }
    await raise(ctx, { sourceId: source.id, unitPath: source.unitPath, ...finding });
    raised += 1;
  }
  for (const { id, sourceId, unitPath, kind } of standing.values()) await clear(ctx, { id, sourceId, unitPath, kind });
  return { raised, cleared: standing.size };
}

const findingsOf = (source: WatchedSource, now: Date) =>
  judge(source.facts, now.getTime()).map((finding) => ({ source, finding }));

export const watchJob = job({
  name: 'telemetry.watch-sources',
  payload: z.object({}),
  cron: '* * * * *',
  handler: async (ctx) => {
    await watchSources(ctx);
  },
});

export const learnJob = job({
  name: 'telemetry.learn-baselines',
  payload: z.object({}),
  cron: '7 * * * *',
  handler: (ctx) => ctx.transaction(({ db }) => learnBaselines(db, ctx.clock.now())),
});
