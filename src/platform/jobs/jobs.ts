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
const POLL_SECONDS = 2;

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

  return {
    async enqueue(db, name, payload, options = {}) {
      await boss.send(name, payload, {
        db: fromKysely(db),
        ...(options.startAfter ? { startAfter: options.startAfter } : {}),
        ...(options.singletonKey ? { singletonKey: options.singletonKey } : {}),
      });
    },
    async work(system) {
      for (const job of jobs) {
        await boss.work(job.name, { pollingIntervalSeconds: POLL_SECONDS }, async (batch) => {
          for (const { id, data } of batch) {
            try {
              await job.handler(system, parseInput(job.payload, data ?? {}));
            } catch (cause) {
              log.error({ err: cause, job: job.name, jobId: id }, 'a job failed and will be tried again');
              throw cause;
            }
          }
        });
        if (job.cron) await boss.schedule(job.name, job.cron, {}, { tz: TIME_ZONE });
      }
    },
    stop: () => boss.stop({ graceful: true, timeout: 10_000 }),
  };
}
