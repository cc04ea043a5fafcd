import type { Ctx } from '#platform/context.ts';
import type { EventSql } from '#platform/eventstore/reader.ts';
import { eventSql, rawSql } from '#platform/eventstore/sql.ts';
import { checkedColumn } from './columns.ts';
import { rangeSql, searchSqlIn } from './sql.ts';
import { type Span, sweep, type Unfinished } from './sweep.ts';

export interface OverviewQuery extends Span {
  readonly query: string;
  /** Columns whose most frequent values are counted; none: only the bars. */
  readonly columns: readonly string[];
  /** Values a column. */
  readonly top: number;
}

interface Facet {
  readonly column: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
}

/** How many events over time and with which values, so far. */
export interface Overview {
  /** Share of the range looked at, 0…1. */
  readonly done: number;
  readonly looked: { readonly from: string; readonly to: string };
  /** Why the rest was not looked at; null when it was, or still is. */
  readonly unfinished: Unfinished | null;
  readonly total: number;
  readonly stepSeconds: number;
  /** Steps without events are left out. */
  readonly bars: readonly { readonly at: string; readonly count: number }[];
  readonly facets: readonly Facet[];
  /** Values were counted among the events from here on; null while no event was counted. */
  readonly facetsFrom: string | null;
  /** Some column has so many values that rare ones may be missing or counted too low. */
  readonly facetsRough: boolean;
  readonly tookMs: number;
}

const BUDGET_MS = 30_000;
const STEPS_S = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800];
const BARS_MAX = 120;
/** Values are counted among the newest events until so many were: more would tell nothing new and cost seconds. */
const FACET_EVENTS_MAX = 250_000;
/** Values a column and piece; what is rarer in every piece is not shown anyway. */
const VALUES_MAX = 200;

/** The length of a bar: at most 120 of them. */
function stepSecondsOf({ from, to }: Span): number {
  const seconds = (to.getTime() - from.getTime()) / 1000;
  return STEPS_S.find((step) => seconds / step <= BARS_MAX) ?? 604_800;
}

interface Row {
  /** 0: a bar; otherwise the number of the column. */
  readonly kind: number;
  readonly value: string;
  readonly count: number;
}

/** Bars and values of one piece in one pass over its events. */
function pieceSql(span: Span, stepSeconds: number, columns: readonly string[], found: EventSql): EventSql {
  const bar = rawSql(`toString(intDiv(toUnixTimestamp(time), ${stepSeconds}) * ${stepSeconds})`);
  if (columns.length === 0) {
    return eventSql`SELECT 0 AS kind, ${bar} AS value, count() AS count FROM event WHERE ${rangeSql(span)} AND ${found}
      GROUP BY value`;
  }
  const keys = ['bar', ...columns.map((_, index) => `c${index + 1}`)];
  const inner = columns.map((column, index) => `${column} AS c${index + 1}`).join(', ');
  // GROUPING() has a 0 at the place of the key that a row was grouped by, the last key at the lowest place.
  const isOf = (index: number) => `bitTest(mask, ${keys.length - 1 - index}) = 0`;
  const kind = keys.map((_, index) => `${isOf(index)}, ${index}`).join(', ');
  const value = keys.map((key, index) => `${isOf(index)}, toString(${key})`).join(', ');
  return eventSql`SELECT multiIf(${rawSql(kind)}, 0) AS kind, multiIf(${rawSql(value)}, '') AS value, count FROM (
      SELECT ${rawSql(keys.join(', '))}, GROUPING(${rawSql(keys.join(', '))}) AS mask, count() AS count FROM (
        SELECT ${bar} AS bar, ${rawSql(inner)} FROM event WHERE ${rangeSql(span)} AND ${found}
      ) GROUP BY GROUPING SETS (${rawSql(keys.map((key) => `(${key})`).join(', '))})
    ) WHERE value != '' ORDER BY count DESC, value LIMIT ${VALUES_MAX} BY kind`;
}

/** Adds up what the pieces say. */
class Sums {
  readonly bars = new Map<number, number>();
  readonly #values: readonly Map<string, number>[];
  readonly #columns: readonly string[];
  total = 0;
  facetEvents = 0;
  facetsFrom: Date | null = null;
  #cut = 0;

