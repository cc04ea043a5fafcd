import { zoneOffsetMs } from '#engine/fields/zone.ts';

/** Wall-clock parts as a log line shows them; month 1–12. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

const MONTHS: Readonly<Record<string, number>> = {
  jan: 1,
  feb: 2,
  mar: 3,
  apr: 4,
  may: 5,
  jun: 6,
  jul: 7,
  aug: 8,
  sep: 9,
  oct: 10,
  nov: 11,
  dec: 12,
};

/** Number of an English month abbreviation, any case; undefined when it is none. */
export function monthNumber(name: string): number | undefined {
  return MONTHS[name.slice(0, 3).toLowerCase()];
}

const SHORTEST_MONTH_DAYS = 28;

/** True when the parts name a day and time that exist (30 February does not; a leap second does). */
export function isRealTime(at: WallTime): boolean {
  if (at.month < 1 || at.month > 12 || at.day < 1 || at.hour > 23 || at.minute > 59 || at.second > 60) return false;
  return at.day <= SHORTEST_MONTH_DAYS || at.day <= new Date(Date.UTC(at.year, at.month, 0)).getUTCDate();
}

/** Milliseconds since 1970 of a wall time in an IANA zone. A time skipped by a summer-time change reads as shifted. */
export function wallTimeMs(at: WallTime, zone: string): number {
  const asUtc = Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second, at.millisecond);
  const first = asUtc - zoneOffsetMs(asUtc, zone);
  return asUtc - zoneOffsetMs(first, zone);
}

const SECOND_DIGITS = /^(\d{1,3})\d*$/;
const fraction = (text: string | undefined): number => {
  const digits = text === undefined ? undefined : SECOND_DIGITS.exec(text)?.[1];
  return digits === undefined ? 0 : Number(digits.padEnd(3, '0'));
};

/** Minutes east of UTC of `Z`, `+08:00`, `+0800`, `+08`; undefined when there is no zone in the text. */
function zoneMinutes(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (text === 'Z' || text === 'z') return 0;
  const digits = text.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || '0');
  return text.startsWith('-') ? -minutes : minutes;
}

const NUMERIC_DATE =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ]{1,2}(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;
const CLF_DATE = /^(\d{1,2})\/([A-Za-z]{3})\/(\d{4}):(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))? ?([+-]\d{4})?$/;
const EPOCH = /^(\d{9,11})(?:\.(\d{1,9}))?$|^(\d{12,14})$/;

function parts(year: string, month: number, day: string, clock: readonly (string | undefined)[]): WallTime {
  const [hour, minute, second, part] = clock;
  return {
    year: Number(year),
    month,
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    millisecond: fraction(part),
  };
}

function resolve(at: WallTime, zoneText: string | undefined, zone: string): number | undefined {
  if (!isRealTime(at)) return undefined;
  const minutes = zoneMinutes(zoneText);
  if (minutes === undefined) return wallTimeMs(at, zone);
  return wallTimeMs(at, 'UTC') - minutes * 60_000;
}

const [DASH, COLON, POINT, SPACE, LETTER_T, LETTER_Z] = [0x2d, 0x3a, 0x2e, 0x20, 0x54, 0x5a];
/** `2026-05-01T08:30:00`, and what comes before each of its numbers. */
const SECONDS_CHARS = 19;

/** Reads `2026-05-01T08:30:00Z` with any fraction, as most events write it, quicker than an expression can. */
function usualTime(text: string): number | undefined {
  const last = text.length - 1;
  const between = text.charCodeAt(10);
  if (last < SECONDS_CHARS || text.charCodeAt(last) !== LETTER_Z) return undefined;
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return undefined;
  if (between !== LETTER_T && between !== SPACE) return undefined;
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return undefined;
  const at = {
    year: 100 * twoDigits(text, 0) + twoDigits(text, 2),
    month: twoDigits(text, 5),
    day: twoDigits(text, 8),
    hour: twoDigits(text, 11),
    minute: twoDigits(text, 14),
    second: twoDigits(text, 17),
    millisecond: millisecondsAt(text, SECONDS_CHARS, last),
  };
  // What is no digit is no number, and no number is less than another.
  const sum = at.year + at.month + at.day + at.hour + at.minute + at.second + at.millisecond;
  if (Number.isNaN(sum) || at.year < 100 || !isRealTime(at)) return undefined;
  return Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second, at.millisecond);
}

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
}

const twoDigits = (text: string, at: number): number => 10 * digitAt(text, at) + digitAt(text, at + 1);

