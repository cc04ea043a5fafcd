/** Counting failed sign-ins. Pure: the attempt is counted before the password is checked, so parallel guesses count. */

export interface Attempts {
  readonly failures: number;
  /** How often it was locked already: each lock lasts twice as long as the one before. */
  readonly locks: number;
  readonly lockedUntil: Date | null;
  readonly lastAt: Date;
}

export interface Limit {
  readonly failuresMax: number;
  readonly lockMs: number;
  readonly lockMsMax: number;
  /** Without any attempt for so long, everything is forgotten. */
  readonly forgetMs: number;
}

const MINUTE_MS = 60_000;

/** Five failures lock a login name for 15 minutes, then 30, 60 … up to 4 hours (GB/T 22239-2019, 8.1.4.1 b). */
export const LOGIN_LIMIT: Limit = {
  failuresMax: 5,
  lockMs: 15 * MINUTE_MS,
  lockMsMax: 4 * 60 * MINUTE_MS,
  forgetMs: 24 * 60 * MINUTE_MS,
};

/** An address may stand for a whole office behind one gateway, hence the wider limit. */
export const ADDRESS_LIMIT: Limit = {
  failuresMax: 30,
  lockMs: 15 * MINUTE_MS,
  lockMsMax: 60 * MINUTE_MS,
  forgetMs: 15 * MINUTE_MS,
};

export type Taken =
  | { readonly allowed: true; readonly after: Attempts }
  | { readonly allowed: false; readonly until: Date };

/**
 * Takes one attempt. The last allowed one sets the lock in advance; success lifts it (`released`, or the row is
 * removed).
 */
export function takeAttempt(before: Attempts | undefined, now: Date, limit: Limit): Taken {
  const at = now.getTime();
  if (before?.lockedUntil && before.lockedUntil.getTime() > at) return { allowed: false, until: before.lockedUntil };
  const forgotten = before === undefined || at - before.lastAt.getTime() > limit.forgetMs;
  const locks = forgotten ? 0 : before.locks;
  const failures = (forgotten || before.lockedUntil !== null ? 0 : before.failures) + 1;
  if (failures < limit.failuresMax)
    return { allowed: true, after: { failures, locks, lockedUntil: null, lastAt: now } };
  const lockMs = Math.min(limit.lockMs * 2 ** locks, limit.lockMsMax);
  return { allowed: true, after: { failures, locks: locks + 1, lockedUntil: new Date(at + lockMs), lastAt: now } };
}

/** Gives one attempt back, for a step that was neither a failure nor the end of a sign-in. */
export function releaseAttempt(attempts: Attempts): Attempts {
  return {
    failures: Math.max(0, attempts.failures - 1),
    locks: attempts.lockedUntil === null ? attempts.locks : Math.max(0, attempts.locks - 1),
    lockedUntil: null,
    lastAt: attempts.lastAt,
  };
}
