import type { Ctx } from '#platform/context.ts';
import { cursorText, type EventLine, lineOf, newestSql, shownColumns } from './events.ts';
import { absentFields } from './held.ts';
import { type Cluster, count, type Overview, type OverviewQuery, prepare } from './overview.ts';
import { fieldsOf } from './sql.ts';
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
/** Stretches of time that lines are looked for in at most: the store tests each event of a block for each of them. */
const STRETCHES_MAX = 12;

/**
 * Counts the events of a query and fetches the newest of them in the same pass: the counts say from which event to which
 * there is anything to fetch, and what matches rarely is read while it is counted, so nothing is looked for twice.
 *
 * @throws AppError as `overview` does
 */
export async function* find(ctx: Ctx, query: FindQuery, signal: AbortSignal): AsyncGenerator<Found> {
  const shown = shownColumns(query.shown);
  const searched = await prepare(ctx, query, signal);
  const rows: EventLine[] = [];
  const wanted = query.limit + 1;
  let items: readonly EventLine[] = [];
  const missing = () => wanted - rows.length;
  for await (const { known, clusters, lines } of count(ctx, query, searched, missing, signal)) {
    if (missing() > 0 && clusters.length > 0) {
      const limits = { tag: 'search.page', rowsMax: missing(), timeoutMs: TIMEOUT_MS, signal };
      const sql = newestSql(searched, spansOf(clusters, missing()), missing());
      rows.push(...(lines?.slice(0, missing()) ?? (await ctx.events.query<EventLine>(sql, limits))));
      items = rows.slice(0, query.limit).map((row) => lineOf(row, shown));
    }
    const isNothing = known.done === 1 && known.total === 0;
    const absent = isNothing ? await absentFields(ctx, fieldsOf(query.query), query, signal) : [];
    yield { ...known, items, cursor: cursorAfter(rows, query.limit, known), absent };
  }
}

/** The stretches that hold the newest `wanted` events of those counted. */
function spansOf(clusters: readonly Cluster[], wanted: number): Span[] {
  const spans: Span[] = [];
  let events = 0;
  for (const { firstMs, lastMs, count: more } of clusters) {
    if (events >= wanted) break;
    events += more;
    spans.push({ from: new Date(firstMs), to: new Date(lastMs + 1) });
  }
  return joined(spans, STRETCHES_MAX);
}

/** Joins neighbours with the least time between them until there are few. @param spans newest first */
function joined(spans: readonly Span[], most: number): Span[] {
  const few = [...spans];
  const gapBefore = (at: number): number => (few[at - 1]?.from.getTime() ?? 0) - (few[at]?.to.getTime() ?? 0);
  while (few.length > most) {
    let least = 1;
    for (let at = 2; at < few.length; at += 1) if (gapBefore(at) < gapBefore(least)) least = at;
    const [newer, older] = few.slice(least - 1, least + 1);
    if (newer === undefined || older === undefined) break;
    few.splice(least - 1, 2, { from: older.from, to: newer.to });
  }
  return few;
}

function cursorAfter(rows: readonly EventLine[], limit: number, { unfinished, looked }: Overview): string | null {
  if (rows.length > limit) {
    const last = rows[limit - 1];
    return cursorText({ timeMs: Date.parse(last?.time ?? ''), id: last?.event_id ?? '' });
  }
  return unfinished === null ? null : cursorText({ timeMs: Date.parse(looked.from), id: '' });
}
