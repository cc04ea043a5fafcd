import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openEventStore } from '#platform/eventstore/open.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { runCollector } from '../../../test/support/collector-process.ts';

/** The same file is the collector, when a test starts it so. */
const COLLECT = 'collect';
const KILLS = 8;
const UNANSWERED_MAX = 10;

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
      if (open.size < UNANSWERED_MAX) this.#deliver(child, open);
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

async function killAndCompare(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-kill-'));
  await mkdir(join(folder, 'seen'));
  const sender = new Sender();
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = await started(folder);
      await sender.runFor(child, 100 + Math.random() * 1500);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const last = await started(folder);
    last.send('drain');
    await once(last, 'exit');

    const store = openEventStore({ kind: 'embedded', path: join(folder, 'events') });
    const rows = await store
      .reader({ path: '/', side: 'centre' })
      .query<{ id: string; raw: string }>(eventSql`SELECT event_id AS id, raw FROM event`, {
        tag: 'test',
        rowsMax: 10_000_000,
      });
    await store.close();

    const raws = new Set(rows.map(({ raw }) => raw));
    assert.ok(sender.acknowledged.size > 1000, 'there was load');
    assert.deepEqual(
      [...sender.acknowledged].filter((line) => !raws.has(line)),
      [],
      'acknowledged but lost',
    );
    assert.equal(raws.size, rows.length, 'a line is stored twice');
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length, 'an identifier is stored twice');
    assert.deepEqual(
      [...raws].filter((line) => !sender.sent.has(line)),
      [],
      'stored but never sent',
    );
    assert.deepEqual(await seenByHook(folder), new Map(rows.map(({ id, raw }) => [id, raw])));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What detection was told; a batch that came again must have been the same. */
async function seenByHook(folder: string): Promise<Map<string, string>> {
  const seen = new Map<string, string>();
  const names = await readdir(join(folder, 'seen'));
  for (const name of names.filter((file) => file.endsWith('.json'))) {
    const text = await readFile(join(folder, 'seen', name), 'utf8');
    const events: [string, string][] = JSON.parse(text);
    for (const [id, raw] of events) {
      assert.ok(!seen.has(id), `event ${id} is in two batches`);
      seen.set(id, raw);
    }
    if (names.includes(`${name}.again`)) {
      const again = await readFile(join(folder, 'seen', `${name}.again`), 'utf8');
      assert.equal(again, text, 'a batch came again and was different');
    }
  }
  return seen;
}

if (process.argv[2] === COLLECT) await runCollector(process.argv[3] ?? '');
else
  it('loses nothing acknowledged and doubles nothing when it is killed at random moments under load', killAndCompare);
