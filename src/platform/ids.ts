import { randomFillSync } from 'node:crypto';
import type { Clock } from './clock.ts';

/** Makes identifiers. Ordered by time, so that indexes stay compact and lists have a stable order. */
export interface Ids {
  next(): string;
}

const ID_BYTES = 16;
/** Random bytes are fetched for so many identifiers at once: each fetch costs as much as making several. */
const FETCHED = 256;

/** UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 random bits. */
export function uuidIds(clock: Clock): Ids {
  const pool = Buffer.alloc(ID_BYTES * FETCHED);
  let used = pool.length;
  return {
    next() {
      if (used === pool.length) {
        randomFillSync(pool);
        used = 0;
      }
      const bytes = pool.subarray(used, used + ID_BYTES);
      used += ID_BYTES;
      bytes.writeUIntBE(clock.now().getTime(), 0, 6);
      bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
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
