/** The zone of times that name none, and in which rules count hours and days: China has one, without summer time since 1992. */
export const DEFAULT_ZONE = 'Asia/Shanghai';

/** True when this runtime knows the IANA zone, and it can stand in a query as it is. */
export function isZone(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name) && zoneOf(name) !== null;
}

const HALF_HOUR_MS = 1_800_000;
const OFFSETS_MAX = 8_192;

interface Zone {
  readonly formatter: Intl.DateTimeFormat;
  /** By half hour since 1970. */
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, Zone | null>();

function zoneOf(name: string): Zone | null {
  const known = zones.get(name);
  if (known !== undefined) return known;
  let made: Zone | null = null;
  try {
    const formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    made = { formatter, offsets: new Map() };
  } catch {
    // An unknown zone reads as UTC; configuration is where it is refused with a message.
  }
  zones.set(name, made);
  return made;
}

/** Offset of a zone from UTC at an instant, in milliseconds. Remembered per half hour: no zone changes more finely. */
export function zoneOffsetMs(atMs: number, zone: string): number {
  const known = zoneOf(zone);
  if (known === null) return 0;
  const { formatter, offsets } = known;
  const bucket = Math.floor(atMs / HALF_HOUR_MS);
  const remembered = offsets.get(bucket);
  if (remembered !== undefined) return remembered;
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
  if (offsets.size > OFFSETS_MAX) offsets.clear();
  offsets.set(bucket, wall - start);
  return wall - start;
}
