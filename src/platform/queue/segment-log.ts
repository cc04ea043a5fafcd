import { mkdir, unlink } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import { sharedPool } from '../memory.ts';
import { isBefore, loadState, type Place, type PlannedEnd, type State, storeState } from './checkpoint.ts';
import { syncFolder } from './disk.ts';
import { Gathering } from './gathering.ts';
import { type Base, HEADER_BYTES, type MarkedFrame } from './marked.ts';
import type { BatchLimits, QueueBatch, QueueReader, QueueStats } from './queue.ts';
import { cutAt, type Damage, listQuarantine, listSegments, readPart, segmentPath, survey } from './segments.ts';
import { SegmentWriter } from './writer.ts';

export interface SegmentLogOptions {
  readonly folder: string;
  /** All segments together; beyond it senders are told to wait. */
  readonly bytesMax: number;
  /** Default 64 MB. */
  readonly segmentBytesMax?: number;
  /** One record, default 16 MB. */
  readonly recordBytesMax?: number;
  /** With less free on the disk nothing is taken, default 0: until the disk is really full. */
  readonly diskFreeBytesMin?: number;
  /** Appended but not yet on disk, default 64 MB. */
  readonly pendingBytesMax?: number;
  readonly onDamage?: (damage: Damage) => void;
}

/** A batch and where it ends. */
interface LogBatch extends QueueBatch {
  readonly end: Place;
}

/** More is not told apart, nor counted. */
const DAMAGES_KEPT = 10_000;
const PARTS_KEPT = 4;
/** Read at a time, at least. */
const PART_BYTES_MIN = 256 * 1024;
/** Records differ in how much they shrink. */
const PART_SPARE = 1.25;

/**
 * A durable first-in first-out log on local disk with one consumer: what `append` acknowledged is handed out, in order,
 * until it is committed, however often the process is killed. One process owns the folder.
 */
export class SegmentLog implements QueueReader {
  readonly name = 'segment-log';
  readonly partition = 0;
  readonly #options: Required<Omit<SegmentLogOptions, 'onDamage'>>;
  readonly #onDamage: (damage: Damage) => void;
  /** Durable bytes per segment, oldest first. */
  readonly #sizes: Map<number, number>;
  readonly #writer: SegmentWriter;
  /** By place; those of earlier runs too, as long as they lie in quarantine. */
  readonly #damages = new Map<string, Damage>();
  /** What cannot be read of the segments that are there. */
  readonly #gaps = new Map<number, readonly Damage[]>();
  #state: State;
  /** Handed out and not committed, oldest first. */
  readonly #handed: LogBatch[] = [];
  /** What is read of the log may be shared with other threads, so that handing a batch over copies nothing. */
  readonly #parts = sharedPool(PARTS_KEPT);
  /** By the id of a batch that was handed out: what its records lie in. */
  readonly #partsOf = new Map<string, readonly Buffer<SharedArrayBuffer>[]>();
  #storing: Promise<void> = Promise.resolve();
  #arrived = Promise.withResolvers<void>();
  /** What a byte on disk counted for in the batch that was read last. */
  #weight = 1;

