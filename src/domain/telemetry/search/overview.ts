import type { Ctx } from '#platform/context.ts';
import { checkedColumn } from './columns.ts';
import type { EventLine } from './events.ts';
import { firstPieceMs } from './first-piece.ts';
import { linesSql, newestFirst, pieceSql, type Row, rowsOf, VALUES_MAX } from './piece.ts';
import { type Searched, searchIn } from './sql.ts';
import { length, type Span, sweep, type Unfinished } from './sweep.ts';

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
const HOUR_S = 3600;
/** Some 13 months of hours; over more than that events are counted by bar. */
const SLOTS_MAX = 10_000;
/** Free text tests some twenty columns: in the store's own small blocks calling the tests costs a sixth of all. */
const BLOCK_BYTES = 16_000_000;
/** Values are counted among the newest events until so many were: more would tell nothing new and cost seconds. */
const FACET_EVENTS_MAX = 250_000;
/** A piece that was thought to have the missing events may have this many times as many; then it is only counted. */
const LINES_OVER = 4;
/** Such a piece is so many times as long as should do: each statement costs some time by itself. */
const LENGTH_OVER = 2;

/** The length of a bar: at most 120 of them. */
function stepSecondsOf({ from, to }: Span): number {
  const seconds = (to.getTime() - from.getTime()) / 1000;
  return STEPS_S.find((step) => seconds / step <= BARS_MAX) ?? 604_800;
}

/** A short time in which events were counted, at most an hour and a bar: from the first to the last of them. */
export interface Cluster {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
}

/** What is known after a piece of the range. */
interface Counted {
  readonly known: Overview;
  /** Where the events of this piece are, newest first; nothing of use when none were missing. */
  readonly clusters: readonly Cluster[];
  /** All events of this piece, newest first, if they were read as they are. */
  readonly lines: readonly EventLine[] | undefined;
}

/**
 * The length of the slots that events are counted in, seconds: a part of a bar, so that what matches rarely is found again
 * without a second look at all around it. Events are kept in the order of their hours, so shorter ones would help no more.
 */
const slotSecondsOf = (span: Span, stepSeconds: number): number =>
  stepSeconds > HOUR_S && length(span) <= SLOTS_MAX * HOUR_S * 1000 ? HOUR_S : stepSeconds;

/** What was asked of one piece. */
interface Answer {
  readonly rows: readonly Row[];
  /** All its events, if they were read as they are. */
  readonly lines: readonly EventLine[] | undefined;
  /** Columns whose values were counted. */
  readonly counted: readonly string[];
}

/** Adds up what the pieces say. */
class Sums {
  readonly bars = new Map<number, number>();
  readonly #values: readonly Map<string, number>[];
  readonly #columns: readonly string[];
  readonly #stepMs: number;
  total = 0;
  facetEvents = 0;
  facetsFrom: Date | null = null;
  #cut = 0;

  constructor(columns: readonly string[], stepSeconds: number) {
    this.#columns = columns;
    this.#stepMs = stepSeconds * 1000;
    this.#values = columns.map(() => new Map());
  }

