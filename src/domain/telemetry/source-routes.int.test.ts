import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { openEventStore } from '#platform/eventstore/open.ts';
import { serveRoutes } from '../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { createSource } from './actions.ts';
import { telemetrySlice } from './index.ts';

let site: TestPlatform;
let server: FastifyInstance;
let id = '';

before(async () => {
  // Nobody listens there: the store is down while the record works.
  const events = openEventStore({
    ...{ kind: 'server', url: 'http://127.0.0.1:1' },
    ...{ user: 'default', password: '', database: 'default' },
  });
  site = await openTestPlatform({ events });
  const admin = site.as({ roles: ['system_admin'], path: '/450000/' });
  ({
    source: { id },
  } = await createSource(admin, { name: '门户访问日志', unitPath: '/450000/450100/', listener: 'http' }));
  const analyst = site.as({ roles: ['analyst'], path: '/450000/' });
  server = await serveRoutes(site, telemetrySlice.routes ?? [], new Map([['analyst', analyst]]));
});
after(async () => {
  await server.close();
  await site.close();
});

const get = (url: string) => server.inject({ url, headers: { authorization: 'analyst' } });

test('how a source is can be seen while the event store does not answer; what it could not read is said to be unknown', async () => {
  const answer = await get(`/api/sources/${id}`);
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.json().name, '门户访问日志');
  assert.equal(answer.json().samples, null);
});

test('what is made of events says that the event store does not answer, and never that there is nothing', async () => {
  const span = { from: '2026-03-02T00:00:00Z', to: '2026-03-02T02:00:00Z' };
  const answers = [
    await get(`/api/sources/${id}/reading`),
    await get('/api/telemetry/coverage'),
    await get('/api/events/anything'),
    ...(await Promise.all(
      ['search', 'find', 'overview', 'complete'].map((what) =>
        server.inject({
          method: 'POST',
          url: `/api/events/${what}`,
          headers: { authorization: 'analyst' },
          payload: { ...span, query: '', before: 'host:' },
        }),
      ),
    )),
  ];
  for (const { statusCode, body } of answers) {
    assert.equal(statusCode, 503, body);
    assert.equal(JSON.parse(body).reason, 'events.down', body);
  }
});
