import { Kvm } from '@nats-io/kv';
import type { Config } from '../../config.ts';
import { connectNats } from './connect.ts';
import { PartitionEntry } from './lease.ts';

/** A partition of a queue as the servers tell it. */
export interface PartitionReport {
  readonly stream: string;
  readonly replicas: number;
  /** Replicas besides the leader that are up with it. */
  readonly current: number;
  readonly bytes: number;
  readonly bytesMax: number;
  /** When its owner last wrote that it lives; undefined = nobody owns it. */
  readonly ownedAt: Date | undefined;
}

export interface QueueReport {
  readonly serverVersion: string;
  readonly partitions: readonly PartitionReport[];
}

/**
 * Looks at the queues of an installation without changing anything.
 *
 * @param names of the queues, as in `NatsQueueOptions`
 * @throws Error that says which servers cannot be reached, or what they lack
 */
export async function inspectNats(config: Config['nats'], names: readonly string[]): Promise<QueueReport> {
  const nats = await connectNats(config, 'tongan doctor');
  try {
    const partitions: PartitionReport[] = [];
    for (const name of names) {
      const prefix = `${config.prefix}_${name}_`;
      const bucket = await new Kvm(nats.js).open(`${config.prefix}_${name}`);
      for await (const info of nats.manager.streams.list()) {
        if (!info.config.name.startsWith(prefix)) continue;
        const entry = await bucket.get(`partition.${info.config.name.slice(prefix.length)}`).catch(() => null);
        const owned = entry !== null && PartitionEntry.safeParse(JSON.parse(entry.string())).data?.owner !== '';
        partitions.push({
          stream: info.config.name,
          replicas: info.config.num_replicas,
          current: (info.cluster?.replicas ?? []).filter(({ current }) => current).length,
          bytes: info.state.bytes,
          bytesMax: info.config.max_bytes,
          ownedAt: owned ? entry.created : undefined,
        });
      }
    }
    return { serverVersion: nats.serverVersion, partitions };
  } finally {
    await nats.connection.close();
  }
}
