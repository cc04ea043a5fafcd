import { Worker } from 'node:worker_threads';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { AppError } from '#platform/errors.ts';
import type { QueueBatch } from '#platform/queue/queue.ts';
import type { Answer, Question, RecordPlace, WorkerHit, WorkerStart } from './messages.ts';
import type { Catalogue } from './rule.ts';

/** What a batch gave. */
export interface Matched {
  readonly hits: readonly WorkerHit[];
  readonly failedEvents: readonly number[];
  readonly error: string;
}

export type Worked = Extract<Answer, { kind: 'worked' }>;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** The payloads of a batch in bytes of their own, which may be handed to a thread. */
function packed({ records }: QueueBatch): { bytes: Uint8Array<ArrayBuffer>; records: RecordPlace[] } {
  const bytes = new Uint8Array(records.reduce((sum, { payload }) => sum + payload.length, 0));
  let at = 0;
  const places = records.map(({ id, payload }): RecordPlace => {
    bytes.set(payload, at);
    at += payload.length;
    return { id, from: at - payload.length, to: at };
  });
  return { bytes, records: places };
}

/** One thread with the compiled rules. */
class RuleWorker {
  readonly ready: Promise<Catalogue>;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private next = 0;
  private failure: Error | undefined;

  constructor(start: WorkerStart) {
    const { promise, resolve, reject } = Promise.withResolvers<Catalogue>();
    this.ready = promise;
    // Whoever awaits `ready` hears of the failure; nobody may be waiting yet.
    promise.catch(() => undefined);
    this.worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: start,
      // Room for what a few hundred events need while they are worked on, so that little of it grows old.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    this.worker.on('message', (answer: Answer) => {
      if (answer.kind === 'ready') {
        // Idle threads keep no process alive.
        this.worker.unref();
        resolve(answer.catalogue);
      } else if (answer.kind === 'failed') this.fail(new AppError('internal', { public: answer.message }), reject);
      else this.answered(answer);
    });
    this.worker.on('error', (error) => this.fail(error instanceof Error ? error : new Error(String(error)), reject));
    this.worker.on('exit', (code) => this.fail(new Error(`a detection thread ended with code ${code}`), reject));
  }

  get broken(): boolean {
    return this.failure !== undefined;
  }

  private fail(error: Error, reject: (error: Error) => void): void {
    this.failure ??= error;
    reject(this.failure);
    for (const { reject: give } of this.waiting.values()) give(this.failure);
    this.waiting.clear();
  }

  /** Batches this thread has not answered yet. */
  get load(): number {
    return this.waiting.size;
  }

  private answered(answer: Extract<Answer, { readonly number: number }>): void {
    const waiting = this.waiting.get(answer.number);
    if (answer.kind === 'not-worked') waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer);
    this.waiting.delete(answer.number);
    if (this.waiting.size === 0) this.worker.unref();
  }

  async match(events: readonly SecurityEvent[]): Promise<Matched> {
    const answer = await this.ask((number) => ({ kind: 'match', number, events }), []);
    if (answer.kind !== 'matched') throw new Error(`a detection thread answered ${answer.kind}`);
    return answer;
  }

  async work(batch: QueueBatch): Promise<Worked> {
    const { bytes, records } = packed(batch);
    const answer = await this.ask((number) => ({ kind: 'work', number, bytes, records }), [bytes.buffer]);
    if (answer.kind !== 'worked') throw new Error(`a detection thread answered ${answer.kind}`);
    return answer;
  }

  private ask(question: (number: number) => Question, handedOver: readonly ArrayBuffer[]): Promise<Answer> {
    if (this.failure) return Promise.reject(this.failure);
    const number = this.next;
    this.next += 1;
    // First: what cannot be handed over throws here, and nobody waits for it.
    this.worker.postMessage(question(number), handedOver);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.waiting.set(number, { resolve, reject });
    this.worker.ref();
    return promise;
  }

  switchOff(ruleIds: readonly string[]): void {
    const question: Question = { kind: 'switch-off', ruleIds };
    this.worker.postMessage(question);
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}

/** Fewer events than this are not worth a second thread. */
const SHARE_MIN = 200;

/** The detection threads. A batch is shared out among them and waited for, so that they never hold more than one. */
export class RuleWorkers {
  private workers: RuleWorker[];
  private readonly start: WorkerStart;
  private readonly count: number;
  private off: readonly string[] = [];

  constructor(start: WorkerStart, count: number) {
    this.start = start;
    this.count = count;
    this.workers = Array.from({ length: count }, () => new RuleWorker(start));
  }

  /** @throws AppError when the rules cannot be read */
  async ready(): Promise<Catalogue> {
    const [first, ...others] = await Promise.all(this.workers.map((worker) => worker.ready));
    if (first === undefined) throw new Error(`no detection threads among ${others.length}`);
    return first;
  }

  switchOff(ruleIds: readonly string[]): void {
    this.off = ruleIds;
    for (const worker of this.workers) worker.switchOff(ruleIds);
  }

  /** The hits of a batch, in the order of its events. A thread that broke is started anew for the next attempt. */
  async match(events: readonly SecurityEvent[]): Promise<Matched> {
    await this.mend();
    const shares = Math.max(1, Math.min(this.count, Math.ceil(events.length / SHARE_MIN)));
    const size = Math.ceil(events.length / shares);
    const parts = await Promise.all(
      this.workers.slice(0, shares).map(async (worker, share) => {
        const from = share * size;
        const answer = await worker.match(events.slice(from, from + size));
        return {
          hits: answer.hits.map((hit) => ({ ...hit, event: hit.event + from })),
          failedEvents: answer.failedEvents.map((event) => event + from),
          error: answer.error,
        };
      }),
    );
    return {
      hits: parts.flatMap(({ hits }) => hits),
      failedEvents: parts.flatMap(({ failedEvents }) => failedEvents),
      error: parts.find(({ error }) => error !== '')?.error ?? '',
    };
  }

  /** Reads a whole batch in the thread that has least to do. */
  async work(batch: QueueBatch): Promise<Worked> {
    await this.mend();
    const [first, ...others] = this.workers;
    if (first === undefined) throw new Error('no detection threads');
    return others.reduce((best, next) => (next.load < best.load ? next : best), first).work(batch);
  }

  private async mend(): Promise<void> {
    this.workers = this.workers.map((worker) => {
      if (!worker.broken) return worker;
      const fresh = new RuleWorker(this.start);
      if (this.off.length > 0) fresh.switchOff(this.off);
      return fresh;
    });
    await Promise.all(this.workers.map((worker) => worker.ready));
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }
}
