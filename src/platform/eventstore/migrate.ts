import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { forCluster } from './cluster.ts';
import type { EventConnection } from './connection.ts';

const FOLDER = resolve(import.meta.dirname, '../../../migrations/eventstore');

const JOURNAL = `CREATE TABLE IF NOT EXISTS schema_migration (name String, sha256 String, applied_at DateTime64(3, 'UTC'))
ENGINE = MergeTree ORDER BY name`;

interface AppliedRow {
  readonly name: string;
  readonly sha256: string;
}

/**
 * Applies the files of migrations/eventstore that are not applied yet, in the order of their names. The store has no
 * transactions over DDL: statements are written so that a file can be applied again after a crash (IF NOT EXISTS).
 *
 * @returns names of the files applied now
 * @throws Error when a file changed after it was applied
 */
export async function migrateEventStore(connection: EventConnection): Promise<string[]> {
  await connection.command(JOURNAL, {});
  const applied = new Map((await appliedRows(connection)).map((row) => [row.name, row.sha256]));
  const files = (await readdir(FOLDER)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
  const done: string[] = [];
  for (const name of files) {
    const text = await readFile(join(FOLDER, name), 'utf8');
    const sha256 = createHash('sha256').update(text).digest('hex');
    const before = applied.get(name);
    if (before === sha256) continue;
    if (before !== undefined) {
      throw new Error(`migrations/eventstore/${name} changed after it was applied; add a new file instead`);
    }
    for (const statement of statementsOf(text)) await connection.command(statement, {});
    await connection.command('INSERT INTO schema_migration VALUES ({name:String}, {sha256:String}, now64(3))', {
      name,
      sha256,
    });
    done.push(name);
  }
  return done;
}

async function appliedRows(connection: EventConnection): Promise<AppliedRow[]> {
  const answer = await connection.command('SELECT name, sha256 FROM schema_migration FORMAT JSONEachRow', {});
  return answer
    .split('\n')
    .filter((line) => line !== '')
    .map((line): AppliedRow => JSON.parse(line));
}

/** What a cluster is given: the statements of all files, as its servers get them. For the generated snapshot. */
export async function clusterMigrations(cluster: string): Promise<string[]> {
  const files = (await readdir(FOLDER)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(FOLDER, name), 'utf8')));
  return [JOURNAL, ...texts.flatMap(statementsOf)].flatMap((statement) => forCluster(statement, cluster));
}

/** Statements end with `;` at the end of a line. Whole-line comments go. */
function statementsOf(text: string): string[] {
  return text
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
