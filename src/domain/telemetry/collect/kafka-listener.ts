import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Consumer, type Message, type MessagesStream } from '@platformatic/kafka';
import type { Config } from '#platform/config.ts';
import type { Log } from '#platform/log.ts';
import type { Health } from '../health.ts';
import { type Intake, LINE_BYTES_MAX } from '../intake.ts';
import type { Registry } from '../registry.ts';
import type { Acceptor } from '../source-store.ts';
import { keepPatiently } from './patience.ts';

export interface KafkaParts {
  readonly config: Config['kafka'];
  readonly intake: Intake;
  readonly registry: Registry;
  readonly health: Health;
  readonly log: Log;
}

type Stream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;
type Record = Message<Buffer, Buffer, Buffer, Buffer>;

/** How often sources that were opened, changed or paused are looked for. */
const LOOK_MS = 2_000;
const RETRY_MS = 5_000;
/** Another collector takes over partitions this long after one died without a word. */
const GROUP = { sessionTimeout: 15_000, rebalanceTimeout: 15_000, heartbeatInterval: 3_000 };
/** Records kept together, so that they share an fsync and a commit. */
const BATCH_RECORDS_MAX = 1_000;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
/** Records and bytes the client may fetch ahead. */
const FETCH_BYTES_MAX = 4 * 1024 * 1024;
const FETCHED_RECORDS_MAX = 2_000;

/** Reads the topics of all sources of kind `kafka` that are active, each as a consumer group of its own. */
export function readTopics(parts: KafkaParts): { stop(): Promise<void> } {
  if (parts.config.brokers.length === 0) return { stop: async () => undefined };
  const stopping = new AbortController();
  const active = new Map<string, TopicReader>();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await adjust(parts, active).catch((error: unknown) => parts.log.warn({ err: error }, 'sources of topics'));
      await delay(LOOK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await Promise.all([...active.values()].map((reader) => reader.stop()));
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function adjust(parts: KafkaParts, active: Map<string, TopicReader>): Promise<void> {
  const sources = await parts.registry.ofListener('kafka');
  const wanted = new Map(sources.filter(({ state }) => state === 'active').map((source) => [source.id, source]));
  for (const [id, reader] of active) {
    if (wanted.get(id)?.sender === reader.topic) continue;
    active.delete(id);
    await reader.stop();
  }
  for (const source of wanted.values()) {
    if (!active.has(source.id)) active.set(source.id, new TopicReader(parts, source));
  }
}

/**
 * Reads one topic from where its group got to; a new group begins with the oldest record. An offset is committed when the
 * records before it are durable; after a crash in between those records come again.
 */
class TopicReader {
  readonly topic: string;
  readonly #parts: KafkaParts;
  readonly #source: Acceptor;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #stream: Stream | undefined;

  constructor(parts: KafkaParts, source: Acceptor) {
    this.#parts = parts;
    this.#source = source;
    this.topic = source.sender;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#stream?.close().catch(() => undefined);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { log } = this.#parts;
    while (!signal.aborted) {
      const consumer = await openConsumer(this.#parts.config, this.topic);
      try {
        await this.#consume(consumer);
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error, topic: this.topic }, 'a topic cannot be read at the moment');
      } finally {
        await consumer
          .close(true)
          .catch((error: unknown) => log.debug({ err: error }, 'a consumer did not close well'));
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #consume(consumer: Consumer<Buffer, Buffer, Buffer, Buffer>): Promise<void> {
    const stream: Stream = await consumer.consume({
      topics: [this.topic],
      mode: 'committed',
      fallbackMode: 'earliest',
      autocommit: false,
      maxBytes: FETCH_BYTES_MAX,
      highWaterMark: FETCHED_RECORDS_MAX,
      ...GROUP,
    });
    this.#stream = stream;
    if (this.#stopping.signal.aborted) return;
    this.#parts.log.info({ topic: this.topic }, 'a topic is read');
    let batch: Record[] = [];
    let bytes = 0;
    for await (const record of stream) {
      batch.push(record);
      bytes += record.value?.length ?? 0;
      const isFull = batch.length >= BATCH_RECORDS_MAX || bytes >= BATCH_BYTES_MAX;
      if (!isFull && stream.readableLength > 0) continue;
      await this.#keep(batch);
      batch = [];
      bytes = 0;
    }
  }

  async #keep(batch: readonly Record[]): Promise<void> {
    // A record without a value marks a deletion.
    const values = batch.flatMap(({ value }) =>
      value === null || value === undefined || value.length === 0 ? [] : value,
    );
    const lines = values.filter((value) => value.length <= LINE_BYTES_MAX);
    await keepPatiently(this.#parts, this.#source, lines, `kafka:${this.topic}`, this.#stopping.signal);
    if (lines.length < values.length) {
      this.#parts.health.rejected(this.#source, 'too_long', values.length - lines.length);
    }
    const last = new Map(batch.map((record) => [record.partition, record]));
    for (const record of last.values()) await record.commit();
  }
}

async function openConsumer(config: Config['kafka'], topic: string): Promise<Consumer<Buffer, Buffer, Buffer, Buffer>> {
  const { brokers, group, tls, caFile, mechanism, username, password } = config;
  return new Consumer({
    clientId: 'tongan',
    groupId: `${group}.${topic}`,
    bootstrapBrokers: [...brokers],
    autocommit: false,
    ...(tls ? { tls: caFile === undefined ? {} : { ca: await readFile(caFile) } } : {}),
    ...(mechanism === undefined ? {} : { sasl: { mechanism, username: username ?? '', password: password ?? '' } }),
  });
}