  private constructor(
    options: Required<Omit<SegmentLogOptions, 'onDamage'>>,
    onDamage: (damage: Damage) => void,
    sizes: Map<number, number>,
    state: State,
  ) {
    this.#options = options;
    this.#onDamage = onDamage;
    this.#sizes = sizes;
    this.#state = state;
    const newest = Math.max(0, state.done.segment, ...state.planned.map(({ segment }) => segment), ...sizes.keys());
    this.#writer = new SegmentWriter({
      folder: options.folder,
      segmentBytesMax: options.segmentBytesMax,
      pendingBytesMax: options.pendingBytesMax,
      diskFreeBytesMin: options.diskFreeBytesMin,
      // Never a number that was used before: numbers are part of identifiers.
      firstSegment: newest + 1,
      onDurable: (segment, bytes) => {
        this.#sizes.set(segment, bytes);
        this.#arrived.resolve();
        this.#arrived = Promise.withResolvers<void>();
      },
    });
  }

  /** Opens the folder (created when absent), cuts the torn end that a killed process left, and finds what else is damaged there. */
  static async open(options: SegmentLogOptions): Promise<SegmentLog> {
    const { onDamage = () => undefined, ...given } = options;
    const full = {
      segmentBytesMax: 64 * 1024 * 1024,
      recordBytesMax: 16 * 1024 * 1024,
      pendingBytesMax: 64 * 1024 * 1024,
      diskFreeBytesMin: 0,
      ...given,
    };
    await mkdir(full.folder, { recursive: true });
    const state = await loadState(full.folder);
    const listed = await listSegments(full.folder);
    const sizes = new Map(listed.map(({ segment, bytes }) => [segment, bytes]));
    const log = new SegmentLog(full, onDamage, sizes, state);
    for (const damage of await listQuarantine(full.folder)) log.#remember(damage);
    const newest = listed.at(-1);
    if (newest !== undefined) {
      await log.#inspectNewest(newest);
    }
    await log.#removeDone();
    return log;
  }

  /** Nobody has read the segment yet that was written to last, and its end may be torn. */
  async #inspectNewest({ segment, bytes }: { segment: number; bytes: number }): Promise<void> {
    const { done, planned } = this.#state;
    const from = { segment, offset: done.segment === segment ? done.offset : 0 };
    // What was handed out had been acknowledged: it is missed, and not torn.
    const known = Math.max(...[from, ...planned].map((place) => (place.segment === segment ? place.offset : 0)));
    const size = Math.max(bytes, known);
    this.#sizes.set(segment, size);
    const torn = (await this.#survey(from, size, known)).find(({ kind }) => kind === 'torn');
    if (torn === undefined) return;
    await cutAt(this.#options.folder, torn);
    this.#sizes.set(segment, torn.offset);
  }

  /**
   * Keeps records. Resolves with the place of the first one when all are safe on disk.
   *
   * @throws AppError `unavailable` when the bound of the log is reached, `too_many_requests` when the disk is slower
   *   than the senders, `storage_full` when the disk is full, `too_large` for one record
   */
  async append(records: readonly Uint8Array[]): Promise<Place> {
    if (records.length === 0) return this.#state.done;
    let bytes = 0;
    for (const record of records) {
      if (record.byteLength === 0 || record.byteLength > this.#options.recordBytesMax) {
        const sentence = `A record of ${record.byteLength} bytes; 1 to ${this.#options.recordBytesMax} are possible`;
        throw new AppError('too_large', { public: sentence });
      }
      bytes += record.byteLength + HEADER_BYTES;
    }
    if (this.#bytes() + this.#writer.pendingBytes + bytes > this.#options.bytesMax) {
      throw new AppError('unavailable', {
        public: 'The queue of the platform is full until the event store catches up; send again later',
        reason: 'queue.full',
        retryAfterSeconds: 15,
      });
    }
    return this.#writer.append(records);
  }

  /**
   * The batch after those that were handed out, or undefined when nothing more has come. What was not committed comes again
   * after a restart, cut into the same batches: where each ends is written down before it is handed out.
   */
  async next(limits: BatchLimits): Promise<QueueBatch | undefined> {
    const from = this.#readPlace();
    const planned = this.#state.planned[this.#handed.length];
    const read = await this.#read(from, planned, limits);
    if (read === undefined) return undefined;
    const { batch, parts } = read;
    const hand = () => {
      this.#handed.push(batch);
      this.#partsOf.set(batch.id, parts);
    };
    if (planned === undefined) {
      await this.#store((state) => ({ ...state, planned: [...state.planned, batch.end] }), hand);
      return batch;
    }
    hand();
    return { ...batch, repeated: { more: planned.more === true } };
  }

  async join(batches: readonly QueueBatch[]): Promise<void> {
    const joined = new Set(batches.slice(0, -1).map(({ id }) => id));
    await this.#store(
      (state) => ({
        ...state,
        // Those that were handed out are the first of the plan.
        planned: state.planned.map((end, at) =>
          joined.has(this.#handed[at]?.id ?? '') ? { ...end, more: true } : end,
        ),
      }),
      () => undefined,
    );
  }

  /** The batches never come again, and segments that are wholly done go. In the order they were handed out. */
  async commit(...batches: readonly QueueBatch[]): Promise<void> {
    const done = this.#handed.slice(0, batches.length);
    const odd = batches.find(({ id }, at) => id !== done[at]?.id);
    if (odd !== undefined) throw new Error(`batch ${odd.id} is not the first of those that were handed out`);
    const last = done.at(-1);
    if (last === undefined) return;
    await this.#store(
      (state) => ({ ...state, done: last.end, planned: state.planned.slice(done.length) }),
      () => void this.#handed.splice(0, done.length),
    );
    for (const batch of done) this.release(batch);
    await this.#removeDone();
  }

  release({ id }: QueueBatch): void {
    this.#parts.give(this.#partsOf.get(id) ?? []);
    this.#partsOf.delete(id);
  }

  /** One change at a time: batches are handed out and committed side by side. `then` happens together with the change. */
  #store(change: (state: State) => State, then: () => void): Promise<void> {
    const write = this.#storing.then(async () => {
      const state = change(this.#state);
      await storeState(this.#options.folder, state);
      this.#state = state;
      then();
    });
    this.#storing = write.catch(() => undefined);
    return write;
  }

  /** Where the next batch begins. */
  #readPlace(): Place {
    return this.#handed.at(-1)?.end ?? this.#state.done;
  }

  /** Resolves when there is something to hand out, or when `signal` aborts. */
  async waitForRecords(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.unreadBytes > 0) return;
    const aborted = Promise.withResolvers<void>();
    const onAbort = () => aborted.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await Promise.race([this.#arrived.promise, aborted.promise]);
    signal.removeEventListener('abort', onAbort);
  }

  stats(): QueueStats {
    return {
      bytes: this.#bytes(),
      bytesMax: this.#options.bytesMax,
      backlogBytes: this.backlogBytes,
      damages: [...this.#damages.values()],
    };
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }

  #bytes(): number {
    let sum = 0;
    for (const bytes of this.#sizes.values()) sum += bytes;
    return sum;
  }

  /** Bytes that are not done with. */
  get backlogBytes(): number {
    return this.#bytesAfter(this.#state.done);
  }

  get unreadBytes(): number {
    return Math.ceil(this.#bytesAfter(this.#readPlace()) * this.#weight);
  }

  #bytesAfter(place: Place): number {
    let sum = 0;
    for (const [segment, bytes] of this.#sizes) {
      if (segment > place.segment) sum += bytes;
      else if (segment === place.segment) sum += Math.max(0, bytes - place.offset);
    }
    return sum;
  }

  /** Reads from `from` up to `replay`, or as far as the limits and the durable bytes go. */
  async #read(
    from: Place,
    replay: PlannedEnd | undefined,
    limits: BatchLimits,
  ): Promise<{ batch: LogBatch; parts: readonly Buffer<SharedArrayBuffer>[] } | undefined> {
    const parts: Buffer<SharedArrayBuffer>[] = [];
    const gathering = new Gathering(from, replay, limits);
    /** Grows to what one long record needs. */
    let partBytes = Math.ceil(Math.max(PART_BYTES_MIN, (limits.bytesMax / this.#weight) * PART_SPARE));
    while (!gathering.isFull) {
      const { segment, offset } = gathering.at;
      const left = (this.#sizes.get(segment) ?? 0) - offset;
      const gap = this.#gapAt(gathering.at);
      if (left <= 0) {
        const next = this.#segmentAfter(segment);
        if (next === undefined || !gathering.isWorthMore) break;
        gathering.at = { segment: next, offset: 0, index: 0 };
      } else if (gap !== undefined) {
        gathering.passTo(gap.offset + gap.bytes);
      } else {
        const wanted = Math.min(left, partBytes);
        const room = this.#parts.take(wanted);
        parts.push(room);
        const part = await readPart(this.#options.folder, segment, offset, wanted, room);
        const behind = gathering.take(part, this.#options.recordBytesMax, (place) => this.#recordId(place));
        if (behind.kind === 'short' && gathering.mayEndHere && part.length < left) break;
        if (behind.kind === 'short') partBytes = Math.max(partBytes, behind.needed);
        await this.#lookAt(gathering.at, behind, part.length < wanted);
      }
    }
    const { at, records, bytes, bytesRead } = gathering;
    if (!isBefore(from, at)) {
      this.#parts.give(parts);
      return undefined;
    }
    if (bytesRead > 0) this.#weight = bytes / bytesRead;
    const id = `${this.#state.logId}.${from.segment}-${from.offset}.${at.segment}-${at.offset}`;
    return { batch: { id, records, end: at }, parts };
  }

  /** Of one length and rising, so that a range of identifiers is a range of time. */
  #recordId({ segment, index }: Place): string {
    return `${this.#state.logId}.${segment.toString(36).padStart(6, '0')}-${index.toString(36).padStart(4, '0')}`;
  }

  #segmentAfter(segment: number): number | undefined {
    let best: number | undefined;
    for (const key of this.#sizes.keys()) if (key > segment && (best === undefined || key < best)) best = key;
    return best;
  }

  /** Durable bytes are whole records, unless the file was damaged. */
  async #lookAt(at: Place, frame: MarkedFrame, fileEnded: boolean): Promise<void> {
    const size = this.#sizes.get(at.segment) ?? 0;
    const goesOn = frame.kind === 'short' && !fileEnded && at.offset + frame.needed <= size;
    if (frame.kind === 'record' || goesOn || at.offset >= size || this.#gapAt(at) !== undefined) return;
    await this.#survey(at, size);
  }

  #gapAt({ segment, offset }: Place): Damage | undefined {
    return this.#gaps.get(segment)?.find((gap) => gap.offset <= offset && offset < gap.offset + gap.bytes);
  }

  /** Finds what cannot be read from `from` on: it is set aside, reported and left out. @param tornFrom no torn end begins before it */
  async #survey(from: Base, size: number, tornFrom = size): Promise<readonly Damage[]> {
    const { folder, recordBytesMax } = this.#options;
    const damages = await survey(folder, from, size, { recordBytesMax, tornFrom });
    this.#gaps.set(from.segment, [...(this.#gaps.get(from.segment) ?? []), ...damages]);
    for (const damage of damages) this.#report(damage);
    return damages;
  }

  #report(damage: Damage): void {
    this.#remember(damage);
    this.#onDamage(damage);
  }

  #remember(damage: Damage): void {
    if (this.#damages.size < DAMAGES_KEPT) this.#damages.set(`${damage.segment}-${damage.offset}`, damage);
  }

  async #removeDone(): Promise<void> {
    const { done } = this.#state;
    let removed = false;
    for (const segment of [...this.#sizes.keys()]) {
      const newer = this.#segmentAfter(segment) !== undefined;
      const finished = segment === done.segment && done.offset >= (this.#sizes.get(segment) ?? 0);
      // The newest segment stays, it may still be written to.
      if (segment < done.segment || (finished && newer)) {
        await unlink(segmentPath(this.#options.folder, segment)).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error;
        });
        this.#sizes.delete(segment);
        this.#gaps.delete(segment);
        removed = true;
      }
    }
    if (removed) await syncFolder(this.#options.folder);
  }
}
