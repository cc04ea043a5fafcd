import { parentPort, workerData } from 'node:worker_threads';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import { openPglite } from './pglite.ts';
import type { Call, Reply } from './threaded.ts';

/**
 * Runs the embedded database in a thread of its own: a statement keeps its thread busy from beginning to end, and whoever is
 * to be answered meanwhile would wait.
 */

const { path, template }: { readonly path: string; readonly template?: Blob } = workerData;

interface Open {
  readonly tx: Transaction;
  readonly end: PromiseWithResolvers<void>;
  readonly ended: Promise<void>;
}

const open = new Map<number, Open>();

/** Ends a transaction by throwing out of it. */
class RolledBack extends Error {}

async function begin(pglite: PGlite, id: number): Promise<void> {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const ended = pglite.transaction(async (tx) => {
    open.set(id, { tx, end, ended });
    begun.resolve();
    await end.promise;
  });
  ended.catch(begun.reject);
  await begun.promise;
}

async function finish(id: number, commits: boolean): Promise<void> {
  const known = open.get(id);
  if (known === undefined) return;
  open.delete(id);
  if (commits) known.end.resolve();
  else known.end.reject(new RolledBack());
  await known.ended.catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error;
  });
}

async function run(pglite: PGlite, { kind, text, values, transaction }: Call): Promise<unknown> {
  switch (kind) {
    case 'query': {
      const target = open.get(transaction)?.tx ?? pglite;
      const { rows, fields, affectedRows } = await target.query(text, [...values]);
      return { rows, fields, affectedRows };
    }
    case 'exec':
      return (await pglite.exec(text)).map(({ rows }) => ({ rows }));
    case 'begin':
      return begin(pglite, transaction);
    case 'commit':
      return finish(transaction, true);
    case 'rollback':
      return finish(transaction, false);
    case 'dump':
      return pglite.dumpDataDir('gzip');
    case 'close':
      return pglite.close();
  }
}

const tell = (reply: Reply): void => parentPort?.postMessage(reply);

/** What an error of the database says of itself besides its message (code, constraint, table) is kept. */
function failure(number: number, error: unknown): Reply {
  const { message, name, stack } = error instanceof Error ? error : new Error(String(error));
  const own = Object.entries(Object(error)).filter(([, value]) => typeof value === 'string');
  return { number, failed: { ...Object.fromEntries(own), message, name, stack: stack ?? '' } };
}

try {
  const pglite = await openPglite(path, template);
  parentPort?.on('message', (call: Call) => {
    run(pglite, call).then(
      (result) => tell({ number: call.number, result }),
      (error: unknown) => tell(failure(call.number, error)),
    );
  });
  tell({ number: 0, result: undefined });
} catch (error) {
  tell(failure(0, error));
}
