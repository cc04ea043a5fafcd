import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { seedRegion } from '#app/demo/seed.ts';
import { createSource } from '#domain/telemetry/index.ts';
import { needCollector } from '#domain/telemetry/runtime.ts';
import { openTestApp, type TestApp } from '../support/app.ts';
import { makeCertificates, nginx, unless, until } from '../support/senders.ts';
import { openSession } from '../support/session.ts';

const SITE = join(import.meta.dirname, '../../deploy/nginx/tongan.conf');
const LIVES_MS = 60_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('the platform behind the reverse proxy of deploy/', { skip: unless('nginx', 'openssl') }, () => {
  let site: TestApp;
  let proxy: Awaited<ReturnType<typeof nginx>>;
  let folder = '';
  let ca = '';
  let ports = { plain: 0, tls: 0 };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tongan-nginx-'));
    await makeCertificates(folder, 'nobody.test');
    ca = await readFile(join(folder, 'ca.pem'), 'utf8');
    site = await openTestApp({ listen: true, settings: { http: { port: 0, trustProxy: ['127.0.0.1'] } } });
    ports = { plain: await freePort(), tls: await freePort() };
    const text = (await readFile(SITE, 'utf8'))
      .replaceAll(/listen \[::\].*\n/g, '')
      .replace('listen 80;', `listen 127.0.0.1:${ports.plain};`)
      .replace('listen 443 ssl;', `listen 127.0.0.1:${ports.tls} ssl;`)
      .replace('/etc/ssl/centre.pem', join(folder, 'server.pem'))
      .replace('/etc/ssl/centre.key', join(folder, 'server.key'))
      .replace('http://127.0.0.1:8420', site.address);
    proxy = await nginx(text);
    await until(`nginx listens: ${proxy.output()}`, () =>
      asked('/api/health').then(
        () => true,
        () => false,
      ),
    );
  });
  after(async () => {
    await proxy.stop();
    await site.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** What is asked through the proxy, over TLS; the body is sent as soon as somebody takes it. */
  async function open(
    path: string,
    options: RequestOptions = {},
    body: string | Buffer = '',
  ): Promise<IncomingMessage> {
    const asking = request({ host: '127.0.0.1', port: ports.tls, path, ca, timeout: LIVES_MS, ...options });
    asking.end(body);
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    return answer;
  }

  async function asked(path: string, options: RequestOptions = {}, body: string | Buffer = '') {
    const answer = await open(path, options, body);
    return { status: answer.statusCode, body: await text(answer), headers: answer.headers };
  }

  const senders = async () => {
    await needCollector(site.app.system).health.flush(site.app.system);
    const rows = await site.app.system.read((db) => db.selectFrom('telemetry_refusal').select('address').execute());
    return rows.map(({ address }) => address).sort();
  };

  it('answers over TLS, and sends who comes without it there', async () => {
    assert.equal((await asked('/api/health')).status, 200);
    const plain = httpRequest({ host: '127.0.0.1', port: ports.plain, path: '/orders?state=open' });
    plain.end();
    const [answer] = (await once(plain, 'response')) as [IncomingMessage];
    answer.resume();
    assert.deepEqual([answer.statusCode, answer.headers.location], [308, 'https://127.0.0.1/orders?state=open']);
  });

  it('passes on who sends, and nobody can say to be somebody else', async () => {
    const method = 'POST';
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    await asked('/ingest', { method, headers, localAddress: '127.0.0.2' }, 'line');
    assert.deepEqual(await senders(), ['127.0.0.2']);
    const past = httpRequest(`${site.address}/ingest`, { method, headers, localAddress: '127.0.0.3' });
    past.end('line');
    const [answer] = (await once(past, 'response')) as [IncomingMessage];
    answer.resume();
    assert.deepEqual(await senders(), ['127.0.0.2', '127.0.0.3']);
  });

  it('lets large deliveries through, and refuses what is larger than any report before it is sent', async () => {
    await seedRegion(site.app.system);
    const { token } = await createSource(site.app.system, { name: 'bulk', unitPath: '/450000/', listener: 'http' });
    const line = JSON.stringify({ message: 'x'.repeat(1000), '@timestamp': new Date().toISOString() });
    const body = `{"create":{}}\n${line}\n`.repeat(10_000);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' };
    const answer = await asked('/elastic/logs/_bulk', { method: 'POST', headers }, body);
    assert.equal(answer.status, 200, answer.body.slice(0, 300));
    const { errors, items } = JSON.parse(answer.body) as { errors: boolean; items: unknown[] };
    assert.deepEqual([errors, items.length], [false, 10_000]);
    const large = await asked('/api/vulnerabilities/imports', {
      method: 'POST',
      headers: { 'content-length': 202 * 1024 * 1024, expect: '100-continue' },
    }).catch(({ code }: { code?: string }) => ({ status: code }));
    assert.equal(large.status, 413);
  });

  it('hands changes over as they happen', async () => {
    const session = await openSession(site.address, 'duty');
    const live = await open('/api/live', { headers: session.headers });
    assert.equal(live.headers['content-type'], 'text/event-stream');
    const [first] = (await once(live, 'data')) as [Buffer];
    assert.match(first.toString(), /^retry:/);
    live.destroy();
  });
});
