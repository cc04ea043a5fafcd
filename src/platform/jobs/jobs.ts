import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { type ConstructorOptions, fromKysely, PgBoss } from 'pg-boss';
import type { Ctx, EnqueueOptions } from '../context.ts';
import { parseInput } from '../input.ts';
import type { Log } from '../log.ts';
import type { Db } from '../postgres/database.ts';
import type { Postgres } from '../postgres/open.ts';
import type { Job } from '../slice.ts';

/** Background work that survives restarts. A job enqueued in a transaction exists only if that commits. */
export interface Jobs {
  enqueue(db: Db, job: string, payload: object, options?: EnqueueOptions): Promise<void>;
  /** Starts working on the jobs. Without it they only queue up (another process works). */
  work(system: Ctx): Promise<void>;
  stop(): Promise<void>;
}

const TIME_ZONE = 'Asia/Shanghai';
/** How often somebody looks for jobs that are due, whatever their queue. */
const LOOK_MS = 2_000;
/** How often each queue looks by itself, should nobody have told it. */
const POLL_SECONDS = 60;

/** Opens the queue, creating its schema and one queue per job. */
export async function openJobs(postgres: Postgres, jobs: readonly Job[], log: Log): Promise<Jobs> {
  const { runner } = postgres;
  const where: ConstructorOptions =
    'executeSql' in runner ? { db: runner, backend: 'pglite' } : { connectionString: runner.connectionString };
  const boss = new PgBoss({ ...where, monitorVacuum: false });
  boss.on('error', (error) => log.error({ err: error }, 'the job queue failed'));
  await boss.start();
  for (const job of jobs) await boss.createQueue(job.name, { retryLimit: 5, retryBackoff: true });
  await postgres.ownerScript(`GRANT USAGE ON SCHEMA pgboss TO tongan_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgboss TO tongan_app;`);

  const stopping = new AbortController();
  let looking: Promise<void> = Promise.resolve();

  return {
    async enqueue(db, name, payload, options = {}) {
      await boss.send(name, payload, {
        db: fromKysely(db),
        ...(options.startAfter ? { startAfter: options.startAfter } : {}),
        ...(options.singletonKey ? { singletonKey: options.singletonKey } : {}),
      });
    },
    async work(system) {
      const workers = new Map<string, string>();
      for (const job of jobs) {
        const worker = await boss.work(job.name, { pollingIntervalSeconds: POLL_SECONDS }, async (batch) => {
          for (const { id, data } of batch) {
            try {
              await job.handler(system, parseInput(job.payload, data ?? {}));
            } catch (cause) {
              log.error({ err: cause, job: job.name, jobId: id }, 'a job failed and will be tried again');
              throw cause;
            }
          }
        });
        workers.set(job.name, worker);
        if (job.cron) await boss.schedule(job.name, job.cron, {}, { tz: TIME_ZONE });
      }
      looking = lookForDue(system, stopping.signal, (queue) => {
        const worker = workers.get(queue);
        if (worker !== undefined) boss.notifyWorker(worker);
      });
    },
    async stop() {
      stopping.abort();
      await looking;
      await boss.stop({ graceful: true, timeout: 10_000 });
    },
  };
}

/**
 * Looks again and again which queues have a job that is due. One statement for all of them: one for each, every two seconds, was
 * most of what the record store of an idle platform did.
 */
async function lookForDue(system: Ctx, signal: AbortSignal, tell: (queue: string) => void): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const { name } of await system.read(dueQueues)) tell(name);
    } catch (error) {
      // The queues look by themselves too.
      if (!signal.aborted) system.log.warn({ err: error }, 'jobs that are due could not be looked for');
    }
    await delay(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function dueQueues(db: Db): Promise<{ name: string }[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT DISTINCT name FROM pgboss.job WHERE state < 'active' AND NOT blocked AND start_after <= now()`.execute(db);
  return rows;
}
