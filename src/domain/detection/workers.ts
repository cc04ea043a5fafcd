import { Worker } from 'node:worker_threads';
import { batchBytes, rowsRoom } from '#domain/telemetry/index.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { STORED_COLUMNS } from '#engine/fields/stored.ts';
import type { AssetIndexParts } from '#engine/identity/asset-index.ts';
import { AppError } from '#platform/errors.ts';
import type { BinaryRows } from '#platform/eventstore/row-binary.ts';
import { sharedPool } from '#platform/memory.ts';
import type { QueueBatch } from '#platform/queue/queue.ts';
import { joinMatched, type Matched } from './match.ts';
import type { Answer, Question, RecordPlace, Stuck, WorkerStart } from './messages.ts';
import { type Place, Progress } from './progress.ts';
import type { Catalogue } from './rule.ts';

type Worked = Extract<Answer, { kind: 'worked' }>;

/** What a thread made of a batch. */
export interface WorkedRows extends Pick<Worked, 'sums' | 'found'> {
  readonly rows: BinaryRows;
  /** The rows are taken over: their memory is used for others. */
  release(): void;
}

/** How detection threads are started and watched. */
export interface ThreadOptions {
  /** A thread that stays at one event for longer than this hangs. It may take twice as long to be noticed. */
  readonly hangMs: number;
  /** What the thread runs. */
  readonly script?: URL;
}

/** A thread that got stuck at one event. */
class ThreadHung extends Error {
  readonly place: Place;

  constructor(place: Place, hangMs: number) {
    super(`the event kept a detection thread busy for more than ${hangMs / 1000} s`);
    this.place = place;
  }
}

/** A thread that ended for another batch's sake: this one is to be tried again as it is. */
export class ThreadEnded extends Error {}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes for a thread: shared with it, or handed over. */
interface Packed {
  readonly bytes: Uint8Array;
  readonly records: RecordPlace[];
  readonly handedOver: readonly ArrayBuffer[];
}

/** The payloads of a batch for a thread: where they lie when that is one piece of shared memory, else a copy. */
function packed(batch: QueueBatch): Packed {
  const [first] = batch.records;
  const shared = first?.payload.buffer;
  if (shared instanceof SharedArrayBuffer && batch.records.every(({ payload }) => payload.buffer === shared)) {
    const places = batch.records.map(
      ({ id, payload }): RecordPlace => ({ id, from: payload.byteOffset, to: payload.byteOffset + payload.length }),
    );
    return { bytes: new Uint8Array(shared), records: places, handedOver: [] };
  }
  return copied(batch);
}

function copied({ records }: QueueBatch): Packed {
  const bytes = new Uint8Array(records.reduce((sum, { payload }) => sum + payload.length, 0));
  let at = 0;
  const places = records.map(({ id, payload }): RecordPlace => {
    bytes.set(payload, at);
    at += payload.length;
    return { id, from: at - payload.length, to: at };
  });
  return { bytes, records: places, handedOver: [bytes.buffer] };
}

export type ThreadStart = Omit<WorkerStart, 'progress'>;

const SCRIPT = new URL('./worker.ts', import.meta.url);

/** One thread with the compiled rules. */
class RuleWorker {
  readonly ready: Promise<Catalogue>;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private readonly progress = new Progress();
  private readonly hangMs: number;
  private next = 0;
  private failure: Error | undefined;
  /** Looks whether the thread moves, while it has something to do. */
  private watch: NodeJS.Timeout | undefined;
  private seen = '';

