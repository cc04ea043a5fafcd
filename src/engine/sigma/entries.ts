/** One hit that a correlation counts: when, of which of its rules, with which value, from which event. */
export interface Entry {
  readonly timeMs: number;
  /** Position in the correlation's `rules`. */
  readonly rule: number;
  /** The counted value; '' where none is counted. */
  readonly value: string;
  readonly eventId: string;
}

/** Entries as columns, for keeping them. Columns that say nothing are null. */
export type EntryColumns = readonly [
  times: readonly number[],
  ids: readonly string[],
  rules: readonly number[] | null,
  values: readonly string[] | null,
  counts: readonly number[] | null,
];

/**
 * The hits of one group in order of time; among equal times by rule and event, so that the order of arrival leaves no
 * trace.
 *
 * A hundred thousand groups do not fit into a processor's cache, so what counts is how many places in memory one more hit
 * touches: times and event ids alternate in one array, times as milliseconds since the group began (small integers, kept
 * without an object of their own). The columns for rule, value and count appear when an entry has something to say there.
 */
export class Entries {
  /** Milliseconds since `baseSeconds` and event id, in turn. */
  private items: (number | string)[] = [];
  private baseSeconds = 0;
  private rules: number[] | undefined;
  private counted: string[] | undefined;
  private counts: number[] | undefined;

  constructor(columns?: EntryColumns) {
    if (!columns) return;
    const [times, ids, rules, values, counts] = columns;
    this.baseSeconds = Math.floor((times[0] ?? 0) / 1000);
    this.items = times.flatMap((timeMs, index) => [timeMs - this.baseSeconds * 1000, ids[index] ?? '']);
    if (rules) this.rules = [...rules];
    if (values) this.counted = [...values];
    if (counts) this.counts = [...counts];
  }

  get columns(): EntryColumns {
    const times = this.items.flatMap((item) => (typeof item === 'number' ? item + this.baseSeconds * 1000 : []));
    const ids = this.items.filter((item) => typeof item === 'string');
    return [times, ids, this.rules ?? null, this.counted ?? null, this.counts ?? null];
  }

  get length(): number {
    return this.items.length >> 1;
  }

  time(index: number): number {
    const item = this.items[2 * index];
    return typeof item === 'number' ? this.baseSeconds * 1000 + item : 0;
  }

  private id(index: number): string {
    const item = this.items[2 * index + 1];
    return typeof item === 'string' ? item : '';
  }

  /** Time of the last entry, 0 when there is none. */
  get newestMs(): number {
    return this.time(this.length - 1);
  }

  rule(index: number): number {
    return this.rules?.[index] ?? 0;
  }

  value(index: number): string {
    return this.counted?.[index] ?? '';
  }

  /** The number an entry's value stands for; undefined when it is none. */
  number(index: number): number | undefined {
    const text = this.value(index);
    const number = text === '' ? Number.NaN : Number(text);
    return Number.isFinite(number) ? number : undefined;
  }

  /** How many hits an entry stands for where several were put together. */
  count(index: number): number {
    return this.counts?.[index] ?? 1;
  }

  /** How many hits the entries from `from` to before `to` stand for. */
  hits(from: number, to: number): number {
    if (this.counts === undefined) return to - from;
    let total = 0;
    for (let index = from; index < to; index += 1) total += this.count(index);
    return total;
  }

  /** Different event ids from `from` to before `to` in order of time, the last `max` of them. */
  eventIds(from: number, to: number, max: number): string[] {
    const ids = new Set<string>();
    for (let index = from; index < to; index += 1) ids.add(this.id(index));
    return [...ids].slice(-max);
  }

  /** First entry at or after `timeMs`. */
  lowerBound(timeMs: number): number {
    let from = 0;
    let to = this.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.time(middle) < timeMs) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** Puts a hit at its place. @returns the place */
  add({ timeMs, rule, value, eventId }: Entry): number {
    const { length } = this;
    if (length === 0) this.baseSeconds = Math.floor(timeMs / 1000);
    if (rule > 0) this.rules ??= Array.from({ length }, () => 0);
    if (value !== '') this.counted ??= Array.from({ length }, () => '');
    const place = this.placeOf(timeMs, rule, eventId);
    const sinceMs = timeMs - this.baseSeconds * 1000;
    if (place === length) {
      this.items.push(sinceMs, eventId);
      this.rules?.push(rule);
      this.counted?.push(value);
      this.counts?.push(1);
    } else {
      this.items.splice(2 * place, 0, sinceMs, eventId);
      this.rules?.splice(place, 0, rule);
      this.counted?.splice(place, 0, value);
      this.counts?.splice(place, 0, 1);
    }
    return place;
  }

  private placeOf(timeMs: number, rule: number, eventId: string): number {
    let place = this.length;
    while (place > 0) {
      const before = place - 1;
      const otherMs = this.time(before);
      if (otherMs < timeMs) break;
      if (otherMs === timeMs) {
        const otherRule = this.rule(before);
        if (otherRule < rule || (otherRule === rule && this.id(before) <= eventId)) break;
      }
      place = before;
    }
    return place;
  }

  /** Takes out the entries from `from` to before `to`. */
  remove(from: number, to: number): void {
    if (to <= from) return;
    this.items.splice(2 * from, 2 * (to - from));
    for (const column of [this.rules, this.counted, this.counts]) column?.splice(from, to - from);
  }

  /** Keeps the entries for which `wanted` is true. */
  filter(wanted: (index: number) => boolean): void {
    const keep = <Value>(column: readonly Value[]): Value[] => column.filter((_value, index) => wanted(index));
    this.items = this.items.filter((_item, index) => wanted(index >> 1));
    if (this.rules) this.rules = keep(this.rules);
    if (this.counted) this.counted = keep(this.counted);
    if (this.counts) this.counts = keep(this.counts);
  }

  /**
   * Puts neighbours together that `same` says are alike; the later one stands for both, so that nothing is forgotten too
   * early. @param value the value of the two together
   */
  merge(same: (index: number, next: number) => boolean, value: (index: number, next: number) => string): void {
    const counts = this.counts ?? Array.from({ length: this.length }, () => 1);
    this.counts = counts;
    const gone = new Set<number>();
    for (let next = 1; next < this.length; next += 1) {
      const index = next - 1;
      if (!same(index, next)) continue;
      if (this.counted) this.counted[next] = value(index, next);
      counts[next] = this.count(index) + this.count(next);
      gone.add(index);
    }
    this.filter((index) => !gone.has(index));
  }
}
