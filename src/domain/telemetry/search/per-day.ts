import type { Ctx } from '#platform/context.ts';
import { eventSql, rangeSql } from '#platform/eventstore/sql.ts';
import { type Span, sweep } from './sweep.ts';

const DAY_MS = 86_400_000;
/** Wall time: somebody waits for a page. */
const BUDGET_MS = 5_000;
const DAYS_MAX = 400;

/** How many events a day had. */
export interface DayOfEvents {
  /** Asia/Shanghai: `2026-03-02`. */
  readonly day: string;
  readonly count: number;
  /** The newest of them. */
  readonly lastAt: Date;
}

interface Row {
  readonly day: string;
  readonly count: number;
  readonly last: number;
}

/**
 * The events of assets, counted by day, the newest day first.
 *
 * @param assetIds events that came in as those of one of these, or of a system among them
 * @returns `from`: what lies before it was not looked at, because it would have taken too long
 * @throws AppError `unavailable` when not even a part could be looked at
 */
export async function eventsPerDay(
  ctx: Ctx,
  assetIds: readonly string[],
  range: Span,
  signal: AbortSignal,
): Promise<{ readonly days: readonly DayOfEvents[]; readonly from: Date }> {
  const days = new Map<string, { count: number; lastMs: number }>();
  let from = range.to;
  const bounds = { range, from: 'newest', budgetMs: BUDGET_MS, stepMs: DAY_MS, signal } as const;
  const pieces = sweep({ ...bounds, onUnfinished: () => undefined }, (span, timeoutMs) =>
    ctx.events.query<Row>(
      eventSql`SELECT toString(toDate(time, 'Asia/Shanghai')) AS day, count() AS count,
          toUnixTimestamp64Milli(max(time)) AS last
        FROM event WHERE ${rangeSql(span)} AND (asset_id IN ${assetIds} OR system_id IN ${assetIds}) GROUP BY day`,
      { tag: 'search.per-day', rowsMax: DAYS_MAX, timeoutMs, signal },
    ),
  );
  for await (const { answer, span } of pieces) {
    for (const { day, count, last } of answer) {
      const known = days.get(day);
      days.set(day, {
        count: (known?.count ?? 0) + Number(count),
        lastMs: Math.max(known?.lastMs ?? 0, Number(last)),
      });
    }
    from = span.from;
  }
  const found = [...days].map(([day, { count, lastMs }]) => ({ day, count, lastAt: new Date(lastMs) }));
  return { days: found.sort((left, right) => right.lastAt.getTime() - left.lastAt.getTime()), from };
}