  constructor(columns: readonly string[]) {
    this.#columns = columns;
    this.#values = columns.map(() => new Map());
  }

  add(rows: readonly Row[], span: Span, withFacets: boolean): void {
    const perKind = new Map<number, number>();
    for (const { kind, value, count } of rows) {
      perKind.set(kind, (perKind.get(kind) ?? 0) + 1);
      const values = this.#values[kind - 1];
      if (values !== undefined) values.set(value, (values.get(value) ?? 0) + count);
      else {
        const at = Number(value) * 1000;
        this.bars.set(at, (this.bars.get(at) ?? 0) + count);
        this.total += count;
        if (withFacets) this.facetEvents += count;
      }
    }
    if (withFacets) this.facetsFrom = span.from;
    if ([...perKind].some(([kind, count]) => kind > 0 && count >= VALUES_MAX)) this.#cut += 1;
  }

  /** The head of a list is exact when only one piece was cut: what it left out is rarer than what it names. */
  get rough(): boolean {
    return this.#cut > 1;
  }

  facets(top: number): Facet[] {
    return this.#columns.map((column, index) => ({
      column,
      values: [...(this.#values[index] ?? [])]
        .map(([value, count]) => ({ value, count }))
        .sort((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1))
        .slice(0, top),
    }));
  }
}

/**
 * Bars over time and frequent values of the events found: what is known so far after each piece, newest first, and at
 * last the whole.
 *
 * @param condition of the query, when the caller has written it already
 * @throws AppError `invalid_input` for the query, `unavailable` when not even a part could be looked at
 */
export async function* overview(
  ctx: Ctx,
  query: OverviewQuery,
  signal: AbortSignal,
  condition?: EventSql,
): AsyncGenerator<Overview> {
  const startedAtMs = performance.now();
  const columns = [...new Set(query.columns.map(checkedColumn))];
  const found = condition ?? (await searchSqlIn(ctx, query.query, query, signal));
  const stepSeconds = stepSecondsOf(query);
  const sums = new Sums(columns);
  let looked: Span = { from: query.to, to: query.to };
  let unfinished: Unfinished | null = null;
  const shown = (done: number): Overview => ({
    done,
    looked: { from: looked.from.toISOString(), to: looked.to.toISOString() },
    unfinished,
    total: sums.total,
    stepSeconds,
    bars: [...sums.bars].sort(([left], [right]) => left - right).map(barOf),
    facets: sums.facets(query.top),
    facetsFrom: sums.facetsFrom?.toISOString() ?? null,
    facetsRough: sums.rough,
    tookMs: Math.round(performance.now() - startedAtMs),
  });
  const options = { range: query, from: 'newest', budgetMs: BUDGET_MS, stepMs: stepSeconds * 1000, signal } as const;
  const onUnfinished = (why: Unfinished) => {
    unfinished = why;
  };
  let done = 0;
  const pieces = sweep({ ...options, onUnfinished }, async (span, timeoutMs) => {
    const counted = sums.facetEvents < FACET_EVENTS_MAX ? columns : [];
    const limits = { tag: 'search.overview', rowsMax: BARS_MAX + VALUES_MAX * (columns.length + 2), timeoutMs, signal };
    const rows = await ctx.events.query<Row>(pieceSql(span, stepSeconds, counted, found), limits);
    return { rows, withFacets: counted.length > 0 };
  });
  for await (const piece of pieces) {
    sums.add(piece.answer.rows, piece.span, piece.answer.withFacets);
    looked = { from: piece.span.from, to: looked.to };
    done = piece.done;
    if (done < 1) yield shown(done);
  }
  yield shown(done);
}

const barOf = ([at, count]: readonly [number, number]) => ({ at: new Date(at).toISOString(), count });

/** The same at once, for callers that show no progress. */
export async function wholeOverview(ctx: Ctx, query: OverviewQuery, signal: AbortSignal): Promise<Overview> {
  let last: Overview | undefined;
  for await (const next of overview(ctx, query, signal)) last = next;
  if (last === undefined) throw new Error('an overview has at least one step');
  return last;
}
