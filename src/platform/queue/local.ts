import type { Queue } from './queue.ts';
import { SegmentLog, type SegmentLogOptions } from './segment-log.ts';

/** The queue of one process: a segment log on its own disk, one partition that is always its own. */
export async function openLocalQueue(options: SegmentLogOptions): Promise<Queue> {
  const log = await SegmentLog.open(options);
  return {
    append: async (records) => {
      await log.append(records);
    },
    stats: () => log.stats(),
    consume(work) {
      const started = Promise.resolve(work(log));
      return {
        async stop() {
          await (await started).stop();
        },
      };
    },
    close: () => log.close(),
  };
}
