import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventStore } from '#platform/eventstore/open.ts';
import { eventSql, rawSql } from '#platform/eventstore/sql.ts';

/** The tables that all migrations of the event store together make, as the store itself describes them. */
export async function eventStoreSnapshot(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-snapshot-'));
  const store = openEventStore({ kind: 'embedded', path: folder });
  try {
    await store.migrate();
    const list = await store.maintain(
      eventSql`SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name FORMAT TSV`,
    );
    const tables: string[] = [];
    for (const name of list.split('\n').filter((line) => line !== '')) {
      tables.push((await store.maintain(eventSql`SHOW CREATE TABLE ${rawSql(name)} FORMAT TSVRaw`)).trim());
    }
    return `-- Generated: what migrations/eventstore makes.\n${tables.join(';\n\n')};\n`;
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}
