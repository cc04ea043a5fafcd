import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { modules } from '#app/modules.ts';
import type { Route } from '#platform/http/route.ts';
import { openRegion, type Region } from '../support/region.ts';

/** A unit officer of Liuzhou: signed in, with a unit of the own, and no business with Nanning. */
const STRANGER = 'officer-lz';

const routes: readonly Route[] = modules.flatMap(({ slice }) => slice.routes ?? []);
const reading = routes.filter(({ method }) => method === 'GET');
const writing = routes.filter(({ method, permission }) => method !== 'GET' && permission !== 'public');
const hasParams = ({ url }: Route): boolean => url.includes('/:');

/** Endpoints about one thing that belongs to no unit. */
const OF_NO_UNIT: Readonly<Record<string, string>> = {
  '/api/rules/:id': 'rules hold for the whole platform',
  '/api/rules/:id/ledger': 'counts over the whole platform, for centres only',
};

let region: Region;
before(async () => {
  region = await openRegion();
});
after(() => region.running.stop());

/** Every address of an endpoint that names something of Nanning. */
function addressesOf(url: string): string[] {
  if (url === '/api/journal/:seq') return Array.from({ length: 60 }, (_, seq) => `/api/journal/${seq}`);
  if (url === '/api/journal/object/:type/:id') {
    return ['order', 'asset', 'account', 'unit', 'source', 'alert', 'incident', 'vulnerability'].flatMap((type) =>
      region.ids.map((id) => `/api/journal/object/${type}/${id}`),
    );
  }
  if (url === '/api/orders/:id/attachments/:sha256') {
    return [`/api/orders/${region.orderId}/attachments/${region.attachmentSha256}`];
  }
  if (url === '/api/assets/:id/as-of/:day') {
    // The day that has not ended anywhere yet: it shows what lies there now.
    const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    return region.ids.map((id) => `/api/assets/${id}/as-of/${day}`);
  }
  const [first, ...others] = url.split(/:[a-zA-Z0-9]+/);
  assert.ok(first !== undefined && others.length > 0);
  return region.ids.map((id) => others.reduce((address, rest) => `${address}${id}${rest}`, first));
}

const told = (body: string): readonly string[] => region.secrets.filter((secret) => body.includes(secret));

test('one object of each kind lies in Nanning: every endpoint about one thing answers somebody of the centre or the unit', async () => {
  for (const route of reading.filter(hasParams)) {
    if (route.url in OF_NO_UNIT) continue;
    const answered = await somebodyIsAnswered(route);
    assert.ok(answered, `nobody was answered by ${route.url}: the check of its scope would prove nothing`);
  }
});

async function somebodyIsAnswered({ url, permission }: Route): Promise<boolean> {
  const people = region.people
    .filter((person) => person.account !== STRANGER)
    .filter(({ permissions }) => permission === 'signed-in' || permissions.has(permission))
    // The director reads most of what there is, so asking in that order asks least.
    .sort((left, right) => right.permissions.size - left.permissions.size);
  for (const { account } of people) {
    for (const address of addressesOf(url)) {
      if ((await region.call(account, 'GET', address)).statusCode === 200) return true;
    }
  }
  return false;
}

test('no endpoint about one thing gives anything of Nanning to an officer of Liuzhou', async () => {
  for (const route of reading.filter(hasParams)) {
    if (route.url in OF_NO_UNIT) continue;
    for (const address of addressesOf(route.url)) {
      const response = await region.call(STRANGER, 'GET', address);
      if (response.statusCode === 200) {
        // The trail of an object that cannot be seen is empty; it never names what it was asked for.
        assert.deepEqual(told(response.body), [], address);
        assert.equal(response.json().total ?? 0, 0, `${address}: ${response.body}`);
      } else {
        assert.ok([400, 403, 404].includes(response.statusCode), `${address}: ${response.statusCode} ${response.body}`);
        assert.deepEqual(told(response.body.replaceAll(address, '')), [], address);
      }
    }
  }
});

test('no list, count or export tells an officer of Liuzhou anything of Nanning', async () => {
  const queries = [
    '',
    '?pageSize=200',
    `?unitPath=${encodeURIComponent('/450000/450100/')}`,
    '?search=南宁',
    '?unit=nn-hr',
  ];
  for (const route of reading.filter((one) => !hasParams(one) && one.url !== '/api/live')) {
    for (const query of queries) {
      const response = await region.call(STRANGER, 'GET', encodeURI(decodeURI(route.url + query)));
      assert.ok(response.statusCode < 500, `${route.url}${query}: ${response.body}`);
      assert.deepEqual(told(response.body), [], `${route.url}${query}`);
    }
  }
});

test('no question sent with a body tells an officer of Liuzhou anything of Nanning', async () => {
  for (const { method, url } of writing.filter((one) => !hasParams(one) && !one.url.startsWith('/api/session'))) {
    const payload = {
      query: '',
      unitPath: '/450000/450100/',
      from: '2020-01-01T00:00:00Z',
      to: '2030-01-01T00:00:00Z',
    };
    const response = await region.call(STRANGER, method, url, { payload });
    assert.ok(response.statusCode < 500, `${url}: ${response.body}`);
    assert.deepEqual(told(response.body), [], url);
  }
});

test('an officer of Liuzhou changes nothing of Nanning by any endpoint', async () => {
  for (const route of writing.filter(hasParams)) {
    if (route.url in OF_NO_UNIT) continue;
    for (const address of addressesOf(route.url)) {
      const response = await region.call(STRANGER, route.method, address, {
        payload: { reason: '不是我的', version: 1 },
      });
      assert.ok(
        response.statusCode >= 400 && response.statusCode < 500,
        `${route.method} ${address}: ${response.body}`,
      );
      assert.deepEqual(told(response.body.replaceAll(address, '')), [], `${route.method} ${address}`);
    }
  }
});
