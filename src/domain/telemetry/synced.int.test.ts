import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { it } from 'node:test';
import { Dirty, noTrace, traced } from '../../../test/support/trace.ts';

const COLLECTOR = resolve(import.meta.dirname, '../../../test/support/kills.ts');
const DELIVERIES = 8;
/** Parts of what is divided by day or month: events and their roll-ups. */
const PART_INSERTED = /\/tmp_insert_\d{6,8}_/;
const PART_FILE = /\/tmp_insert_\d{6,8}_[^/]*\/./;

/** Runs a collector that takes deliveries one after the other, stores them and ends. @returns what it told the kernel */
async function traceOfCollector(folder: string): Promise<string[]> {
  const output = join(folder, 'trace');
  await mkdir(join(folder, 'seen'));
  const [program = '', ...args] = traced(output, process.execPath, COLLECTOR, 'collect', folder);
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await once(child, 'message');
  for (let number = 1; number <= DELIVERIES; number += 1) {
    const lines = Array.from({ length: 300 }, (_, index) => `delivery ${number} line ${index} ${'x'.repeat(300)}`);
    child.send({ number, lines });
    await once(child, 'message');
  }
  child.send('drain');
  await once(child, 'exit');
  return (await readFile(output, 'utf8')).split('\n');
}

it('answers after the disk has it, and drops a segment after the store has synced what came from it', {
  skip: noTrace,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-synced-'));
  const dirty = new Dirty();
  const unsynced: string[] = [];
  let answers = 0;
  let dropped = 0;
  /** Parts of the tables of events that were renamed into their place. */
  const stored = new Set<string>();
  try {
    for (const line of await traceOfCollector(folder)) {
      const call = dirty.take(line);
      if (call === undefined) continue;
      if (call.path.startsWith('socket:') && call.text.includes('\\"number\\"')) {
        answers += 1;
        unsynced.push(...dirty.paths.filter((path) => path.endsWith('.seg') || path.endsWith('/queue')));
      }
      if (call.name === 'rename' && PART_INSERTED.test(call.text)) stored.add(call.path.slice(0, -1));
      if (call.name === 'unlink' && call.path.endsWith('.seg')) {
        dropped += 1;
        unsynced.push(
          ...dirty.paths.filter(
            (path) => PART_FILE.test(path) || stored.has(path) || path.endsWith('checkpoint.json.new'),
          ),
        );
      }
    }
    assert.equal(answers, DELIVERIES);
    assert.ok(dropped >= 2, `${dropped} segments were dropped`);
    assert.ok(stored.size >= 2, `${stored.size} parts were renamed into their place`);
    assert.deepEqual(unsynced, []);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
