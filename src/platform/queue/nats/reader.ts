import { setTimeout as delay } from 'node:timers/promises';
import { frameAt } from '../frame.ts';
import type { BatchLimits, QueueBatch, QueueReader, QueueRecord } from '../queue.ts';
import type { Damage } from '../segments.ts';
import type { Nats } from './connect.ts';
import type { Layout } from './layout.ts';
import type { Lease } from './lease.ts';

/** Messages asked for at the same time, and so held in memory ahead of need. */
const WINDOW = 8;
/** A message that nobody told us of is found after this. */
const POLL_MS = 1_000;
const REPLAY_RETRY_MS = 200;
/** Messages that are done with are removed from the stream when so many are. */
const PURGE_MESSAGES = 64;

interface Message {
  readonly seq: number;
  readonly bytes: number;
  readonly records: readonly QueueRecord[];
  /** Why not all of its records could be read. */
  readonly damage: Damage | undefined;
}

export interface ReaderParts {
  readonly nats: Nats;
  readonly layout: Layout;
  readonly partition: number;
  readonly lease: Lease;
  readonly recordBytesMax: number;
  readonly onDamage: (damage: Damage) => void;
}

/**
 * Reads a partition by the numbers of its messages. Where a batch ends is written down before it is handed out, so that
 * whoever comes after repeats the very same batch.
 */
