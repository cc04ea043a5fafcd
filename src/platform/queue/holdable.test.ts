import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { holdable } from './holdable.ts';
import type { Queue, QueueBatch, QueueReader } from './queue.ts';

const BATCH = { id: '1', records: [] };
const LIMITS = { recordsMax: 1, bytesMax: 1 };

/** A queue that always has another batch. */
function endless(batch: QueueBatch): { queue: Queue; committed: () => number } {
  let committed = 0;
  const reader: QueueReader = {
    name: 'test',
    partition: 0,
    unreadBytes: 1,
    next: async () => batch,
    release: () => undefined,
    join: async () => undefined,
    commit: async () => {
      committed += 1;
    },
    waitForRecords: async () => undefined,
  };
  const queue: Queue = {
    append: async () => undefined,
    stats: () => ({ bytes: 0, bytesMax: 1, backlogBytes: 0, damages: [] }),
    consume(work) {
      const running = work(reader);
      return { stop: async () => (await running).stop() };
    },
    close: async () => undefined,
  };
  return { queue, committed: () => committed };
}

async function consuming(batch: QueueBatch = BATCH) {
  const { queue, committed } = endless(batch);
  const held = holdable(queue);
  const given = Promise.withResolvers<QueueReader>();
  const running = held.consume((reader) => {
    given.resolve(reader);
    return { stop: async () => undefined };
  });
  return { held, reader: await given.promise, running, committed };
}

describe('holding a queue between two batches', () => {
  it('waits for the batch in work, and lets no other begin until it ends', async () => {
    const { held, reader, committed } = await consuming();
    const batch = await reader.next(LIMITS);
    assert.ok(batch);
    const release = Promise.withResolvers<void>();
    const events: string[] = [];
    const holding = held.hold(10_000, async () => {
      events.push(`held after ${committed()}`);
      await release.promise;
      events.push('released');
    });
    const next = reader.next(LIMITS).then(() => events.push('next'));
    await reader.commit(batch);
    release.resolve();
    await Promise.all([holding, next]);
    assert.deepEqual(events, ['held after 1', 'released', 'next']);
  });

  it('lets those begin that the batches in work are joined with: they end together', async () => {
    const { held, reader } = await consuming({ ...BATCH, repeated: { more: true } });
    const first = await reader.next(LIMITS);
    const holding = held.hold(10_000, async () => 'held');
    const second = await reader.next(LIMITS);
    assert.ok(first && second);
    await reader.commit(first, second);
    assert.equal(await holding, 'held');
  });

  it('gives up when a batch does not end, and the consumer goes on', async () => {
    const { held, reader } = await consuming();
    await reader.next(LIMITS);
    await assert.rejects(
      held.hold(1, async () => undefined),
      /not finished/,
    );
    assert.ok(await reader.next(LIMITS));
  });

  it('does not wait for a consumer that stopped with a batch in hand', async () => {
    const { held, reader, running } = await consuming();
    await reader.next(LIMITS);
    await running.stop();
    assert.equal(await held.hold(1_000, async () => 'held'), 'held');
  });
});
