import { AppError } from '#platform/errors.ts';

/** A stretch of time, from inclusive, to exclusive. */
export interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** Why a sweep ended before the end of its range. */
export type Unfinished = 'time' | 'memory';

export interface SweepOptions {
  readonly range: Span;
  /** Where to begin: at the newest or at the oldest event. */
  readonly from: 'newest' | 'oldest';
  /** Wall time after which no further piece is begun, milliseconds. */
  readonly budgetMs: number;
  /** Bounds between pieces lie on multiples of this, milliseconds. */
  readonly stepMs: number;
  /** How long the first piece is, milliseconds. Default: a quarter, but at least an hour and at most a day. */
  readonly firstMs?: number | undefined;
  /** No piece need be longer, milliseconds; asked before each. Default: none is too long. */
  readonly lengthMaxMs?: () => number;
  readonly signal: AbortSignal;
  /** Told once when a bound ended the sweep: what lies beyond the last piece was not looked at. */
  readonly onUnfinished: (why: Unfinished) => void;
}

/** What was asked of one piece of a range. */
export interface Piece<T> {
  readonly answer: T;
  readonly span: Span;
  /** Share of the range looked at so far, 0…1. */
  readonly done: number;
}

const HOUR_MS = 3_600_000;
/** Pieces become as long as takes about this: few statements, each of which costs some 50 ms by itself, and still progress. */
const WANTED_MS = 1_000;
const GROWTH_MAX = 16;
/** A piece that was too much for the store is asked again in parts of this share. */
const GROWTH = 4;
/** No statement is given less time than this: planning alone takes some of it. */
const TIMEOUT_MS_MIN = 1_000;

/** Milliseconds. */
export const length = ({ from, to }: Span): number => to.getTime() - from.getTime();

/**
 * Asks about a range of time piece by piece, pieces growing while they are quick. So the first results come at once, a
 * sweep can end after any piece and say exactly what it looked at, and no single statement grows with the range.
 *
 * @param ask is given a piece and the time it may take; a piece that is too much for the store is asked again in smaller
 * parts while time is left
 * @throws what `ask` throws, except that a bound of the store ends the sweep once there was a first piece
 */
export async function* sweep<T>(
  options: SweepOptions,
  ask: (span: Span, timeoutMs: number) => Promise<T>,
): AsyncGenerator<Piece<T>> {
  const { range, signal, stepMs } = options;
  const endsAtMs = performance.now() + options.budgetMs;
  let rest = range;
  let lengthMs = options.firstMs ?? firstLength(length(range));
  while (length(rest) > 0) {
    signal.throwIfAborted();
    const leftMs = endsAtMs - performance.now();
    if (leftMs <= 0 && rest !== range) return options.onUnfinished('time');
    const lengthMaxMs = Math.max(stepMs, options.lengthMaxMs?.() ?? Infinity);
    const span = nextSpan(rest, Math.min(lengthMs, lengthMaxMs), options);
    const beganAtMs = performance.now();
    const asked = await bounded(() => ask(span, Math.max(TIMEOUT_MS_MIN, leftMs)));
    if ('bound' in asked) {
      const again = performance.now() < endsAtMs && length(span) > stepMs;
      if (again) lengthMs = Math.max(stepMs, Math.floor(length(span) / GROWTH));
      else if (rest === range) throw asked.error;
      else return options.onUnfinished(asked.bound);
      continue;
    }
    rest = without(rest, span, options.from);
    yield { answer: asked.answer, span, done: 1 - length(rest) / length(range) };
    lengthMs = nextLength(length(span), performance.now() - beganAtMs, stepMs);
  }
}

/** Where nothing is known of how many events there are. */
const firstLength = (rangeMs: number): number => Math.min(24 * HOUR_MS, Math.max(HOUR_MS, rangeMs / 4));

function nextLength(lengthMs: number, tookMs: number, stepMs: number): number {
  const factor = Math.min(GROWTH_MAX, Math.max(1 / GROWTH, WANTED_MS / Math.max(1, tookMs)));
  // Close to the wanted time nothing changes: another length is another statement to plan.
  return factor > 0.7 && factor < 1.4 ? lengthMs : Math.max(stepMs, Math.floor(lengthMs * factor));
}

/** The piece of `rest` that comes next, about `lengthMs` long and never empty. */
function nextSpan(rest: Span, lengthMs: number, { from, stepMs }: SweepOptions): Span {
  if (from === 'newest') {
    const begin = Math.floor((rest.to.getTime() - lengthMs) / stepMs) * stepMs;
    return { from: new Date(Math.max(rest.from.getTime(), begin)), to: rest.to };
  }
  const end = Math.ceil((rest.from.getTime() + lengthMs) / stepMs) * stepMs;
  return { from: rest.from, to: new Date(Math.min(rest.to.getTime(), end)) };
}

const without = (rest: Span, span: Span, side: SweepOptions['from']): Span =>
  side === 'newest' ? { from: rest.from, to: span.from } : { from: span.to, to: rest.to };

/** The answer, or which bound of the store ended the statement. */
export async function bounded<T>(
  ask: () => Promise<T>,
): Promise<{ readonly answer: T } | { readonly bound: Unfinished; readonly error: AppError }> {
  try {
    return { answer: await ask() };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.reason === 'events.timeout') return { bound: 'time', error };
    if (error.reason === 'events.memory') return { bound: 'memory', error };
    throw error;
  }
}
