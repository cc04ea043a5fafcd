import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#platform/errors.ts';
import type { Intake } from '../intake.ts';
import type { Registry } from '../registry.ts';
import type { Acceptor } from '../source-store.ts';

const RETRY_MS = 1000;

/** What passes by itself: too busy, not ready, disk full. */
export const isPassing = (error: unknown): boolean =>
  error instanceof AppError && ['too_many_requests', 'unavailable', 'storage_full'].includes(error.code);

/**
 * Keeps lines of a source whose sender can wait, for as long as the platform is too busy, its disk is full or the source is
 * paused. Resolves when they are durable.
 *
 * @throws the intake's error once `signal` is aborted, or when waiting does not help
 */
export async function keepPatiently(
  { intake, registry }: { readonly intake: Intake; readonly registry: Registry },
  known: Acceptor,
  lines: readonly Buffer[],
  sender: string,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const source = (await registry.byId(known.id)) ?? known;
    try {
      await intake.accept(source, lines, sender);
      return;
    } catch (error) {
      const isPaused = error instanceof AppError && error.reason === 'source.paused';
      if (signal.aborted || (!isPassing(error) && !isPaused)) throw error;
      await delay(RETRY_MS, undefined, { signal });
    }
  }
}
