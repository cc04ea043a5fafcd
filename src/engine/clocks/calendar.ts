/**
 * Calendars in layers. The State Council's days off and make-up working days lie at the bottom, the region's own
 * holidays above, a unit's overrides on top; for one day the topmost layer that speaks of it decides.
 * Everything is counted in Asia/Shanghai, which is UTC+8 all year (no summer time since 1991).
 */

/** A day in Asia/Shanghai, `2026-02-14`. */
export type Day = string;

/** `published` = announced by the body in charge; `expected` = our own forecast, so deadlines that lean on it are provisional. */
type Standing = 'published' | 'expected';

interface CalendarDay {
  readonly day: Day;
  /** A day off, or a working day (also on a weekend: 调休). */
  readonly kind: 'off' | 'work';
  readonly name: string;
}

interface CalendarYear {
  readonly year: number;
  readonly standing: Standing;
  /** Where the dates come from, for the console's "why". */
  readonly source: string;
  readonly days: readonly CalendarDay[];
}

export interface CalendarLayer {
  readonly id: string;
  readonly name: string;
  /** Raised with every change of the data; part of what a deadline remembers. */
  readonly version: string;
  /** `yearly` layers must speak of every year: a year without data makes deadlines provisional. Overrides need not. */
  readonly cover: 'yearly' | 'occasional';
  /** Where its days can fall at all, `MM-DD` both included; outside of it a year without data leaves no doubt. */
  readonly season?: { readonly from: string; readonly to: string } | undefined;
  readonly years: readonly CalendarYear[];
}

/** Office hours as minutes after midnight, half-open: `[from, to)`. In order, not overlapping, at most 1440. */
export interface WorkingHours {
  readonly version: string;
  readonly spans: readonly { readonly from: number; readonly to: number }[];
}

interface DayMeaning {
  readonly working: boolean;
  /** Name of the holiday or make-up day, `weekend`, or `workday`. */
  readonly name: string;
  /** Layer that decided; `week` when none spoke. */
  readonly layer: string;
  /** Why the meaning may still change, or empty. */
  readonly doubts: readonly string[];
}

export interface WorkCalendar {
  readonly version: string;
  readonly hours: WorkingHours;
  /** Working minutes of one full working day. */
  readonly minutesPerDay: number;
  meaningOf(day: Day): DayMeaning;
}

const SHANGHAI_OFFSET_MS = 8 * 3600_000;
const DAY_MS = 86_400_000;

/** The day in Asia/Shanghai in which an instant lies. */
export const dayOf = (at: Date): Day => new Date(at.getTime() + SHANGHAI_OFFSET_MS).toISOString().slice(0, 10);

/** An instant as clocks in Asia/Shanghai show it, with the offset: `2026-03-02T09:05:31.000+08:00`. */
export const wallTime = (at: Date): string =>
  `${new Date(at.getTime() + SHANGHAI_OFFSET_MS).toISOString().slice(0, -1)}+08:00`;

/** Midnight in Asia/Shanghai at which a day begins. */
export const startOfDay = (day: Day): Date => new Date(Date.parse(`${day}T00:00:00Z`) - SHANGHAI_OFFSET_MS);

export const addDays = (day: Day, count: number): Day =>
  new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);

/** An instant of a day, `minute` minutes after its midnight. */
export const instantOf = (day: Day, minute: number): Date => new Date(startOfDay(day).getTime() + minute * 60_000);

/**
 * The days before New Year that the next year's notice may still change: the State Council's paper for a year has
 * moved working days into the December before it.
 */
const LAST_DECEMBER_DAYS_FROM = 26;

/**
 * Puts layers over each other, the last one topmost.
 * @throws Error when the hours are empty, overlap or leave the day
 */
export function workCalendar(layers: readonly CalendarLayer[], hours: WorkingHours): WorkCalendar {
  const minutesPerDay = checkedMinutes(hours);
  const indexed = layers.map((layer) => ({ layer, days: indexDays(layer) }));
  const yearly = layers.filter((layer) => layer.cover === 'yearly');
  return {
    version: [...layers.map(({ id, version }) => `${id}@${version}`), `hours@${hours.version}`].join('+'),
    hours,
    minutesPerDay,
    meaningOf(day) {
      const doubts = yearly.flatMap((layer) => doubtsOf(layer, day));
      const decided = indexed.findLast(({ days }) => days.has(day));
      const entry = decided?.days.get(day);
      if (decided !== undefined && entry !== undefined) {
        return { working: entry.kind === 'work', name: entry.name, layer: decided.layer.id, doubts };
      }
      const working = !isWeekend(day);
      return { working, name: working ? 'workday' : 'weekend', layer: 'week', doubts };
    },
  };
}

function checkedMinutes(hours: WorkingHours): number {
  let end = 0;
  let minutes = 0;
  for (const { from, to } of hours.spans) {
    if (!(from >= end && to > from && to <= 1440)) {
      throw new Error(`working hours ${hours.version}: span ${from}-${to} overlaps, is empty or leaves the day`);
    }
    end = to;
    minutes += to - from;
  }
  if (minutes === 0) throw new Error(`working hours ${hours.version}: no span`);
  return minutes;
}

const indexDays = (layer: CalendarLayer): ReadonlyMap<Day, CalendarDay> =>
  new Map(layer.years.flatMap((year) => year.days.map((entry) => [entry.day, entry] as const)));

function isWeekend(day: Day): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday === 0 || weekday === 6;
}

function doubtsOf(layer: CalendarLayer, day: Day): string[] {
  const { season } = layer;
  if (season !== undefined && (day.slice(5) < season.from || day.slice(5) > season.to)) return [];
  const year = Number(day.slice(0, 4));
  const own = layer.years.find((entry) => entry.year === year)?.standing;
  if (own !== 'published') return [`${layer.id}:${year}:${own ?? 'missing'}`];
  if (!(day.slice(5, 7) === '12' && Number(day.slice(8)) >= LAST_DECEMBER_DAYS_FROM)) return [];
  const following = layer.years.find((entry) => entry.year === year + 1)?.standing;
  return following === 'published' ? [] : [`${layer.id}:${year + 1}:${following ?? 'missing'}`];
}
