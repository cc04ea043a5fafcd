import { AsyncLocalStorage } from 'node:async_hooks';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely';
import { DatabaseError, Pool, types } from 'pg';
import type { Scope } from '../context.ts';
import { AppError } from '../errors.ts';
import { isUnreachable } from '../unreachable.ts';
import { type Bus, openBus } from './bus.ts';
import type { Database, Db, OwnerDb } from './database.ts';
import { openPglite } from './pglite.ts';
import { inTransaction } from './pipelined.ts';
import { type Embedded, ThreadedPglite } from './threaded.ts';
import { BIGINT_OID, DATE_OID, parseBigint, parseDate } from './values.ts';

/** Where the record lives: a folder of this process, or a PostgreSQL server (15 or newer). */
export type PostgresTarget =
  | { readonly kind: 'embedded'; readonly path: string | 'memory'; readonly template?: Blob }
  | { readonly kind: 'server'; readonly url: string };

/** The one-method seam through which the job queue reaches either database. */
interface SqlRunner {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Whose rows a transaction may touch. */
interface Session extends Scope {
  /** The id of the actor, for rows that are one person's alone; none without it. */
  readonly person?: string;
  /** The platform's time, for what triggers write; the database's own without it. */
  readonly now?: Date;
}

export interface Postgres {
  readonly kind: PostgresTarget['kind'];
  /** For migrations, `doctor` and test set-up only: row-level security does not hold here. */
  readonly owner: OwnerDb;
  /** Runs SQL of several statements as the owner. */
  ownerScript(text: string): Promise<void>;
  /** One transaction of the owner, past row-level security where it is a superuser: for backup and restore only. */
  asOwner<T>(fn: (db: Db) => Promise<T>): Promise<T>;
  /** Runs `fn` as the application role inside the session's scope, for its person. Commits when it resolves, rolls back when it throws. */
  transaction<T>(session: Session, mode: 'read only' | 'read write', fn: (db: Db) => Promise<T>): Promise<T>;
  /** How the job queue gets at the same database. */
  readonly runner: SqlRunner | { readonly connectionString: string };
  /**
   * Runs `fn` while no other process runs one of that name. The embedded database belongs to one process anyway.
   * @param name of the work, 1 to 60 characters
   */
  exclusively<T>(name: string, fn: () => Promise<T>): Promise<T>;
  /** Messages between the processes on one server; undefined where there is only this process. */
  readonly bus: Bus | undefined;
  /** The embedded database as one compressed file, for templates and backups. */
  dump(): Promise<Blob>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

const INITIALISE = join(import.meta.dirname, 'initialise.ts');

/**
 * Compiling a statement costs more than it saves where answers are some thousand rows out of some hundred thousand: the
 * policies of the scope make statements look dearer than they are, and half of the time went into the compiler.
 */
const WITHOUT_COMPILER = sql`set_config('jit', 'off', true)`;

async function enter(db: Db, session: Session, mode: 'read only' | 'read write'): Promise<void> {
  if (mode === 'read only') await sql`SET TRANSACTION READ ONLY`.execute(db);
  await sql`SELECT set_config('role', 'tongan_app', true), set_config('tongan.scope', ${session.path}, true),
    set_config('tongan.side', ${session.side}, true), set_config('tongan.person', ${session.person ?? ''}, true),
    set_config('tongan.now', ${session.now?.toISOString() ?? ''}, true), ${WITHOUT_COMPILER}`.execute(db);
}

function openServer(url: string): Postgres {
  types.setTypeParser(BIGINT_OID, parseBigint);
  types.setTypeParser(DATE_OID, parseDate);
  const pool = new Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 10_000, pipeline: true });
  // A connection that is lost while nobody uses it (the server restarts) must not end this process: the pool opens
  // another one, and whoever asks meanwhile is told.
  pool.on('error', () => undefined);
  const owner = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  const bus = openBus(pool, url);
  return {
    kind: 'server',
    owner,
    ownerScript: async (text) => {
      await pool.query(text);
    },
    asOwner: (fn) => owner.transaction().execute(fn),
    transaction: (session, mode, fn) =>
      inTransaction(pool, async (db) => {
        await enter(db, session, mode);
        return fn(db);
      }).catch((error: unknown) => {
        throw isDown(error) ? down(error) : error;
      }),
    exclusively: (name, fn) => exclusively(pool, name, fn),
    bus,
    runner: { connectionString: url },
    dump: () => Promise.reject(new Error('a PostgreSQL server is backed up with its own tools (pg_dump)')),
    ping: async () => {
      await pool.query('SELECT 1');
    },
    async close() {
      await bus.close();
      await owner.destroy();
    },
  };
}

