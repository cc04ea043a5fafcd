import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { JetStreamApiError } from '@nats-io/jetstream';
import { AppError } from '../../errors.ts';
import { FRAME_HEADER_BYTES, framesOf } from '../frame.ts';
import type { Nats } from './connect.ts';
import type { Layout } from './layout.ts';

/** Sent and not yet acknowledged by the servers, in all; beyond it senders are told to come again. */
const PENDING_BYTES_MAX = 64 * 1024 * 1024;
/** A server that changes its leader or restarts answers within this, or the sender is told to wait. */
const GIVE_UP_MS = 15_000;
const RETRY_MS = 250;

/** Codes of JetStream for "no more room": stream limit, account limit, server storage. */
const FULL_CODES = new Set([10077, 10002, 10023, 10028, 10047]);

/**
 * Sends records to the partition of their key. Resolves when JetStream has acknowledged each message, that is when a
 * majority of its replicas has stored it.
 */
export class NatsWriter {
  readonly #nats: Nats;
  readonly #layout: Layout;
  readonly #self = randomUUID().replaceAll('-', '').slice(0, 12);
  #count = 0;
  #pendingBytes = 0;

  constructor(nats: Nats, layout: Layout) {
    this.#nats = nats;
    this.#layout = layout;
  }

  /** @param id see `QueueWriter.append` */
  async append(records: readonly Uint8Array[], partition: number, id?: string): Promise<void> {
    const messages = packed(records, this.#nats.messageBytesMax);
    const bytes = messages.reduce((sum, message) => sum + message.length, 0);
    if (this.#pendingBytes + bytes > PENDING_BYTES_MAX) {
      throw new AppError('too_many_requests', {
        public: 'The queue of the platform is slower than its senders; send again in a moment',
        reason: 'queue.busy',
        retryAfterSeconds: 1,
      });
    }
    this.#pendingBytes += bytes;
    this.#count += 1;
    const name = id ?? `${this.#self}.${this.#count}`;
    try {
      // One after the other: a later part must not be stored when an earlier one was refused.
      for (const [index, message] of messages.entries()) await this.#send(partition, message, `${name}.${index}`);
    } finally {
      this.#pendingBytes -= bytes;
    }
    this.#nats.connection.publish(this.#layout.wakeSubjectOf(partition));
  }

  /** Tries again with the same identifier until it is clear what became of the message: it is stored once or not at all. */
  async #send(partition: number, message: Uint8Array, msgID: string): Promise<void> {
    const subject = this.#layout.subjectOf(partition);
    const until = performance.now() + GIVE_UP_MS;
    for (;;) {
      try {
        await this.#nats.js.publish(subject, message, { msgID });
        return;
      } catch (error) {
        if (error instanceof JetStreamApiError && FULL_CODES.has(error.code)) throw full(error);
        if (performance.now() > until) throw unreachable(error);
        await delay(RETRY_MS);
      }
    }
  }
}

/** Records in as few messages as they fit into: what came together is stored together. */
function packed(records: readonly Uint8Array[], messageBytesMax: number): Buffer[] {
  const messages: Buffer[] = [];
  let open: Uint8Array[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.byteLength + FRAME_HEADER_BYTES;
    if (record.byteLength === 0 || size > messageBytesMax) {
      const sentence = `A record of ${record.byteLength} bytes; 1 to ${messageBytesMax - FRAME_HEADER_BYTES} are possible`;
      throw new AppError('too_large', { public: sentence });
    }
    if (open.length > 0 && bytes + size > messageBytesMax) {
      messages.push(framesOf(open));
      open = [];
      bytes = 0;
    }
    open.push(record);
    bytes += size;
  }
  if (open.length > 0) messages.push(framesOf(open));
  return messages;
}

const full = (cause: unknown): AppError =>
  new AppError('unavailable', {
    public: 'The queue of the platform is full until the event store catches up; send again later',
    reason: 'queue.full',
    retryAfterSeconds: 15,
    cause,
  });

const unreachable = (cause: unknown): AppError =>
  new AppError('unavailable', {
    public: 'The queue of the platform does not answer; it is not certain that this was kept: send it again later',
    reason: 'queue.unreachable',
    retryAfterSeconds: 15,
    cause,
  });
