import { setImmediate as breathe, setTimeout as delay } from 'node:timers/promises';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import type { EventWriter } from '#platform/eventstore/writer.ts';
import type { Log } from '#platform/log.ts';
import type { QueueBatch, QueueReader } from '#platform/queue/queue.ts';
import type { Health, WrittenSums } from './health.ts';
import { type Normalise, UNPARSED } from './normalise.ts';
import { decodeParcel, type TakenLine } from './parcel.ts';

/**
 * Told of every batch before it is stored. The same batch may come again after a crash, with the same events and the
 * same id: the effect must be the same as of one call.
 */
export type OnBatch = (events: readonly SecurityEvent[], batchId: string) => Promise<void>;

export interface PipelineParts {
  readonly reader: QueueReader;
  readonly normalise: Normalise;
  readonly onBatch: OnBatch;
  readonly writer: EventWriter;
  readonly health: Health;
  readonly log: Log;
}

const BATCH = { recordsMax: 4000, bytesMax: 8 * 1024 * 1024 };
/** With little to do, batches wait this long for company: each one becomes a part of the table on disk. */
const LINGER_MS = 500;
const LINGER_BYTES = 1024 * 1024;
const RETRY_FIRST_MS = 200;
const RETRY_LAST_MS = 10_000;
/** Lines handled before other work of the process gets its turn. */
const SLICE_LINES = 400;

/**
 * Takes batches from the queue through all stages: decode → normalise → detect → write → commit. Stages may be repeated
 * after a crash and have their effect once: identifiers come from the place in the queue, detection commits by batch,
 * the store knows the batch by its token. While the store is down the batch is tried again and the queue grows up to its
 * bound, at which senders are told to wait.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(parts: PipelineParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Finishes the batch in hand unless the store is down, and stops. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { reader, log } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await reader.waitForRecords(signal);
        if (reader.backlogBytes < LINGER_BYTES) await delay(LINGER_MS, undefined, { signal });
        const batch = await reader.next(BATCH);
        if (batch !== undefined) await this.#work(batch);
      } catch (error) {
        if (signal.aborted) return;
        log.error({ err: error }, 'the telemetry pipeline will try again');
        await delay(RETRY_LAST_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #work(batch: QueueBatch): Promise<void> {
    const { onBatch, writer, reader, health } = this.#parts;
    const lines = batch.records.flatMap(({ id, payload }) => decodeParcel(id, payload));
    if (lines.length > 0) {
      const events = await this.#normaliseAll(lines);
      await this.#untilDone('detection', () => onBatch(events, batch.id));
      const rows = rowsOf(events, lines);
      await this.#untilDone('the event store', () => writer.insert('event', rows, batch.id));
      count(health, events, lines);
    }
    await reader.commit(batch);
  }

  async #normaliseAll(lines: readonly TakenLine[]): Promise<SecurityEvent[]> {
    const events: SecurityEvent[] = [];
    for (const line of lines) {
      events.push(withPlausibleTime(this.#parts.normalise(line)));
      if (events.length % SLICE_LINES === 0) await breathe();
    }
    return events;
  }

  /** Tries again until it works or the process stops: what was acknowledged is not given up. */
  async #untilDone(what: string, attempt: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(waitMs * 2, RETRY_LAST_MS)) {
      try {
        await attempt();
        return;
      } catch (error) {
        signal.throwIfAborted();
        this.#parts.log.error({ err: error, waitMs }, `${what} does not take a batch of events, trying again`);
        await delay(waitMs, undefined, { signal });
      }
    }
  }
}

const DAY_MS = 86_400_000;
const OLDEST_MS = Date.UTC(1990, 0, 1);

/**
 * A clock that is wrong by years would put events where nobody looks, and into partitions of their own. Such an event
 * gets the time of its receipt, and says so.
 */
function withPlausibleTime(event: SecurityEvent): SecurityEvent {
  const { timeMs, receivedAtMs } = event;
  if (timeMs >= OLDEST_MS && timeMs <= receivedAtMs + 2 * DAY_MS) return event;
  const problem = 'the time of the event is not plausible, the time of receipt stands for it';
  return { ...event, timeMs: receivedAtMs, problem: event.problem === '' ? problem : `${event.problem}; ${problem}` };
}

const QUOTED_KEYS = new Map<string, string>();

function quotedKey(key: string): string {
  let quoted = QUOTED_KEYS.get(key);
  if (quoted === undefined) {
    quoted = `${JSON.stringify(key)}:`;
    QUOTED_KEYS.set(key, quoted);
  }
  return quoted;
}

/** Rows as lines of JSON. Of the 120 columns most are empty: leaving those to their default makes both sides faster. */
function rowsOf(events: readonly SecurityEvent[], lines: readonly TakenLine[]): Buffer {
  const texts: string[] = [];
  events.forEach((event, index) => {
    let text = `{"source_id":${JSON.stringify(lines[index]?.sourceId ?? '')}`;
    const row = toRow(event);
    for (const key in row) {
      const value = row[key];
      if (value !== undefined && value !== '') text += `,${quotedKey(key)}${JSON.stringify(value)}`;
    }
    texts.push(`${text}}\n`);
  });
  return Buffer.from(texts.join(''));
}

function count(health: Health, events: readonly SecurityEvent[], lines: readonly TakenLine[]): void {
  const sums = new Map<string, WrittenSums & { readonly unitPath: string }>();
  events.forEach((event, index) => {
    const id = lines[index]?.sourceId ?? '';
    const sum = sums.get(id) ?? { unitPath: event.unitPath, events: 0, unparsed: 0, delayMs: 0, lastEventAtMs: 0 };
    sum.events += 1;
    if (event.source === UNPARSED) sum.unparsed += 1;
    sum.delayMs += Math.max(0, event.receivedAtMs - event.timeMs);
    sum.lastEventAtMs = Math.max(sum.lastEventAtMs, event.timeMs);
    sums.set(id, sum);
  });
  for (const [id, sum] of sums) health.written({ id, unitPath: sum.unitPath }, sum);
}
