import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Health } from '#domain/telemetry/health.ts';
import { Intake } from '#domain/telemetry/intake.ts';
import { normaliser } from '#domain/telemetry/normalise.ts';
import { Pipeline } from '#domain/telemetry/pipeline.ts';
import { systemClock } from '#platform/clock.ts';
import { openEventStore } from '#platform/eventstore/open.ts';
import { openLog } from '#platform/log.ts';
import { SegmentLog } from '#platform/queue/segment-log.ts';

/**
 * A collector in a process of its own, for tests that kill it. Takes `{ number, lines }` from its parent and answers
 * `{ number }` when they are durable; `drained` when nothing waits any more. Batches the hook saw lie in `seen/`.
 */
const folder = process.argv[2] ?? '';
const store = openEventStore({ kind: 'embedded', path: join(folder, 'events') });
await store.migrate();
const queue = await SegmentLog.open({ folder: join(folder, 'queue'), bytesMax: 1e9, segmentBytesMax: 200_000 });
const health = new Health(systemClock);
const intake = new Intake(queue, health, systemClock);
const pipeline = new Pipeline({
  queue,
  health,
  writer: store.writer,
  normalise: normaliser(new Map()),
  log: openLog('silent'),
  onBatch: async (events, batchId) => {
    const path = join(folder, 'seen', `${batchId}.json`);
    const text = JSON.stringify(events.map(({ id, raw }) => [id, raw]));
    if (existsSync(path)) await writeFile(`${path}.again`, text);
    else await writeFile(path, text);
  },
});
pipeline.start();

const source = { id: 'source', unitPath: '/450000/', kind: '', sender: '', tokenHash: null, state: 'active' } as const;

interface Delivery {
  readonly number: number;
  readonly lines: readonly string[];
}

process.on('message', (message: Delivery | 'drain') => {
  if (message === 'drain') void drain();
  else void take(message);
});
process.send?.('ready');

async function take({ number, lines }: Delivery): Promise<void> {
  await intake.accept(
    source,
    lines.map((line) => Buffer.from(line)),
    'parent',
  );
  process.send?.({ number });
}

async function drain(): Promise<void> {
  while (queue.stats().backlogBytes > 0) await delay(20);
  await pipeline.stop();
  await queue.close();
  await store.close();
  process.send?.('drained', () => process.exit(0));
}
