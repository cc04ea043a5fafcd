import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import type { EventSql } from '#platform/eventstore/reader.ts';
import { eventSql, rawSql } from '#platform/eventstore/sql.ts';
import { job } from '#platform/slice.ts';
import { storeOf } from '../runtime.ts';
import { recordDeletion } from './actions.ts';
import { settleNow } from './clock.ts';
import { ROLL_UPS } from './roll-ups.ts';
import { binds, expiredSql, heldSql } from './rules.ts';
import { listRules, rulesBelowLegalMinimum, unreleasedHolds } from './store.ts';

/** Days of events a run deletes at most; the rest waits for the next day. */
const PARTITIONS_MAX = 400;
const TIMEOUT_MS = 120_000;

interface Expired {
  readonly day: string;
  readonly expired: number;
  readonly held: number;
}

/** What may go now: read anew for each day, so that a hold placed meanwhile is heeded. */
async function conditions(ctx: Ctx, now: Date) {
  const [rules, holds] = await ctx.read(async (db) => [await listRules(db), await unreleasedHolds(db)] as const);
  const { eventDays } = ctx.config.retention;
  const daysMin = Math.min(eventDays, ...rules.map(({ days }) => days));
  const binding = holds.filter((hold) => binds(hold, now));
  return { rules, daysMin, expired: expiredSql(rules, eventDays, now), held: heldSql(binding) };
}

/** Where events lie whose time may be over: by their own time in days that are, or, from senders whose clock was ahead, still to come. */
interface Old {
  readonly before: Date;
  readonly after: Date;
}

/** @param of what is made of the time of an event */
const lies = ({ before, after }: Old, span: string, of = ''): EventSql =>
  eventSql`(${rawSql(span)} < ${rawSql(of)}(${before}) OR ${rawSql(span)} > ${rawSql(of)}(${after}))`;

/**
 * Deletes events whose time is over and that no hold keeps, day by day. Whatever was received meanwhile stays: the
 * condition is asked of each event, never of a day as a whole.
 */
export async function deleteExpired(ctx: Ctx): Promise<void> {
  const now = await settleNow(ctx);
  const { daysMin, expired, held, rules } = await conditions(ctx, now);
  const old = { before: new Date(now.getTime() - daysMin * 86_400_000), after: now };
  const days = await ctx.events.query<Expired>(
    eventSql`SELECT toString(toDate(time)) AS day, countIf(NOT ${held}) AS expired, countIf(${held}) AS held FROM event
      WHERE ${lies(old, 'time')} AND ${expired} GROUP BY day ORDER BY expired = 0, day LIMIT ${PARTITIONS_MAX}`,
    { tag: 'retention.expired', rowsMax: PARTITIONS_MAX, timeoutMs: TIMEOUT_MS },
  );
  const gone = days.filter((day) => day.expired > 0);
  for (const { day } of gone) await deleteDay(ctx, day, now);
  await forgetRollUps(ctx, old);
  if (gone.length === 0) return;
  const sum = (of: (day: Expired) => number) => days.reduce((total, day) => total + of(day), 0);
  const told = { events: sum((day) => day.expired), held: sum((day) => day.held), days: gone.map(({ day }) => day) };
  const { eventDays: defaultDays } = ctx.config.retention;
  ctx.log.info(told, 'events whose time was over are deleted');
  await recordDeletion(ctx, { ...told, defaultDays, rules: rules.map(({ id }) => id) });
}

async function deleteDay(ctx: Ctx, day: string, now: Date): Promise<void> {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new Error(`not a day: ${day}`);
  const { expired, held } = await conditions(ctx, now);
  // The partition stands in the text of the statement: the store takes no parameter there.
  await storeOf(ctx).maintain(
    eventSql`ALTER TABLE event DELETE IN PARTITION ${rawSql(`'${day}'`)} WHERE ${expired} AND NOT ${held} SETTINGS mutations_sync = 2`,
  );
}

/**
 * Deletes from roll-ups what is about days, or months, of which no event is left. Not sooner: a search leaves out the fields that they say no
 * event has. Which are left is asked by the deletion itself, so that what comes in meanwhile stays: events come before what is counted of them.
 */
async function forgetRollUps(ctx: Ctx, old: Old): Promise<void> {
  for (const [table, { span, of }] of Object.entries(ROLL_UPS)) {
    await storeOf(ctx).maintain(
      eventSql`ALTER TABLE ${rawSql(table)} DELETE WHERE ${lies(old, span, of)}
        AND ${rawSql(span)} NOT IN (SELECT ${rawSql(of)}(time) FROM event WHERE ${lies(old, `${of}(time)`, of)})
        SETTINGS mutations_sync = 2, allow_nondeterministic_mutations = 1`,
    );
  }
}

export const retainJob = job({
  name: 'telemetry.retain',
  payload: z.object({}),
  cron: '40 2 * * *',
  handler: async (ctx) => {
    await deleteExpired(ctx);
    const short = await ctx.read(rulesBelowLegalMinimum);
    for (const { unitPath, kind, days, overrideReason } of short) {
      ctx.log.warn({ unitPath, kind, days, overrideReason }, 'events are kept for less than the legal minimum');
    }
  },
});