  add({ rows, lines, counted }: Answer, span: Span): void {
    const perKind = new Map<number, number>();
    for (const { kind, value, count: events } of rows) {
      perKind.set(kind, (perKind.get(kind) ?? 0) + 1);
      const values = this.#values[kind - 1];
      if (values !== undefined) values.set(value, (values.get(value) ?? 0) + events);
      else {
        const at = Math.floor((Number(value) * 1000) / this.#stepMs) * this.#stepMs;
        this.bars.set(at, (this.bars.get(at) ?? 0) + events);
        this.total += events;
        if (counted.length > 0) this.facetEvents += events;
      }
    }
    if (counted.length > 0) this.facetsFrom = span.from;
    const isCut = [...perKind].some(([kind, values]) => kind > 0 && values >= VALUES_MAX);
    if (isCut && lines === undefined) this.#cut += 1;
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

/** What is needed to count the events of a query. */
export interface Prepared extends Searched {
  /** See `firstPieceMs`. */
  readonly firstMs: number | undefined;
}

/** @throws AppError `invalid_input` for the query */
export async function prepare(ctx: Ctx, query: OverviewQuery, signal: AbortSignal): Promise<Prepared> {
  const [searched, firstMs] = await Promise.all([
    searchIn(ctx, query.query, query, signal),
    firstPieceMs(ctx, query, signal),
  ]);
  return { ...searched, firstMs };
}

/**
 * Bars over time and frequent values of the events found: what is known so far after each piece, newest first, and at
 * last the whole; with it where the events of the piece are, or the events.
 *
 * @param missing how many of the newest events the caller still lacks, asked before each piece
 * @throws AppError `unavailable` when not even a part could be looked at
 */
export async function* count(
  ctx: Ctx,
  query: OverviewQuery,
  searched: Prepared,
  missing: () => number,
  signal: AbortSignal,
): AsyncGenerator<Counted> {
  const startedAtMs = performance.now();
  const columns = [...new Set(query.columns.map(checkedColumn))];
  const stepSeconds = stepSecondsOf(query);
  const slotSeconds = slotSecondsOf(query, stepSeconds);
  const sums = new Sums(columns, stepSeconds);
  let looked: Span = { from: query.to, to: query.to };
  let unfinished: Unfinished | null = null;
  const known = (done: number): Overview => ({
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
  const options = {
    range: query,
    from: 'newest',
    budgetMs: BUDGET_MS,
    stepMs: stepSeconds * 1000,
    firstMs: searched.firstMs,
    // While events are missing and known to be rare, a piece is as long as should have them: these are read as they are.
    lengthMaxMs: () =>
      missing() > 0 && sums.total > 0 ? ((LENGTH_OVER * missing()) / sums.total) * length(looked) : Infinity,
    signal,
    onUnfinished: (why: Unfinished) => {
      unfinished = why;
    },
  } as const;
  let done = 0;
  let last: Omit<Counted, 'known'> = { clusters: [], lines: undefined };
  const pieces = sweep(options, async (span, timeoutMs) => {
    const counted = sums.facetEvents < FACET_EVENTS_MAX ? columns : [];
    const limits = { timeoutMs, signal, blockBytes: BLOCK_BYTES };
    // Nothing is known before the first piece.
    const linesMax = length(looked) > 0 ? missing() * LINES_OVER : 0;
    if (linesMax > 0) {
      const few = { ...limits, tag: 'search.lines', rowsMax: linesMax + 1 };
      const lines = await ctx.events.query<EventLine>(linesSql(span, counted, searched, linesMax + 1), few);
      if (lines.length <= linesMax) return { rows: rowsOf(lines, slotSeconds, counted), lines, counted };
    }
    const rowsMax = SLOTS_MAX + VALUES_MAX * (columns.length + 1);
    // Where events are is asked as long as there are any to fetch.
    const withTimes = missing() > 0;
    const slots = { seconds: withTimes ? slotSeconds : stepSeconds, withTimes };
    const sql = pieceSql(span, slots, counted, searched.found);
    const rows = await ctx.events.query<Row>(sql, { ...limits, tag: 'search.overview', rowsMax });
    return { rows, lines: undefined, counted };
  });
  for await (const { answer, span, done: share } of pieces) {
    sums.add(answer, span);
    looked = { from: span.from, to: looked.to };
    done = share;
    last = { clusters: clustersOf(answer.rows), lines: answer.lines && newestFirst(answer.lines) };
    if (done < 1) yield { known: known(done), ...last };
  }
  yield done < 1 ? { known: known(done), clusters: [], lines: [] } : { known: known(done), ...last };
}

const clustersOf = (rows: readonly Row[]): Cluster[] =>
  rows
    .filter(({ kind }) => kind === 0)
    .map(({ firstMs, lastMs, count: events }) => ({ firstMs, lastMs, count: events }))
    .sort((left, right) => right.firstMs - left.firstMs);

const barOf = ([at, count]: readonly [number, number]) => ({ at: new Date(at).toISOString(), count });

/**
 * Bars over time and frequent values of the events found, so far and at last the whole.
 *
 * @throws AppError `invalid_input` for the query, `unavailable` when not even a part could be looked at
 */
export async function* overview(ctx: Ctx, query: OverviewQuery, signal: AbortSignal): AsyncGenerator<Overview> {
  const prepared = await prepare(ctx, query, signal);
  for await (const { known } of count(ctx, query, prepared, () => 0, signal)) yield known;
}

/** The same at once, for callers that show no progress. */
export async function wholeOverview(ctx: Ctx, query: OverviewQuery, signal: AbortSignal): Promise<Overview> {
  let last: Overview | undefined;
  for await (const next of overview(ctx, query, signal)) last = next;
  if (last === undefined) throw new Error('an overview has at least one step');
  return last;
}
