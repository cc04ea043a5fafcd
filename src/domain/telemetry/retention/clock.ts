import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { conflict } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { Reason } from './rules.ts';

/** How far the clock goes on between two deletions without being asked about: the platform was off over a long weekend. */
const STEP_MS_MAX = 4 * 86_400_000;
/** How far a deletion goes back with the clock: the next one, a day later, makes up for it if the clock is right again. */
const BACK_MS_MAX = 3 * 86_400_000;

/** What deletion knows of the time. */
export interface KnownTime {
  /** What it took for now, or was told. */
  readonly trustedAt: Date;
  /** What the clock said then. */
  readonly clockAt: Date;
}

/**
 * The moment that deletion takes for now: never later than the clock, and never much later than deletion has come so far. A
 * clock that jumps years ahead deletes a few days too much at most, and then goes on as fast as time does.
 */
export function trustedNow({ trustedAt, clockAt }: KnownTime, now: Date): Date {
  const stepMs = Math.min(Math.max(0, now.getTime() - clockAt.getTime()), STEP_MS_MAX);
  return new Date(Math.min(now.getTime(), trustedAt.getTime() + stepMs));
}

async function knownTime(db: Db): Promise<KnownTime> {
  const row = await db.selectFrom('telemetry_retention_clock').selectAll().executeTakeFirstOrThrow();
  return { trustedAt: row.trusted_at, clockAt: row.clock_at };
}

async function setKnownTime(db: Db, { trustedAt, clockAt }: KnownTime): Promise<void> {
  await db.updateTable('telemetry_retention_clock').set({ trusted_at: trustedAt, clock_at: clockAt }).execute();
}

/** A clock that deletion does not follow. */
export interface DoubtedClock {
  readonly clockAt: Date;
  /** Where deletion has got to. */
  readonly trustedAt: Date;
}

/** @returns undefined when deletion goes by the clock */
export async function doubtedClock(db: Db, now: Date): Promise<DoubtedClock | undefined> {
  const trustedAt = trustedNow(await knownTime(db), now);
  return trustedAt < now ? { clockAt: now, trustedAt } : undefined;
}

/** Settles what a deletion takes for now. */
export async function settleNow(ctx: Ctx): Promise<Date> {
  const clockAt = ctx.clock.now();
  const settled = await ctx.transaction(async ({ db }) => {
    const known = await knownTime(db);
    const now = trustedNow(known, clockAt);
    // A clock that is behind for a night takes little back; one that was ahead, at the installation say, is forgotten with time.
    const trustedAt = new Date(Math.max(now.getTime(), known.trustedAt.getTime() - BACK_MS_MAX));
    await setKnownTime(db, { trustedAt, clockAt });
    return now;
  });
  if (settled < clockAt) {
    const sentence = 'the clock is far ahead of the last deletion: correct it, or confirm it under Retention';
    ctx.log.error({ clockAt, trustedAt: settled }, `nothing is deleted that is over by this clock only: ${sentence}`);
  }
  return settled;
}

/**
 * Says that the clock is right: the platform was really off for so long.
 *
 * @throws AppError `conflict` when nobody doubts it
 */
export const confirmClock = action('retention.manage', z.object({ reason: Reason }), async (tx, { reason }) => {
  const now = tx.clock.now();
  const before = trustedNow(await knownTime(tx.db), now);
  if (before >= now) throw conflict('Deletion goes by the clock already', 'retention.clock');
  await setKnownTime(tx.db, { trustedAt: now, clockAt: now });
  tx.record({
    object: { type: 'retention', id: tx.ids.next() },
    unitPath: tx.scope.path,
    data: { change: 'clock confirmed', clock: now.toISOString(), before: before.toISOString(), reason },
  });
});
