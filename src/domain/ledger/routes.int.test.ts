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
  people.set('analyst', site.as({ roles: ['analyst'], path: '/450000/' }));
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

function upload(who: string, fileName: string, content: string) {
  const boundary = 'frontier';
  return server.inject({
    method: 'POST',
    url: '/api/assets/imports',
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
  const mapping = await call('officer', 'PUT', `${url}/mapping`, { mapping: ['name', 'class', ''] });
  assert.equal(mapping.body.columns[2].meaning, '');
  assert.equal((await call('officer', 'POST', `${url}/apply`, {})).status, 200);
  assert.equal((await call('officer', 'POST', `${url}/discard`)).status, 409);
  assert.equal((await upload('leader', 'x.csv', '资产名称\nx\n')).statusCode, 403);
  assert.equal((await upload('officer', 'x.csv', '')).statusCode, 400);
});
