import type { Clock } from '#platform/clock.ts';
import { AppError } from '#platform/errors.ts';
import { ownPool } from '#platform/memory.ts';
import type { QueueWriter } from '#platform/queue/queue.ts';
import type { Health } from './health.ts';
import { packed } from './packing.ts';
import { encodeParcels, type Parcel } from './parcel.ts';
import { plainAddress } from './source.ts';
import type { Acceptor } from './source-store.ts';

/** Longest record a sender may deliver. */
export const LINE_BYTES_MAX = 1024 * 1024;

/** Records from this size on lie in memory that is used again. */
const POOLED_BYTES_MIN = 64 * 1024;
const RECORDS_KEPT = 16;

/** The one gate all listeners go through: what passes is on disk. */
export class Intake {
  readonly #queue: QueueWriter;
  readonly #health: Health;
  readonly #clock: Clock;
  readonly #pool = ownPool(RECORDS_KEPT);

  constructor(queue: QueueWriter, health: Health, clock: Clock) {
    this.#queue = queue;
    this.#health = health;
    this.#clock = clock;
  }

  /**
   * Takes records of a source. Resolves when they are durable.
   *
   * @param sender address or name of the peer
   * @param delivery the sender's own name of what it delivers: given again, it is kept once where the queue is shared
   * @throws AppError `forbidden` when the source is paused; the queue's `unavailable`, `too_many_requests`, `storage_full`
   */
  async accept(source: Acceptor, lines: readonly Buffer[], sender: string, delivery?: string): Promise<void> {
    if (lines.length === 0) return;
    if (source.state === 'paused') {
      throw new AppError('forbidden', { public: 'This source is paused', reason: 'source.paused' });
    }
    const parcel = {
      sourceId: source.id,
      unitPath: source.unitPath,
      sourceHint: source.senderKinds[plainAddress(sender)] ?? source.kind,
      sender: plainAddress(sender),
      receivedAtMs: this.#clock.now().getTime(),
      lines,
    };
    const { records, pooled } = this.#pack(parcel);
    // What one sender of a source delivers stays in order; deliveries with names of their own spread over all partitions.
    const whole = `${source.id} ${delivery ?? plainAddress(sender)}`;
    await this.#queue.append(records, whole, delivery === undefined ? undefined : whole.replace(' ', '.'));
    // Only now: of what failed nobody knows whether some of it is still on its way.
    this.#pool.give(pooled);
    this.#health.received(
      source,
      lines.length,
      lines.reduce((sum, line) => sum + line.length, 0),
    );
  }

  /** The records of the queue, and the memory for others that some of them lie in. */
  #pack(parcel: Parcel): { readonly records: Buffer[]; readonly pooled: Buffer<ArrayBuffer>[] } {
    const records: Buffer[] = [];
    const pooled: Buffer<ArrayBuffer>[] = [];
    let memory: Buffer<ArrayBuffer> | undefined;
    const allocate = (bytes: number): Buffer => {
      memory = bytes < POOLED_BYTES_MIN ? undefined : this.#pool.take(bytes);
      return memory?.subarray(0, bytes) ?? Buffer.allocUnsafe(bytes);
    };
    for (const record of encodeParcels(parcel, allocate)) {
      const written = packed(record);
      records.push(written);
      if (memory === undefined) continue;
      if (written === record) pooled.push(memory);
      else this.#pool.give([memory]);
    }
    return { records, pooled };
  }

  /** Counts records that were not taken and will not come again by themselves. */
  refused(source: Acceptor, error: unknown, lines: number): void {
    const reason = error instanceof AppError ? (error.reason ?? error.code) : 'internal';
    this.#health.rejected(source, reason, lines);
  }
}