/** A fraction of one to nine digits in whole milliseconds, cut; NaN for anything else. */
function millisecondsAt(text: string, from: number, to: number): number {
  if (from === to) return 0;
  if (text.charCodeAt(from) !== POINT || to - from < 2 || to - from > 10) return Number.NaN;
  let value = 0;
  for (let at = from + 1; at <= from + 3; at += 1) value = 10 * value + (at < to ? digitAt(text, at) : 0);
  for (let at = from + 4; at < to; at += 1) if (Number.isNaN(digitAt(text, at))) return Number.NaN;
  return value;
}

/**
 * Reads a complete date and time: RFC 3339 / ISO 8601 with or without zone, `2026/5/1 8:30:00`, the access logs'
 * `01/May/2026:08:30:00 +0800`, and Unix time in seconds (with fraction) or milliseconds.
 *
 * @param zone IANA zone of a text that names none
 * @returns milliseconds since 1970, or undefined when the text is no such time
 */
export function parseTimestamp(text: string, zone: string): number | undefined {
  if (text.length > 48) return undefined;
  const usual = usualTime(text);
  if (usual !== undefined) return usual;
  const numeric = NUMERIC_DATE.exec(text);
  if (numeric) {
    const [, year = '', month = '', day = '', hour, minute, second, part, zoneText] = numeric;
    return resolve(parts(year, Number(month), day, [hour, minute, second, part]), zoneText, zone);
  }
  const clf = CLF_DATE.exec(text);
  if (clf) {
    const [, day = '', month = '', year = '', hour, minute, second, part, zoneText] = clf;
    return resolve(parts(year, monthNumber(month) ?? 0, day, [hour, minute, second, part]), zoneText, zone);
  }
  const epoch = EPOCH.exec(text);
  if (!epoch) return undefined;
  return epoch[3] === undefined ? Number(epoch[1]) * 1000 + fraction(epoch[2]) : Number(epoch[3]);
}

/**
 * Gives a year-less time (RFC 3164 §4.1.2) its year: the latest one that is not more than a day after receipt, so
 * that a line of 31 December read on 1 January stays in the old year and a fast clock does not fall back a year.
 *
 * @returns undefined when the day exists in none of the years (30 February)
 */
export function resolveYear(at: Omit<WallTime, 'year'>, receivedAtMs: number, zone: string): number | undefined {
  const year = new Date(receivedAtMs).getUTCFullYear() + 1;
  for (let back = 0; back <= 9; back++) {
    const candidate: WallTime = { ...at, year: year - back };
    if (!isRealTime(candidate)) continue;
    const ms = wallTimeMs(candidate, zone);
    if (ms <= receivedAtMs + 86_400_000) return ms;
  }
  return undefined;
}

const NAMED_MONTH =
  /^(?:[A-Za-z]{3},? )?(?:([A-Za-z]{3,9}) {1,2}(\d{1,2})|(\d{1,2})[ -]([A-Za-z]{3,9}))(?:[ ,-]{1,2}(\d{4}))?,?[ T]{1,2}(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?: ?(?:Z|UTC|GMT|([+-]\d{2}:?\d{2})))?(?: [A-Z]{2,5})?(?: (\d{4}))?$/;

/**
 * Reads what devices write besides the forms of `parseTimestamp`: a month by name, before or after the day, with the year
 * after it, at the end, or missing.
 *
 * @returns milliseconds since 1970, or undefined when the text is no such time
 */
export function parseDeviceTime(
  text: string,
  context: { readonly receivedAtMs: number; readonly zone: string },
): number | undefined {
  const plain = parseTimestamp(text, context.zone);
  if (plain !== undefined || text.length > 48) return plain;
  const found = NAMED_MONTH.exec(text);
  if (found === null) return undefined;
  const [, monthFirst, dayAfter, dayFirst, monthAfter, yearInside, hour, minute, second, part, zoneText, yearAtEnd] =
    found;
  const month = monthNumber(monthFirst ?? monthAfter ?? '') ?? 0;
  const year = yearInside ?? yearAtEnd;
  const at = parts(year ?? '2000', month, dayAfter ?? dayFirst ?? '0', [hour, minute, second, part]);
  const utc = /Z|UTC|GMT/.test(text);
  if (year === undefined) return resolveYear(at, context.receivedAtMs, utc ? 'UTC' : context.zone);
  return resolve(at, utc ? 'Z' : zoneText, context.zone);
}

/** Hour of the day (0–23) in a zone: what rules about office hours ask for. */
export function hourInZone(atMs: number, zone: string): number {
  return new Date(atMs + zoneOffsetMs(atMs, zone)).getUTCHours();
}
