import { type Day, dayOf } from '#engine/clocks/calendar.ts';
import { hourInZone } from '#engine/formats/time.ts';

/** What can be wrong with a source; each is an alarm that is raised and cleared by itself. */
export const ALARM_KINDS = ['silent', 'slow', 'flood', 'unparsed', 'mistaken', 'rejecting', 'clock'] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

/** What is usual for a source, learnt from its own past. */
export interface Baseline {
  /** Lines an hour by hour of a working day in Asia/Shanghai; null where too few days are known. */
  readonly hourly: readonly (number | null)[];
  /** The same of days off. */
  readonly hourlyOff: readonly (number | null)[];
  /** It sends on working days only. */
  readonly rests: boolean;
  /** Hours of the day in which it does not send are no part of its pauses. */
  readonly byHour: boolean;
  /** 99 % of its pauses are not longer, measured in the time in which it sends; null where too little is known. */
  readonly usualGapMs: number | null;
  /** Its pauses hardly differ from each other: a line that is late is soon one that does not come. */
  readonly regular: boolean;
}

/** What a source did lately. */
export interface Facts {
  readonly listener: string;
  readonly state: string;
  readonly lastReceivedAtMs: number | null;
  /** Sums over the last hour. */
  readonly received: number;
  readonly written: number;
  readonly unparsed: number;
  /** Taken for another kind than the configured one. */
  readonly mistaken: number;
  readonly rejected: number;
  /** Least time from an event to its receipt in the last hour; null without events. */
  readonly delayMsMin: number | null;
  readonly baseline: Baseline | undefined;
  /** Days off in its unit's calendar: weekends and holidays, less the days worked instead. */
  readonly isOff: (day: Day) => boolean;
}

/** A reason for an alarm with the figures it is judged by. */
export interface Finding {
  readonly kind: AlarmKind;
  readonly seen: Readonly<Record<string, number>>;
}

const MINUTE_MS = 60_000;
const ZONE = 'Asia/Shanghai';
/** Nobody is silent sooner: minutes are what is counted, and small pauses are nobody's business. */
const SILENT_MIN_MS = 15 * MINUTE_MS;
/** Silent is a pause of three times what is usual … */
const GAPS = 3;
/** … but what sends by the clock is at most so late, and nothing a day longer than usual. */
const LATE_MS = 2 * 60 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** As if it paused so long: of what has hardly paused yet nobody knows whether it sends once a day. */
export const UNKNOWN_GAP_MS = 12 * HOUR_MS;
/** Longer than any holidays with the days off around them. */
const REST_MS = 15 * DAY_MS;
/** Fewer lines an hour than this say nothing about a rate. */
const RATE_LINES_MIN = 60;
const SLOW_SHARE = 0.2;
const FLOOD_TIMES = 5;
const UNPARSED_SHARE = 0.1;
const UNPARSED_MIN = 20;
/** Devices add lines of other kinds to their own; where most are of another kind the configuration is wrong. */
const MISTAKEN_SHARE = 0.5;
const MISTAKEN_MIN = 20;
const AHEAD_MS = 2 * MINUTE_MS;
/** No event of an hour came sooner than this: the clock is behind, or in another time zone. */
const BEHIND_MS = 30 * MINUTE_MS;

/** After what pause a source counts as silent, of the time in which it sends: its own habit decides, within bounds. */
export function silentAfterMs(baseline: Baseline | undefined): number {
  const usualMs = baseline?.usualGapMs ?? UNKNOWN_GAP_MS;
  const lateMs = baseline?.regular === true ? LATE_MS : DAY_MS;
  return Math.max(SILENT_MIN_MS, Math.min(usualMs * GAPS, usualMs + lateMs));
}

/** How the pauses of a source are measured, as its page tells it. */
export const pausesOf = (baseline: Baseline | undefined) => ({
  usualMs: baseline?.usualGapMs ?? null,
  regular: baseline?.regular ?? false,
  hours: baseline?.byHour === true ? baseline.hourly.flatMap((lines, hour) => (lines === null ? [] : [hour])) : null,
  workingDays: baseline?.rests ?? false,
});

