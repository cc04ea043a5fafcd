import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type EventStore, openEventStore } from '#platform/eventstore/open.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { writeEvents } from './ingest/events.ts';
import { writeFileOf } from './ingest/lines.ts';
import { rowsOf } from './ingest/raw.ts';
import { percentile } from './ingest/stopwatch.ts';

const SIZES = [1, 500, 3_000];
/** The store's own two ways to understand a statement: `enable_analyzer` off and on. */
const WAYS = [
  { name: 'older', analyzer: 0 },
  { name: 'newer', analyzer: 1 },
] as const;

interface Case {
  readonly rows: number;
  readonly file: string;
  readonly way: (typeof WAYS)[number];
  readonly cpuMs: number[];
}

/**
 * What an insert into the embedded event store costs, by how many rows it has and by how the store understands the statement
 * (docs/adr/0020-roll-ups-on-insert.md): milliseconds of a processor with all roll-ups, median of `--rounds N` by turns.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { rounds: { type: 'string', default: '9' } } });
  const folder = await mkdtemp(join(tmpdir(), 'tongan-bench-'));
  const store = openEventStore({ kind: 'embedded', path: join(folder, 'store') });
  try {
    await store.migrate();
    // Merges are no part of an insert.
    await store.maintain(eventSql`SYSTEM STOP MERGES`);
    const cases = await prepared(folder);
    // The first of each is not counted: it pays for what is read once.
    for (let round = 0; round <= Number(values.rounds); round += 1) {
      for (const each of cases) {
        const cpuMs = await insert(store, each);
        if (round > 0) each.cpuMs.push(cpuMs);
      }
    }
    report(cases);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A file of finished rows for each size, and both ways to insert it. */
async function prepared(folder: string): Promise<Case[]> {
  const cases: Case[] = [];
  for (const rows of SIZES) {
    const [events, file] = [join(folder, `${rows}.events`), join(folder, `${rows}.rows`)];
    await writeEvents(undefined, events, rows);
    await writeFileOf(file, rowsOf(events));
    cases.push(...WAYS.map((way) => ({ rows, file, way, cpuMs: [] })));
  }
  return cases;
}

/** Inserts the rows once more, as the platform does. @returns milliseconds of a processor */
async function insert(store: EventStore, { file, way }: Case): Promise<number> {
  const before = process.cpuUsage();
  await store.maintain(
    eventSql`INSERT INTO event SELECT * FROM file(${file}, JSONEachRow) SETTINGS enable_analyzer = ${way.analyzer},
      max_threads = 1, max_insert_threads = 1, insert_deduplicate = 0, max_partitions_per_insert_block = 0`,
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function report(cases: readonly Case[]): void {
  const out = (line: string) => void process.stdout.write(`${line}\n`);
  out(`${'rows'.padStart(6)}  ${'analysis'.padEnd(9)}${'cpu ms'.padStart(8)}`);
  const median: Record<string, number> = {};
  for (const { rows, way, cpuMs } of cases) {
    const ms = Math.round(percentile(cpuMs, 0.5));
    out(`${String(rows).padStart(6)}  ${way.name.padEnd(9)}${String(ms).padStart(8)}`);
    median[`${way.name}${rows}CpuMs`] = ms;
  }
  out(JSON.stringify({ bench: 'inserts', ...median }));
}
