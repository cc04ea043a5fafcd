import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openEventStore } from '#platform/eventstore/open.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { runCollector } from './collector-process.ts';

/** The same file is the collector, when a process is started so. */
const COLLECT = 'collect';
const UNANSWERED_MAX = 10;
/** Lines that wait for the store at most: above it the sender pauses, so that a slow machine stores what it took. */
const AHEAD_MAX = 200_000;

/** Delivers numbered lines until told to stop; remembers which ones were acknowledged. */
class Sender {
  readonly acknowledged = new Set<string>();
  readonly sent = new Set<string>();
  #delivery = 0;

  async runFor(child: ChildProcess, ms: number): Promise<void> {
    const open = new Map<number, readonly string[]>();
    child.on('message', (message: { number?: number }) => {
      for (const line of open.get(message.number ?? -1) ?? []) this.acknowledged.add(line);
      open.delete(message.number ?? -1);
    });
    const until = performance.now() + ms;
    while (performance.now() < until) {
      if (open.size < UNANSWERED_MAX && this.sent.size < AHEAD_MAX) this.#deliver(child, open);
      await delay(1);
    }
  }

  #deliver(child: ChildProcess, open: Map<number, readonly string[]>): void {
    this.#delivery += 1;
    const number = this.#delivery;
    const count = 1 + ((number * 7919) % 300);
    const lines = Array.from({ length: count }, (_, index) => `delivery ${number} line ${index} ${'x'.repeat(index)}`);
    for (const line of lines) this.sent.add(line);
    open.set(number, lines);
    child.send({ number, lines });
  }
}

async function started(folder: string): Promise<ChildProcess> {
  const child = fork(import.meta.filename, [COLLECT, folder], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('error', () => undefined);
  await once(child, 'message');
  return child;
}

/** What was found after a collector was killed again and again under load. */
export interface KillOutcome {
  readonly kills: number;
  readonly acknowledged: number;
  /** Acknowledged lines that are not stored. */
  readonly lost: readonly string[];
  /** Rows that are stored beyond the first of their line or identifier. */
  readonly doubled: number;
  /** Stored lines nobody sent. */
  readonly invented: readonly string[];
  /** What the store's roll-up counted; the same as the rows. */
  readonly rolledUp: number;
  readonly rows: number;
  /** Faults of what detection was told: an event in two batches, or a batch that came again and was different. */
  readonly faults: readonly string[];
}

/** Runs a collector under load, kills it (SIGKILL) `kills` times after a random while, then compares. */
export async function killAndCompare(kills: number, msMax: number): Promise<KillOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-kill-'));
  await mkdir(join(folder, 'seen'));
  const sender = new Sender();
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const child = await started(folder);
      await sender.runFor(child, msMax * (0.05 + 0.95 * Math.random()));
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const last = await started(folder);
    last.send('drain');
    await once(last, 'exit');
    return await outcome(folder, kills, sender);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function outcome(folder: string, kills: number, sender: Sender): Promise<KillOutcome> {
  const store = openEventStore({ kind: 'embedded', path: join(folder, 'events') });
  const reader = store.reader({ path: '/', side: 'centre' });
  const rows = await reader.query<{ id: string; raw: string }>(eventSql`SELECT event_id AS id, raw FROM event`, {
    tag: 'test',
    rowsMax: 10_000_000,
  });
  const [counted] = await reader.query<{ n: number }>(eventSql`SELECT sum(events) AS n FROM event_count`, {
    tag: 'test',
  });
  await store.close();
  const raws = new Set(rows.map(({ raw }) => raw));
  const ids = new Set(rows.map(({ id }) => id));
  return {
    kills,
    acknowledged: sender.acknowledged.size,
    lost: [...sender.acknowledged].filter((line) => !raws.has(line)),
    doubled: rows.length - Math.min(raws.size, ids.size),
    invented: [...raws].filter((line) => !sender.sent.has(line)),
    rolledUp: counted?.n ?? 0,
    rows: rows.length,
    faults: await faultsOfHook(folder, new Map(rows.map(({ id, raw }) => [id, raw]))),
  };
}

/** What detection was told must be what is stored; a batch that came again must have been the same. */
async function faultsOfHook(folder: string, stored: ReadonlyMap<string, string>): Promise<string[]> {
  const seen = new Map<string, string>();
  const faults: string[] = [];
  const names = await readdir(join(folder, 'seen'));
  for (const name of names.filter((file) => file.endsWith('.json'))) {
    const text = await readFile(join(folder, 'seen', name), 'utf8');
    const events: [string, string][] = JSON.parse(text);
    for (const [id, raw] of events) {
      if (seen.has(id)) faults.push(`event ${id} is in two batches`);
      if (stored.get(id) !== raw) faults.push(`event ${id} is not stored as it was seen`);
      seen.set(id, raw);
    }
    if (!names.includes(`${name}.again`)) continue;
    const again = await readFile(join(folder, 'seen', `${name}.again`), 'utf8');
    if (again !== text) faults.push(`batch ${name} came again and was different`);
  }
  for (const id of stored.keys()) if (!seen.has(id)) faults.push(`event ${id} is stored and was not seen`);
  return faults;
}

if (process.send !== undefined && process.argv[2] === COLLECT) await runCollector(process.argv[3] ?? '');
