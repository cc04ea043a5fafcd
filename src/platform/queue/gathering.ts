import { isBefore, type Place, type PlannedEnd } from './checkpoint.ts';
import { HEADER_BYTES, type MarkedFrame, markedFrameAt } from './marked.ts';
import type { BatchLimits, QueueRecord } from './queue.ts';

/** A batch with this share of its bound does not go on into the next segment. */
const WORTH_A_BATCH = 4;

/** A batch that is being read: its records so far, and how far it has got. */
export class Gathering {
  readonly records: QueueRecord[] = [];
  at: Place;
  /** What the records count for. */
  bytes = 0;
  /** What they take on disk. */
  bytesRead = 0;
  readonly #replay: PlannedEnd | undefined;
  readonly #limits: BatchLimits;

  /** @param replay where the batch ended when it was handed out before */
  constructor(from: Place, replay: PlannedEnd | undefined, limits: BatchLimits) {
    this.at = from;
    this.#replay = replay;
    this.#limits = limits;
  }

  get isFull(): boolean {
    const { recordsMax, bytesMax } = this.#limits;
    if (this.#replay !== undefined) return !isBefore(this.at, this.#replay);
    return this.records.length >= recordsMax || this.bytes >= bytesMax;
  }

  /** What is read of one segment lies in one piece of memory; only small batches are worth a copy. */
  get isWorthMore(): boolean {
    return this.#replay !== undefined || this.bytes < this.#limits.bytesMax / WORTH_A_BATCH;
  }

  /** The record that is cut off begins the next batch: so this one lies in one piece of memory. */
  get mayEndHere(): boolean {
    return this.#replay === undefined && this.records.length > 0;
  }

  /** Leaves out what cannot be read. Batches that come again end where they ended: that place is between two records. */
  passTo(offset: number): void {
    const { segment, index } = this.at;
    const end = this.#replay?.segment === segment ? Math.min(offset, this.#replay.offset) : offset;
    this.at = { segment, offset: end, index };
  }

  /**
   * Takes the records that begin at `at`, as far as the batch goes.
   *
   * @returns what stands behind them
   */
  take(part: Buffer, recordBytesMax: number, idOf: (place: Place) => string): MarkedFrame {
    const base = this.at;
    const weigh = this.#limits.weigh ?? (({ length }) => length);
    let read = 0;
    let frame = markedFrameAt(part, base, read, recordBytesMax);
    while (frame.kind === 'record' && !this.isFull) {
      const index = frame.index ?? this.at.index;
      this.records.push({ id: idOf({ ...this.at, index }), payload: frame.payload });
      this.bytes += weigh(frame.payload) + HEADER_BYTES;
      this.bytesRead += frame.end - read;
      read = frame.end;
      this.at = { segment: base.segment, offset: base.offset + read, index: index + 1 };
      frame = markedFrameAt(part, base, read, recordBytesMax);
    }
    return frame;
  }
}
