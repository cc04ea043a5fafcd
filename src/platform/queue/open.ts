import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { openLocalQueue } from './local.ts';
import type { Queue } from './queue.ts';

/** Opens the queue between those who take events in and those who work on them. */
export function openQueue(config: Config, log: Log): Promise<Queue> {
  return openLocalQueue({
    folder: join(config.dataDir, 'queue'),
    bytesMax: config.queue.bytesMax,
    segmentBytesMax: config.queue.segmentBytes,
    onDamage: (damage) =>
      log[damage.kind === 'torn' ? 'warn' : 'error'](
        { damage },
        'part of the queue could not be read and was set aside',
      ),
  });
}
