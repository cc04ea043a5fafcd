import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTestApp, type TestApp } from '../../../../test/support/app.ts';
import { type Arrivals, arrivalsOf } from '../../../../test/support/arrivals.ts';
import { type Broker, startBroker, unlessKafka } from '../../../../test/support/kafka.ts';
import { runToEnd, unless } from '../../../../test/support/senders.ts';
import { changeSource } from '../actions.ts';

describe('topics of Apache Kafka', { skip: unless('kcat') || unlessKafka() }, () => {
  let broker: Broker;
  let test: TestApp;
  let events: Arrivals;

  before(async () => {
    broker = await startBroker();
    test = await openTestApp({ listen: true, settings: { kafka: { brokers: [broker.address] } } });
    await produce('before', 300);
    events = await arrivalsOf(test, { listener: 'kafka', sender: 'security.events' });
  });
  after(async () => {
    await test?.stop();
    await broker?.stop();
  });

  const produce = async (word: string, count: number) => {
    const file = join(test.app.platform.config.dataDir, 'records');
    await writeFile(file, Array.from({ length: count }, (_, number) => `${word} ${number}\n`).join(''));
    await runToEnd('kcat', ['-b', broker.address, '-t', 'security.events', '-P', '-l', file, '-z', 'gzip']);
  };

  it('are read from the oldest record on, each record once', async () => {
    assert.equal(new Set(await events.stored('before', 300)).size, 300);
    await produce('after', 300);
    assert.equal((await events.stored('after', 300)).length, 300);
  });

  it('go on where they were after the broker was killed and after a pause', async () => {
    await broker.kill();
    await broker.start();
    await produce('meanwhile', 300);
    assert.equal((await events.stored('meanwhile', 300)).length, 300);
    for (const state of ['paused', 'active'] as const) {
      await changeSource(test.app.system, { id: events.sourceId, change: { state } });
      await produce(state, 10);
    }
    assert.equal((await events.stored('paused', 10)).length, 10);
    assert.equal((await events.stored('active', 10)).length, 10);
    assert.equal((await events.stored('before', 300)).length, 300, 'what was committed does not come again');
  });
});
