import { randomFillSync } from 'node:crypto';
import type { Clock } from './clock.ts';

/** Makes identifiers. Ordered by time, so that indexes stay compact and lists have a stable order. */
export interface Ids {
  next(): string;
}

const ID_BYTES = 16;
/** Random bytes are fetched for so many identifiers at once: each fetch costs as much as making several. */
const FETCHED = 256;

/** A clock that is set back by less goes on counting where it was, so that order is kept; beyond, the clock is believed. */
const SET_BACK_MS = 1_000;
const COUNTER_MAX = 0xfff;
/** Half of the counter's room is left for what comes within the same millisecond. */
const COUNTER_START_MAX = 0x7ff;

/**
 * UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, a counter of 12 bits that starts at random in each millisecond (6.2, method 1),
 * so that what is made later is greater, then 62 random bits.
 */
export function uuidIds(clock: Clock): Ids {
  const pool = Buffer.alloc(ID_BYTES * FETCHED);
  let used = pool.length;
  let [lastMs, counter] = [Number.NEGATIVE_INFINITY, 0];
  const count = (random: number): void => {
    const ms = clock.now().getTime();
    if (ms > lastMs || ms <= lastMs - SET_BACK_MS) [lastMs, counter] = [ms, random & COUNTER_START_MAX];
    else if (counter < COUNTER_MAX) counter += 1;
    else [lastMs, counter] = [lastMs + 1, random & COUNTER_START_MAX];
  };
  return {
    next() {
      if (used === pool.length) {
        randomFillSync(pool);
        used = 0;
      }
      const bytes = pool.subarray(used, used + ID_BYTES);
      used += ID_BYTES;
      count(bytes.readUInt16BE(6));
      bytes.writeUIntBE(lastMs, 0, 6);
      bytes.writeUInt16BE(0x7000 | counter, 6);
      bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
      const hex = bytes.toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
  };
}

/** Predictable identifiers for tests: 00000000-0000-7000-8000-000000000001, …2, … */
export function countingIds(): Ids {
  let count = 0;
  return {
    next() {
      count += 1;
      return `00000000-0000-7000-8000-${String(count).padStart(12, '0')}`;
    },
  };
}
