import type { Queue, QueueReader } from './queue.ts';

/** A queue whose consumers can be made to pause between two batches. */
export interface HoldableQueue extends Queue {
  /**
   * Runs `fn` while no batch is in work, so that stores, checkpoint and queue fit together. Senders go on meanwhile.
   *
   * @throws Error when a batch is not finished within `waitMs`: a store is down, and a copy would not fit together
   */
  hold<T>(waitMs: number, fn: () => Promise<T>): Promise<T>;
}

/** Counts the batches in work, and lets no new one begin during a hold. */
export function holdable(queue: Queue): HoldableQueue {
  let held: Promise<void> | undefined;
  let inWork = 0;
  let idle = Promise.withResolvers<void>();
  const finished = (batches: number) => {
    inWork -= batches;
    if (inWork > 0) return;
    idle.resolve();
    idle = Promise.withResolvers<void>();
  };
  const watched = (reader: QueueReader, own: { batches: number; more: boolean }): QueueReader => ({
    name: reader.name,
    partition: reader.partition,
    get unreadBytes() {
      return reader.unreadBytes;
    },
    release: (batch) => reader.release(batch),
    join: (batches) => reader.join(batches),
    waitForRecords: (signal) => reader.waitForRecords(signal),
    async next(limits) {
      // The batches in work cannot be finished without those they are joined with.
      while (held !== undefined && !own.more) await held;
      // Counted before the batch is there: a hold that begins meanwhile must wait for it.
      inWork += 1;
      const batch = await reader.next(limits).catch((error: unknown) => {
        finished(1);
        throw error;
      });
      if (batch === undefined) finished(1);
      else own.batches += 1;
      own.more = batch?.repeated?.more === true;
      return batch;
    },
    async commit(...batches) {
      await reader.commit(...batches);
      own.batches -= batches.length;
      finished(batches.length);
    },
  });
  return {
    append: (records, key, id) => queue.append(records, key, id),
    stats: () => queue.stats(),
    close: () => queue.close(),
    consume: (work) =>
      queue.consume(async (reader) => {
        const own = { batches: 0, more: false };
        const running = await work(watched(reader, own));
        return {
          async stop() {
            await running.stop();
            // What was taken and not committed comes again with the next owner.
            finished(own.batches);
            own.batches = 0;
            own.more = false;
          },
        };
      }),
    async hold(waitMs, fn) {
      while (held !== undefined) await held;
      const released = Promise.withResolvers<void>();
      held = released.promise;
      try {
        if (inWork > 0) await within(waitMs, idle.promise);
        return await fn();
      } finally {
        held = undefined;
        released.resolve();
      }
    },
  };
}

async function within(waitMs: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const sentence = `a batch of events was not finished within ${waitMs / 1000} s: is a store down?`;
  const timer = setTimeout(() => late.reject(new Error(sentence)), waitMs);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
