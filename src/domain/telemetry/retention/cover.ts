import type { Ctx } from '#platform/context.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { aboutSql, type Hold } from './rules.ts';

/** Somebody waits for the answer; without the number it is as good. */
const TIMEOUT_MS = 3_000;

/**
 * How many events a hold is about now, by what is counted of each hour: of the first and last hour all.
 *
 * @returns null when that could not be counted in time
 */
export async function countCovered(ctx: Ctx, { unitPath, kind, from, to }: Hold): Promise<number | null> {
  const beginning = from === null ? eventSql`1` : eventSql`hour >= toStartOfHour(${from})`;
  const end = to === null ? eventSql`1` : eventSql`hour < ${to}`;
  try {
    const [row] = await ctx.events.query<{ events: number }>(
      eventSql`SELECT sum(events) AS events FROM event_count WHERE ${aboutSql({ unitPath, kind })} AND ${beginning} AND ${end}`,
      { tag: 'retention.covered', rowsMax: 1, timeoutMs: TIMEOUT_MS },
    );
    return Number(row?.events ?? 0);
  } catch (error) {
    ctx.log.warn({ err: error }, 'what a hold is about could not be counted');
    return null;
  }
}
