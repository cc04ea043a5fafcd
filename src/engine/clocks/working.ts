import { addDays, type Day, dayOf, instantOf, type WorkCalendar } from './calendar.ts';

/** A stretch of time that does not count, half-open. */
export interface Pause {
  readonly from: Date;
  readonly to: Date;
}

/**
 * How long. Minutes run through office hours from the very moment. Days are counted the way periods are counted in law
 * (民法典 art. 201 and 203): the first day does not count, and the last day ends when business hours end.
 */
export type Duration = { readonly workingMinutes: number } | { readonly workingDays: number };

/** One piece of how a deadline was found. */
export interface Segment {
  readonly day: Day;
  /** `counted`: time that ran. `skipped`: a day off other than an ordinary weekend. `paused`: held still by an approved pause. */
  readonly kind: 'counted' | 'skipped' | 'paused';
  readonly minutes: number;
  /** Name of the holiday or make-up day; empty on an ordinary working day. */
  readonly name: string;
}

/** A deadline together with everything needed to explain and to defend it later. */
export interface Deadline {
  readonly at: Date;
  /** True when it leans on days that nobody has published yet. */
  readonly provisional: boolean;
  /** Which layer and year is missing, `state-council:2027:expected`. */
  readonly doubts: readonly string[];
  readonly trace: readonly Segment[];
  readonly calendarVersion: string;
}

/** A deadline further away than this is a mistake in the input, not a plan. */
const LOOK_AHEAD_DAYS = 1500;
const MINUTE_MS = 60_000;

/**
 * The instant at which a duration has run out.
 * @param start from when; may lie outside office hours
 * @param pauses may overlap; what they cover does not count (in days: a day touched by a pause does not count)
 * @throws RangeError when the duration is negative, not finite, or reaches more than 1500 days ahead
 */
export function deadlineAfter(
  start: Date,
  duration: Duration,
  calendar: WorkCalendar,
  pauses: readonly Pause[] = [],
): Deadline {
  const amount = 'workingDays' in duration ? duration.workingDays : duration.workingMinutes;
  if (!Number.isFinite(amount) || amount < 0)
    throw new RangeError(`a deadline needs a duration of 0 or more, not ${amount}`);
  return 'workingDays' in duration
    ? byDays(start, Math.ceil(amount), calendar, pauses)
    : byMinutes(start, amount * MINUTE_MS, calendar, pauses);
}

function byMinutes(start: Date, durationMs: number, calendar: WorkCalendar, pauses: readonly Pause[]): Deadline {
  const walk = newWalk(calendar);
  if (durationMs === 0) return walk.end(start);
  let left = durationMs;
  for (const day of daysFrom(dayOf(start))) {
    const pieces = workOf(day, calendar, walk).map((piece) => clip(piece, start));
    const running = pieces.flatMap((piece) => without(piece, pauses));
    const paused = lengthOf(pieces) - lengthOf(running);
    if (paused > 0) walk.add(day, 'paused', paused);
    const before = left;
    for (const piece of running) {
      const length = piece.to.getTime() - piece.from.getTime();
      if (length >= left) {
        walk.add(day, 'counted', before);
        return walk.end(new Date(piece.from.getTime() + left));
      }
      left -= length;
    }
    if (before > left) walk.add(day, 'counted', before - left);
  }
  throw tooFar();
}

function byDays(start: Date, count: number, calendar: WorkCalendar, pauses: readonly Pause[]): Deadline {
  const walk = newWalk(calendar);
  if (count === 0) return walk.end(start);
  let left = count;
  for (const day of daysFrom(addDays(dayOf(start), 1))) {
    const pieces = workOf(day, calendar, walk);
    const last = pieces.at(-1);
    if (last === undefined) continue;
    const full = lengthOf(pieces);
    if (lengthOf(pieces.flatMap((piece) => without(piece, pauses))) < full) {
      walk.add(day, 'paused', full);
      continue;
    }
    walk.add(day, 'counted', full);
    left -= 1;
    if (left === 0) return walk.end(last.to);
  }
  throw tooFar();
}

/**
 * Working minutes in `[from, to)`, with everything that `pauses` cover left out. Negative spans are 0.
 * Fractions of a minute are kept.
 */
export function workingMinutesBetween(
  from: Date,
  to: Date,
  calendar: WorkCalendar,
  pauses: readonly Pause[] = [],
): number {
  if (to <= from) return 0;
  let total = 0;
  const lastDay = dayOf(to);
  for (let day = dayOf(from); day <= lastDay; day = addDays(day, 1)) {
    const pieces = spansOf(day, calendar).map((piece) => clip(piece, from, to));
    total += lengthOf(pieces.flatMap((piece) => without(piece, pauses)));
  }
  return total / MINUTE_MS;
}

interface Walk {
  add(day: Day, kind: Segment['kind'], ms: number): void;
  see(day: Day): boolean;
  end(at: Date): Deadline;
}

function newWalk(calendar: WorkCalendar): Walk {
  const trace: Segment[] = [];
  const doubts = new Set<string>();
  return {
    add(day, kind, ms) {
      const { name } = calendar.meaningOf(day);
      trace.push({ day, kind, minutes: ms / MINUTE_MS, name: name === 'workday' ? '' : name });
    },
    see(day) {
      const meaning = calendar.meaningOf(day);
      for (const doubt of meaning.doubts) doubts.add(doubt);
      if (!meaning.working && meaning.name !== 'weekend')
        trace.push({ day, kind: 'skipped', minutes: 0, name: meaning.name });
      return meaning.working;
    },
    end(at) {
      for (const doubt of calendar.meaningOf(dayOf(at)).doubts) doubts.add(doubt);
      return { at, provisional: doubts.size > 0, doubts: [...doubts], trace, calendarVersion: calendar.version };
    },
  };
}

const workOf = (day: Day, calendar: WorkCalendar, walk: Walk): readonly Pause[] =>
  walk.see(day) ? spansOf(day, calendar) : [];

const spansOf = (day: Day, calendar: WorkCalendar): readonly Pause[] =>
  calendar.meaningOf(day).working
    ? calendar.hours.spans.map(({ from, to }) => ({ from: instantOf(day, from), to: instantOf(day, to) }))
    : [];

const lengthOf = (pieces: readonly Pause[]): number =>
  pieces.reduce((sum, { from, to }) => sum + Math.max(0, to.getTime() - from.getTime()), 0);

const later = (a: Date, b: Date): Date => (a > b ? a : b);
const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

const clip = (piece: Pause, from: Date, to: Date = piece.to): Pause => ({
  from: later(piece.from, from),
  to: earlier(piece.to, to),
});

/** What is left of a piece when the pauses are cut out of it. */
function without(piece: Pause, pauses: readonly Pause[]): readonly Pause[] {
  let rest: readonly Pause[] = piece.to > piece.from ? [piece] : [];
  for (const pause of pauses) {
    if (pause.to <= pause.from) continue;
    rest = rest.flatMap((part) =>
      pause.to <= part.from || pause.from >= part.to
        ? [part]
        : [
            { from: part.from, to: earlier(part.to, pause.from) },
            { from: later(part.from, pause.to), to: part.to },
          ].filter(({ from, to }) => to > from),
    );
  }
  return rest;
}

function* daysFrom(first: Day): Generator<Day> {
  for (let index = 0; index < LOOK_AHEAD_DAYS; index += 1) yield addDays(first, index);
}

const tooFar = (): RangeError => new RangeError(`the deadline lies more than ${LOOK_AHEAD_DAYS} days ahead`);
