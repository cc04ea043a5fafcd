import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { KV } from '@nats-io/kv';
import type { Log } from '../../log.ts';
import type { Running } from '../queue.ts';
import { isWrongRevision, Lease, PartitionEntry } from './lease.ts';

export interface OwnershipParts {
  readonly bucket: KV;
  readonly partitions: number;
  /** An owner that wrote nothing for so long has lost its partitions. */
  readonly leaseMs: number;
  /** When the stream of a partition was made, in ms. */
  readonly streamCreatedMs: (partition: number) => Promise<number>;
  /** Starts the work on a partition that became ours. */
  readonly work: (partition: number, lease: Lease) => Promise<Running>;
  readonly log: Log;
}

interface Seen {
  readonly value: string;
  readonly revision: number;
  /** By this process's own clock that never jumps: clocks of several machines are not compared. */
  readonly changedAtMs: number;
}

interface Held {
  readonly lease: Lease;
  readonly running: Running;
}

const MEMBER = 'member.';
const keyOf = (partition: number): string => `partition.${partition}`;
/** What a member that ended without a word leaves behind is removed after so many leases. */
const FORGET_LEASES = 20;

/**
 * Shares the partitions among the processes that work on them. Each process says every quarter of a lease that it lives;
 * takes what is free or whose owner is silent for a lease, up to its fair share; and gives back what exceeds it.
 */
export class Ownership {
  readonly #parts: OwnershipParts;
  readonly #self = `${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}`;
  readonly #seen = new Map<string, Seen>();
  readonly #held = new Map<number, Held>();
  #beat = 0;
  #stopped = false;
  #watch: { stop(): void } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: OwnershipParts) {
    this.#parts = parts;
  }

  start(): void {
    void this.#follow();
    const tick = () => {
      this.#turn = this.#turn.then(() => this.#tick());
    };
    this.#timer = setInterval(tick, this.#parts.leaseMs / 4);
    // The connection keeps the process alive as long as there is one.
    this.#timer.unref();
    tick();
  }

  /** Numbers of the partitions that are ours. */
  get held(): readonly number[] {
    return [...this.#held.keys()].sort((left, right) => left - right);
  }

  /** Finishes the work in hand and frees the partitions, so that others need not wait for the lease to run out. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#turn;
    await Promise.all(this.held.map((partition) => this.#release(partition)));
    this.#watch?.stop();
    await this.#parts.bucket.purge(MEMBER + this.#self).catch(() => undefined);
  }

  /** Remembers what changes in the bucket, and when. */
  async #follow(): Promise<void> {
    const { bucket, leaseMs, log } = this.#parts;
    while (!this.#stopped) {
      try {
        const watch = await bucket.watch();
        this.#watch = watch;
        for await (const { key, operation, revision, value } of watch) {
          if (operation !== 'PUT') this.#seen.delete(key);
          else this.#notice(key, Buffer.from(value).toString('utf8'), revision);
        }
      } catch (error) {
        if (!this.#stopped) log.warn({ err: error }, 'the owners of the queue cannot be followed, trying again');
      }
      if (!this.#stopped) await delay(leaseMs / 4, undefined, { ref: false });
    }
  }

  #notice(key: string, value: string, revision: number): void {
    if (this.#seen.get(key)?.revision === revision) return;
    this.#seen.set(key, { value, revision, changedAtMs: performance.now() });
  }

  async #tick(): Promise<void> {
    if (this.#stopped) return;
    const { bucket, log } = this.#parts;
    try {
      this.#beat += 1;
      await bucket.put(MEMBER + this.#self, String(this.#beat));
      await this.#dropLost();
      await Promise.all([...this.#held.values()].map(({ lease }) => this.#renew(lease)));
      const share = Math.ceil(this.#parts.partitions / this.#members());
      await this.#takeUpTo(share);
      const [surplus] = this.held.slice(share);
      if (surplus !== undefined) await this.#release(surplus);
    } catch (error) {
      if (!this.#stopped) log.warn({ err: error }, 'the owners of the queue cannot be read, trying again');
    }
  }

  /** Living members, this process among them. */
  #members(): number {
    const { leaseMs, bucket } = this.#parts;
    const now = performance.now();
    let others = 0;
    for (const [key, { changedAtMs }] of this.#seen) {
      if (!key.startsWith(MEMBER) || key === MEMBER + this.#self) continue;
      if (now - changedAtMs <= leaseMs) others += 1;
      else if (now - changedAtMs > FORGET_LEASES * leaseMs) void bucket.purge(key).catch(() => undefined);
    }
    return others + 1;
  }

  async #renew(lease: Lease): Promise<void> {
    if (performance.now() - lease.writtenAtMs < this.#parts.leaseMs / 4) return;
    // A lease that is lost says so by its signal.
    await lease.update(() => ({})).catch(() => undefined);
  }

  async #dropLost(): Promise<void> {
    for (const [partition, { lease, running }] of this.#held) {
      if (!lease.lost.aborted) continue;
      this.#parts.log.warn({ partition, key: lease.key }, 'another process took a partition of the queue over');
      this.#held.delete(partition);
      await running.stop().catch((error: unknown) => this.#parts.log.warn({ err: error }, 'work did not end well'));
    }
  }

  async #takeUpTo(share: number): Promise<void> {
    for (let partition = 0; partition < this.#parts.partitions; partition += 1) {
      if (this.#held.size >= share || this.#stopped) return;
      if (!this.#held.has(partition) && this.#isFree(partition)) await this.#take(partition);
    }
  }

  #isFree(partition: number): boolean {
    const seen = this.#seen.get(keyOf(partition));
    if (seen === undefined) return true;
    const { owner } = PartitionEntry.parse(JSON.parse(seen.value));
    return owner === '' || performance.now() - seen.changedAtMs > this.#parts.leaseMs;
  }

  /** Tries to become the owner. Fails without harm when somebody else was faster, or when the owner lives after all. */
  async #take(partition: number): Promise<void> {
    const { bucket, leaseMs, log, streamCreatedMs, work } = this.#parts;
    const key = keyOf(partition);
    const seen = this.#seen.get(key);
    const created = await streamCreatedMs(partition);
    const before = seen === undefined ? undefined : PartitionEntry.parse(JSON.parse(seen.value));
    const same = before?.stream === created;
    if (before !== undefined && !same)
      log.error({ partition }, 'a stream of the queue was made anew: starting at its beginning');
    const entry: PartitionEntry = {
      owner: this.#self,
      epoch: (before?.epoch ?? 0) + 1,
      beat: (before?.beat ?? 0) + 1,
      stream: created,
      done: same ? before.done : 0,
      planned: same ? before.planned : [],
      joined: same ? before.joined : [],
    };
    const value = JSON.stringify(entry);
    let revision: number;
    try {
      revision = seen === undefined ? await bucket.create(key, value) : await bucket.update(key, value, seen.revision);
    } catch (error) {
      if (!isWrongRevision(error)) throw error;
      const found = await bucket.get(key);
      if (found !== null) this.#notice(key, found.string(), found.revision);
      return;
    }
    const lease = new Lease(bucket, key, leaseMs, entry, revision);
    log.info({ partition, epoch: entry.epoch, after: before?.owner ?? '' }, 'a partition of the queue is ours');
    this.#held.set(partition, { lease, running: await work(partition, lease) });
  }

  async #release(partition: number): Promise<void> {
    const held = this.#held.get(partition);
    if (held === undefined) return;
    this.#held.delete(partition);
    try {
      await held.running.stop();
    } finally {
      await held.lease.update(() => ({ owner: '' })).catch(() => undefined);
    }
  }
}
