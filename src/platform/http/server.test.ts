import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import test from 'node:test';
import { pino } from 'pino';
import { z } from 'zod';
import type { Ctx } from '../context.ts';
import { AppError, conflict } from '../errors.ts';
import { countingIds } from '../ids.ts';
import { secureHeaders, serveConsole } from './console.ts';
import { type Route, route } from './route.ts';
import { buildServer } from './server.ts';

/** Only what the server itself asks of a context. */
const ctxWith = (permissions: readonly string[]): Ctx => {
  const refuse = () => {
    throw new Error('not part of this test');
  };
  const allow = (permission: string) => {
    if (!permissions.includes(permission)) throw new AppError('forbidden', { public: 'no' });
  };
  const partial = {
    may: (p: string) => permissions.includes(p),
    allow,
    read: refuse,
    transaction: refuse,
    asSystem: refuse,
  };
  return Object.assign(Object.create(null), partial);
};

const tooOften: string[] = [];
const routes: Route[] = [
  route({
    method: 'POST',
    url: '/api/things/:id',
    permission: 'thing.change',
    summary: 'change',
    params: z.object({ id: z.string().max(5) }),
    body: z.object({ name: z.string().min(2) }),
    response: z.object({ name: z.string() }),
    handler: async (_ctx, { body, params }) => ({ name: `${params.id}:${body.name}`, secret: 'stays here' }),
  }),
  route({
    method: 'GET',
    url: '/api/clash',
    permission: 'public',
    summary: 'clash',
    response: null,
    handler: async () => Promise.reject(conflict('It is closed already', 'thing.closed')),
  }),
  route({
    method: 'GET',
    url: '/api/bug',
    permission: 'public',
    summary: 'bug',
    response: null,
    handler: async () => Promise.reject(new Error('password=hunter2')),
  }),
  route({
    method: 'POST',
    url: '/raw',
    permission: 'public',
    rawBody: true,
    summary: 'raw',
    response: z.object({ bytes: z.number() }),
    handler: async (_ctx, { stream }) => ({ bytes: (await buffer(stream)).length }),
  }),
  route({
    method: 'POST',
    url: '/uploads',
    permission: 'public',
    upload: true,
    uploadBytesMax: 1000,
    summary: 'uploads',
    response: z.object({ bytes: z.array(z.number()) }),
    handler: async (_ctx, { uploads }) => {
      const bytes: number[] = [];
      for await (const { content } of uploads()) bytes.push((await buffer(content)).length);
      return { bytes };
    },
  }),
  route({
    method: 'GET',
    url: '/often',
    permission: 'public',
    ratePerMinute: 2,
    summary: 'often',
    response: null,
    overRate: (_ctx, ip) => tooOften.push(ip),
    handler: async () => undefined,
  }),
];

async function server(ratePerMinute = 1000, trustProxy: boolean | readonly string[] = false) {
  const built = await buildServer({
    routes,
    log: pino({ level: 'silent' }),
    ids: countingIds(),
    version: '0',
    ratePerMinute,
    trustProxy,
    secureCookies: false,
    contextOf: async ({ authorization }) => (authorization ? ctxWith([authorization]) : undefined),
    anonymous: () => ctxWith([]),
  });
  secureHeaders(built, false);
  return built;
}

const change = {
  method: 'POST',
  url: '/api/things/a',
  headers: { authorization: 'thing.change' },
  payload: { name: 'new' },
} as const;

test('a valid request reaches its handler, and only declared fields leave', async () => {
  const answer = await (await server()).inject(change);
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), { name: 'a:new' });
});

test('nobody, and somebody without the permission, are turned away before the body is read', async () => {
  const app = await server();
  const nobody = await app.inject({ ...change, headers: {}, payload: { name: '' } });
  assert.deepEqual([nobody.statusCode, nobody.json().code], [401, 'unauthenticated']);
  const other = await app.inject({ ...change, headers: { authorization: 'thing.read' } });
  assert.deepEqual([other.statusCode, other.json().code], [403, 'forbidden']);
});

test('bad input is a problem document that names every fault', async () => {
  const app = await server();
  const answer = await app.inject({ ...change, payload: { name: 'x' } });
  assert.equal(answer.statusCode, 400);
  assert.match(String(answer.headers['content-type']), /application\/problem\+json/);
  const [{ at, reason }] = answer.json().faults;
  assert.deepEqual([at, reason], ['/name', 'input.too_small']);
  const broken = await app.inject({
    ...change,
    headers: { ...change.headers, 'content-type': 'application/json' },
    payload: '{',
  });
  assert.equal(broken.statusCode, 400);
});

