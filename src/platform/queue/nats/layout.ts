import { DiscardPolicy, RetentionPolicy, StorageType, type StreamInfo } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { z } from 'zod';
import type { Nats } from './connect.ts';

/** One queue on the servers: a stream for each partition, and a bucket that says who owns which and how far it got. */
export interface Layout {
  readonly name: string;
  readonly partitions: number;
  readonly bucket: KV;
  streamOf(partition: number): string;
  subjectOf(partition: number): string;
  /** Told of in a small message when something was appended. */
  wakeSubjectOf(partition: number): string;
}

export interface LayoutOptions {
  /** First part of the names of streams and subjects: several installations may share servers. */
  readonly prefix: string;
  readonly name: string;
  readonly partitions: number;
  readonly replicas: number;
  /** Of each partition; at this bound senders are told to wait. */
  readonly streamBytesMax: number;
}

const NANOS_PER_SECOND = 1_000_000_000;
/** How long the servers remember identifiers of messages, against the same message sent twice. */
const DUPLICATE_WINDOW_SECONDS = 600;
const Meta = z.object({ partitions: z.int().min(1) });

/**
 * Makes the streams and the bucket where they are absent. Limits and replicas follow the configuration; the number of
 * partitions is fixed by whoever came first, since changing it would tear groups and orders apart.
 *
 * @throws Error when the configuration asks for another number of partitions than there is
 */
export async function layOut(nats: Nats, options: LayoutOptions): Promise<Layout> {
  const { prefix, name, replicas } = options;
  const bucket = await new Kvm(nats.js).create(`${prefix}_${name}`, {
    history: 1,
    replicas,
    storage: StorageType.File,
  });
  const partitions = await settledPartitions(bucket, options);
  const layout: Layout = {
    name,
    partitions,
    bucket,
    streamOf: (partition) => `${prefix}_${name}_${partition}`,
    subjectOf: (partition) => `${prefix}.${name}.${partition}`,
    wakeSubjectOf: (partition) => `${prefix}.wake.${name}.${partition}`,
  };
  const streams = Array.from({ length: partitions }, (_, partition) => settleStream(nats, layout, partition, options));
  await Promise.all(streams).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const gigabytes = ((partitions * options.streamBytesMax) / 1e9).toFixed(1);
    throw new Error(
      `the streams of the queue "${name}" cannot be made (${reason}): ${replicas} server(s) must have ${gigabytes} GB free ` +
        'for JetStream (max_file_store), or set TONGAN_QUEUE_BYTES_MAX and TONGAN_NATS_REPLICAS lower',
      { cause },
    );
  });
  return layout;
}

async function settledPartitions(bucket: KV, { name, partitions }: LayoutOptions): Promise<number> {
  await bucket.create('meta', JSON.stringify({ partitions })).catch(() => undefined);
  const entry = await bucket.get('meta');
  if (entry === null) throw new Error(`the bucket of the queue "${name}" cannot be written`);
  const settled = Meta.parse(entry.json()).partitions;
  if (settled === partitions) return settled;
  throw new Error(
    `the queue "${name}" has ${settled} partitions and the configuration asks for ${partitions}: set it back, or follow ` +
      '"Changing the number of partitions" in docs/how-to/scale-out.md',
  );
}

async function settleStream(
  nats: Nats,
  layout: Layout,
  partition: number,
  options: LayoutOptions,
): Promise<StreamInfo> {
  const wanted = {
    num_replicas: options.replicas,
    max_bytes: options.streamBytesMax,
    duplicate_window: DUPLICATE_WINDOW_SECONDS * NANOS_PER_SECOND,
    allow_direct: true,
  };
  const stream = layout.streamOf(partition);
  const found = await nats.manager.streams.info(stream).catch(() => undefined);
  if (found === undefined) {
    return nats.manager.streams.add({
      name: stream,
      subjects: [layout.subjectOf(partition)],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      // Full means that new messages are refused, never that old ones go: they were acknowledged.
      discard: DiscardPolicy.New,
      ...wanted,
    });
  }
  const same = found.config.num_replicas === wanted.num_replicas && found.config.max_bytes === wanted.max_bytes;
  return same ? found : nats.manager.streams.update(stream, wanted);
}
