import type { Damage } from './segments.ts';

/** A record as it is read back. `id` is the same each time it is read. */
export interface QueueRecord {
  readonly id: string;
  readonly payload: Buffer;
}

/** Records that are worked on together. The same batch comes again, with the same id and records, until it is committed. */
export interface QueueBatch {
  /** Unique for ever; letters, digits, `.` and `-`. */
  readonly id: string;
  readonly records: readonly QueueRecord[];
  /**
   * It was handed out before, in this process or another: it is worked on with those it was joined with then and no others.
   * `more`: the next batch is one of them.
   */
  readonly repeated?: { readonly more: boolean };
}

export interface BatchLimits {
  readonly recordsMax: number;
  readonly bytesMax: number;
  /** Bytes that a record counts for: whoever packs records knows what they are unpacked. Default: its length. */
  readonly weigh?: (payload: Buffer) => number;
}

export interface QueueStats {
  /** Bytes held, done with or not. */
  readonly bytes: number;
  readonly bytesMax: number;
  /** Bytes not done with. */
  readonly backlogBytes: number;
  readonly damages: readonly Damage[];
}

/** The side that senders wait for. */
export interface QueueWriter {
  /**
   * Keeps records together. Resolves when all of them are durable.
   *
   * @param to records with the same key stay in order; or the partition itself, for those who divide by themselves
   * @param id given, the same records with the same id are kept once, however often they are sent
   * @throws AppError `unavailable` when the bound is reached, `too_many_requests` when storage is slower than the senders,
   *   `storage_full` when the disk is full, `too_large` for one record
   */
  append(records: readonly Uint8Array[], to: string | { readonly partition: number }, id?: string): Promise<void>;
  stats(): QueueStats;
}

/** One partition of the queue, in order, for the one process that owns it. */
export interface QueueReader {
  /** The partition's name, for logs. */
  readonly name: string;
  /** Its number, from 0. */
  readonly partition: number;
  /**
   * The next batch, or undefined when nothing more has come. What was handed out and not committed comes again first, also
   * after a restart and in another process.
   */
  next(limits: BatchLimits): Promise<QueueBatch | undefined>;
  /** Nobody looks at the records of the batch any more: their memory is used for others. */
  release(batch: QueueBatch): void;
  /**
   * Writes down that these batches, one after the other, have an effect together: whoever repeats them repeats them so. What they
   * do together may begin when this is done.
   */
  join(batches: readonly QueueBatch[]): Promise<void>;
  /**
   * The batches, the first ones that are not done, are done and never come again: all of them or, after a crash, none.
   * @throws when the partition belongs to another process by now
   */
  commit(...batches: readonly QueueBatch[]): Promise<void>;
  /** Resolves when there is something to read, or when `signal` aborts. */
  waitForRecords(signal: AbortSignal): Promise<void>;
  /** Bytes that were not handed out yet, as batches count them, as far as known. */
  readonly unreadBytes: number;
}

export interface Running {
  stop(): Promise<void>;
}

/** A durable queue in partitions. Every partition has one owner at a time; what is appended with one key stays in one. */
export interface Queue extends QueueWriter {
  /**
   * Starts `work` for each partition that falls to this process, now and later, and stops it when another process takes the
   * partition over.
   */
  consume(work: (reader: QueueReader) => Running | Promise<Running>): Running;
  close(): Promise<void>;
}
