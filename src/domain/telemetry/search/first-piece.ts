import type { Ctx } from '#platform/context.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { length, type Span } from './sweep.ts';

const HOUR_MS = 3_600_000;
/** How many events there are is told by the newest hours of a range: to add up all of it would take as long as what it is to save. */
const LOOKED_AT_MS = 2 * HOUR_MS;
/** Looked at in some tenths of a second, whatever is asked: then there is something to show. */
const EVENTS = 500_000;
/** What the newest hours tell holds for no longer than this. */
const LENGTH_MAX_MS = 24 * HOUR_MS;
const TIMEOUT_MS = 10_000;

/**
 * How long the first piece of a range should be, milliseconds: where there are few events all of a day is one piece, since each statement costs
 * some 50 ms by itself, and on a busy machine slow pieces would stay small. Undefined when the roll-up knows of no events lately.
 */
export async function firstPieceMs(ctx: Ctx, range: Span, signal: AbortSignal): Promise<number | undefined> {
  if (length(range) <= HOUR_MS) return undefined;
  const from = new Date(range.to.getTime() - LOOKED_AT_MS);
  const [row] = await ctx.events.query<{ events: number }>(
    eventSql`SELECT sum(events) AS events FROM event_count WHERE hour > ${from} AND hour < ${range.to}`,
    { tag: 'search.first', rowsMax: 1, timeoutMs: TIMEOUT_MS, signal },
  );
  const events = row?.events ?? 0;
  if (events === 0) return undefined;
  return Math.min(LENGTH_MAX_MS, Math.max(HOUR_MS, (EVENTS / events) * LOOKED_AT_MS));
}
