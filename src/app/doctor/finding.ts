/** What one check of the installation found. */
export interface Finding {
  /** Stable word: `record-store`. */
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly sentence: string;
  /** What to do about it. */
  readonly mend?: string;
}

export const ok = (check: string, sentence: string): Finding => ({ check, state: 'ok', sentence });

export const warn = (check: string, sentence: string, mend: string): Finding => ({
  check,
  state: 'warn',
  sentence,
  mend,
});

export const fail = (check: string, sentence: string, mend: string): Finding => ({
  check,
  state: 'fail',
  sentence,
  mend,
});

/** Runs a check; when it cannot be done, that is what it found. */
export async function attempt(
  check: string,
  mend: string,
  run: () => Promise<Finding | readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    const found = await run();
    return 'check' in found ? [found] : found;
  } catch (cause) {
    return [fail(check, cause instanceof Error ? cause.message : String(cause), mend)];
  }
}