  constructor(start: ThreadStart, { hangMs, script = SCRIPT }: ThreadOptions) {
    this.hangMs = hangMs;
    const { promise, resolve, reject } = Promise.withResolvers<Catalogue>();
    this.ready = promise;
    // Whoever awaits `ready` hears of the failure; nobody may be waiting yet.
    promise.catch(() => undefined);
    this.worker = new Worker(script, {
      workerData: { ...start, progress: this.progress.memory } satisfies WorkerStart,
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
    clearInterval(this.watch);
  }

  /** Ends the thread when it is where it was at the last look. */
  private look(): void {
    const [number] = this.waiting.keys();
    const { stage, position } = this.progress.place;
    const now = `${number} ${stage} ${position}`;
    const hangs = number !== undefined && stage !== 'waiting' && now === this.seen;
    this.seen = now;
    if (!hangs) return;
    const hung = new ThreadHung({ stage, position }, this.hangMs);
    this.waiting.get(number)?.reject(hung);
    this.waiting.delete(number);
    this.fail(new ThreadEnded(`a detection thread was ended: ${hung.message}`), () => undefined);
    void this.worker.terminate();
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
    if (this.waiting.size > 0) return;
    this.worker.unref();
    clearInterval(this.watch);
  }

  async match(events: readonly SecurityEvent[]): Promise<Matched> {
    const answer = await this.ask((number) => ({ kind: 'match', number, events }), []);
    if (answer.kind !== 'matched') throw new Error(`a detection thread answered ${answer.kind}`);
    return answer.matched;
  }

  async work(batch: QueueBatch, room: SharedArrayBuffer, stuck: readonly Stuck[]): Promise<Worked> {
    const { bytes, records, handedOver } = packed(batch);
    const answer = await this.ask((number) => ({ kind: 'work', number, bytes, records, room, stuck }), handedOver);
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
    if (this.waiting.size === 0) {
      this.worker.ref();
      this.seen = '';
      this.watch = setInterval(() => this.look(), this.hangMs).unref();
    }
    this.waiting.set(number, { resolve, reject });
    return promise;
  }

  switchOff(ruleIds: readonly string[]): void {
    const question: Question = { kind: 'switch-off', ruleIds };
    this.worker.postMessage(question);
  }

  know(assets: AssetIndexParts): void {
    const question: Question = { kind: 'assets', parts: assets };
    this.worker.postMessage(question);
  }

  async stop(): Promise<void> {
    clearInterval(this.watch);
    await this.worker.terminate();
  }
}

/** Fewer events than this are not worth a second thread. */
const SHARE_MIN = 200;

/** The detection threads. A batch is shared out among them and waited for, so that they never hold more than one. */
export class RuleWorkers {
  private workers: RuleWorker[];
  private readonly start: ThreadStart;
  private readonly count: number;
  private readonly options: ThreadOptions;
  private off: readonly string[] = [];
  private assets: AssetIndexParts | undefined;
  private readonly rooms;

  constructor(start: ThreadStart, count: number, options: ThreadOptions) {
    this.start = start;
    this.count = count;
    this.options = options;
    this.rooms = sharedPool(2 * count);
    this.workers = Array.from({ length: count }, () => new RuleWorker(start, options));
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

  /** Gives the threads the ledger as it is now. */
  know(assets: AssetIndexParts): void {
    this.assets = assets;
    for (const worker of this.workers) worker.know(assets);
  }

  /**
   * The hits of a batch, in the order of its events. A thread that broke is started anew for the next attempt. Events that a
   * thread gets stuck at are found by that and count as failed.
   */
  async match(events: readonly SecurityEvent[]): Promise<Matched> {
    const stuck = new Map<number, string>();
    for (;;) {
      const places = [...events.keys()].filter((place) => !stuck.has(place));
      try {
        const answer = await this.share(places.flatMap((place) => events[place] ?? []));
        const failed = answer.failures.map((failure) => ({ ...failure, event: places[failure.event] ?? 0 }));
        const hung = Array.from(stuck, ([event, error]) => ({ ruleId: '', event, error }));
        return {
          hits: answer.hits.map((hit) => ({ ...hit, event: places[hit.event] ?? 0 })),
          failures: [...failed, ...hung].sort((a, b) => a.event - b.event),
          candidates: answer.candidates,
        };
      } catch (cause) {
        const place = cause instanceof ThreadHung ? places[cause.place.position] : undefined;
        if (place === undefined || !(cause instanceof Error)) throw cause;
        stuck.set(place, cause.message);
      }
    }
  }

  /** Shares events out among the threads. @throws ThreadHung with the place among them */
  private async share(events: readonly SecurityEvent[]): Promise<Matched> {
    await this.mend();
    const shares = Math.max(1, Math.min(this.count, Math.ceil(events.length / SHARE_MIN)));
    const size = Math.ceil(events.length / shares);
    const parts = await Promise.all(
      this.workers.slice(0, shares).map(async (worker, share) => {
        const from = share * size;
        const matched = await worker.match(events.slice(from, from + size)).catch((error: unknown) => {
          if (!(error instanceof ThreadHung)) throw error;
          const { stage, position } = error.place;
          throw new ThreadHung({ stage, position: from + position }, this.options.hangMs);
        });
        return { from, matched };
      }),
    );
    return joinMatched(parts);
  }

  /** Reads a whole batch in the thread that has least to do. Lines that a thread gets stuck at are set aside. */
  async work(batch: QueueBatch): Promise<WorkedRows> {
    const stuck: Stuck[] = [];
    const roomBytes = rowsRoom(batchBytes(batch));
    for (;;) {
      await this.mend();
      const [first, ...others] = this.workers;
      if (first === undefined) throw new Error('no detection threads');
      const idlest = others.reduce((best, next) => (next.load < best.load ? next : best), first);
      // A new one each time: a thread that is being ended may still write to its own.
      const room = this.rooms.take(roomBytes);
      try {
        const worked = await idlest.work(batch, room.buffer, stuck);
        const bytes = typeof worked.rows === 'number' ? room.subarray(0, worked.rows) : worked.rows;
        const { sums, found } = worked;
        return { rows: { columns: STORED_COLUMNS, bytes }, sums, found, release: () => this.rooms.give([room]) };
      } catch (cause) {
        if (!(cause instanceof ThreadHung)) throw cause;
        const { stage, position } = cause.place;
        // Once more at the same place: it is something else.
        if (stuck.some((known) => known.stage === stage && known.position === position)) throw cause;
        stuck.push({ stage, position, error: cause.message });
      }
    }
  }

  private async mend(): Promise<void> {
    this.workers = this.workers.map((worker) => {
      if (!worker.broken) return worker;
      const fresh = new RuleWorker(this.start, this.options);
      if (this.off.length > 0) fresh.switchOff(this.off);
      if (this.assets !== undefined) fresh.know(this.assets);
      return fresh;
    });
    await Promise.all(this.workers.map((worker) => worker.ready));
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }
}
