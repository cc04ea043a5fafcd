import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { openJobs } from '#platform/jobs/jobs.ts';
import { migratePostgres, POSTGRES_MIGRATIONS, readMigrations } from '#platform/postgres/migrate.ts';
import { openPostgres, type Postgres } from '#platform/postgres/open.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A migrated embedded database as one file, made once per set of migrations: initialising one takes seconds. */
async function template(): Promise<Blob> {
  const hash = createHash('sha256');
  hash.update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const migration of readMigrations(POSTGRES_MIGRATIONS)) hash.update(migration.name).update(migration.sha256);
  const folder = join(ROOT, '.cache');
  const file = join(folder, `database-${hash.digest('hex').slice(0, 16)}.tar.gz`);
  if (!existsSync(file)) {
    const postgres = await openPostgres({ kind: 'embedded', path: 'memory' });
    await migratePostgres(postgres);
    await (await openJobs(postgres, [], pino({ level: 'silent' }))).stop();
    const dump = await postgres.dump();
    await postgres.close();
    mkdirSync(folder, { recursive: true });
    const temporary = `${file}.${randomUUID()}`;
    writeFileSync(temporary, new Uint8Array(await dump.arrayBuffer()));
    renameSync(temporary, file);
  }
  // Read at once: a blob over an open file kept some test processes from ending.
  return new Blob([readFileSync(file)]);
}

/**
 * A fresh, migrated database of its own: embedded, or on the server named by `TONGAN_TEST_POSTGRES`
 * (a superuser's URL), where it is dropped again by `close`.
 */
export async function freshDatabase(): Promise<Postgres> {
  const server = process.env.TONGAN_TEST_POSTGRES;
  if (!server) return openPostgres({ kind: 'embedded', path: 'memory', template: await template() });
  return databaseOn(server, true);
}

/** An empty database of its own, without any table, in the same place. */
export async function emptyDatabase(): Promise<Postgres> {
  const server = process.env.TONGAN_TEST_POSTGRES;
  return server ? databaseOn(server, false) : openPostgres({ kind: 'embedded', path: 'memory' });
}

async function databaseOn(server: string, migrated: boolean): Promise<Postgres> {
  const name = `tongan_test_${randomUUID().replaceAll('-', '')}`;
  const run = async (text: string) => {
    const client = new Client({ connectionString: server });
    await client.connect();
    await client.query(text);
    await client.end();
  };
  await run(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const postgres = await openPostgres({ kind: 'server', url: url.href });
  if (migrated) await migratePostgres(postgres);
  return {
    ...postgres,
    close: async () => {
      await postgres.close();
      await run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
