import { Worker } from 'node:worker_threads';
import type { DetectAnswer, DetectStart, Found, Piece } from './detect-messages.ts';

/** Pieces that wait for a thread; reading goes on no further. */
const AHEAD = 2;

interface Thread {
  readonly worker: Worker;
  busy: number;
}

/** Threads that work pieces off side by side. Their answers come in the order in which they are ready. */
export class DetectThreads {
  private readonly threads: Thread[];
  private readonly ready: Promise<unknown>;
  private readonly found: (piece: Piece, found: Found) => void;
  private readonly pieces = new Map<number, Piece>();
  private number = 0;
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  /** @param found is told what each piece gave */
  constructor(start: DetectStart, count: number, found: (piece: Piece, found: Found) => void) {
    this.found = found;
    const started: Promise<void>[] = [];
    this.threads = Array.from({ length: count }, () => {
      const worker = new Worker(new URL('./detect-worker.ts', import.meta.url), { workerData: start });
      const thread: Thread = { worker, busy: 0 };
      const { promise, resolve } = Promise.withResolvers<void>();
      started.push(promise);
      worker.on('message', (answer: DetectAnswer) => {
        if (answer.kind === 'ready') resolve();
        else if (answer.kind === 'failed') this.fail(new Error(answer.message), resolve);
        else this.answered(thread, answer);
      });
      worker.on('error', (error) => this.fail(error instanceof Error ? error : new Error(String(error)), resolve));
      worker.on('exit', (code) => {
        if (code !== 0) this.fail(new Error(`a detection thread ended with code ${code}`), resolve);
      });
      return thread;
    });
    this.ready = Promise.all(started);
  }

  private fail(error: Error, resolve: () => void): void {
    this.failure ??= error;
    resolve();
    this.wake();
  }

  private answered(thread: Thread, { number, found }: Extract<DetectAnswer, { kind: 'found' }>): void {
    const piece = this.pieces.get(number);
    this.pieces.delete(number);
    thread.busy -= 1;
    if (piece) this.found(piece, found);
    this.wake();
  }

  private async until(reached: () => boolean): Promise<void> {
    while (!reached()) {
      if (this.failure) throw this.failure;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.failure) throw this.failure;
  }

  /** Hands a piece over; waits while all threads have enough to do. @throws Error when a thread broke */
  async give(piece: Piece): Promise<void> {
    await this.ready;
    const least = (): Thread | undefined => this.threads.toSorted((a, b) => a.busy - b.busy)[0];
    await this.until(() => (least()?.busy ?? 0) < AHEAD);
    const thread = least();
    if (!thread) return;
    const number = this.number;
    this.number += 1;
    // The bytes move to the thread: only the name is needed here.
    this.pieces.set(number, { ...piece, bytes: new Uint8Array(), ends: new Uint32Array() });
    thread.busy += 1;
    thread.worker.postMessage({ number, piece }, [piece.bytes.buffer, piece.ends.buffer]);
  }

  /** Resolves when every piece was answered. @throws Error when a thread broke */
  async finish(): Promise<void> {
    await this.ready;
    await this.until(() => this.pieces.size === 0);
  }

  async stop(): Promise<void> {
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
  }
}
