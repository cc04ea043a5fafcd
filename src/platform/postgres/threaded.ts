import { Worker } from 'node:worker_threads';

/** To the thread of the embedded database. */
export interface Call {
  readonly number: number;
  readonly kind: 'query' | 'exec' | 'begin' | 'commit' | 'rollback' | 'dump' | 'close';
  readonly text: string;
  readonly values: readonly unknown[];
  /** Number of the transaction it belongs to; 0 = none. */
  readonly transaction: number;
}

/** From it; number 0 says whether it could be opened. */
export type Reply =
  | { readonly number: number; readonly result: unknown }
  | { readonly number: number; readonly failed: Readonly<Record<string, string>> };

interface Result<T> {
  readonly rows: T[];
  readonly fields: { readonly name: string; readonly dataTypeID: number }[];
  readonly affectedRows?: number;
}

interface Transaction {
  query<T>(text: string, values?: unknown[]): Promise<Result<T>>;
  rollback(): Promise<void>;
}

/** What the platform uses of the embedded database, here or in a thread. */
export interface Embedded extends Pick<Transaction, 'query'> {
  readonly ready: boolean;
  readonly closed: boolean;
  readonly waitReady: Promise<void>;
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  exec(text: string): Promise<readonly { readonly rows: unknown[] }[]>;
  dumpDataDir(compression: 'gzip'): Promise<Blob>;
  close(): Promise<void>;
}

const THREAD = new URL('./pglite-thread.ts', import.meta.url);

/** An error of the database as it was in its thread. */
class DatabaseFault extends Error {}

/** The embedded database in a thread of its own, so that nobody waits for its statements who does not need them. */
export class ThreadedPglite implements Embedded {
  readonly ready = true;
  readonly waitReady: Promise<void> = Promise.resolve();
  closed = false;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, PromiseWithResolvers<unknown>>();
  private last = 0;
  private failure: Error | undefined;

  private constructor(path: string, template: Blob | undefined) {
    this.worker = new Worker(THREAD, { workerData: { path, template }, execArgv: [] });
    this.worker.on('message', (reply: Reply) => this.answered(reply));
    this.worker.on('error', (error) => this.fail(error instanceof Error ? error : new Error(String(error))));
    this.worker.on('exit', (code) => this.fail(new Error(`the thread of the embedded database ended (code ${code})`)));
  }

  /** @throws Error when the database cannot be opened */
  static async open(path: string, template: Blob | undefined): Promise<ThreadedPglite> {
    const opened = new ThreadedPglite(path, template);
    await opened.expect(0);
    return opened;
  }

  async query<T>(text: string, values: unknown[] = []): Promise<Result<T>> {
    return this.ask<Result<T>>('query', { text, values });
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    this.last += 1;
    const transaction = this.last;
    await this.ask('begin', { transaction });
    let ended = false;
    const rollback = async (): Promise<void> => {
      ended = true;
      await this.ask('rollback', { transaction });
    };
    let result: T;
    try {
      result = await work({
        query: <R>(text: string, values: unknown[] = []) => this.ask<Result<R>>('query', { text, values, transaction }),
        rollback,
      });
    } catch (error) {
      if (!ended) await rollback();
      throw error;
    }
    if (!ended) await this.ask('commit', { transaction });
    return result;
  }

  exec(text: string): Promise<readonly { readonly rows: unknown[] }[]> {
    return this.ask('exec', { text });
  }

  dumpDataDir(): Promise<Blob> {
    return this.ask('dump', {});
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.ask('close', {});
    await this.worker.terminate();
  }

  private ask<T>(kind: Call['kind'], call: Partial<Omit<Call, 'kind' | 'number'>>): Promise<T>;
  private ask(kind: Call['kind'], call: Partial<Omit<Call, 'kind' | 'number'>>): Promise<unknown> {
    if (this.failure) return Promise.reject(this.failure);
    this.last += 1;
    const number = this.last;
    const { text = '', values = [], transaction = 0 } = call;
    this.worker.postMessage({ number, kind, text, values, transaction } satisfies Call);
    return this.expect(number);
  }

  private expect(number: number): Promise<unknown> {
    // Idle, it keeps no process alive.
    if (this.waiting.size === 0) this.worker.ref();
    const waiting = Promise.withResolvers<unknown>();
    this.waiting.set(number, waiting);
    return waiting.promise;
  }

  private answered(reply: Reply): void {
    const waiting = this.waiting.get(reply.number);
    this.waiting.delete(reply.number);
    if (this.waiting.size === 0) this.worker.unref();
    if ('failed' in reply) waiting?.reject(Object.assign(new DatabaseFault(reply.failed.message), reply.failed));
    else waiting?.resolve(reply.result);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}
