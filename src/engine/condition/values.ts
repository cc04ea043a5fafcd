import { zoneOffsetMs } from '#engine/fields/zone.ts';
import type { Comparison, TimePart } from './condition.ts';

/** Texts that count as a number, live and in SQL. */
export const NUMBER_TEXT = '^[+-]?[0-9]{1,30}(\\.[0-9]{1,30})?$';
const NUMBER = new RegExp(NUMBER_TEXT);

/** The number a field's text stands for; undefined when it is none (decimal notation only). */
export const numberOf = (text: string): number | undefined => (NUMBER.test(text) ? Number(text) : undefined);

export function compare(left: number, how: Comparison, right: number): boolean {
  switch (how) {
    case 'lt':
      return left < right;
    case 'lte':
      return left <= right;
    case 'gt':
      return left > right;
    case 'gte':
      return left >= right;
    case 'eq':
      return left === right;
  }
}

/** Texts that count as a time: ISO 8601 with a date and hh:mm:ss; without a zone they are UTC. */
export const TIME_TEXT =
  '^([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(\\.[0-9]{1,9})?(Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?$';
const TIME = new RegExp(TIME_TEXT);

/** Milliseconds since 1970 of a field's text; undefined when it is no time. Fractions of a second do not matter here. */
export function timeOf(text: string): number | undefined {
  const parts = TIME.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second, , zone] = parts;
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  if (new Date(local).getUTCDate() !== Number(day)) return undefined;
  if (zone === undefined || zone === 'Z') return local;
  const sign = zone.startsWith('-') ? 1 : -1;
  const digits = zone.replace(/[^0-9]/g, '');
  return local + sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}

const DAY_MS = 86_400_000;

/** ISO 8601 week number: the week with the year's first Thursday is week 1. */
function isoWeek(date: Date): number {
  const day = date.getUTCDay() || 7;
  const thursday = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 4 - day);
  const newYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return Math.floor((thursday - newYear) / DAY_MS / 7) + 1;
}

/** A part of a time as the clock on the wall in an IANA zone shows it (Sigma 2.1, time modifiers). */
export function timePart(ms: number, part: TimePart, zone: string): number {
  const local = new Date(ms + zoneOffsetMs(ms, zone));
  switch (part) {
    case 'minute':
      return local.getUTCMinutes();
    case 'hour':
      return local.getUTCHours();
    case 'day':
      return local.getUTCDate();
    case 'week':
      return isoWeek(local);
    case 'month':
      return local.getUTCMonth() + 1;
    case 'year':
      return local.getUTCFullYear();
  }
}
