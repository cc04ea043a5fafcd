import { createHash } from 'node:crypto';
import type { Config } from '../../config.ts';
import type { Log } from '../../log.ts';
import type { Queue, QueueReader, QueueStats, Running } from '../queue.ts';
import type { Damage } from '../segments.ts';
import { connectNats, type Nats } from './connect.ts';
import { type Layout, layOut } from './layout.ts';
import { Ownership } from './ownership.ts';
import { NatsReader } from './reader.ts';
import { NatsWriter } from './writer.ts';

export interface NatsQueueOptions {
  readonly nats: Config['nats'];
  readonly name: string;
  readonly partitions: number;
  readonly bytesMax: number;
  readonly log: Log;
}

const DAMAGES_KEPT = 100;
const RECORD_BYTES_MAX = 16 * 1024 * 1024;

/** The partition of a key: the same everywhere and always. */
export const partitionOf = (key: string, partitions: number): number =>
  createHash('sha256').update(key).digest().readUInt32BE(0) % partitions;

/** A queue over NATS JetStream, for collectors and detectors on many machines. */
class NatsQueue implements Queue {
  readonly #nats: Nats;
  readonly #layout: Layout;
  readonly #options: NatsQueueOptions;
  readonly #writer: NatsWriter;
  readonly #readers = new Set<NatsReader>();
  readonly #damages: Damage[] = [];
  readonly #upkeep: NodeJS.Timeout;
  #bytes = 0;

  constructor(nats: Nats, layout: Layout, options: NatsQueueOptions) {
    this.#nats = nats;
    this.#layout = layout;
    this.#options = options;
    this.#writer = new NatsWriter(nats, layout);
    this.#upkeep = setInterval(() => void this.#look(), UPKEEP_MS);
    this.#upkeep.unref();
    void this.#look();
  }

  append(records: readonly Uint8Array[], to: string | { readonly partition: number }, id?: string): Promise<void> {
    const partition = typeof to === 'string' ? partitionOf(to, this.#layout.partitions) : to.partition;
    return this.#writer.append(records, partition, id);
  }

  stats(): QueueStats {
    const { bytesMax } = this.#options;
    return { bytes: this.#bytes, bytesMax, backlogBytes: this.#bytes, damages: this.#damages };
  }

  consume(work: (reader: QueueReader) => Running | Promise<Running>): Running {
    const ownership = new Ownership({
      bucket: this.#layout.bucket,
      partitions: this.#layout.partitions,
      leaseMs: this.#options.nats.leaseSeconds * 1000,
      log: this.#options.log,
      streamCreatedMs: async (partition) => {
        const { created } = await this.#nats.manager.streams.info(this.#layout.streamOf(partition));
        return Date.parse(created);
      },
      work: async (partition, lease) => {
        const reader = new NatsReader({
          nats: this.#nats,
          layout: this.#layout,
          partition,
          lease,
          recordBytesMax: RECORD_BYTES_MAX,
          onDamage: (damage) => this.#report(damage),
        });
        this.#readers.add(reader);
        const running = await work(reader);
        return {
          stop: async () => {
            this.#readers.delete(reader);
            await running.stop();
            await reader.purge().catch(() => undefined);
          },
        };
      },
    });
    ownership.start();
    return ownership;
  }

  async close(): Promise<void> {
    clearInterval(this.#upkeep);
    await this.#nats.connection.drain();
  }

  /** How much waits, for those who show it and for the batches' size. A server that does not answer is no news. */
  async #look(): Promise<void> {
    const bytes = await Promise.all(
      Array.from({ length: this.#layout.partitions }, async (_, partition) => {
        const stream = this.#layout.streamOf(partition);
        const { state } = await this.#nats.manager.streams.info(stream);
        for (const reader of this.#readers) {
          if (reader.partition !== partition) continue;
          reader.known(state.bytes, state.last_seq);
          await reader.purge();
        }
        return state.bytes;
      }),
    ).catch(() => undefined);
    if (bytes !== undefined) this.#bytes = bytes.reduce((sum, one) => sum + one, 0);
  }

  #report(damage: Damage): void {
    this.#damages.push(damage);
    if (this.#damages.length > DAMAGES_KEPT) this.#damages.shift();
    this.#options.log.error({ damage }, 'part of the queue could not be read');
  }
}

const UPKEEP_MS = 2_000;

/** Connects, and makes what is missing on the servers. @throws Error that says what to mend */
export async function openNatsQueue(options: NatsQueueOptions): Promise<Queue> {
  const nats = await connectNats(options.nats, `tongan ${options.name}`);
  try {
    const layout = await layOut(nats, {
      prefix: options.nats.prefix,
      name: options.name,
      partitions: options.partitions,
      replicas: options.nats.replicas,
      streamBytesMax: Math.ceil(options.bytesMax / options.partitions),
    });
    return new NatsQueue(nats, layout, options);
  } catch (error) {
    await nats.connection.close();
    throw error;
  }
}
