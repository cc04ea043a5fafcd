import type { Sorted } from './compare.ts';
import type { Prepared } from './prepare.ts';
import type { KeyRows } from './store.ts';

/** Observations that are compared with what is stored. */
export interface Begun {
  readonly prepared: readonly Prepared[];
  readonly records: ReadonlyMap<string, Prepared>;
  readonly sorted: Sorted;
  /** How often observations had been taken in before these were compared. */
  readonly count: number;
  /** The keys under which what is new or changed will be found, and those of them that no stored observation has. */
  readonly searched: ReadonlySet<string>;
  readonly unheld: ReadonlySet<string>;
  /** The keys of what is new, ready to be stored. */
  readonly keyRows: KeyRows;
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
  /** Records that are not stored, and the ids that their observations get. */
  readonly fresh: ReadonlyMap<string, string>;
  /** Keys that no stored observation has. */
  readonly unheld: ReadonlySet<string>;
  /** Whether no stored observation has a key of what is new or changed. */
  readonly areUnheld: boolean;
  /** The keys of all that is new, where they are known already. */
  readonly keyRows: KeyRows | undefined;
}

export const NOTHING_FORESEEN: Foreseen = {
  counts: [],
  fresh: new Map(),
  unheld: new Set(),
  areUnheld: false,
  keyRows: undefined,
};

/**
 * What of a part's beginning still holds when nobody but this call took anything in.
 *
 * @param last what it took in while the part began
 */
export function foresee({ sorted, count, searched, unheld, keyRows }: Begun, last: Written): Foreseen {
  const fresh = new Map(
    [...sorted.records].flatMap(([record, { id, before }]) =>
      before === undefined && !last.records.has(record) ? [[record, id] as const] : [],
    ),
  );
  const still = last.keys.size === 0 ? unheld : unheld.difference(last.keys);
  return {
    counts: last.count === count + 1 ? [count, last.count] : [count],
    fresh,
    unheld: still,
    areUnheld: still.size === searched.size,
    keyRows: fresh.size === sorted.fresh.length ? keyRows : undefined,
  };
}
