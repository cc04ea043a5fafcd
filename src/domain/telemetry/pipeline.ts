import { setTimeout as delay } from 'node:timers/promises';
import type { SecurityEvent } from '#engine/fields/event.ts';
import type { RowOptions } from '#engine/fields/row.ts';
import type { BinaryRows } from '#platform/eventstore/row-binary.ts';
import type { EventWriter } from '#platform/eventstore/writer.ts';
import type { Log } from '#platform/log.ts';
import type { QueueBatch, QueueReader } from '#platform/queue/queue.ts';
import { BatchRows, readBatch, type SourceSums } from './batch.ts';
import type { Health } from './health.ts';
import type { Normalise } from './normalise.ts';

/** A batch that was read and looked at, ready to have its effects. */
export interface WorkedBatch {
  readonly rows: BinaryRows;
  readonly sums: readonly SourceSums[];
  /**
   * Makes what was found lasting. The same batch may come again after a crash: the effect must be that of one call.
   */
  commit(): Promise<void>;
  /** The rows are stored: their memory is used for others. */
  release(): void;
}

/** Reads a batch: decode → normalise → detect → rows. Has no effect yet; several batches may be read at the same time. */
export type WorkBatch = (batch: QueueBatch) => Promise<WorkedBatch>;

export interface PipelineParts {
  readonly reader: QueueReader;
  readonly work: WorkBatch;
  /** Batches that are read while an earlier one is stored. */
  readonly aheadMax: number;
  readonly writer: EventWriter;
  readonly health: Health;
  readonly log: Log;
}

/** Told of every batch, with the same events and id when it comes again. */
export type OnBatch = (events: readonly SecurityEvent[], batchId: string) => Promise<void>;

/** Reads batches in this thread. */
export const workHere =
  (normalise: Normalise, onBatch: OnBatch, options: RowOptions = {}): WorkBatch =>
  async ({ id, records }) => {
    const rows = new BatchRows(options);
    const events: SecurityEvent[] = [];
    readBatch(records, normalise, (event, line) => {
      rows.add(event, line);
      events.push(event);
    });
    return { ...rows.finish(), commit: () => onBatch(events, id), release: () => undefined };
  };

const BATCH = { recordsMax: 4000, bytesMax: 16 * 1024 * 1024 };
/**
 * Events a batch is to hold at most. An alert waits until its batch is read and those before it are stored: 16 MB of short
 * lines would be tens of thousands of events, seconds of work.
 */
const BATCH_EVENTS = 10_000;
/** What an event takes in the queue, as long as none was read: short, so that the first batches are soon done. */
const EVENT_BYTES_FIRST = 64;
/** With little to do, batches wait this long for company: each one becomes a part of the table on disk. */
const LINGER_MS = 500;
const LINGER_BYTES = 1024 * 1024;
const RETRY_FIRST_MS = 200;
const RETRY_LAST_MS = 10_000;

/**
 * Takes batches from the queue through all stages: read (in other threads, a few batches ahead) → commit what was found →
 * write → commit the batch. Each stage takes them in the order of the queue and works on one while the next stage has the
 * one before: they wait for different parts of the machine. Stages may be repeated after a crash and have their effect once:
 * identifiers come from the place in the queue, detection commits by batch, the store knows the batch by its token. While
 * the store is down the batch is tried again and the queue grows up to its bound, at which senders are told to wait.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** What ends when the batches before are stored. */
  readonly #ahead: Promise<void>[] = [];
  /** What an event of the batch that was read last took in the queue. */
  #eventBytes = EVENT_BYTES_FIRST;
  /** Ends when what was found in the batches before is lasting. */
  #committed: Promise<unknown> = Promise.resolve();

  constructor(parts: PipelineParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Finishes the batches in hand unless the store is down, and stops. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.allSettled(this.#ahead);
  }

  async #run(): Promise<void> {
    const { reader, log, aheadMax } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        while (this.#ahead.length > aheadMax) await this.#ahead[0];
        await reader.waitForRecords(signal);
        if (reader.backlogBytes < LINGER_BYTES) await delay(LINGER_MS, undefined, { signal });
        const bytesMax = Math.min(BATCH.bytesMax, Math.ceil(BATCH_EVENTS * this.#eventBytes));
        const batch = await reader.next({ ...BATCH, bytesMax });
        if (batch !== undefined) this.#take(batch);
      } catch (error) {
        if (signal.aborted) return;
        log.error({ err: error }, 'the telemetry pipeline will try again');
        await delay(RETRY_LAST_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Starts to read the batch; it goes on when the ones before it have left each stage. */
  #take(batch: QueueBatch): void {
    const worked = this.#work(batch);
    const [committedBefore, storedBefore] = [this.#committed, this.#ahead.at(-1)];
    const committed = this.#committedAfter(committedBefore, worked);
    const stored = this.#storedAfter(storedBefore, batch, committed);
    // Whoever waits for its turn hears of a failure then.
    for (const stage of [worked, committed, stored]) stage.catch(() => undefined);
    this.#committed = committed;
    this.#ahead.push(stored);
    const forget = () => void this.#ahead.splice(this.#ahead.indexOf(stored), 1);
    stored.then(forget, forget);
  }

  async #work(batch: QueueBatch): Promise<WorkedBatch> {
    const worked = await this.#untilDone('detection', () => this.#parts.work(batch));
    const events = worked.sums.reduce((sum, one) => sum + one.events, 0);
    const bytes = batch.records.reduce((sum, { payload }) => sum + payload.length, 0);
    if (events > 0) this.#eventBytes = bytes / events;
    return worked;
  }

  async #committedAfter(before: Promise<unknown>, working: Promise<WorkedBatch>): Promise<WorkedBatch> {
    await before;
    const worked = await working;
    await this.#untilDone('detection', worked.commit);
    return worked;
  }

  async #storedAfter(
    before: Promise<void> | undefined,
    batch: QueueBatch,
    committed: Promise<WorkedBatch>,
  ): Promise<void> {
    const { writer, reader, health } = this.#parts;
    await before;
    const { rows, sums, release } = await committed;
    await this.#untilDone('the event store', () => writer.insertRows('event', rows, batch.id));
    release();
    for (const { sourceId: id, unitPath, ...sum } of sums) health.written({ id, unitPath }, sum);
    await this.#untilDone('the queue', () => reader.commit(batch));
  }

  /** Tries again until it works or the process stops: what was acknowledged is not given up. */
  async #untilDone<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const { signal } = this.#stopping;
    for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(waitMs * 2, RETRY_LAST_MS)) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        this.#parts.log.error({ err: error, waitMs }, `${what} does not take a batch of events, trying again`);
        await delay(waitMs, undefined, { signal });
      }
    }
  }
}
