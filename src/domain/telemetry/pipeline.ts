import { setTimeout as delay } from 'node:timers/promises';
import type { SecurityEvent } from '#engine/fields/event.ts';
import type { RowOptions } from '#engine/fields/row.ts';
import type { HeldRows } from '#platform/eventstore/connection.ts';
import type { BinaryRows } from '#platform/eventstore/row-binary.ts';
import type { EventWriter } from '#platform/eventstore/writer.ts';
import type { Log } from '#platform/log.ts';
import type { QueueBatch, QueueReader } from '#platform/queue/queue.ts';
import { BatchRows, readBatch, type SourceSums } from './batch.ts';
import type { Health } from './health.ts';
import type { Normalise } from './normalise.ts';
import { batchBytes, plainBytes } from './packing.ts';
import { Storing, type ToStore } from './storing.ts';

/** A batch that was read and looked at, ready to have its effects. */
export interface WorkedBatch {
  readonly rows: BinaryRows;
  readonly sums: readonly SourceSums[];
  /**
   * Makes what was found lasting. The same batch may come again after a crash: the effect must be that of one call.
   */
  commit(): Promise<void>;
  /** The rows are taken over: their memory is used for others. */
  release(): void;
}

/** Reads a batch: decode → normalise → detect → rows. Has no effect yet; several batches may be read at the same time. */
export type WorkBatch = (batch: QueueBatch) => Promise<WorkedBatch>;

export interface PipelineParts {
  readonly reader: QueueReader;
  readonly work: WorkBatch;
  /** Batches that are read at the same time, besides one full one that lies ready. */
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

const BATCH = { recordsMax: 4000, bytesMax: 8 * 1024 * 1024, weigh: plainBytes };
/** Events a batch is to hold at most: 8 MB of short lines would be tens of thousands of events, seconds of work that alerts wait for. */
const BATCH_EVENTS = 10_000;
/** What an event takes in the queue, as long as none was read: short, so that the first batches are soon done. */
const EVENT_BYTES_FIRST = 64;
/** Until there is enough for a full batch, the next one waits so long for company. */
const LINGER_MS = 500;
const LOOK_MS = 50;
/** Batches in hand, however small: a checkpoint holds the ends of all of them. */
const IN_HAND_MAX = 64;
/** Full batches whose rows wait for the store, on its disk, besides those that are read: alerts do not wait for it until there are so many. */
const HELD_MAX = 8;
/** Full batches that are stored together at most: the store takes more at a time with less work. */
const STORED_TOGETHER = 2;
/** With less room than this share of a full batch the next one waits for the store. */
const WORTH_A_BATCH = 4;
const RETRY_FIRST_MS = 200;
const RETRY_LAST_MS = 10_000;

/** A batch that was read: what was found in it is to be made lasting, then its events are to be stored. */
interface Ready extends Pick<WorkedBatch, 'commit'> {
  readonly toStore: ToStore;
}

/**
 * Takes batches from the queue through all stages: read (in other threads) → commit what was found → write → commit the batch. Each stage
 * takes them in the order of the queue, and none waits for the next one: what was found is lasting, and alerts are raised, before the
 * events are stored; small batches that wait for the store are stored together. Stages may be repeated after a crash and have
 * their effect once: identifiers come from the place in the queue, detection commits by batch, the store knows what went into it
 * together by its token. While the store is down it is tried again and the queue grows up to its bound, at which senders are told to wait.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #stopping = new AbortController();
  readonly #storing: Storing;
  #running: Promise<void> = Promise.resolve();
  /** Of batches that are read, and not yet stored. */
  #inHand = { batches: 0, bytes: 0 };
  #reading = 0;
  /** The batches in hand cannot be stored without the next one. */
  #incomplete = false;
  /** Resolves when a batch was read or stored. */
  #moved = Promise.withResolvers<void>();
  /** What an event of the batch that was read last took in the queue. */
  #eventBytes = EVENT_BYTES_FIRST;
  /** Ends when what was found in the batches before is lasting. */
  #committed: Promise<unknown> = Promise.resolve();

