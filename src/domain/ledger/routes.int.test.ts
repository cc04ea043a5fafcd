import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '#platform/context.ts';
import { callAs, serveRoutes } from '../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits } from '../../../test/support/units.ts';
import { readSheet } from './import/read.ts';
import { ledgerSlice } from './index.ts';

let site: TestPlatform;
let server: FastifyInstance;
const people = new Map<string, Ctx>();

before(async () => {
  site = await openTestPlatform({ jobs: ledgerSlice.jobs ?? [] });
  const [nanning, liuzhou] = await seedUnits(site, [
    { code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' },
    { code: 'lz-data', name: '柳州市大数据发展局', divisionCode: '450200' },
  ]);
  assert.ok(nanning && liuzhou);
  people.set('officer', site.as({ roles: ['unit_officer'], path: nanning.path, name: '安全员' }));
  people.set('leader', site.as({ roles: ['unit_leader'], path: nanning.path }));
  people.set('stranger', site.as({ roles: ['unit_officer'], path: liuzhou.path }));
  people.set('dispatcher', site.as({ roles: ['dispatcher'], path: '/450000/' }));
  people.set('analyst', site.as({ roles: ['analyst'], path: '/450000/' }));
  people.set('supervisor', site.as({ roles: ['supervisor'], path: '/450000/' }));
  server = await serveRoutes(site, ledgerSlice.routes ?? [], people);
});
after(async () => {
  await server.close();
  await site.close();
});

const call = (who: string, method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) =>
  callAs(server, who, method, url, payload);

const file = async (who: string, url: string) => {
  const response = await server.inject({ method: 'GET', url, headers: { authorization: who } });
  return { status: response.statusCode, bytes: response.rawPayload, type: response.headers['content-type'] };
};

function upload(who: string, fileName: string, content: string, choice: Readonly<Record<string, string>> = {}) {
  const boundary = 'frontier';
  return server.inject({
    method: 'POST',
    url: `/api/assets/imports?${new URLSearchParams(choice)}`,
    headers: { authorization: who, 'content-type': `multipart/form-data; boundary=${boundary}` },
    payload: [
      `--${boundary}`,
      `Content-Disposition: form-data; name="file"; filename="${fileName}"`,
      'Content-Type: text/csv',
      '',
      content,
      `--${boundary}--`,
      '',
    ].join('\r\n'),
  });
}

test('an asset is entered, read, changed once per version, and stays with its unit', async () => {
  const made = await call('officer', 'POST', '/api/assets', {
    kind: 'application',
    name: '门户',
    addresses: ['10.1.1.1'],
  });
  assert.equal(made.status, 200);
  const url = `/api/assets/${made.body.id}`;
  const { body: asset } = await call('officer', 'GET', url);
  assert.deepEqual(asset.addresses, ['10.1.1.1']);
  assert.equal((await call('analyst', 'GET', url)).body.unit.name, '南宁市大数据发展局');
  assert.equal((await call('stranger', 'GET', url)).status, 404);
  const change = { version: asset.version, facts: { kind: 'application', name: '门户网站', protectionLevel: 3 } };
  assert.equal((await call('stranger', 'PUT', url, change)).status, 404);
  assert.equal((await call('leader', 'PUT', url, change)).status, 403);
  assert.equal((await call('officer', 'PUT', url, change)).status, 200);
  assert.equal((await call('officer', 'PUT', url, change)).status, 409);
  assert.equal((await call('officer', 'GET', '/api/assets?text=门户网站')).body.total, 1);
  assert.equal((await call('stranger', 'GET', '/api/assets')).body.total, 0);
  assert.equal((await call('officer', 'GET', '/api/assets/counts')).body.total, 1);
});

test('a wrong address is refused at its place, and an asset of another unit cannot be made', async () => {
  const wrong = await call('officer', 'POST', '/api/assets', { kind: 'endpoint', name: 'x', addresses: ['1.2.3'] });
  assert.equal(wrong.status, 400);
  assert.match(JSON.stringify(wrong.body.faults), /addresses/);
  const other = { kind: 'endpoint', name: 'x', unitPath: '/450000/450200/lz-data/' };
  assert.equal((await call('officer', 'POST', '/api/assets', other)).status, 400);
});

test('template and export are sheets that can be read again', async () => {
  const template = await file('officer', '/api/assets/template');
  assert.equal(template.status, 200);
  assert.ok((await readSheet(template.bytes)).rows[0]?.cells.includes('资产名称'));
  for (const format of ['xlsx', 'csv']) {
    const exported = await file('officer', `/api/assets/export?format=${format}`);
    assert.equal(exported.status, 200);
    assert.ok((await readSheet(exported.bytes)).rows.length > 1, format);
  }
  assert.equal((await file('leader', '/api/assets/template')).status, 403);
});

test('a sheet goes from upload over the preview to acceptance, and nobody else sees it', async () => {
  const sent = await upload('officer', '台账.csv', '资产名称,资产类型,编号\n新系统,应用系统,N-1\n,终端,N-2\n');
  assert.equal(sent.statusCode, 200);
  const url = `/api/assets/imports/${sent.json().id}`;
  const { body } = await call('officer', 'GET', url);
  assert.deepEqual(
    body.columns.map((column: { meaning: string }) => column.meaning),
    ['name', 'class', 'code'],
  );
  assert.equal((await call('officer', 'GET', `${url}/rows?verdict=skip`)).body.items[0].number, 3);
  assert.equal((await call('officer', 'GET', '/api/assets/imports')).body.total, 1);
  assert.equal((await call('stranger', 'GET', url)).status, 404);
  assert.equal((await call('stranger', 'POST', `${url}/apply`, {})).status, 404);
  // Whoever judges the work reads what was brought in, row by row, and changes nothing of it.
  assert.equal((await call('supervisor', 'GET', url)).body.fileName, '台账.csv');
  assert.equal((await call('supervisor', 'GET', `${url}/rows`)).body.total, 2);
  assert.equal((await call('supervisor', 'POST', `${url}/apply`, {})).status, 403);
  const mapping = await call('officer', 'PUT', `${url}/mapping`, { mapping: ['name', 'class', ''] });
  assert.equal(mapping.body.columns[2].meaning, '');
  assert.equal((await call('officer', 'POST', `${url}/apply`, {})).status, 200);
  assert.equal((await call('officer', 'POST', `${url}/discard`)).status, 409);
  assert.equal((await upload('leader', 'x.csv', '资产名称\nx\n')).statusCode, 403);
  assert.equal((await upload('officer', 'x.csv', '')).statusCode, 400);
});

test('what is retired or written off is listed, counted and exported only where it is asked for', async () => {
  const enter = async (name: string, state: string) => {
    const { body } = await call('officer', 'POST', '/api/assets', { kind: 'endpoint', name });
    await site.asOwner(`UPDATE asset SET state = '${state}' WHERE id = '${body.id}'`);
  };
  await enter('老终端在用', 'confirmed');
  await enter('老终端停用', 'retired');
  await enter('老终端注销', 'written_off');
  type Named = { readonly name: string };
  type Faceted = { facet: string; values: { value: string; count: number }[] };
  const found = async (query: string) => {
    const { body } = await call('officer', 'GET', `/api/assets?sort=name&order=asc&${query}`);
    const names = body.items.map(({ name }: Named) => name).filter((name: string) => name.startsWith('老终端'));
    const { body: counted } = await call('officer', 'GET', `/api/assets/facets?${query}`);
    const facet = (name: string) => (counted.facets as Faceted[]).find((one) => one.facet === name)?.values ?? [];
    assert.equal(
      facet('duty').reduce((sum, { count }) => sum + count, 0),
      body.all,
      `counts of ${query} are of the list`,
    );
    const exported = await file('officer', `/api/assets/export?format=ndjson&${query}`);
    assert.equal(exported.bytes.toString().trim().split('\n').length, body.all, `the export of ${query} is the list`);
    return { names: new Set(names), states: new Set(facet('state').map(({ value }) => value)) };
  };
  const everyState = new Set(['confirmed', 'retired', 'written_off']);
  for (const text of ['', 'text=老终端&']) {
    const usual = await found(`${text}kind=endpoint`);
    assert.deepEqual(usual.names, new Set(['老终端在用']));
    assert.deepEqual(usual.states, everyState, 'the states to choose from show what is left out');
    assert.deepEqual(
      (await found(`${text}kind=endpoint&gone=true`)).names,
      new Set(['老终端在用', '老终端停用', '老终端注销']),
    );
    assert.deepEqual((await found(`${text}kind=endpoint&state=retired`)).names, new Set(['老终端停用']));
  }
});

test('what the columns of a sheet mean is remembered by name, for the unit and by the centre that imports for it', async () => {
  const profiles = async (who: string, query = '') =>
    (await call(who, 'GET', `/api/assets/imports/profiles${query}`)).body.items.map(
      ({ name }: { name: string }) => name,
    );
  const unit = '/450000/450100/nn-data/';
  const remember = async (name: string, choice: Readonly<Record<string, string>>) => {
    const sent = await upload('dispatcher', 'p.csv', '甲,乙\n机房服务器,10.3.3.3\n', choice);
    const url = `/api/assets/imports/${sent.json().id}`;
    await call('dispatcher', 'PUT', `${url}/mapping`, { mapping: ['name', 'addresses'] });
    assert.equal((await call('dispatcher', 'POST', `${url}/profile`, { name })).status, 200);
  };
  await remember('中心的表', {});
  await remember('单位的表', { unit });
  assert.deepEqual(await profiles('dispatcher'), ['中心的表']);
  assert.deepEqual(await profiles('dispatcher', `?unit=${encodeURIComponent(unit)}`), ['单位的表', '中心的表']);
  assert.deepEqual(await profiles('officer'), ['单位的表']);
  assert.deepEqual(await profiles('stranger', `?unit=${encodeURIComponent(unit)}`), []);

  const sent = await upload('dispatcher', 'q.csv', '丙,甲\n x,另一台\n', { unit, profile: '中心的表' });
  const { body } = await call('dispatcher', 'GET', `/api/assets/imports/${sent.json().id}`);
  assert.equal(body.unit.path, unit);
  assert.deepEqual(
    body.columns.map(({ meaning }: { meaning: string }) => meaning),
    ['', 'name'],
  );
});

test('a sheet past the limit is refused whole: what was cut off would look like its end', async () => {
  const row = `${'x'.repeat(1000)},主机,10.1.1.1\n`;
  const sheet = `资产名称,类型,IP地址\n${row.repeat(66_500)}`;
  const payload = `--b\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${sheet}\r\n--b--\r\n`;
  const headers = { authorization: 'officer', 'content-type': 'multipart/form-data; boundary=b' };
  const answer = await server.inject({ method: 'POST', url: '/api/assets/imports', headers, payload });
  assert.equal(answer.statusCode, 413, answer.body);
  assert.match(answer.body, /A sheet has at most 64 MiB/);
});