test('a failure of ours shows a request id and none of its cause', async () => {
  const answer = await (await server()).inject({ url: '/api/bug' });
  assert.equal(answer.statusCode, 500);
  assert.ok(!answer.body.includes('hunter2'));
  assert.equal(answer.json().requestId, answer.headers['x-request-id']);
});

test('a conflict carries a word for translation', async () => {
  const answer = await (await server()).inject({ url: '/api/clash' });
  assert.deepEqual([answer.statusCode, answer.json().reason], [409, 'thing.closed']);
});

test('an unknown address is a problem document too', async () => {
  const answer = await (await server()).inject({ url: '/api/nothing' });
  assert.deepEqual([answer.statusCode, answer.json().code], [404, 'not_found']);
});

test('a raw route gets the bytes as they came, whatever their type', async () => {
  const answer = await (await server()).inject({
    method: 'POST',
    url: '/raw',
    headers: { 'content-type': 'application/json' },
    payload: '{broken',
  });
  assert.deepEqual(answer.json(), { bytes: 7 });
});

test('a page is only answered where no program asks for an endpoint', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-console-'));
  try {
    await writeFile(join(folder, 'index.html'), '<html></html>');
    const app = await server();
    await serveConsole(app, folder);
    const statusOf = async (url: string) => (await app.inject({ url })).statusCode;
    for (const url of ['/', '/alerts', '/services', '/v1x']) assert.equal(await statusOf(url), 200, url);
    const endpoints = ['/api/x', '/api?x', '/ingest', '/elastic/x', '/v1/logs?a=1', '/services/collector/event'];
    for (const url of endpoints) assert.equal(await statusOf(url), 404, url);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('every answer carries the security headers', async () => {
  const answer = await (await server()).inject({ url: '/api/nothing' });
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.match(String(answer.headers['content-security-policy']), /default-src 'none'/);
});

test('requests past the limit are refused with the time to wait, also those of nobody', async () => {
  const app = await server(2);
  const codes: number[] = [];
  for (let index = 0; index < 3; index += 1) codes.push((await app.inject({ ...change, headers: {} })).statusCode);
  assert.deepEqual(codes, [401, 401, 429]);
  const refused = await app.inject(change);
  assert.deepEqual([refused.statusCode, refused.json().code], [429, 'too_many_requests']);
  assert.ok(Number(refused.headers['retry-after']) > 0);
});

test('a route is told of each request beyond its rate, and of no other', async () => {
  const app = await server();
  tooOften.length = 0;
  const statuses: number[] = [];
  for (let number = 0; number < 4; number += 1) {
    statuses.push((await app.inject({ url: '/often', remoteAddress: '10.1.1.1' })).statusCode);
  }
  assert.deepEqual(statuses, [204, 204, 429, 429]);
  assert.deepEqual(tooOften, ['10.1.1.1', '10.1.1.1']);
});

test('a route says how large a file may be; of a larger one it gets a byte more, and never one that looks whole', async () => {
  const built = await server();
  const sent = (bytes: number) =>
    built.inject({
      method: 'POST',
      url: '/uploads',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      payload: `--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${'x'.repeat(bytes)}\r\n--b--\r\n`,
    });
  assert.deepEqual((await sent(1000)).json(), { bytes: [1000] });
  const larger = await sent(5000);
  assert.equal(larger.statusCode, 413, larger.body);
});

test('the address of a sender is what a proxy says only where that proxy is believed', async () => {
  const seenAs = async (trustProxy: boolean | readonly string[], remoteAddress: string) => {
    const app = await server(1000, trustProxy);
    tooOften.length = 0;
    const asked = { url: '/often', remoteAddress, headers: { 'x-forwarded-for': '203.0.113.9, 10.1.1.7' } };
    for (let round = 0; round < 3; round += 1) await app.inject(asked);
    return tooOften.join();
  };
  assert.equal(await seenAs(false, '127.0.0.1'), '127.0.0.1');
  assert.equal(await seenAs(['127.0.0.1'], '127.0.0.1'), '10.1.1.7', 'what the sender wrote before is not believed');
  assert.equal(await seenAs(['127.0.0.1'], '::ffff:127.0.0.1'), '10.1.1.7');
  assert.equal(await seenAs(['127.0.0.1', '10.1.0.0/16'], '127.0.0.1'), '203.0.113.9');
  assert.equal(await seenAs(['127.0.0.1'], '198.51.100.4'), '198.51.100.4', 'who comes past the proxy is nobody else');
});