/** Lines that are usual in the hour before `atMs`; undefined when not known. */
export function usualInHour({ baseline, isOff }: Pick<Facts, 'baseline' | 'isOff'>, atMs: number): number | undefined {
  const middleMs = atMs - 30 * MINUTE_MS;
  const hourly = isOff(dayOf(new Date(middleMs))) ? baseline?.hourlyOff : baseline?.hourly;
  return hourly?.[hourInZone(middleMs, ZONE)] ?? undefined;
}

/**
 * For how long of its silence a source could have been heard, as its pauses were learnt: what is switched off at night or
 * on days off is not silent then, nor in the moment its day begins.
 */
function awakeMs({ baseline, isOff }: Facts, sinceMs: number, nowMs: number): number {
  if (baseline === undefined || !(baseline.byHour || baseline.rests)) return nowMs - sinceMs;
  let awake = 0;
  let at = Math.max(sinceMs, nowMs - REST_MS);
  while (at < nowMs) {
    // Hours begin at the same moments in the zone of the habit and in any other that is whole hours away.
    const end = Math.min(nowMs, (Math.floor(at / HOUR_MS) + 1) * HOUR_MS);
    const asleep =
      (baseline.byHour && baseline.hourly[hourInZone(at, ZONE)] === null) ||
      (baseline.rests && isOff(dayOf(new Date(at))));
    if (!asleep) awake += end - at;
    at = end;
  }
  return awake;
}

/**
 * How far the clock of a source is off, in milliseconds: positive when it is ahead of ours. Undefined when what was seen
 * is explained by ordinary delay.
 */
export function clockSkewMs(delayMsMin: number | null): number | undefined {
  if (delayMsMin === null) return undefined;
  if (delayMsMin < -AHEAD_MS) return -delayMsMin;
  return delayMsMin > BEHIND_MS ? -delayMsMin : undefined;
}

/** What is wrong with a source at `nowMs`. A paused one and one that takes files only are never silent or slow. */
export function judge(facts: Facts, nowMs: number): Finding[] {
  if (facts.state !== 'active') return [];
  const found: Finding[] = [];
  const streaming = facts.listener !== 'import';
  const { lastReceivedAtMs, baseline } = facts;
  const limitMs = silentAfterMs(baseline);
  const awake = streaming && lastReceivedAtMs !== null ? awakeMs(facts, lastReceivedAtMs, nowMs) : 0;
  const silent = lastReceivedAtMs !== null && awake > limitMs;
  if (silent) {
    const gapMs = baseline?.usualGapMs ?? null;
    const seen = { silentMs: nowMs - lastReceivedAtMs, awakeMs: awake, usualMs: limitMs };
    found.push({ kind: 'silent', seen: gapMs === null ? seen : { ...seen, gapMs } });
  }
  const usual = usualInHour(facts, nowMs);
  if (streaming && !silent && usual !== undefined && usual >= RATE_LINES_MIN) {
    const seen = { received: facts.received, usual };
    if (facts.received < usual * SLOW_SHARE) found.push({ kind: 'slow', seen });
    if (facts.received > usual * FLOOD_TIMES) found.push({ kind: 'flood', seen });
  }
  if (facts.unparsed >= UNPARSED_MIN && facts.unparsed > facts.written * UNPARSED_SHARE) {
    found.push({ kind: 'unparsed', seen: { unparsed: facts.unparsed, written: facts.written } });
  }
  if (facts.mistaken >= MISTAKEN_MIN && facts.mistaken > facts.written * MISTAKEN_SHARE) {
    found.push({ kind: 'mistaken', seen: { mistaken: facts.mistaken, written: facts.written } });
  }
  if (facts.rejected > 0) found.push({ kind: 'rejecting', seen: { rejected: facts.rejected } });
  const skewMs = streaming ? clockSkewMs(facts.delayMsMin) : undefined;
  if (skewMs !== undefined) found.push({ kind: 'clock', seen: { skewMs } });
  return found;
}