  constructor(parts: PipelineParts) {
    const { reader, writer, health } = parts;
    this.#parts = parts;
    this.#storing = new Storing({
      reader,
      writer,
      health,
      bytesMax: () => STORED_TOGETHER * this.#fullBytes,
      untilDone: (what, attempt) => this.#untilDone(what, attempt),
      onStored: (stored) => {
        this.#inHand.batches -= stored.length;
        this.#inHand.bytes -= stored.reduce((sum, { bytes }) => sum + bytes, 0);
        this.#move();
      },
    });
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Finishes the batches in hand unless the store is down, and stops. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#move();
    await this.#running;
    await Promise.allSettled([this.#committed]);
    await this.#storing.settled();
  }

  async #run(): Promise<void> {
    const { reader, log } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await reader.waitForRecords(signal);
        await this.#linger();
        while (!this.#mayTake()) await this.#moved.promise;
        signal.throwIfAborted();
        const bytesMax = Math.min(this.#fullBytes, Math.max(1, this.#roomBytes));
        const batch = await reader.next({ ...BATCH, bytesMax });
        if (batch !== undefined) this.#take(batch);
      } catch (error) {
        if (signal.aborted) return;
        log.error({ err: error }, 'the telemetry pipeline will try again');
        await delay(RETRY_LAST_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Waits for company, until there is enough of it. */
  async #linger(): Promise<void> {
    const { signal } = this.#stopping;
    for (let waitedMs = 0; waitedMs < LINGER_MS; waitedMs += LOOK_MS) {
      if (this.#parts.reader.unreadBytes >= this.#fullBytes) return;
      await delay(LOOK_MS, undefined, { signal });
    }
  }

  get #fullBytes(): number {
    return Math.min(BATCH.bytesMax, Math.ceil(BATCH_EVENTS * this.#eventBytes));
  }

  get #roomBytes(): number {
    return (HELD_MAX + this.#parts.aheadMax) * this.#fullBytes - this.#inHand.bytes;
  }

  #mayTake(): boolean {
    if (this.#incomplete || this.#stopping.signal.aborted || this.#inHand.batches === 0) return true;
    if (this.#inHand.batches >= IN_HAND_MAX || this.#roomBytes < this.#fullBytes / WORTH_A_BATCH) return false;
    // As long as threads have enough to do, less than a full batch may grow.
    const isFull = this.#parts.reader.unreadBytes >= this.#fullBytes;
    return this.#reading < this.#parts.aheadMax + (isFull ? 1 : 0);
  }

  #move(): void {
    this.#moved.resolve();
    this.#moved = Promise.withResolvers<void>();
  }

  /** Starts to read the batch; it goes on when the ones before it have left each stage. */
  #take(batch: QueueBatch): void {
    const bytes = batchBytes(batch);
    this.#inHand.batches += 1;
    this.#inHand.bytes += bytes;
    this.#incomplete = batch.repeated?.more === true;
    const worked = this.#work(batch, bytes);
    this.#committed = this.#commitAfter(this.#committed, worked);
    // Whoever waits for its turn hears of a failure then.
    for (const stage of [worked, this.#committed]) stage.catch(() => undefined);
  }

  async #work(batch: QueueBatch, bytes: number): Promise<Ready> {
    const { work, reader } = this.#parts;
    this.#reading += 1;
    const worked = await this.#untilDone('detection', () => work(batch));
    const events = worked.sums.reduce((sum, one) => sum + one.events, 0);
    if (events > 0) this.#eventBytes = bytes / events;
    reader.release(batch);
    const rows = this.#hold(worked);
    // Whoever stores them hears of it.
    rows.catch(() => undefined);
    return { toStore: { batch: { ...batch, records: [] }, bytes, rows, sums: worked.sums }, commit: worked.commit };
  }

  /** What waits for the store from here on waits without memory of its own. */
  async #hold({ rows, release }: WorkedBatch): Promise<HeldRows | undefined> {
    const { writer } = this.#parts;
    const isEmpty = rows.bytes.byteLength === 0;
    const held = isEmpty ? undefined : await this.#untilDone('the event store', () => writer.hold(rows));
    release();
    this.#reading -= 1;
    this.#move();
    return held;
  }

  async #commitAfter(before: Promise<unknown>, working: Promise<Ready>): Promise<void> {
    await before;
    const { toStore, commit } = await working;
    await this.#untilDone('detection', commit);
    this.#storing.add(toStore);
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
