import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { modules } from '#app/modules.ts';
import { PERMISSIONS } from '#domain/identity/permissions.ts';
import type { Route } from '#platform/http/route.ts';
import { openRegion, type Region } from '../support/region.ts';

const routes: readonly Route[] = modules.flatMap(({ slice }) => slice.routes ?? []);
const guarded = routes.filter(({ permission }) => permission !== 'public');
const needing = guarded.filter(({ permission }) => permission !== 'signed-in');

/** Where agents of others deliver. */
const AGENTS = [
  'GET /elastic',
  'GET /elastic/*',
  'PUT /elastic/*',
  'POST /elastic/*',
  'POST /elastic/_bulk',
  'PUT /elastic/_bulk',
  'POST /elastic/:index/_bulk',
  'PUT /elastic/:index/_bulk',
  'POST /elastic/:index/_doc',
  'POST /elastic/:index/_doc/:id',
  'PUT /elastic/:index/_doc/:id',
  'POST /elastic/:index/_create/:id',
  'PUT /elastic/:index/_create/:id',
  'POST /v1/logs',
  'POST /services/collector',
  'POST /services/collector/event',
  'POST /services/collector/event/1.0',
  'POST /services/collector/raw',
  'POST /services/collector/raw/1.0',
  'POST /services/collector/ack',
  'GET /services/collector/health',
  'GET /services/collector/health/1.0',
];

/** Open to everybody, and why. */
const PUBLIC: Readonly<Record<string, string>> = {
  'POST /api/session': 'signing in',
  'GET /api/setup': 'the sign-in page asks whether there is anything to sign in to',
  'POST /api/setup': 'works once, before anybody has an account',
  'POST /ingest': 'senders show the token of their source',
  ...Object.fromEntries(AGENTS.map((name) => [name, 'agents show the token of their source'])),
};

let region: Region;
before(async () => {
  region = await openRegion();
});
after(() => region.running.stop());

const nameOf = ({ method, url }: Route): string => `${method} ${url}`;
const UNKNOWN = '00000000-0000-7000-8000-00000000dead';
/** The endpoint's address with an identifier that nothing has. */
const addressOf = ({ url }: Route): string => url.replaceAll(/:[a-zA-Z0-9]+/g, UNKNOWN);

function assertProblem(response: LightMyRequestResponse, status: number, where: string): void {
  assert.equal(response.statusCode, status, `${where}: ${response.body}`);
  assert.match(String(response.headers['content-type']), /^application\/problem\+json/, where);
  const problem = response.json();
  assert.equal(problem.status, status, where);
  for (const member of ['type', 'title', 'code', 'detail', 'requestId']) {
    assert.equal(typeof problem[member], 'string', `${where}: ${member}`);
  }
}

test('every endpoint names a permission of the catalogue, or is one of those open to everybody', () => {
  const known: ReadonlySet<string> = new Set(PERMISSIONS);
  for (const route of needing) assert.ok(known.has(route.permission), `${nameOf(route)}: ${route.permission}`);
  const open = routes.filter(({ permission }) => permission === 'public').map(nameOf);
  assert.deepEqual(open.sort(), Object.keys(PUBLIC).sort());
  const twice = routes.map(nameOf).filter((name, at, all) => all.indexOf(name) !== at);
  assert.deepEqual(twice, []);
});

test('every endpoint refuses who is not signed in', async () => {
  for (const route of guarded) {
    const response = await region.call('nobody', route.method, addressOf(route), { payload: {} });
    assertProblem(response, 401, nameOf(route));
  }
});

test('every change refuses a request without the token against forgery', async () => {
  for (const route of guarded.filter(({ method }) => method !== 'GET')) {
    const someone = region.people.find(({ permissions }) => permissions.has(route.permission)) ?? region.people[0];
    assert.ok(someone);
    const forged = { payload: {}, headers: { 'x-csrf-token': '' } };
    const response = await region.call(someone.account, route.method, addressOf(route), forged);
    assertProblem(response, 403, nameOf(route));
    assert.equal(response.json().reason, 'csrf.missing', nameOf(route));
  }
});

test('every endpoint refuses people whose roles do not include it', async () => {
  for (const route of needing) {
    const refused = region.people.filter(({ permissions }) => !permissions.has(route.permission));
    const others = route.ratePerMinute === undefined ? refused : refused.slice(0, 2);
    // What everybody may do with the own account has nobody to refuse.
    if (others.length === 0) continue;
    for (const { account } of others) {
      const response = await region.call(account, route.method, addressOf(route), { payload: {} });
      assertProblem(response, 403, `${nameOf(route)} as ${account}`);
      assert.equal(response.json().reason, 'permission.missing', nameOf(route));
    }
  }
});

test('every endpoint answers input that is not valid with a problem that says where, and never fails on our side', async () => {
  for (const route of guarded) {
    const permitted = region.people.find(
      ({ permissions }) => route.permission === 'signed-in' || permissions.has(route.permission),
    );
    assert.ok(permitted, `nobody of the region may ${route.permission}`);
    const { account } = permitted;
    if (route.body) {
      const response = await region.call(account, route.method, addressOf(route), {
        payload: '[1]',
        headers: JSON_TYPE,
      });
      assertProblem(response, 400, `${nameOf(route)} with a list as its body`);
      const broken = await region.call(account, route.method, addressOf(route), {
        payload: '{"a":',
        headers: JSON_TYPE,
      });
      assertProblem(broken, 400, `${nameOf(route)} with half a body`);
    }
    if (route.query && 'page' in shapeOf(route.query) && !route.url.includes('/:')) {
      const response = await region.call(account, route.method, `${addressOf(route)}?page=-1`);
      assertProblem(response, 400, `${nameOf(route)} with page -1`);
      assert.match(response.json().detail, /page/);
    }
  }
});

const JSON_TYPE = { 'content-type': 'application/json' };

const shapeOf = (schema: object): object =>
  'shape' in schema && typeof schema.shape === 'object' && schema.shape !== null ? schema.shape : {};

test('the identifier of nothing is not found, and a malformed one not valid: never a failure on our side', async () => {
  for (const route of guarded.filter(({ method, url }) => method === 'GET' && url.includes('/:'))) {
    const permitted = region.people.filter(
      ({ permissions }) => route.permission === 'signed-in' || permissions.has(route.permission),
    );
    for (const { account } of permitted.slice(0, 2)) {
      for (const id of [UNKNOWN, 'x', "'; DROP TABLE unit; --", '../../etc/passwd', '%00', '9'.repeat(300)]) {
        const address = route.url.replaceAll(/:[a-zA-Z0-9]+/g, encodeURIComponent(id).replaceAll('%2500', '%00'));
        const response = await region.call(account, 'GET', address);
        assert.ok(response.statusCode < 500, `${address} as ${account}: ${response.body}`);
      }
    }
  }
});
