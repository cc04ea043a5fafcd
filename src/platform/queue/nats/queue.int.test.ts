import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { natsBinary, startNats, type TestNats } from '../../../../test/support/nats.ts';
import { loadConfig } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { openLog } from '../../log.ts';
import type { Queue, QueueBatch, QueueReader, Running } from '../queue.ts';
import { openNatsQueue, partitionOf } from './queue.ts';

const binary = natsBinary();
const skip = binary === undefined ? 'nats-server is not installed (apt-get install nats-server)' : false;
const LIMITS = { recordsMax: 1000, bytesMax: 1_000_000 };
const log = openLog('silent');
const settings = (url: string) => ({ ...loadConfig({}).nats, servers: [url], leaseSeconds: 1 });

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within 30 s: ${what}`);
    await delay(20);
  }
}

/** What a consumer that commits everything was given. */
class Taken {
  readonly texts: string[] = [];
  readonly ids: string[] = [];
  readonly names = new Set<string>();

  /** @param commits false: keeps what it was given, like a process that is stopped in its middle */
  readonly work = (reader: QueueReader, commits = true): Running => {
    const stopping = new AbortController();
    this.names.add(reader.name);
    const run = async () => {
      while (!stopping.signal.aborted) {
        await reader.waitForRecords(stopping.signal);
        const batch = await reader.next(LIMITS);
        if (batch === undefined) continue;
        this.take(batch);
        if (!commits) return;
        await reader.commit(batch);
      }
    };
    const running = run().catch(() => undefined);
    return {
      stop: async () => {
        stopping.abort();
        this.names.delete(reader.name);
        await running;
      },
    };
  };

  take(batch: QueueBatch): void {
    for (const { id, payload } of batch.records) {
      this.ids.push(id);
      this.texts.push(payload.toString());
    }
  }
}

describe('queue over NATS JetStream', { skip }, () => {
  let nats: TestNats;
  let round = 0;
  const opened: Queue[] = [];

  before(async () => {
    nats = await startNats(binary ?? '');
  });
  after(async () => {
    for (const queue of opened) await queue.close().catch(() => undefined);
    await nats.stop();
  });

  const fresh = () => {
    round += 1;
    return `q${round}`;
  };
  const open = async (name: string, partitions = 1, bytesMax = 100_000_000) => {
    const queue = await openNatsQueue({ nats: settings(nats.url), name, partitions, bytesMax, log });
    opened.push(queue);
    return queue;
  };
  const texts = (...values: string[]) => values.map((value) => Buffer.from(value));

  it('hands out what was appended, once and in order within a key', async () => {
    const queue = await open(fresh(), 3);
    const taken = new Taken();
    const running = queue.consume(taken.work);
    for (let i = 0; i < 60; i += 1) await queue.append(texts(`${i % 6} ${i} a`, `${i % 6} ${i} b`), `key ${i % 6}`);
    await until('120 records', () => taken.texts.length >= 120);
    await running.stop();
    assert.equal(new Set(taken.ids).size, 120);
    for (let key = 0; key < 6; key += 1) {
      const own = taken.texts.filter((text) => text.startsWith(`${key} `));
      const sent = Array.from({ length: 10 }, (_, n) => [`${key} ${n * 6 + key} a`, `${key} ${n * 6 + key} b`]).flat();
      assert.deepEqual(own, sent);
    }
  });

  it('keeps the same records with the same id once', async () => {
    const queue = await open(fresh());
    const taken = new Taken();
    for (let i = 0; i < 3; i += 1) await queue.append(texts('once'), 'key', 'delivery-1');
    await queue.append(texts('last'), 'key');
    const running = queue.consume(taken.work);
    await until('the last record', () => taken.texts.includes('last'));
    await running.stop();
    assert.deepEqual(taken.texts, ['once', 'last']);
  });

  it('repeats the very same batch to the next owner when one ends before it committed, and goes on behind it', async () => {
    const name = fresh();
    const first = await open(name);
    await first.append(texts('a', 'b'), 'key');
    const died = new Taken();
    // It never commits and, its connection cut, never says that it ends: like a process that was killed.
    first.consume((reader) => died.work(reader, false));
    await until('the first batch', () => died.texts.length === 2);
    await first.close();
    const second = await open(name);
    await second.append(texts('c'), 'key');
    const taken = new Taken();
    const running = second.consume(taken.work);
    await until('all three', () => taken.texts.length >= 3);
    await running.stop();
    assert.deepEqual(taken.texts, ['a', 'b', 'c']);
    assert.deepEqual(taken.ids.slice(0, 2), died.ids);
  });

  it('repeats batches that were joined as joined, to whoever comes after', async () => {
    const name = fresh();
    const first = await open(name);
    await first.append(texts('a'), 'key');
    await first.append(texts('b'), 'key');
    await first.append(texts('c'), 'key');
    const one = { recordsMax: 1, bytesMax: 1000 };
    const threeOf = async (reader: QueueReader) => {
      const batches: QueueBatch[] = [];
      for (let at = 0; at < 3; at += 1) batches.push(...[await reader.next(one)].flatMap((batch) => batch ?? []));
      return batches;
    };
    const handed: QueueBatch[] = [];
    const died = first.consume(async (reader) => {
      const batches = await threeOf(reader);
      await reader.join(batches.slice(0, 2));
      handed.push(...batches);
      return { stop: async () => undefined };
    });
    await until('three batches', () => handed.length === 3);
    await died.stop();
    const again: QueueBatch[] = [];
    let left = -1;
    const running = (await open(name)).consume(async (reader) => {
      const batches = await threeOf(reader);
      const [a, b] = batches;
      if (a && b) await reader.commit(a, b);
      left = (await reader.next(one)) === undefined ? 0 : 1;
      again.push(...batches);
      return { stop: async () => undefined };
    });
    await until('the same three', () => again.length === 3);
    await running.stop();
    assert.deepEqual(
      again.map(({ id, repeated }) => [id, repeated?.more]),
      handed.map(({ id }, at) => [id, at === 0]),
    );
    assert.equal(left, 0);
  });

  it('lets nobody commit who lost the partition while it slept', async () => {
    const name = fresh();
    const queue = await open(name);
    await queue.append(texts('a'), 'key');
    let zombie: { reader: QueueReader; batch: QueueBatch } | undefined;
    const sleeping = queue.consume(async (reader) => {
      const batch = await reader.next(LIMITS);
      if (batch !== undefined) zombie = { reader, batch };
      return { stop: async () => undefined };
    });
    await until('the batch', () => zombie !== undefined);
    // Takes over by the same means as another process would: the entry of the bucket changes.
    const connection = await connect({ servers: nats.url });
    const bucket = await new Kvm(connection).open(`tongan_${name}`);
    const entry = await bucket.get('partition.0');
    const value: object = entry?.json() ?? {};
    await bucket.put('partition.0', JSON.stringify({ ...value, owner: 'another', beat: 999 }));
    await connection.close();
    await assert.rejects(async () => zombie?.reader.commit(zombie.batch), /belongs to another process/);
    await sleeping.stop();
  });

  it('shares the partitions among its members and gives those of one that leaves to the others', async () => {
    const name = fresh();
    const [one, two] = [await open(name, 4), await open(name, 4)];
    const [ofOne, ofTwo] = [new Taken(), new Taken()];
    const first = one.consume(ofOne.work);
    await until('one has all', () => ofOne.names.size === 4);
    const second = two.consume(ofTwo.work);
    await until('they share', () => ofOne.names.size === 2 && ofTwo.names.size === 2);
    assert.equal(new Set([...ofOne.names, ...ofTwo.names]).size, 4);
    await first.stop();
    await until('two has all', () => ofTwo.names.size === 4);
    await second.stop();
  });

  it('tells senders to wait at the bound, and takes more once there is room', async () => {
    const queue = await open(fresh(), 1, 200_000);
    const record = [Buffer.alloc(30_000, 'x')];
    const fill = async () => {
      for (let i = 0; i < 20; i += 1) await queue.append(record, 'key');
    };
    await assert.rejects(fill, (error) => error instanceof AppError && error.reason === 'queue.full');
    const running = queue.consume(new Taken().work);
    await until('room again', () =>
      queue.append(record, 'key').then(
        () => true,
        () => false,
      ),
    );
    await running.stop();
  });

  it('refuses another number of partitions than there is', async () => {
    const name = fresh();
    await open(name, 2);
    await assert.rejects(open(name, 3), /has 2 partitions and the configuration asks for 3/);
  });

  it('survives a server that is killed: what was acknowledged is there, senders wait meanwhile', async () => {
    const name = fresh();
    const queue = await open(name);
    const taken = new Taken();
    const running = queue.consume(taken.work);
    await queue.append(texts('before'), 'key');
    const [, during] = await Promise.all([nats.restart(), delay(50).then(() => queue.append(texts('during'), 'key'))]);
    assert.equal(during, undefined);
    await until('both', () => taken.texts.length >= 2);
    await running.stop();
    assert.deepEqual(taken.texts, ['before', 'during']);
  });

  it('reports a damaged message once, goes on behind it, also where one before it is gone from the servers', async () => {
    const name = fresh();
    const queue = await open(name);
    const connection = await connect({ servers: nats.url });
    const subject = `tongan.${name}.0`;
    await queue.append(texts('before'), 'key');
    await queue.append(texts('gone'), 'key');
    await jetstream(connection).publish(subject, Buffer.from('no frame at all'));
    await queue.append(texts('after'), 'key');
    await (await jetstreamManager(connection)).streams.deleteMessage(`tongan_${name}_0`, 2);
    const taken = new Taken();
    const running = queue.consume(taken.work);
    await until('the record behind it', () => taken.texts.includes('after'));
    await jetstream(connection).publish(subject, Buffer.from('nor this'));
    await queue.append(texts('last'), 'key');
    await until('the last record', () => taken.texts.includes('last'));
    await running.stop();
    await connection.close();
    assert.deepEqual(taken.texts, ['before', 'after', 'last']);
    const damages = queue.stats().damages.map(({ segment, bytes }) => [segment, bytes]);
    assert.deepEqual(damages, [
      [2, 0],
      [3, 15],
      [5, 8],
    ]);
  });

  it('names the servers that cannot be reached', async () => {
    const opening = openNatsQueue({
      nats: settings('nats://127.0.0.1:1'),
      name: 'x',
      partitions: 1,
      bytesMax: 1000,
      log,
    });
    await assert.rejects(opening, /NATS at nats:\/\/127\.0\.0\.1:1 cannot be reached .* TONGAN_NATS_SERVERS/);
  });
});

it('gives a key the same partition everywhere', () => {
  assert.deepEqual(
    ['a', 'b', 'source 10.0.0.1', ''].map((key) => partitionOf(key, 16)),
    [2, 6, 1, 2],
  );
});
