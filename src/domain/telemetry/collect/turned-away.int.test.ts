import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { sql } from 'kysely';
import { openTestApp, type TestApp } from '../../../../test/support/app.ts';
import { freeListeners, makeCertificates, unless } from '../../../../test/support/senders.ts';
import { createSource, renewToken } from '../actions.ts';
import { listRefusals } from '../refusals-store.ts';
import { needCollector } from '../runtime.ts';
import { elasticRoutes } from './elastic-routes.ts';
import { hecRoutes } from './hec-routes.ts';
import { ingestRoutes } from './ingest-routes.ts';
import { otlpRoutes } from './otlp-routes.ts';

const withTls = unless('openssl') === false;

let test: TestApp;
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tongan-away-'));
  if (withTls) {
    await makeCertificates(folder, 'nobody.test');
    const strangers = join(folder, 'strangers');
    await mkdir(strangers);
    await makeCertificates(strangers, 'stranger.test');
  }
  test = await openTestApp({
    listen: true,
    settings: {
      ...freeListeners(folder),
    },
  });
});
after(async () => {
  await test.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What the record says of an endpoint: address, reason and count. */
async function refusedBy(endpoint: string): Promise<string[]> {
  const { system } = test.app;
  await needCollector(system).health.flush(system);
  const { refusals } = await system.read((db) => listRefusals(db, new Date(0), 1000));
  return refusals
    .filter((refusal) => refusal.endpoint === endpoint)
    .map(({ address, reason, refused }) => `${address} ${reason} ${refused}`)
    .sort();
}

/** Waits until an endpoint's record is as expected; on the last try the difference is the failure. */
async function expectRefused(endpoint: string, expected: readonly string[]): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline && (await refusedBy(endpoint)).length < expected.length) await delay(50);
  assert.deepEqual(await refusedBy(endpoint), expected);
}

/** Says something and waits until the connection has ended, with or without an error. */
function sayOver(socket: Socket, text: string): Promise<void> {
  socket.on('error', () => undefined);
  socket.write(text);
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

describe('deliveries over HTTP that belong to nobody', () => {
  const WRONG = 'tis_wrong_wrong_wrong_wrong_wrong';
  const ENDPOINTS = [
    ['ingest', '/ingest'],
    ['elastic', '/elastic/_bulk'],
    ['otlp', '/v1/logs'],
    ['hec', '/services/collector/event'],
  ] as const;

  it('are counted at each endpoint, by what was wrong with the token; nothing of the token is kept', async () => {
    const { system } = test.app;
    const { source, token } = await createSource(system, { name: '换令牌', unitPath: '/450000/', listener: 'http' });
    await renewToken(system, source.id);
    const revoked = token ?? assert.fail('no token');
    for (const [endpoint, path] of ENDPOINTS) {
      const post = async (authorization?: string) => {
        const headers = { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) };
        const { status } = await fetch(`${test.address}${path}`, { method: 'POST', headers, body: '{}' });
        assert.ok([401, 403].includes(status), `${endpoint}: ${status}`);
      };
      await post();
      await post(`Bearer ${WRONG}`);
      await post(`Bearer ${revoked}`);
      await post('Bearer somebody-elses-secret');
      await expectRefused(endpoint, [
        '127.0.0.1 token.malformed 1',
        '127.0.0.1 token.missing 1',
        '127.0.0.1 token.unknown 2',
      ]);
    }
    const { rows } = await system.read((db) =>
      sql<{ row: string }>`SELECT refusal::text AS row FROM telemetry_refusal AS refusal`.execute(db),
    );
    const kept = rows.map(({ row }) => row).join('\n');
    for (const shown of [WRONG, revoked, 'tis_', revoked.slice(4, 10), 'secret']) assert.ok(!kept.includes(shown));
  });

  it('are counted at each endpoint where somebody comes more often than is allowed', async () => {
    const { system } = test.app;
    const routes = [...ingestRoutes, ...elasticRoutes, ...otlpRoutes, ...hecRoutes].filter(
      ({ permission }) => permission === 'public',
    );
    for (const { url, overRate } of routes)
      (overRate ?? assert.fail(`${url} counts nobody`))(system, '::ffff:10.8.8.8');
    const counted = async (endpoint: string) =>
      (await refusedBy(endpoint)).filter((refusal) => refusal.startsWith('10.8.8.8 rate.limited'));
    for (const [endpoint] of ENDPOINTS) assert.equal((await counted(endpoint)).length, 1, endpoint);
  });

  it('are not counted where the token is good', async () => {
    const before = await refusedBy('ingest');
    const { token } = await createSource(test.app.system, { name: '门户', unitPath: '/450000/', listener: 'http' });
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await fetch(`${test.address}/ingest`, { method: 'POST', headers, body: 'x' })).status, 200);
    assert.deepEqual(await refusedBy('ingest'), before);
  });
});

const ports = () => {
  const { listeners } = needCollector(test.app.system);
  assert.ok(listeners);
  return { ...listeners.syslog, netflow: listeners.netflow?.port ?? 0 };
};

describe('senders that no source knows', () => {
  it('are counted over UDP by datagram, over TCP by connection, and at NetFlow', async () => {
    const udp = createSocket('udp4');
    const send = (port: number) => new Promise((resolve) => udp.send('<34>who am I', port, '127.0.0.1', resolve));
    for (let number = 0; number < 3; number += 1) await send(ports().udp);
    await send(ports().netflow);
    udp.close();
    await sayOver(connect({ port: ports().tcp, host: '127.0.0.1', localAddress: '127.0.0.77' }), '<34>who am I\n');
    await expectRefused('syslog_udp', ['127.0.0.1 sender.unknown 3']);
    await expectRefused('netflow', ['127.0.0.1 sender.unknown 1']);
    await expectRefused('syslog_tcp', ['127.0.0.77 sender.unknown 1']);
  });

  it('are counted over TLS by what is wrong with their certificate', { skip: !withTls }, async () => {
    const read = async (name: string) => ({
      key: await readFile(join(folder, `${name}.key`)),
      cert: await readFile(join(folder, `${name}.pem`)),
    });
    const port = ports().tls ?? assert.fail('no TLS');
    const come = (options: ConnectionOptions) =>
      sayOver(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }), '<34>who am I\n');
    await come({});
    await come(await read('strangers/client'));
    await come({ ...(await read('strangers/client')), maxVersion: 'TLSv1.2' });
    await come(await read('client'));
    // A probe that says nothing delivers nothing.
    const probe = connect(port, '127.0.0.1', () => probe.end());
    await new Promise((resolve) => probe.once('close', resolve));
    await sayOver(connect(port, '127.0.0.1'), '<34>no TLS at all\n');
    await expectRefused('syslog_tls', [
      '127.0.0.1 certificate.missing 1',
      '127.0.0.1 certificate.unknown 2',
      '127.0.0.1 certificate.unmatched 1',
      '127.0.0.1 tls.failed 1',
    ]);
  });
});