export class NatsReader implements QueueReader {
  readonly name: string;
  readonly partition: number;
  readonly #parts: ReaderParts;
  readonly #stream: string;
  readonly #subject: string;
  /** Read and not yet handed out, in order. */
  #ahead: Message[] = [];
  /** Last message that was handed out, or is done with. */
  #at: number;
  readonly #inFlight: { readonly id: string; readonly end: number }[] = [];
  #purged: number;
  #bytes = 0;
  /** What a byte of a message counted for in the batch that was read last. */
  #weight = 1;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.partition = parts.partition;
    this.name = `${parts.layout.name}.${parts.partition}`;
    this.#stream = parts.layout.streamOf(parts.partition);
    this.#subject = parts.layout.subjectOf(parts.partition);
    this.#at = parts.lease.entry.done;
    this.#purged = this.#at;
  }

  get unreadBytes(): number {
    const ahead = this.#ahead.reduce((sum, { bytes }) => sum + bytes, 0);
    return Math.ceil(Math.max(this.#bytes, ahead) * this.#weight);
  }

  /** @param bytes of the stream, as last asked for */
  known(bytes: number, lastSeq: number): void {
    this.#bytes = lastSeq <= this.#at ? 0 : bytes;
  }

  async next(limits: BatchLimits): Promise<QueueBatch | undefined> {
    const { lease } = this.#parts;
    const planned = lease.entry.planned.find((end) => end > this.#at);
    const messages = planned === undefined ? await this.#fresh(limits) : await this.#upTo(planned);
    const end = planned ?? messages.at(-1)?.seq;
    if (end === undefined) return undefined;
    if (planned === undefined) await lease.update(({ planned: before }) => ({ planned: [...before, end] }));
    const id = `${this.#idPrefix()}.${this.#at + 1}-${end}`;
    this.#at = end;
    this.#inFlight.push({ id, end });
    const records = messages.flatMap((message) => message.records);
    if (planned === undefined) return { id, records };
    return { id, records, repeated: { more: lease.entry.joined.includes(end) } };
  }

  release(): void {
    // What nobody holds is freed by itself.
  }

  async join(batches: readonly QueueBatch[]): Promise<void> {
    const ids = new Set(batches.slice(0, -1).map(({ id }) => id));
    const ends = this.#inFlight.filter(({ id }) => ids.has(id)).map(({ end }) => end);
    await this.#parts.lease.update(({ joined }) => ({ joined: [...joined, ...ends] }));
  }

  async commit(...batches: readonly QueueBatch[]): Promise<void> {
    const finished = this.#inFlight.slice(0, batches.length);
    const odd = batches.find(({ id }, at) => id !== finished[at]?.id);
    if (odd !== undefined) throw new Error(`batch ${odd.id} is not the next to be done`);
    const end = finished.at(-1)?.end;
    if (end === undefined) return;
    const isLater = (one: number) => one > end;
    await this.#parts.lease.update(({ planned, joined }) => ({
      done: end,
      planned: planned.filter(isLater),
      joined: joined.filter(isLater),
    }));
    this.#inFlight.splice(0, finished.length);
    if (end - this.#purged >= PURGE_MESSAGES) await this.purge();
  }

  /** Removes what is done with from the servers. */
  async purge(): Promise<void> {
    const { done } = this.#parts.lease.entry;
    if (done <= this.#purged) return;
    await this.#parts.nats.manager.streams.purge(this.#stream, { seq: done + 1 });
    this.#purged = done;
  }

  async waitForRecords(signal: AbortSignal): Promise<void> {
    const { nats, layout, partition, lease } = this.#parts;
    const either = AbortSignal.any([signal, lease.lost]);
    if (lease.entry.planned.some((end) => end > this.#at)) return;
    let wake = Promise.withResolvers<void>();
    const subscription = nats.connection.subscribe(layout.wakeSubjectOf(partition), { callback: () => wake.resolve() });
    try {
      while (!either.aborted) {
        if (this.#ahead.length > 0 || (await this.#fill()) > 0) return;
        await Promise.race([wake.promise, delay(POLL_MS, undefined, { signal: either }).catch(() => undefined)]);
        wake = Promise.withResolvers<void>();
      }
    } finally {
      subscription.unsubscribe();
    }
  }

  #idPrefix(): string {
    return `${this.#parts.lease.entry.stream.toString(36)}.${this.#parts.partition}`;
  }

  /** New messages up to the limits. */
  async #fresh(limits: BatchLimits): Promise<Message[]> {
    const weigh = limits.weigh ?? (({ length }) => length);
    const taken: Message[] = [];
    let bytes = 0;
    let bytesRead = 0;
    while (bytes < limits.bytesMax && taken.length < limits.recordsMax) {
      if (this.#ahead.length === 0 && (await this.#fill(taken.at(-1)?.seq)) === 0) break;
      const message = this.#ahead.shift();
      if (message === undefined) break;
      taken.push(message);
      bytes += message.records.reduce((sum, { payload }) => sum + weigh(payload), 0);
      bytesRead += message.bytes;
    }
    if (bytesRead > 0) this.#weight = bytes / bytesRead;
    return taken;
  }

  /** The messages of a batch that was handed out before; all of them are there, if not yet on the replica that answers. */
  async #upTo(end: number): Promise<Message[]> {
    const taken: Message[] = [];
    for (let at = this.#at; at < end; at = taken.at(-1)?.seq ?? at) {
      this.#parts.lease.lost.throwIfAborted();
      if (this.#ahead.length === 0) await this.#fill(at);
      const message = this.#ahead[0];
      if (message === undefined) {
        await delay(REPLAY_RETRY_MS);
        continue;
      }
      if (message.seq > end) break;
      taken.push(message);
      this.#ahead.shift();
    }
    return taken;
  }

  /** Reads the next messages ahead. @returns how many there were */
  async #fill(after = this.#at): Promise<number> {
    const numbers = Array.from({ length: WINDOW }, (_, index) => after + 1 + index);
    const found = await Promise.all(numbers.map((seq) => this.#message({ seq })));
    const whole = found.indexOf(undefined);
    const messages = found.slice(0, whole < 0 ? WINDOW : whole).filter((message) => message !== undefined);
    if (messages.length === 0) {
      // Nothing more, or somebody removed messages by hand: then there is a later one.
      const later = await this.#message({ seq: after + 1, next_by_subj: this.#subject });
      if (later !== undefined) {
        if (later.seq > after + 1) this.#missing(after + 1, later.seq);
        messages.push(later);
      }
    }
    // Told here and not where they are read: what stands behind a gap is read several times and kept once.
    for (const { damage } of messages) if (damage !== undefined) this.#parts.onDamage(damage);
    this.#ahead.push(...messages);
    return messages.length;
  }

  async #message(question: { seq: number; next_by_subj?: string }): Promise<Message | undefined> {
    const asked =
      question.next_by_subj === undefined
        ? { seq: question.seq }
        : { seq: question.seq, next_by_subj: question.next_by_subj };
    const message = await this.#parts.nats.manager.direct.getMessage(this.#stream, asked);
    if (message === null) return undefined;
    const { seq, data } = message;
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    return { seq, bytes: bytes.length, ...this.#recordsOf(seq, bytes) };
  }

  #recordsOf(seq: number, data: Buffer): Pick<Message, 'records' | 'damage'> {
    const records: QueueRecord[] = [];
    for (let at = 0; at < data.length; ) {
      const frame = frameAt(data, at, this.#parts.recordBytesMax);
      if (frame.kind !== 'record') {
        const reason = frame.kind === 'bad' ? frame.reason : 'the last record is not complete';
        return { records, damage: { segment: seq, offset: at, bytes: data.length - at, reason, kind: 'corrupt' } };
      }
      records.push({ id: `${this.#idPrefix()}.${seq}-${records.length}`, payload: frame.payload });
      at = frame.end;
    }
    return { records, damage: undefined };
  }

  #missing(from: number, to: number): void {
    const reason = `messages ${from} to ${to - 1} of ${this.#stream} are gone from the servers`;
    this.#parts.onDamage({ segment: from, offset: 0, bytes: 0, reason, kind: 'corrupt' });
  }
}
