import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Postgres } from './open.ts';

export interface Migration {
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

export const POSTGRES_MIGRATIONS = join(import.meta.dirname, '../../../migrations/postgres');

/** Reads the migrations of a folder in the order of their names (`0001_slice_what.sql`). */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_.+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return { name, text, sha256: createHash('sha256').update(text).digest('hex') };
    });
}

/** Which migrations are still to run. @throws when one that ran was changed since or is missing. */
export async function pendingMigrations(postgres: Postgres, migrations: readonly Migration[]): Promise<Migration[]> {
  await postgres.ownerScript(`CREATE TABLE IF NOT EXISTS platform_migration (
    name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
  const applied = await postgres.owner.selectFrom('platform_migration').selectAll().execute();
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of applied) {
    const migration = known.get(row.name);
    if (!migration)
      throw new Error(`the database has migration ${row.name}, which this version does not know: use a newer version`);
    if (migration.sha256 !== row.sha256) {
      throw new Error(`migration ${row.name} was changed after it ran: migrations are never edited, add a new one`);
    }
  }
  const done = new Set(applied.map((row) => row.name));
  return migrations.filter((migration) => !done.has(migration.name));
}

/**
 * Applies what is pending, each file in one transaction together with its entry in `platform_migration`.
 * @param wanted leaves out what a backup's tables did not have yet
 * @returns names of the files applied now
 */
export async function migratePostgres(
  postgres: Postgres,
  folder: string = POSTGRES_MIGRATIONS,
  wanted: (name: string) => boolean = () => true,
): Promise<string[]> {
  const all = await pendingMigrations(postgres, readMigrations(folder));
  const pending = all.filter(({ name }) => wanted(name));
  for (const { name, text, sha256 } of pending) {
    try {
      await postgres.ownerScript(
        `BEGIN;\n${text}\n;INSERT INTO platform_migration (name, sha256) VALUES ('${name}', '${sha256}');\nCOMMIT;`,
      );
    } catch (cause) {
      await postgres.ownerScript('ROLLBACK').catch(() => undefined);
      throw new Error(`migration ${name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
  return pending.map((migration) => migration.name);
}
