import { Worker } from 'node:worker_threads';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { AppError } from '#platform/errors.ts';
import type { Answer, Question, WorkerHit, WorkerStart } from './messages.ts';
import type { Catalogue } from './rule.ts';

/** What a batch gave. */
export interface Matched {
  readonly hits: readonly WorkerHit[];
  readonly failedEvents: readonly number[];
  readonly error: string;
}

interface Waiting {
  readonly resolve: (answer: Matched) => void;
  readonly reject: (error: Error) => void;
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
    this.worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: start });
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

  private answered(answer: Extract<Answer, { kind: 'matched' }>): void {
    this.waiting.get(answer.number)?.resolve(answer);
    this.waiting.delete(answer.number);
    if (this.waiting.size === 0) this.worker.unref();
  }

  match(events: readonly SecurityEvent[]): Promise<Matched> {
    if (this.failure) return Promise.reject(this.failure);
    const { promise, resolve, reject } = Promise.withResolvers<Matched>();
    const number = this.next;
    this.next += 1;
    const question: Question = { kind: 'match', number, events };
    // Throws for what cannot be copied; nobody waits for an answer then.
    this.worker.postMessage(question);
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
