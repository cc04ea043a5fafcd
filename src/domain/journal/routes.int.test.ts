import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { fromBase64, fromHex } from '#engine/merkle/encoding.ts';
import { parseVerifierKey } from '#engine/merkle/note.ts';
import { verifyInclusion } from '#engine/merkle/proofs.ts';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { sha256 } from '#platform/crypto/digest.ts';
import { serveRoutes } from '../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { hasher } from './entry.ts';
import { appendEntries, journalSlice, readLines, verifyJournal } from './index.ts';
import { signingService } from './services.ts';

const NANNING = '/450000/450100/nn-hr/';
const LIUZHOU = '/450000/450200/lz-transport/';

let site: TestPlatform;
let server: FastifyInstance;
const people = new Map<string, Ctx>();

const issue = action('order.issue', z.object({ id: z.string(), path: z.string() }), async (tx, { id, path }) => {
  tx.record({ object: { type: 'order', id }, unitPath: path, data: { id } });
});

before(async () => {
  site = await openTestPlatform({ append: appendEntries });
  people.set('supervisor', site.as({ roles: ['supervisor'], path: '/450000/', name: '监督员' }));
  people.set('of-nanning', site.as({ roles: ['supervisor'], path: '/450000/450100/' }));
  people.set('officer', site.as({ roles: ['unit_officer'], path: NANNING }));
  people.set('analyst', site.as({ roles: ['analyst'], path: '/450000/' }));
  server = await serveRoutes(site, journalSlice.routes ?? [], people);
  for (let at = 0; at < 6; at += 1) {
    await issue(site.system, { id: at % 2 === 0 ? 'a' : 'b', path: at % 2 === 0 ? NANNING : LIUZHOU });
  }
});
after(async () => {
  await server.close();
  await site.close();
});

const get = (who: string, url: string) => server.inject({ url, headers: { authorization: who } });

test('the service signs at its start and what came since at its stop', async () => {
  const service = await signingService.start(site.system);
  await issue(site.system, { id: 'a', path: NANNING });
  await service.stop();
  const { items } = (await get('supervisor', '/api/journal/checkpoints')).json();
  assert.deepEqual(
    items.map((checkpoint: { size: number }) => checkpoint.size),
    [7, 6],
  );
  const text = await get('supervisor', '/api/journal/checkpoint');
  assert.match(String(text.headers['content-type']), /^text\/plain/);
  assert.equal(text.body, items[0].text);
  assert.match(text.body, /^tongan\n7\n/);
});

test('an entry comes with a proof that an outsider can verify', async () => {
  const { entry, proof } = (await get('supervisor', '/api/journal/2')).json();
  assert.equal(proof.holds, true);
  const root = fromBase64(proof.checkpoint.split('\n')[2]) ?? assert.fail();
  const hashes = proof.hashes.map((hash: string) => fromBase64(hash) ?? assert.fail());
  const leafHash = fromHex(entry.leafHash) ?? assert.fail();
  assert.ok(verifyInclusion(hasher, { index: 2, size: 7, leafHash, root, proof: hashes }));
});

test('an entry that no checkpoint covers yet has no proof, one that was changed has a proof that does not hold', async () => {
  await issue(site.system, { id: 'c', path: LIUZHOU });
  assert.equal((await get('supervisor', '/api/journal/7')).json().proof, null);
  await site.asOwner(`UPDATE journal_entry SET actor_name = 'x' WHERE seq = 1`);
  assert.equal((await get('supervisor', '/api/journal/1')).json().proof.holds, false);
  const report = await server.inject({
    method: 'POST',
    url: '/api/journal/verify',
    headers: { authorization: 'supervisor' },
  });
  assert.deepEqual([report.json().ok, report.json().fault.seq], [false, 1]);
  await site.asOwner(`UPDATE journal_entry SET actor_name = 'system' WHERE seq = 1`);
  assert.equal((await get('supervisor', '/api/journal/1')).json().proof.holds, true);
});

test('the list is filtered by object, action, unit, person and time, and limited to the scope', async () => {
  const seqs = async (who: string, query: string) =>
    (await get(who, `/api/journal?${query}`)).json().items.map((entry: { seq: number }) => entry.seq);
  assert.deepEqual(await seqs('supervisor', 'objectType=order&objectId=b'), [5, 3, 1]);
  assert.deepEqual(await seqs('supervisor', 'objectId=b&order=asc&pageSize=2&page=2'), [5]);
  assert.deepEqual(await seqs('supervisor', `unitPath=${LIUZHOU}`), [7, 5, 3, 1]);
  assert.deepEqual(await seqs('supervisor', 'action=order.close'), []);
  assert.deepEqual(await seqs('supervisor', 'actor=syst&objectId=c'), [7]);
  assert.deepEqual(await seqs('supervisor', 'actor=%25'), []);
  assert.deepEqual(await seqs('supervisor', 'to=2026-03-02T02:00:00Z'), []);
  assert.deepEqual(await seqs('of-nanning', 'objectType=order'), [6, 4, 2, 0]);
  assert.equal((await get('of-nanning', '/api/journal/1')).statusCode, 404);
});

