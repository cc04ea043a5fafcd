/** The zone of times that name none, and in which rules count hours and days: China has one, without summer time since 1992. */
export const DEFAULT_ZONE = 'Asia/Shanghai';

/** True when this runtime knows the IANA zone, and it can stand in a query as it is. */
export function isZone(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name) && formatterOf(name) !== null;
}

const HALF_HOUR_MS = 1_800_000;
const offsetCache = new Map<string, number>();
const formatters = new Map<string, Intl.DateTimeFormat | null>();

function formatterOf(zone: string): Intl.DateTimeFormat | null {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  let made: Intl.DateTimeFormat | null = null;
  try {
    made = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch {
    // An unknown zone reads as UTC; configuration is where it is refused with a message.
  }
  formatters.set(zone, made);
  return made;
}

/** Offset of a zone from UTC at an instant, in milliseconds. Remembered per half hour: no zone changes more finely. */
export function zoneOffsetMs(atMs: number, zone: string): number {
  const formatter = formatterOf(zone);
  if (formatter === null) return 0;
  const bucket = Math.floor(atMs / HALF_HOUR_MS);
  const key = `${bucket} ${zone}`;
  const known = offsetCache.get(key);
  if (known !== undefined) return known;
  const start = bucket * HALF_HOUR_MS;
  const part: Record<string, number> = {};
  for (const { type, value } of formatter.formatToParts(start)) part[type] = Number(value);
  const wall = Date.UTC(
    part.year ?? 0,
    (part.month ?? 1) - 1,
    part.day ?? 1,
    part.hour ?? 0,
    part.minute ?? 0,
    part.second ?? 0,
  );
  if (offsetCache.size > 8192) offsetCache.clear();
  offsetCache.set(key, wall - start);
  return wall - start;
}
