/** Time comes from outside so that tests and replays decide what "now" is. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands where it is put; `set` and `advance` move it. For tests and for replays. */
export function manualClock(
  start: Date | string,
): Clock & { set(at: Date | string): void; advanceMs(ms: number): void } {
  let current = new Date(start).getTime();
  return {
    now: () => new Date(current),
    set: (at) => {
      current = new Date(at).getTime();
    },
    advanceMs: (ms) => {
      current += ms;
    },
  };
}
