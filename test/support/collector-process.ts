import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Health } from '#domain/telemetry/health.ts';
import { Intake } from '#domain/telemetry/intake.ts';
import { normaliser } from '#domain/telemetry/normalise.ts';
import { Pipeline, workHere } from '#domain/telemetry/pipeline.ts';
import { systemClock } from '#platform/clock.ts';
import { openEventStore } from '#platform/eventstore/open.ts';
import { openLog } from '#platform/log.ts';
import { SegmentLog } from '#platform/queue/segment-log.ts';

const source = {
  id: 'source',
  unitPath: '/450000/',
  kind: '',
  listener: 'http',
  senderKinds: {},
  sender: '',
  tokenHash: null,
  state: 'active',
} as const;

interface Delivery {
  readonly number: number;
  readonly lines: readonly string[];
}

/**
 * A collector for a process of its own, for tests that kill it. Takes `{ number, lines }` from the parent process and
 * answers `{ number }` when they are durable; `drained` when nothing waits any more. Batches the hook saw lie in `seen/`.
 */
export async function runCollector(folder: string): Promise<void> {
  const store = openEventStore({ kind: 'embedded', path: join(folder, 'events') });
  await store.migrate();
  // What is delivered shrinks to little: each takes a segment of its own, or nearly.
  const queue = await SegmentLog.open({ folder: join(folder, 'queue'), bytesMax: 1e9, segmentBytesMax: 2_000 });
  const health = new Health(systemClock);
  const intake = new Intake(
    { append: async (records) => void (await queue.append(records)), stats: () => queue.stats() },
    health,
    systemClock,
  );
  const pipeline = new Pipeline({
    reader: queue,
    health,
    writer: store.writer,
    log: openLog('silent'),
    aheadMax: 2,
    work: workHere(normaliser(new Map()), async (events, batchId) => {
      const path = join(folder, 'seen', `${batchId}.json`);
      const text = JSON.stringify(events.map(({ id, raw }) => [id, raw]));
      // Renamed into place: a kill in the middle of writing must not leave half a batch under its name.
      await writeFile(`${path}.partial`, text);
      await rename(`${path}.partial`, existsSync(path) ? `${path}.again` : path);
    }),
  });
  pipeline.start();

  const take = async ({ number, lines }: Delivery) => {
    await intake.accept(
      source,
      lines.map((line) => Buffer.from(line)),
      'parent',
    );
    process.send?.({ number });
  };
  const drain = async () => {
    while (queue.backlogBytes > 0) await delay(20);
    await pipeline.stop();
    await queue.close();
    await store.close();
    process.send?.('drained', () => process.exit(0));
  };
  process.on('message', (message: Delivery | 'drain') => {
    void (message === 'drain' ? drain() : take(message));
  });
  process.send?.('ready');
}
