import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '#platform/context.ts';
import { callAs, serveRoutes } from '../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits } from '../../../test/support/units.ts';
import { eachAsset } from './all.ts';
import { fillNameKeys, ledgerSlice } from './index.ts';
import { AssetFilter } from './query.ts';
import { mergeAssets, undoChange } from './resolution/actions.ts';

/** In the order in which people look for them. */
const NAMES = ['api', 'PC-01', 'pc-02', 'PC-1', 'web', '安全网关', '白马', '北海', '北京', '北京二', '南宁', '中间件'];

let site: TestPlatform;
let server: FastifyInstance;
let officer: Ctx;

before(async () => {
  site = await openTestPlatform({ jobs: ledgerSlice.jobs ?? [] });
  const [unit] = await seedUnits(site, [{ code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' }]);
  assert.ok(unit);
  officer = site.as({ roles: ['unit_officer'], path: unit.path });
  server = await serveRoutes(site, ledgerSlice.routes ?? [], new Map([['officer', officer]]));
  for (const name of [...NAMES].sort().reverse())
    await callAs(server, 'officer', 'POST', '/api/assets', { kind: 'endpoint', name });
});
after(async () => {
  await server.close();
  await site.close();
});

const list = async (query: Readonly<Record<string, string>>) => {
  const { status, body } = await callAs(server, 'officer', 'GET', `/api/assets?${new URLSearchParams(query)}`);
  assert.equal(status, 200);
  return { names: body.items.map(({ name }: { name: string }) => name), next: body.next };
};

/** All names, from answer to answer by the cursor. */
async function walked(order: 'asc' | 'desc'): Promise<string[]> {
  const names: string[] = [];
  let query: Readonly<Record<string, string>> = { sort: 'name', order, pageSize: '5' };
  for (;;) {
    const page = await list(query);
    names.push(...page.names);
    if (page.next === null) return names;
    // The cursor alone says in which order it goes on.
    query = { pageSize: '5', after: page.next };
  }
}

test('names without regard to case, then Chinese by pinyin, page by page and by the cursor both ways', async () => {
  assert.deepEqual((await list({ sort: 'name', order: 'asc', pageSize: '5', page: '2' })).names, NAMES.slice(5, 10));
  assert.deepEqual(await walked('asc'), NAMES);
  assert.deepEqual(await walked('desc'), NAMES.toReversed());
});

test('a cursor that was not given out is refused', async () => {
  for (const after of ['x', Buffer.from('{"sort":"name"}').toString('base64url')]) {
    const { status, body } = await callAs(server, 'officer', 'GET', `/api/assets?after=${after}`);
    assert.equal(status, 400);
    assert.match(JSON.stringify(body), /\/after/);
  }
});

test('an export has the order of the list', async () => {
  const assets = await Array.fromAsync(eachAsset(officer, AssetFilter.parse({})));
  assert.deepEqual(
    assets.map(({ facts }) => facts.name),
    NAMES,
  );
});

test('what was there before keys were kept gets its own, and nothing else of it changes', async () => {
  const all = () => site.platform.postgres.owner.selectFrom('asset').selectAll().orderBy('id').execute();
  const before = await all();
  await site.asOwner(`UPDATE asset SET name_key = ''`);
  assert.notDeepEqual(await walked('asc'), NAMES);
  assert.equal(await fillNameKeys(site.system), NAMES.length);
  assert.deepEqual(await all(), before);
  assert.equal(await fillNameKeys(site.system), 0);
});

test('a renamed asset changes its place, and one that a merge is undone for gets back to its own', async () => {
  const { body } = await callAs(server, 'officer', 'GET', '/api/assets?sort=name&order=asc');
  const [first, second] = body.items;
  const facts = { kind: 'endpoint', name: '左江' };
  const url = `/api/assets/${first.id}`;
  assert.equal((await callAs(server, 'officer', 'PUT', url, { version: first.version, facts })).status, 200);
  assert.deepEqual(await walked('asc'), [...NAMES.slice(1), '左江']);
  // As it was when the merge was made: before keys were kept.
  await site.asOwner(`UPDATE asset SET name_key = '' WHERE id = '${second.id}'`);
  const analyst = site.as({ roles: ['analyst'], path: '/450000/' });
  const { id } = await mergeAssets(analyst, { id: first.id, otherId: second.id, reason: '同一台' });
  await undoChange(analyst, { id });
  assert.deepEqual(await walked('asc'), [...NAMES.slice(1), '左江']);
});
