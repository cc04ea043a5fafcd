import { Client } from 'pg';
import { appendEntries } from '#domain/journal/index.ts';
import { fillNameKeys, ledgerSlice } from '#domain/ledger/index.ts';
import { migratePostgres } from '#platform/postgres/migrate.ts';
import { openPostgres } from '#platform/postgres/open.ts';
import { openTestPlatform, type TestPlatform } from '../../test/support/stores.ts';
import { fillLedger } from './fill.ts';
import type { PostgresServer } from './postgres-server.ts';

async function run(server: PostgresServer, text: string, values: readonly string[] = []): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

async function openOn(server: PostgresServer, name: string): Promise<TestPlatform> {
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const postgres = await openPostgres({ kind: 'server', url: url.href });
  await migratePostgres(postgres);
  return openTestPlatform({ jobs: ledgerSlice.jobs ?? [], postgres, append: appendEntries });
}

/** What is written to while it is measured. */
const MEASURED = 'ledger_measured';

/**
 * A platform over a ledger of this many assets on a server. What was filled stays as it is: a copy of its files is measured.
 *
 * @param isKept whether the server's folder stays, so that the copy is worth its time
 */
export async function openFilled(server: PostgresServer, assets: number, isKept: boolean): Promise<TestPlatform> {
  const name = `ledger_${assets}`;
  const known = await run(server, 'SELECT FROM pg_database WHERE datname = $1', [name]);
  if (known.length === 0) {
    const startMs = performance.now();
    const begun = `${name}_begun`;
    await run(server, `DROP DATABASE IF EXISTS ${begun}`);
    await run(server, `CREATE DATABASE ${begun}`);
    const platform = await openOn(server, begun);
    await fillLedger(platform, assets);
    await platform.close();
    await run(server, `ALTER DATABASE ${begun} RENAME TO ${name}`);
    process.stdout.write(`filled in ${Math.round((performance.now() - startMs) / 1000)} s\n`);
  }
  // What came with later versions is given to what was filled, once for all copies of it.
  const filled = await openOn(server, name);
  await fillNameKeys(filled.system);
  if (!isKept) return filled;
  await filled.close();
  await run(server, `DROP DATABASE IF EXISTS ${MEASURED}`);
  await run(server, `CREATE DATABASE ${MEASURED} TEMPLATE ${name} STRATEGY file_copy`);
  return openOn(server, MEASURED);
}
