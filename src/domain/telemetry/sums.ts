/** Sums over the events of one source in one batch. */
export interface WrittenSums {
  events: number;
  unparsed: number;
  /** Taken for another kind than the one their source is configured for. */
  mistaken: number;
  /** From the event to its receipt. */
  delayMs: number;
  /** Least and greatest of these times; the least is negative when the sender's clock is ahead. */
  delayMsMin: number;
  delayMsMax: number;
  lastEventAtMs: number;
}

/** Where sums begin. */
export const NO_SUMS: WrittenSums = {
  events: 0,
  unparsed: 0,
  mistaken: 0,
  delayMs: 0,
  delayMsMin: Number.POSITIVE_INFINITY,
  delayMsMax: Number.NEGATIVE_INFINITY,
  lastEventAtMs: 0,
};
