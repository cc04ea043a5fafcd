import { foldCase, foldUnit } from '#engine/condition/fold.ts';
import type { Group } from './correlator-state.ts';

const SLOTS_FIRST = 16;
/** Groups that are fetched together. */
export const FETCHED_MAX = 32;
/** With fewer groups than this they are near enough. */
const FAR_FROM = 2_000;

/** Another one in each process, so that nobody can choose values that all fall together. */
const SEED = Math.floor(Math.random() * 2 ** 32);

/** A number for a group's unit and its values without regard to case; never 0. */
function printOf(unitPath: string, values: string): number {
  let print = SEED;
  for (let index = 0; index < unitPath.length; index += 1) {
    print = Math.imul(print ^ unitPath.charCodeAt(index), 0x01000193);
  }
  for (let index = 0; index < values.length; index += 1) {
    print = Math.imul(print ^ foldUnit(values.charCodeAt(index)), 0x01000193);
  }
  print ^= print >>> 15;
  print = Math.imul(print, 0x2c1b3c6d);
  print ^= print >>> 12;
  return print === 0 ? 1 : print;
}

const isOf = (group: Group, unitPath: string, values: string): boolean =>
  group.unitPath === unitPath && (group.joined === values || foldCase(group.joined) === foldCase(values));

/**
 * The groups of a correlation by unit and values, whatever their case. Units are never counted together: the same private
 * address lives in many of them.
 *
 * Open addressing over the values as they come: folding, joining and hashing a text for a `Map` would be most of the work of
 * counting an event.
 */
export class GroupTable {
  /** What is in each slot at one look; 0 = nothing. */
  private prints = new Int32Array(SLOTS_FIRST);
  private slots: (Group | undefined)[] = new Array<Group | undefined>(SLOTS_FIRST).fill(undefined);
  private count = 0;
  /** Of groups that are looked for next. */
  private readonly expected = new Int32Array(FETCHED_MAX);
  private expecting = 0;

  get size(): number {
    return this.count;
  }

  /** @param values as `joinedValues` gives them */
  get(unitPath: string, values: string): Group | undefined {
    return this.slots[this.find(unitPath, values)];
  }

  set(group: Group): void {
    if (2 * this.count >= this.slots.length) this.grow();
    const slot = this.find(group.unitPath, group.joined);
    if (this.prints[slot] === 0) this.count += 1;
    this.prints[slot] = printOf(group.unitPath, group.joined);
    this.slots[slot] = group;
  }

  /** Whether the groups are so many that it pays to say beforehand which will be looked for. */
  get far(): boolean {
    return this.count >= FAR_FROM;
  }

  /** Says that a group will be looked for soon. */
  expect(unitPath: string, values: string): void {
    if (this.expecting < FETCHED_MAX) this.expected[this.expecting++] = printOf(unitPath, values);
  }

  /**
   * Looks at all that is expected, so that the processor fetches it from memory side by side: each of the loops has reads that
   * do not wait for each other. Changes nothing. @returns a number that depends on every read, or they would be left out
   */
  fetch(): number {
    const { prints, slots, expected, expecting } = this;
    const last = slots.length - 1;
    let seen = 0;
    for (let index = 0; index < expecting; index += 1) seen ^= prints[(expected[index] ?? 0) & last] ?? 0;
    for (let index = 0; index < expecting; index += 1) seen ^= slots[(expected[index] ?? 0) & last]?.at ?? 0;
    for (let index = 0; index < expecting; index += 1) {
      const group = slots[(expected[index] ?? 0) & last];
      if (group) seen ^= group.joined.length + group.newestMs;
    }
    this.expecting = 0;
    return seen;
  }

  /** The slot of a group, or the one it would get. */
  private find(unitPath: string, values: string): number {
    const { prints, slots } = this;
    const last = slots.length - 1;
    const print = printOf(unitPath, values);
    let slot = print & last;
    for (; prints[slot] !== 0; slot = (slot + 1) & last) {
      const group = slots[slot];
      if (prints[slot] === print && group && isOf(group, unitPath, values)) break;
    }
    return slot;
  }

  delete(group: Group): void {
    const { prints, slots } = this;
    const last = slots.length - 1;
    let hole = this.find(group.unitPath, group.joined);
    if (slots[hole] !== group) return;
    // What stands behind moves up, unless it would come to stand before its own slot.
    for (let slot = (hole + 1) & last; prints[slot] !== 0; slot = (slot + 1) & last) {
      const own = (prints[slot] ?? 0) & last;
      if (((slot - own) & last) < ((slot - hole) & last)) continue;
      prints[hole] = prints[slot] ?? 0;
      slots[hole] = slots[slot];
      hole = slot;
    }
    prints[hole] = 0;
    slots[hole] = undefined;
    this.count -= 1;
  }

  clear(): void {
    this.resize(SLOTS_FIRST);
    this.count = 0;
  }

  private resize(slots: number): void {
    this.prints = new Int32Array(slots);
    this.slots = new Array<Group | undefined>(slots).fill(undefined);
  }

  private grow(): void {
    const { prints, slots } = this;
    this.resize(2 * slots.length);
    const last = this.slots.length - 1;
    slots.forEach((group, index) => {
      if (!group) return;
      const print = prints[index] ?? 0;
      let slot = print & last;
      while (this.prints[slot] !== 0) slot = (slot + 1) & last;
      this.prints[slot] = print;
      this.slots[slot] = group;
    });
  }

  /** All groups. Nothing may be put in or taken out meanwhile. */
  *values(): Generator<Group> {
    for (const group of this.slots) if (group) yield group;
  }
}