/** Codes of a server that starts, stops, or takes no more connections: connection exceptions, 53300, 57P01 to 57P03. */
const DOWN = /^(?:08...|53300|57P0[123])$/;

/** What the work itself found unreachable was told by it already. */
const isDown = (error: unknown): boolean =>
  !(error instanceof AppError) &&
  (isUnreachable(error) || (error instanceof DatabaseError && DOWN.test(error.code ?? '')));

const down = (cause: unknown): AppError =>
  new AppError('unavailable', {
    // Cut off while it was written, a change may stand or not.
    public: 'The record store does not answer; try again in a moment, and look first whether a change was kept',
    reason: 'records.down',
    cause,
    retryAfterSeconds: 15,
  });

/** A session-level advisory lock: it ends with its connection, so a process that dies holds nobody up. */
async function exclusively<T>(pool: Pool, name: string, fn: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [name]);
    return await fn();
  } finally {
    await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => undefined);
    client.release();
  }
}

/**
 * Runs one task after the other: the embedded database has a single connection.
 * A task that waits for another one would wait for ever, so that is refused at once.
 */
function oneAtATime(): <T>(task: () => Promise<T>) => Promise<T> {
  const inside = new AsyncLocalStorage<true>();
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    if (inside.getStore())
      throw new Error('a transaction is open here already: use its context instead of opening another');
    const run = last.then(() => inside.run(true, task));
    last = run.catch(() => undefined);
    return run;
  };
}

/**
 * Makes the folder of an embedded database where there is none. In a process of its own: what making a database takes (100 MB)
 * would stay with this one until its end.
 */
async function createEmbedded(path: string, hasTemplate: boolean): Promise<void> {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  if (hasTemplate) return;
  // A folder that was begun and not finished is never taken for a database, and has a name of its own: the program of a start
  // that was killed may still be writing to the former one for a moment.
  const begun = `${path}.begun-${process.pid}-${Date.now()}`;
  const [code] = await once(fork(INITIALISE, [begun], { execArgv: [] }), 'exit');
  if (code !== 0) throw new Error(`the database in ${path} could not be made (code ${code})`);
  renameSync(begun, path);
  removeBegun(path);
}

/** Removes what starts left that were killed. */
function removeBegun(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(`${basename(path)}.begun-`))
      rmSync(join(dirname(path), name), { recursive: true, force: true });
  }
}

async function openEmbedded(target: Extract<PostgresTarget, { kind: 'embedded' }>): Promise<Postgres> {
  const inMemory = target.path === 'memory';
  if (!inMemory) await createEmbedded(target.path, target.template !== undefined);
  // On disk it is the platform's own, whose other work must not wait for it; in memory it is a test's.
  const pglite: Embedded = inMemory
    ? await openPglite(undefined, target.template)
    : await ThreadedPglite.open(target.path, target.template);
  const owner = new Kysely<Database>({ dialect: new PGliteDialect({ pglite }) });
  // Kysely's driver keeps one open transaction at a time, so callers queue here.
  const queue = oneAtATime();
  return {
    kind: 'embedded',
    owner,
    ownerScript: async (text) => {
      await queue(() => pglite.exec(text));
    },
    asOwner: (fn) => queue(() => owner.transaction().execute(fn)),
    transaction: (session, mode, fn) =>
      queue(() =>
        owner.transaction().execute(async (db) => {
          await enter(db, session, mode);
          return fn(db);
        }),
      ),
    exclusively: (_name, fn) => fn(),
    bus: undefined,
    runner: {
      executeSql: async (text, values) => {
        if (values && values.length > 0) return pglite.query(text, values);
        const results = await pglite.exec(text);
        return { rows: results.flatMap((result) => result.rows) };
      },
    },
    dump: () => queue(() => pglite.dumpDataDir('gzip')),
    ping: async () => {
      await pglite.query('SELECT 1');
    },
    close: async () => {
      await queue(() => owner.destroy());
    },
  };
}

/** Opens the record store. The embedded one initialises itself at the first start (some seconds). */
export async function openPostgres(target: PostgresTarget): Promise<Postgres> {
  return target.kind === 'server' ? openServer(target.url) : openEmbedded(target);
}
