/** What a source says of one attribute. */
export interface Said {
  readonly source: string;
  readonly value: string;
  readonly seenMs: number;
}

/** Why a value was not taken. */
type Lost = 'locked' | 'priority' | 'stale' | 'older';

export interface Reconciled {
  readonly field: string;
  readonly value: string;
  /** Whose value it is; `''`: a person fixed it. */
  readonly source: string;
  readonly losing: readonly (Said & { readonly why: Lost })[];
}

export interface Reconciliation {
  /** The greater, the sooner a source is believed. */
  priority(source: string): number;
  /** A value that was not confirmed for longer than this yields to a fresh one, whatever its source. */
  readonly staleMs: number;
}

/**
 * The value of an attribute out of what sources say: a person's lock before all, then what is fresh, then the source that
 * is believed sooner, then the newer one. What agrees with it has not lost; what differs is shown with the reason.
 *
 * @param nowMs what is fresh is measured from here
 */
export function reconcile(
  field: string,
  said: readonly Said[],
  { priority, staleMs }: Reconciliation,
  nowMs: number,
  lock?: string,
): Reconciled | undefined {
  const isStale = ({ seenMs }: Said): boolean => nowMs - seenMs > staleMs;
  const sorted = said
    .filter(({ value }) => value !== '')
    .sort(
      (left, right) =>
        Number(isStale(left)) - Number(isStale(right)) ||
        priority(right.source) - priority(left.source) ||
        right.seenMs - left.seenMs ||
        (left.source < right.source ? -1 : left.source > right.source ? 1 : left.value < right.value ? -1 : 1),
    );
  const [first] = sorted;
  const value = lock ?? first?.value;
  if (value === undefined) return undefined;
  const why = (one: Said): Lost => {
    if (lock !== undefined || first === undefined) return 'locked';
    if (isStale(one) !== isStale(first)) return 'stale';
    return priority(one.source) < priority(first.source) ? 'priority' : 'older';
  };
  const losing = sorted.filter((one) => one.value !== value).map((one) => ({ ...one, why: why(one) }));
  return { field, value, source: lock === undefined ? (first?.source ?? '') : '', losing };
}
