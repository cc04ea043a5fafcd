import type { Ctx } from '#platform/context.ts';
import { cursorText, type EventLine, lineOf, pageSql, shownColumns } from './events.ts';
import { absentFields } from './held.ts';
import { type Overview, type OverviewQuery, overview } from './overview.ts';
import { fieldsOf, searchSqlIn } from './sql.ts';
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
  /** Of a search that found nothing: fields it names that no event of the time has. */
  readonly absent: readonly string[];
}

const TIMEOUT_MS = 20_000;
/** Events that match rarely are fetched for several pieces at once, but nobody waits longer than this for the next. */
const FETCH_EVERY_MS = 700;

/**
 * Counts the events of a query and fetches the newest of them in the same pass: the counts say in which stretches of time
 * there is anything to fetch, so what matches rarely is looked for once and not twice.
 *
 * @throws AppError as `overview` does
 */
export async function* find(ctx: Ctx, query: FindQuery, signal: AbortSignal): AsyncGenerator<Found> {
  const shown = shownColumns(query.shown);
  const condition = await searchSqlIn(ctx, query.query, query, signal);
  const sql = pageSql(condition, 'desc');
  const rows: EventLine[] = [];
  const wanted = query.limit + 1;
  let items: readonly EventLine[] = [];
  /** Up to where events were fetched, and how many were counted since. */
  let lookedFrom = query.to.getTime();
  let counted = 0;
  let fetchedAtMs = performance.now();
  for await (const known of overview(ctx, query, signal, condition)) {
    const missing = wanted - rows.length;
    const isDue = known.done === 1 || known.unfinished !== null || performance.now() - fetchedAtMs > FETCH_EVERY_MS;
    if (missing > 0 && known.total > counted && (isDue || known.total - counted >= missing)) {
      const spans = spansWith(known, lookedFrom, missing);
      const limits = { tag: 'search.page', rowsMax: missing, timeoutMs: TIMEOUT_MS, signal };
      rows.push(...(spans.length === 0 ? [] : await ctx.events.query<EventLine>(sql(spans, missing), limits)));
      items = rows.slice(0, query.limit).map((row) => lineOf(row, shown));
      lookedFrom = Date.parse(known.looked.from);
      counted = known.total;
      fetchedAtMs = performance.now();
    }
    const isNothing = known.done === 1 && known.total === 0;
    const absent = isNothing ? await absentFields(ctx, fieldsOf(query.query), query, signal) : [];
    yield { ...known, items, cursor: cursorAfter(rows, query.limit, known), absent };
  }
}

/** The stretches that hold the newest `wanted` events among those counted before `beforeMs`. */
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
