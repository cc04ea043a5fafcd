import type { Ctx } from '#platform/context.ts';
import { cursorText, type EventLine, pageSql, withTexts } from './events.ts';
import { type Overview, type OverviewQuery, overview } from './overview.ts';
import type { Span } from './sweep.ts';

export interface FindQuery extends OverviewQuery {
  /** Columns of the lines. */
  readonly shown: readonly string[];
  /** Lines wanted. */
  readonly limit: number;
}

/** What is known so far: counts and values, and the newest events. */
export interface Found extends Overview {
  /** Newest first. Once there are `limit` of them, they stay. */
  readonly items: readonly EventLine[];
  /** Where the page after these begins; null while more may come, and at the end. */
  readonly cursor: string | null;
}

const TIMEOUT_MS = 20_000;

/**
 * Counts the events of a query and fetches the newest of them in the same pass: the counts say in which stretches of time
 * there is anything to fetch, so what matches rarely is looked for once and not twice.
 *
 * @throws AppError as `overview` does
 */
export async function* find(ctx: Ctx, query: FindQuery, signal: AbortSignal): AsyncGenerator<Found> {
  const sql = pageSql({ query: query.query, columns: query.shown, order: 'desc' });
  const rows: EventLine[] = [];
  const wanted = query.limit + 1;
  let items: readonly EventLine[] = [];
  let lookedFrom = query.to.getTime();
  for await (const counted of overview(ctx, query, signal)) {
    const spans = spansWith(counted, lookedFrom, wanted - rows.length);
    if (spans.length > 0) {
      const limit = wanted - rows.length;
      const limits = { tag: 'search.page', rowsMax: limit, timeoutMs: TIMEOUT_MS, signal };
      const found = await ctx.events.query<EventLine>(sql(spans, limit), limits);
      rows.push(...found);
      const shown = found.slice(0, query.limit - items.length);
      items = [...items, ...(await withTexts(ctx, shown, query.shown, signal))];
    }
    lookedFrom = Date.parse(counted.looked.from);
    yield { ...counted, items, cursor: cursorAfter(rows, query.limit, counted) };
  }
}

/** The stretches that hold the newest `wanted` events among those counted since the last answer. */
function spansWith(counted: Overview, beforeMs: number, wanted: number): Span[] {
  const spans: Span[] = [];
  const from = Date.parse(counted.looked.from);
  let events = 0;
  for (const bar of counted.bars.toReversed()) {
    if (events >= wanted) break;
    const at = Date.parse(bar.at);
    const span = {
      from: new Date(Math.max(from, at)),
      to: new Date(Math.min(beforeMs, at + counted.stepSeconds * 1000)),
    };
    if (span.to <= span.from) continue;
    events += bar.count;
    const last = spans.at(-1);
    if (last?.from.getTime() === span.to.getTime()) spans.splice(-1, 1, { from: span.from, to: last.to });
    else spans.push(span);
  }
  return spans;
}

function cursorAfter(rows: readonly EventLine[], limit: number, { unfinished, looked }: Overview): string | null {
  if (rows.length > limit) {
    const last = rows[limit - 1];
    return cursorText({ timeMs: Date.parse(last?.time ?? ''), id: last?.event_id ?? '' });
  }
  return unfinished === null ? null : cursorText({ timeMs: Date.parse(looked.from), id: '' });
}
