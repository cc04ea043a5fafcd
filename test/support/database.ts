import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { openJobs } from '#platform/jobs/jobs.ts';
import { migratePostgres, POSTGRES_MIGRATIONS, readMigrations } from '#platform/postgres/migrate.ts';
import { openPostgres, type Postgres } from '#platform/postgres/open.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What the tables of a fresh database come from, shortly: packages and migrations. */
function stateOfTables(): string {
  const hash = createHash('sha256');
  hash.update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const migration of readMigrations(POSTGRES_MIGRATIONS)) hash.update(migration.name).update(migration.sha256);
  return hash.digest('hex').slice(0, 16);
}

/** All tables, those of the queue of jobs too. */
async function makeTables(postgres: Postgres): Promise<void> {
  await migratePostgres(postgres);
  await (await openJobs(postgres, [], pino({ level: 'silent' }))).stop();
}

/** A migrated embedded database as one file, made once per set of migrations: initialising one takes seconds. */
async function embeddedTemplate(): Promise<Blob> {
  const folder = join(ROOT, '.cache');
  const file = join(folder, `database-${stateOfTables()}.tar.gz`);
  if (!existsSync(file)) {
    const postgres = await openPostgres({ kind: 'embedded', path: 'memory' });
    await makeTables(postgres);
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
  if (!server) return openPostgres({ kind: 'embedded', path: 'memory', template: await embeddedTemplate() });
  return databaseOn(server, await serverTemplate(server));
}

/** An empty database of its own, without any table, in the same place. */
export async function emptyDatabase(): Promise<Postgres> {
  const server = process.env.TONGAN_TEST_POSTGRES;
  return server ? databaseOn(server, 'template1') : openPostgres({ kind: 'embedded', path: 'memory' });
}

async function runOn(server: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function openOn(server: string, name: string): Promise<Postgres> {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return openPostgres({ kind: 'server', url: url.href });
}

/**
 * The name of a migrated database on the server, made once per set of migrations, like the embedded one.
 * It is made under another name, so that a process which is stopped meanwhile leaves none that is half made.
 */
async function serverTemplate(server: string): Promise<string> {
  const name = `tongan_template_${stateOfTables()}`;
  const exists = async () => (await runOn(server, `SELECT FROM pg_database WHERE datname = '${name}'`)).length > 0;
  if (await exists()) return name;
  const making = `tongan_making_${randomUUID().replaceAll('-', '')}`;
  await runOn(server, `CREATE DATABASE ${making}`);
  const postgres = await openOn(server, making);
  await makeTables(postgres);
  await postgres.close();
  try {
    await runOn(server, `ALTER DATABASE ${making} RENAME TO ${name}`);
  } catch (cause) {
    // Another process of the tests was quicker.
    await runOn(server, `DROP DATABASE ${making} WITH (FORCE)`);
    if (!(await exists())) throw cause;
  }
  return name;
}

async function databaseOn(server: string, template: string): Promise<Postgres> {
  const name = `tongan_test_${randomUUID().replaceAll('-', '')}`;
  await runOn(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const postgres = await openOn(server, name);
  return {
    ...postgres,
    close: async () => {
      await postgres.close();
      await runOn(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