test('an export is itself recorded, verifies with the key alone, and withholds what lies outside the scope', async () => {
  const response = await get('of-nanning', '/api/journal/export');
  assert.equal(response.headers['content-type'], 'application/x-ndjson');
  assert.match(String(response.headers['content-disposition']), /journal-2026-03-02\.ndjson/);
  assert.ok(!response.body.includes(LIUZHOU));
  const [heading] = response.body.split('\n');
  const key = parseVerifierKey(sha256, JSON.parse(heading ?? '').verifierKey);
  assert.ok(key.ok);
  const chunks = async function* () {
    yield new TextEncoder().encode(response.body);
  };
  const report = await verifyJournal(readLines(chunks()), { key: key.value });
  assert.ok(report.ok, report.fault?.message);
  assert.deepEqual([report.size, report.withheld, report.checkpoints], [9, 4, 2]);
  const last = (await get('supervisor', '/api/journal?pageSize=1')).json().items[0];
  assert.deepEqual([last.action, last.object.type], ['journal.export', 'journal']);
});

test('the trail of an object is for those who may read such objects, in their scope', async () => {
  const trail = await get('officer', '/api/journal/object/order/a');
  assert.deepEqual(
    trail.json().items.map((entry: { object: { counter: number } }) => entry.object.counter),
    [4, 3, 2, 1],
  );
  assert.equal((await get('officer', '/api/journal/object/order/b')).json().total, 0);
  assert.equal((await get('officer', '/api/journal/object/account/x')).statusCode, 403);
  assert.equal((await get('analyst', '/api/journal')).statusCode, 403);
  assert.equal((await get('analyst', '/api/journal/object/alert/x')).statusCode, 200);
});

const bring = action(
  'asset.import',
  z.object({ id: z.string(), path: z.string(), made: z.array(z.string()) }),
  async (tx, { id, path, made }) => {
    const assets = made.map((asset) => ({ type: 'asset', id: asset }));
    const updated = made.map((one) => ({ id: one, changes: [one] }));
    tx.record({ object: { type: 'asset_import', id }, unitPath: path, data: { id, made, updated }, related: assets });
  },
);

test('the trail of an object also tells entries that name it, where their own scope and kind may be read', async () => {
  await bring(site.system, { id: 'import-1', path: NANNING, made: ['made-1', 'made-2', 'made-1'] });
  await bring(site.system, { id: 'import-2', path: LIUZHOU, made: ['made-1'] });
  const told = async (who: string, query = '') =>
    (await get(who, `/api/journal/object/asset/made-1${query}`))
      .json()
      .items.map(({ object, related }: { object: { type: string; id: string }; related: unknown }) => [
        object.id,
        related,
      ]);
  assert.deepEqual(await told('supervisor'), [
    ['import-2', []],
    ['import-1', []],
  ]);
  assert.deepEqual(await told('officer'), [['import-1', []]]);
  assert.deepEqual(await told('supervisor', '?order=asc&pageSize=1&page=2'), [['import-2', []]]);
  assert.equal((await get('supervisor', '/api/journal/object/asset/made-1?pageSize=1')).json().total, 2);
  const [{ data }] = (await get('officer', '/api/journal/object/asset/made-2')).json().items;
  assert.deepEqual(data, { id: 'import-1', made: ['made-2'], updated: [{ id: 'made-2', changes: ['made-2'] }] });
  // What began for more than a unit is told to it, and cannot be opened by it.
  for (const path of ['/450000/', NANNING]) await bring(site.system, { id: 'import-3', path, made: ['made-3'] });
  const opens = async (who: string) =>
    (await get(who, '/api/journal/object/asset/made-3')).json().items.map((entry: { opens: boolean }) => entry.opens);
  assert.deepEqual(await opens('officer'), [false]);
  assert.deepEqual(await opens('supervisor'), [true, true]);
  // Of the entry about the object itself all it names is told.
  const [own] = (await get('supervisor', '/api/journal/object/asset_import/import-1')).json().items;
  assert.equal(own.related.length, 3);
});

test('the trail of an object tells no entry of a kind that the reader may not read, and no alert about it', async () => {
  const about = (type: string, id: string, related: readonly { type: string; id: string }[]) =>
    action('user.manage', z.object({}), async (tx) => {
      tx.record({ object: { type, id }, unitPath: NANNING, data: {}, related });
    })(site.system, {});
  await about('account', 'an-account', [{ type: 'unit', id: 'a-unit' }]);
  await about('alert', 'an-alert', [{ type: 'unit', id: 'a-unit' }]);
  const told = async (who: string) =>
    (await get(who, '/api/journal/object/unit/a-unit'))
      .json()
      .items.map(({ object }: { object: { id: string } }) => object.id);
  assert.deepEqual(await told('supervisor'), ['an-account']);
  assert.deepEqual(await told('analyst'), []);
});
