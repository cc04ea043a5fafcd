import type { HeldRows } from '#platform/eventstore/connection.ts';
import type { EventWriter } from '#platform/eventstore/writer.ts';
import type { QueueBatch, QueueReader } from '#platform/queue/queue.ts';
import type { SourceSums } from './batch.ts';
import type { Health } from './health.ts';

/** A batch whose findings are lasting: all that is left is to store its events. */
export interface ToStore {
  /** Without its records. */
  readonly batch: QueueBatch;
  /** Of its records. */
  readonly bytes: number;
  /** Undefined when there are none. */
  readonly rows: Promise<HeldRows | undefined>;
  readonly sums: readonly SourceSums[];
}

export interface StoringParts {
  readonly reader: QueueReader;
  readonly writer: EventWriter;
  readonly health: Health;
  /** Batches that lie ready are stored together up to so many bytes. */
  readonly bytesMax: () => number;
  /** Tries until it works. @throws when the process stops meanwhile */
  readonly untilDone: <T>(what: string, attempt: () => Promise<T>) => Promise<T>;
  readonly onStored: (batches: readonly ToStore[]) => void;
}

/**
 * Stores batches in the order of the queue. Small ones that became ready while others were stored go into the store together: an insert
 * costs the store nearly the same whether it has a hundred rows or a thousand. Which went together is written down first, so
 * that they do so again after a crash, and the store knows them by their token.
 */
export class Storing {
  readonly #parts: StoringParts;
  readonly #ready: ToStore[] = [];
  #done: Promise<void> = Promise.resolve();

  constructor(parts: StoringParts) {
    this.#parts = parts;
  }

  add(ready: ToStore): void {
    this.#ready.push(ready);
    this.#done = this.#done.then(() => this.#storeNext());
    // After a failure nothing more is stored: the process is stopping.
    this.#done.catch(() => undefined);
  }

  /** Ends when all that can be stored is, or when it failed. */
  async settled(): Promise<void> {
    await this.#done.catch(() => undefined);
  }

  async #storeNext(): Promise<void> {
    const { reader, writer, health, untilDone, onStored } = this.#parts;
    const group = this.#takeGroup();
    const [first, last] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined) return;
    const batches = group.map(({ batch }) => batch);
    const alone = first === last;
    if (!alone && first.batch.repeated === undefined) await untilDone('the queue', () => reader.join(batches));
    const token = alone ? first.batch.id : `${first.batch.id}:${last.batch.id}`;
    const rows = (await Promise.all(group.map((one) => one.rows))).filter((held) => held !== undefined);
    if (rows.length > 0) await untilDone('the event store', () => writer.insertHeld('event', rows, token));
    for (const { sums } of group) {
      for (const { sourceId: id, unitPath, ...sum } of sums) health.written({ id, unitPath }, sum);
    }
    await untilDone('the queue', () => reader.commit(...batches));
    await writer.drop(rows);
    onStored(group);
  }

  /** Those that go together; none while some of them are not ready, or when an earlier call took them all. */
  #takeGroup(): ToStore[] {
    const [first] = this.#ready;
    if (first === undefined) return [];
    const count = first.batch.repeated === undefined ? this.#freshCount(first) : this.#repeatedCount();
    return this.#ready.splice(0, count);
  }

  #freshCount({ bytes: firstBytes }: ToStore): number {
    const bytesMax = this.#parts.bytesMax();
    let bytes = firstBytes;
    let count = 1;
    for (const next of this.#ready.slice(1)) {
      bytes += next.bytes;
      if (next.batch.repeated !== undefined || bytes > bytesMax) break;
      count += 1;
    }
    return count;
  }

  #repeatedCount(): number {
    const last = this.#ready.findIndex(({ batch }) => batch.repeated?.more !== true);
    return last + 1;
  }
}
