import type { Sorted } from './compare.ts';
import type { Prepared } from './prepare.ts';
import type { StoredObservation } from './store.ts';

/** Observations that are compared with what is stored. */
export interface Begun {
  readonly prepared: readonly Prepared[];
  readonly records: ReadonlyMap<string, Prepared>;
  readonly sorted: Sorted;
  /** How often observations had been taken in before these were compared. */
  readonly count: number;
  readonly unheld: ReadonlySet<string>;
}

/** What one part wrote. */
export interface Written {
  readonly records: ReadonlyMap<string, unknown>;
  readonly keys: ReadonlySet<string>;
  /** See `countTaking`; -1 when nothing was taken in. */
  readonly count: number;
}

/** What was found before the lock was taken, and holds if nobody else took anything in since. */
export interface Foreseen {
  /** Counts (see `countTaking`) that say so. */
  readonly counts: readonly number[];
  /** Records that are not stored. */
  readonly fresh: ReadonlySet<string>;
  /** Keys that no stored observation has. */
  readonly unheld: ReadonlySet<string>;
}

export const NOTHING_FORESEEN: Foreseen = { counts: [], fresh: new Set(), unheld: new Set() };

/**
 * What of a part's beginning still holds when nobody but this call took anything in.
 *
 * @param last what it took in while the part began
 */
export function foresee({ sorted, count, unheld }: Begun, last: Written): Foreseen {
  const isFresh = ([record, { before }]: readonly [string, { readonly before: StoredObservation | undefined }]) =>
    before === undefined && !last.records.has(record);
  return {
    counts: last.count === count + 1 ? [count, last.count] : [count],
    fresh: new Set([...sorted.records].filter(isFresh).map(([record]) => record)),
    unheld: unheld.difference(last.keys),
  };
}
