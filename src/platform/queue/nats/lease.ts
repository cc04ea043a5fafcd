import { setTimeout as delay } from 'node:timers/promises';
import { JetStreamApiError } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import { z } from 'zod';

/** What the bucket remembers of a partition: who works on it, and how far it got. */
export const PartitionEntry = z.object({
  /** Identifier of the process; '' = free. */
  owner: z.string(),
  /** Counts the owners, for logs. */
  epoch: z.int(),
  /** Grows with every write, so that no two values are alike. */
  beat: z.int(),
  /** When the stream was made (ms): another one of that name starts its numbers anew. */
  stream: z.number(),
  /** All messages up to this number are done with. */
  done: z.int(),
  /** Last message of each batch that was handed out and is not done, in order: a new owner repeats the very same batches. */
  planned: z.array(z.int()),
  /** Those of `planned` whose batch has its effect together with the next one. */
  joined: z.array(z.int()).default([]),
});
export type PartitionEntry = z.infer<typeof PartitionEntry>;

/** Another process owns the partition by now, or may: nothing more of it may be done here. */
export class PartitionLost extends Error {
  constructor(key: string) {
    super(`partition ${key} belongs to another process by now`);
    this.name = 'PartitionLost';
  }
}

/** `JetStreamApiError` codes of a write that expected another revision. */
const WRONG_REVISION = new Set([10071, 10164]);
export const isWrongRevision = (error: unknown): boolean =>
  error instanceof JetStreamApiError && WRONG_REVISION.has(error.code);

const RETRY_MS = 200;

/**
 * A partition that this process owns. Every write names the revision it follows (compare and set), so that of two
 * processes that both believe to be the owner only one can go on: the other one's next write fails, however long it slept.
 */
export class Lease {
  readonly key: string;
  readonly #bucket: KV;
  readonly #leaseMs: number;
  readonly #lost = new AbortController();
  #entry: PartitionEntry;
  #revision: number;
  #writtenAtMs = performance.now();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(bucket: KV, key: string, leaseMs: number, entry: PartitionEntry, revision: number) {
    this.#bucket = bucket;
    this.key = key;
    this.#leaseMs = leaseMs;
    this.#entry = entry;
    this.#revision = revision;
  }

  get entry(): PartitionEntry {
    return this.#entry;
  }

  /** Aborts when the partition is no longer ours. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get writtenAtMs(): number {
    return this.#writtenAtMs;
  }

  /** @throws PartitionLost */
  update(change: (entry: PartitionEntry) => Partial<PartitionEntry>): Promise<void> {
    const write = this.#turn.then(() => this.#write(change));
    this.#turn = write.catch(() => undefined);
    return write;
  }

  async #write(change: (entry: PartitionEntry) => Partial<PartitionEntry>): Promise<void> {
    const entry = { ...this.#entry, ...change(this.#entry), beat: this.#entry.beat + 1 };
    const text = JSON.stringify(entry);
    for (;;) {
      if (this.#lost.signal.aborted) throw new PartitionLost(this.key);
      try {
        this.#took(entry, await this.#bucket.update(this.key, text, this.#revision));
        return;
      } catch (error) {
        if (isWrongRevision(error)) {
          const found = await this.#bucket.get(this.key).catch(() => null);
          // The answer to an earlier attempt was lost on its way; the write itself was not.
          if (found?.string() === text) return this.#took(entry, found.revision);
          if (found !== null) throw this.#lose();
        }
        // By now somebody else may have taken it, and would be right to.
        if (performance.now() - this.#writtenAtMs > this.#leaseMs) throw this.#lose();
        await delay(RETRY_MS);
      }
    }
  }

  #took(entry: PartitionEntry, revision: number): void {
    this.#entry = entry;
    this.#revision = revision;
    this.#writtenAtMs = performance.now();
  }

  #lose(): PartitionLost {
    this.#lost.abort();
    return new PartitionLost(this.key);
  }
}
