import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { openLocalQueue } from './local.ts';
import { openNatsQueue } from './nats/queue.ts';
import type { Queue } from './queue.ts';

/** Names of the queues over NATS, part of the names of their streams. */
export const EVENT_QUEUE = 'events';
export const HIT_QUEUE = 'hits';

/** Hits are few beside events; JetStream reserves what a queue may hold. */
const HITS_SHARE = 4;

/**
 * Opens the queue by which detectors send each other what correlations count; undefined where one process counts
 * everything.
 */
export async function openHitQueue(config: Config, log: Log): Promise<Queue | undefined> {
  const { nats, queue, detect } = config;
  if (nats.servers.length === 0) return undefined;
  return openNatsQueue({
    nats,
    name: HIT_QUEUE,
    partitions: detect.partitions,
    bytesMax: queue.bytesMax / HITS_SHARE,
    log,
  });
}

/**
 * Opens the queue between those who take events in and those who work on them: over NATS where the configuration names
 * servers, else in a folder of this process.
 */
export function openQueue(config: Config, log: Log): Promise<Queue> {
  const { nats, queue } = config;
  if (nats.servers.length > 0) {
    return openNatsQueue({ nats, name: EVENT_QUEUE, partitions: queue.partitions, bytesMax: queue.bytesMax, log });
  }
  return openLocalQueue({
    folder: join(config.dataDir, 'queue'),
    bytesMax: config.queue.bytesMax,
    segmentBytesMax: config.queue.segmentBytes,
    diskFreeBytesMin: config.queue.diskFreeBytesMin,
    onDamage: (damage) =>
      log[damage.kind === 'torn' ? 'warn' : 'error'](
        { damage },
        'part of the queue could not be read and was set aside',
      ),
  });
}
