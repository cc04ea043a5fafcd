import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { AppError } from '#platform/errors.ts';
import { type EventStore, openEventStore } from '#platform/eventstore/open.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { openLocalQueue } from '#platform/queue/local.ts';
import type { Queue } from '#platform/queue/queue.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { createSource, renewToken } from './actions.ts';
import { readBody } from './collect/body.ts';
import { splitAll } from './collect/lines.ts';
import { Room } from './collect/room.ts';
import { healthOf } from './health-store.ts';
import { importFile } from './import-file.ts';
import { normaliser } from './normalise.ts';
import { workHere } from './pipeline.ts';
import { collectorService, connectTelemetry, needCollector, needSyslogPorts, pipelineService } from './runtime.ts';
import { loadSources } from './sources.ts';

const REGION = { path: '/', side: 'centre' } as const;
const NANNING = '/450000/450100/';

/** Waits until a condition holds; fails after half a minute. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within 30 s: ${what}`);
    await delay(20);
  }
}

describe('from a sender to the event store', () => {
  let test: TestPlatform;
  let store: EventStore;
  let folder = '';
  let queue: Queue;
  let services: { stop(): Promise<void> }[] = [];
  const batches: { id: string; events: readonly SecurityEvent[] }[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tongan-telemetry-'));
    store = openEventStore({ kind: 'embedded', path: join(folder, 'events') });
    await store.migrate();
    test = await openTestPlatform({ events: store, now: new Date().toISOString() });
    Object.assign(test.platform.config.syslog, { host: '127.0.0.1', udpPort: 0, tcpPort: 0 });
    queue = await openLocalQueue({ folder: join(folder, 'queue'), bytesMax: 1e9 });
    connectTelemetry(test.platform.config, {
      queue,
      store,
      work: workHere(normaliser(await loadSources()), async (events, id) => {
        batches.push({ id, events });
      }),
    });
    services = [await pipelineService.start(test.system), await collectorService.start(test.system)];
  });

  after(async () => {
    for (const service of services.toReversed()) await service.stop();
    await queue.close();
    await store.close();
    await test.close();
    await rm(folder, { recursive: true, force: true });
  });

  const analyst = () => test.as({ roles: ['analyst', 'system_admin'], path: '/450000/' });
  const stored = (sourceId: string, path = '/') =>
    store
      .reader({ ...REGION, path })
      .query<{ raw: string; unit_path: string; source: string }>(
        eventSql`SELECT raw, unit_path, source FROM event WHERE source_id = ${sourceId} ORDER BY event_id`,
        { tag: 'test' },
      );
  const untilStored = (sourceId: string, count: number) =>
    until(`${count} events stored`, async () => (await stored(sourceId)).length >= count);

  it('keeps what arrives over HTTP, under the unit of its source, and tells the hook of each event once', async () => {
    const { source, token } = await createSource(analyst(), { name: '南宁门户', unitPath: NANNING, listener: 'http' });
    assert.match(token ?? '', /^tis_/);
    const { registry, intake } = needCollector(test.system);
    const acceptor = await registry.byToken(token ?? '');
    assert.equal(acceptor?.id, source.id);
    assert.ok(acceptor);
    const lines = splitAll(Buffer.from('one\ntwo\nsomething nobody knows'), 1000).flatMap((item) =>
      item.kind === 'line' ? [item.bytes] : [],
    );
    await intake.accept(acceptor, lines, '::ffff:10.0.0.1');
    await untilStored(source.id, 3);
    assert.deepEqual(
      (await stored(source.id)).map(({ raw, unit_path, source: kind }) => [raw, unit_path, kind]),
      [
        ['one', NANNING, 'unparsed'],
        ['two', NANNING, 'unparsed'],
        ['something nobody knows', NANNING, 'unparsed'],
      ],
    );
    assert.equal((await stored(source.id, '/450000/450200/')).length, 0);
    const seen = batches.flatMap(({ events }) => events.map(({ id }) => id));
    assert.equal(new Set(seen).size, seen.length);
  });

  it('keeps text in GB 18030 readable', async () => {
    const { source } = await createSource(analyst(), { name: '老设备', unitPath: NANNING, listener: 'http' });
    const { registry, intake } = needCollector(test.system);
    const acceptor = await registry.byId(source.id);
    assert.ok(acceptor);
    // 防火墙 in GB 18030.
    await intake.accept(acceptor, [Buffer.from([0xb7, 0xc0, 0xbb, 0xf0, 0xc7, 0xbd])], '');
    await untilStored(source.id, 1);
    assert.equal((await stored(source.id))[0]?.raw, '防火墙');
  });

  it('takes syslog over UDP and TCP from a known address, with both framings', async () => {
    const { source } = await createSource(analyst(), {
      name: '边界防火墙',
      unitPath: NANNING,
      listener: 'syslog',
      sender: '127.0.0.1',
    });
    const syslogPorts = needSyslogPorts(test.system);
    const udp = createSocket('udp4');
    await new Promise((resolve) =>
      udp.send('<34>Oct 11 22:14:15 gate su: by udp', syslogPorts.udp, '127.0.0.1', resolve),
    );
    udp.close();
    const tcp = connect(syslogPorts.tcp, '127.0.0.1');
    await once(tcp, 'connect');
    const counted = '<34>Oct 11 22:14:15 gate su: counted\nwith a second line';
    tcp.end(`<34>Oct 11 22:14:15 gate su: by line\n${Buffer.byteLength(counted)} ${counted}`);
    await untilStored(source.id, 3);
    const raws = (await stored(source.id)).map(({ raw }) => raw);
    assert.ok(raws.includes(counted));
    assert.ok(raws.some((raw) => raw.endsWith('by udp')));
  });

  it('says of a second source with the same sender that it is taken, also across areas', async () => {
    const elsewhere = test.as({ roles: ['system_admin'], path: '/450000/450200/' });
    await assert.rejects(
      createSource(elsewhere, { name: '另一个', unitPath: '/450000/450200/', listener: 'syslog', sender: '127.0.0.1' }),
      (error) => error instanceof AppError && error.reason === 'source.sender.taken',
    );
    await assert.rejects(
      createSource(elsewhere, { name: '越界', unitPath: NANNING, listener: 'http' }),
      (error) => error instanceof AppError && error.reason === 'source.unit.unknown',
    );
  });

  it('forgets an old token at once', async () => {
    const { source, token } = await createSource(analyst(), { name: '换令牌', unitPath: NANNING, listener: 'http' });
    const fresh = await renewToken(analyst(), source.id);
    const { registry } = needCollector(test.system);
    assert.equal(await registry.byToken(token ?? ''), undefined);
    assert.equal((await registry.byToken(fresh.token))?.id, source.id);
  });

  it('counts what it received, wrote and could not read', async () => {
    const { source } = await createSource(analyst(), { name: '计数', unitPath: NANNING, listener: 'http' });
    const { registry, intake, health } = needCollector(test.system);
    const acceptor = await registry.byId(source.id);
    assert.ok(acceptor);
    await intake.accept(acceptor, [Buffer.from('x'), Buffer.from('yy')], '');
    health.rejected(acceptor, 'too_long', 3);
    await untilStored(source.id, 2);
    await until('counted as written', async () => {
      await health.flush(test.system);
      const counts = await analyst().read((db) => healthOf(db, [source.id], new Date('2026-01-01')));
      return counts.get(source.id)?.written === 2;
    });
    const counts = await analyst().read((db) => healthOf(db, [source.id], new Date('2026-01-01')));
    const { received, written, unparsed, rejected } = counts.get(source.id) ?? {};
    assert.deepEqual({ received, written, unparsed, rejected }, { received: 2, written: 2, unparsed: 2, rejected: 3 });
    const liuzhou = test.as({ roles: ['analyst'], path: '/450000/450200/' });
    assert.equal((await liuzhou.read((db) => healthOf(db, [source.id], new Date('2026-01-01')))).size, 0);
  });

  it('reads files, arrays and archives record by record', async () => {
    const read = async (name: string, bytes: Buffer) => {
      const path = join(folder, name);
      await writeFile(path, bytes);
      const texts: string[] = [];
      const result = await importFile(path, name, async ({ lines }) => {
        texts.push(...lines.map(String));
      });
      assert.equal(result.accepted, texts.length);
      return texts;
    };
    const ndjson = Buffer.from('{"a":1}\n{"a":2}\n');
    const both = ['{"a":1}', '{"a":2}'];
    assert.deepEqual(await read('plain.json', ndjson), both);
    assert.deepEqual(await read('array.json', Buffer.from('[{"a":1},{"a":2}]')), both);
    assert.deepEqual(await read('packed.gz', gzipSync(ndjson)), both);
    assert.deepEqual(await read('packed.zst', zstdCompressSync(ndjson)), both);
    assert.deepEqual(await read('packed.tar.gz', gzipSync(tar('x/a.json', ndjson))), both);
    await assert.rejects(read('broken.gz', gzipSync(ndjson).subarray(0, 20)), /invalid_input/);
  });

  it('lets no roll-up forget by itself what events may still say; the nightly deletion does, and heeds holds', async () => {
    const tables = [eventSql`event_count`, eventSql`field_use`, eventSql`entity_sighting`];
    for (const table of tables) {
      const shown = await store.maintain(eventSql`SHOW CREATE TABLE ${table}`);
      assert.ok(shown.includes('SETTINGS'), shown);
      assert.ok(!/\bTTL\b/.test(shown), shown.slice(-400));
    }
  });

  it('refuses a body that unpacks to more than is allowed, before it is in memory', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000));
    const place = new Room(1e9).enter();
    assert.ok(bomb.length < 10_000);
    await assert.rejects(
      readBody(Readable.from([bomb]), { 'content-encoding': 'gzip' }, place, 100_000),
      (error) => error instanceof AppError && error.code === 'too_large',
    );
    const bodies = [gzipSync('hello'), zstdCompressSync('hello')];
    for (const [index, encoding] of ['gzip', 'zstd'].entries()) {
      const body = await readBody(Readable.from([bodies[index]]), { 'content-encoding': encoding }, place);
      assert.equal(body.bytes.toString(), 'hello');
    }
    await assert.rejects(
      readBody(Readable.from([Buffer.from('no gzip')]), { 'content-encoding': 'gzip' }, place),
      /invalid_input/,
    );
    await assert.rejects(readBody(Readable.from([]), { 'content-encoding': 'br' }, place), /unsupported_media/);
  });
});

/** A tar archive of one file. */
function tar(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('0', 156);
  header.write('ustar\0', 257);
  return Buffer.concat([header, content, Buffer.alloc(512 - (content.length % 512)), Buffer.alloc(1024)]);
}
