import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { loadSources, normaliser } from '#domain/telemetry/index.ts';
import { toRow } from '#engine/fields/row.ts';
import { openEventStore } from '#platform/eventstore/open.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { writeFileOf } from './lines.ts';
import { type Measured, stopwatch } from './stopwatch.ts';

/** The events as the rows that the platform stores, as lines of JSON. Not measured. */
export async function* rowsOf(events: string): AsyncGenerator<string> {
  const normalise = normaliser(await loadSources());
  let index = 0;
  for await (const text of createInterface({ input: createReadStream(events) })) {
    const [parcel, line] = [Math.floor(index / 500).toString(36), (index % 500).toString(36)];
    const id = `bench0.000001-${parcel.padStart(4, '0')}-${line.padStart(2, '0')}`;
    index += 1;
    const raw = { id, text, receivedAtMs: Date.now(), unitPath: '/450000/', sourceHint: '', sender: '' };
    const row = { ...toRow(normalise(raw)), source_id: 'bench' };
    yield `${JSON.stringify(row, (_key, value) => (value === '' ? undefined : value))}\n`;
  }
}

/**
 * The baseline: chDB alone, in a process of its own, takes the same finished rows from one file into the same tables (with
 * the same indexes and roll-ups), with all its threads and nothing else to do.
 */
export async function insertRaw(folder: string, events: string, count: number): Promise<Measured> {
  const rows = `${folder}/rows.ndjson`;
  await writeFileOf(rows, rowsOf(events));
  const store = openEventStore({ kind: 'embedded', path: `${folder}/raw` });
  try {
    await store.migrate();
    const measured = stopwatch(count);
    await store.maintain(
      eventSql`INSERT INTO event SELECT * FROM file(${rows}, JSONEachRow) SETTINGS max_partitions_per_insert_block = 0,
        materialize_skip_indexes_on_insert = 0`,
    );
    return measured();
  } finally {
    await store.close();
  }
}
