import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

const ZONE = 'Asia/Shanghai';
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type TimeValue = string | number | Date;

const dateOf = (value: TimeValue): Date => (value instanceof Date ? value : new Date(value));

/** Calendar parts of an instant in the time of the platform (Asia/Shanghai), whatever the browser's own zone. */
function partsOf(value: TimeValue): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: ZONE,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return Object.fromEntries(format.formatToParts(dateOf(value)).map(({ type, value: text }) => [type, text]));
}

/** `2026-03-02 09:05:31`, Asia/Shanghai. */
export function absoluteTime(value: TimeValue): string {
  const p = partsOf(value);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`;
}

/** `03-02 09:05`, with the year only where it is not this one. */
export function shortTime(value: TimeValue, now: TimeValue = Date.now()): string {
  const p = partsOf(value);
  const date = p.year === partsOf(now).year ? `${p.month}-${p.day}` : `${p.year}-${p.month}-${p.day}`;
  return `${date} ${p.hour}:${p.minute}`;
}

/** `2026-03-02`, Asia/Shanghai. */
export function dateText(value: TimeValue): string {
  const p = partsOf(value);
  return `${p.year}-${p.month}-${p.day}`;
}

/** The instant of `2026-03-02T09:05:31` in the time of the platform, which knows no summer time. */
export const instantOf = (wall: string): string => new Date(`${wall}+08:00`).toISOString();

/** The last second of a day of the calendar (`2026-03-02`) in the time of the platform. */
export const endOfDay = (day: string): string => instantOf(`${day}T23:59:59`);

/** A day of the calendar some days and months after another. As in the calendar: a month after 31 January is the last of February. */
export function dayAfter(
  day: string,
  { months = 0, days = 0 }: { readonly months?: number; readonly days?: number },
): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const lastOfMonth = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, lastOfMonth) + days)).toISOString().slice(0, 10);
}

/** Numbers, sizes and spans of time in the reader's language. */
export interface Format {
  /** `12,345`; `—` for nothing. */
  number(value: number | null | undefined, fractionDigits?: number): string;
  /** `1.2 MB` (powers of 1000). */
  bytes(value: number): string;
  /** `42%` of a share between 0 and 1. */
  percent(share: number, fractionDigits?: number): string;
  /** The two largest units of a span in wall time: `3 天 4 小时`. */
  span(ms: number): string;
  /** A span of working time, whose days have `workingDayMs`: `2 个工作日 3 小时`. */
  workingSpan(ms: number, workingDayMs?: number): string;
  /** `3 分钟前`, `2 小时后` within a day; `03-02 09:05` beyond. */
  relative(value: TimeValue): string;
}

const WORKING_DAY_MS = 8 * HOUR;

export function useFormat(): Format {
  const { t, i18n } = useTranslation();
  return useMemo<Format>(() => {
    const locale = i18n.language === 'en' ? 'en' : 'zh-CN';
    const twoUnits = (ms: number, units: readonly (readonly [string, number])[]): string => {
      const start = units.findIndex(([, size]) => ms >= size);
      if (start < 0) return t('parts.time.lessThanMinute');
      const pieces: string[] = [];
      let rest = ms;
      for (const [unit, size] of units.slice(start, start + 2)) {
        const count = Math.floor(rest / size);
        rest -= count * size;
        if (count > 0) pieces.push(t(`parts.time.${unit}`, { count }));
      }
      return pieces.join(' ');
    };
    const relativeFormat = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
    return {
      number: (value, fractionDigits = 0) =>
        value === null || value === undefined
          ? '—'
          : value.toLocaleString(locale, { maximumFractionDigits: fractionDigits }),
      bytes: (value) => {
        const power = value < 1 ? 0 : Math.min(4, Math.floor(Math.log10(value) / 3));
        const scaled = (value / 1000 ** power).toLocaleString(locale, { maximumFractionDigits: power === 0 ? 0 : 1 });
        return `${scaled} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
      },
      percent: (share, fractionDigits = 0) =>
        share.toLocaleString(locale, { style: 'percent', maximumFractionDigits: fractionDigits }),
      span: (ms) =>
        twoUnits(ms, [
          ['days', DAY],
          ['hours', HOUR],
          ['minutes', MINUTE],
        ]),
      workingSpan: (ms, workingDayMs = WORKING_DAY_MS) =>
        twoUnits(ms, [
          ['workingDays', workingDayMs],
          ['hours', HOUR],
          ['minutes', MINUTE],
        ]),
      relative: (value) => {
        const ms = dateOf(value).getTime() - Date.now();
        const size = Math.abs(ms);
        if (size >= DAY) return shortTime(value);
        if (size < MINUTE) return relativeFormat.format(Math.trunc(ms / SECOND), 'second');
        if (size < HOUR) return relativeFormat.format(Math.trunc(ms / MINUTE), 'minute');
        return relativeFormat.format(Math.trunc(ms / HOUR), 'hour');
      },
    };
  }, [t, i18n.language]);
}
