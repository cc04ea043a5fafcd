import { setImmediate } from 'node:timers/promises';

/** Hands a statement to the database and goes on once it is on its way. Its fault is thrown by `alongside`. */
export type Start = (work: Promise<unknown>) => Promise<void>;

/**
 * Runs `fn`, which may leave statements of its transaction to the database while it goes on computing. None is left when
 * this ends, for what came after a rollback would stand outside the transaction.
 *
 * @throws the first fault of what was started, else that of `fn`: after a fault the database refuses whatever follows
 */
export async function alongside<T>(fn: (start: Start) => Promise<T>): Promise<T> {
  const begun: Promise<unknown>[] = [];
  const start: Start = async (work) => {
    begun.push(work);
    // Told at the end; without this a fault before then would end the process.
    work.catch(() => undefined);
    await setImmediate();
  };
  const [outcome] = await Promise.allSettled([fn(start)]);
  const others = await Promise.allSettled(begun);
  for (const one of [...others, outcome]) if (one.status === 'rejected') throw one.reason;
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}
