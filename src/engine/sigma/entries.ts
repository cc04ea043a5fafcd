import type { EntryPool, Tenant } from './entry-pool.ts';

/** One hit that a correlation counts: when, of which of its rules, with which value, from which event. */
export interface Entry {
  readonly timeMs: number;
  /** Position in the correlation's `rules`, below 65,536: rule and count share one number. */
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

/** Hits that one entry can stand for. */
const COUNT_MAX = 0xffff;

const packed = (rule: number, count: number): number => rule | (count << 16);

/**
 * The hits of one group in order of time; among equal times by rule and event, so that the order of arrival leaves no
 * trace. A hundred thousand groups do not fit into a processor's cache, so what counts is how many places in memory one
 * more hit touches: all of a group's entries are one run of numbers in the pool.
 */
export class Entries implements Tenant {
  at = 0;
  room = 0;
  private used = 0;
  /** Whether any entry stands for several hits. */
  private merged = false;
  /** The counted values, from when an entry has one. */
  private counted: string[] | undefined;
  private readonly pool: EntryPool;

  constructor(pool: EntryPool) {
    this.pool = pool;
  }

  /** Takes up what was kept, into entries that have none yet. */
  take([times, ids, rules, values, counts]: EntryColumns): void {
    times.forEach((timeMs, index) => {
      const entry = { timeMs, rule: rules?.[index] ?? 0, value: values?.[index] ?? '', eventId: ids[index] ?? '' };
      this.insert(this.used, entry, Math.min(counts?.[index] ?? 1, COUNT_MAX));
    });
    this.merged = counts !== null;
  }

  get columns(): EntryColumns {
    const all = Array.from({ length: this.used }, (_, index) => index);
    const rules = all.map((index) => this.rule(index));
    return [
      all.map((index) => this.time(index)),
      all.map((index) => this.id(index)),
      rules.some((rule) => rule > 0) ? rules : null,
      this.counted ?? null,
      this.merged ? all.map((index) => this.count(index)) : null,
    ];
  }

  get length(): number {
    return this.used;
  }

  time(index: number): number {
    return this.pool.times[2 * (this.at + index)] ?? 0;
  }

  private id(index: number): string {
    return this.pool.text(this.pool.words[4 * (this.at + index) + 2] ?? 0);
  }

  private word(index: number): number {
    return this.pool.words[4 * (this.at + index) + 3] ?? 0;
  }

  /** Time of the last entry, 0 when there is none. */
  get newestMs(): number {
    return this.used === 0 ? 0 : this.time(this.used - 1);
  }

  rule(index: number): number {
    return this.word(index) & 0xffff;
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
    return this.word(index) >>> 16;
  }

  /** How many hits the entries from `from` to before `to` stand for. */
  hits(from: number, to: number): number {
    if (!this.merged) return to - from;
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
    let to = this.used;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.time(middle) < timeMs) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** Puts a hit at its place. @returns the place */
  add(entry: Entry): number {
    const place = this.placeOf(entry);
    this.insert(place, entry, 1);
    return place;
  }

  private placeOf({ timeMs, rule, eventId }: Entry): number {
    let place = this.used;
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

  private insert(place: number, { timeMs, rule, value, eventId }: Entry, count: number): void {
    const { pool, used } = this;
    pool.prepare(this, eventId);
    if (value !== '') this.counted ??= Array.from({ length: used }, () => '');
    if (place < used) this.move(place, used, place + 1);
    const at = this.at + place;
    pool.times[2 * at] = timeMs;
    pool.words[4 * at + 2] = pool.addText(eventId);
    pool.words[4 * at + 3] = packed(rule, count);
    if (place === used) this.counted?.push(value);
    else this.counted?.splice(place, 0, value);
    this.used = used + 1;
  }

  /** Moves the entries from `from` to before `to`, so that the first of them comes to stand at `target`. */
  private move(from: number, to: number, target: number): void {
    const { at } = this;
    this.pool.words.copyWithin(4 * (at + target), 4 * (at + from), 4 * (at + to));
  }

  /** Takes out the entries from `from` to before `to`. */
  remove(from: number, to: number): void {
    if (to <= from) return;
    this.move(to, this.used, from);
    this.used -= to - from;
    this.pool.dropTexts(to - from);
    this.counted?.splice(from, to - from);
    this.settle();
  }

  /** Gives the memory back where nothing is left. */
  private settle(): void {
    if (this.used > 0) return;
    this.pool.leave(this);
    this.merged = false;
    this.counted = undefined;
  }

  /** Keeps the entries for which `wanted` is true. */
  filter(wanted: (index: number) => boolean): void {
    let kept = 0;
    for (let index = 0; index < this.used; index += 1) {
      if (!wanted(index)) continue;
      this.move(index, index + 1, kept);
      kept += 1;
    }
    this.counted = this.counted?.filter((_value, index) => wanted(index));
    this.pool.dropTexts(this.used - kept);
    this.used = kept;
    this.settle();
  }

  /**
   * Puts neighbours together that `same` says are alike; the later one stands for both, so that nothing is forgotten too
   * early. @param value the value of the two together
   */
  merge(same: (index: number, next: number) => boolean, value: (index: number, next: number) => string): void {
    const gone = new Set<number>();
    for (let next = 1; next < this.used; next += 1) {
      const index = next - 1;
      const count = this.count(index) + this.count(next);
      if (count > COUNT_MAX || !same(index, next)) continue;
      if (this.counted) this.counted[next] = value(index, next);
      this.pool.words[4 * (this.at + next) + 3] = packed(this.rule(next), count);
      gone.add(index);
    }
    this.merged = true;
    this.filter((index) => !gone.has(index));
  }
}
