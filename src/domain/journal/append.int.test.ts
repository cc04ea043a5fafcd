import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { appendEntries, verifyDatabase } from './index.ts';

const NANNING = '/450000/450100/';
const LIUZHOU = '/450000/450200/';

let site: TestPlatform;
before(async () => {
  site = await openTestPlatform({ append: appendEntries });
});
after(() => site.close());

const touch = action(
  'order.receive',
  z.object({ id: z.string(), path: z.string(), fail: z.boolean().default(false) }),
  async (tx, { id, path, fail }) => {
    tx.record({ object: { type: 'order', id }, unitPath: path, data: { at: tx.clock.now(), id } });
    if (fail) throw new Error('the action failed');
  },
);

const seqsSeenBy = (ctx: Ctx) =>
  ctx.read((db) =>
    db.selectFrom('journal_entry').select(['seq', 'object_id', 'object_counter']).orderBy('seq').execute(),
  );

test('entries have no gaps and each object counts its own, whatever the scope of the writer', async () => {
  const nanning = site.as({ roles: ['unit_officer'], path: NANNING });
  const liuzhou = site.as({ roles: ['unit_officer'], path: LIUZHOU });
  await touch(nanning, { id: 'a', path: NANNING });
  await touch(liuzhou, { id: 'b', path: LIUZHOU });
  await assert.rejects(touch(nanning, { id: 'a', path: NANNING, fail: true }), /the action failed/);
  // The order moves to another unit: its counter goes on although the writer sees none of the earlier entries.
  await touch(liuzhou, { id: 'a', path: LIUZHOU });
  assert.deepEqual(await seqsSeenBy(site.system), [
    { seq: 0, object_id: 'a', object_counter: 1 },
    { seq: 1, object_id: 'b', object_counter: 1 },
    { seq: 2, object_id: 'a', object_counter: 2 },
  ]);
  assert.deepEqual(
    (await seqsSeenBy(nanning)).map((row) => row.seq),
    [0],
  );
});

test('entries appended at the same time get one number each and no object loses count', async () => {
  const before = (await seqsSeenBy(site.system)).length;
  const ids = Array.from({ length: 30 }, (_, at) => `parallel-${at % 3}`);
  await Promise.all(ids.map((id) => touch(site.system, { id, path: NANNING })));
  const rows = (await seqsSeenBy(site.system)).slice(before);
  assert.deepEqual(
    rows.map((row) => row.seq),
    ids.map((_, at) => before + at),
  );
  for (const id of new Set(ids)) {
    const counters = rows.filter((row) => row.object_id === id).map((row) => row.object_counter);
    assert.deepEqual(counters, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  }
});

test('entries of one transaction are appended together, in their order, also more than one statement takes', async () => {
  const before = (await seqsSeenBy(site.system)).length;
  const ids = Array.from({ length: 1_003 }, (_, at) => (at % 500 === 0 ? 'often' : `together-${at}`));
  await site.system.transaction(async (tx) => {
    for (const id of ids) await touch(tx, { id, path: NANNING });
  });
  const rows = (await seqsSeenBy(site.system)).slice(before);
  assert.deepEqual(
    rows.map(({ object_id }) => object_id),
    ids,
  );
  assert.deepEqual(
    rows.map(({ seq }) => seq),
    ids.map((_, at) => before + at),
  );
  const often = rows.filter(({ object_id }) => object_id === 'often');
  assert.deepEqual(
    often.map(({ object_counter }) => object_counter),
    [1, 2, 3],
  );
  assert.equal((await verifyDatabase(site.system)).fault, null);
});

test('the application may add entries but neither change nor remove them', async () => {
  for (const change of [
    'UPDATE journal_entry SET side = side',
    'DELETE FROM journal_entry',
    'TRUNCATE journal_entry',
  ]) {
    const attempt = site.system.transaction((tx) => sql.raw(change).execute(tx.db));
    await assert.rejects(attempt, /permission denied/, change);
  }
});

test('what happens on the side of the centre is not told to units, and a unit sees its own entries only', async () => {
  const triage = action('alert.triage', z.object({ path: z.string() }), async (tx, { path }) => {
    tx.record({ object: { type: 'alert', id: 'x' }, unitPath: path, data: {} });
  });
  await triage(site.system, { path: NANNING });
  const remark = action('order.comment', z.object({ path: z.string() }), async (tx, { path }) => {
    tx.record({ object: { type: 'order', id: 'internal' }, unitPath: path, side: 'centre', data: {} });
  });
  await remark(site.system, { path: NANNING });
  const objects = async (ctx: Ctx) => (await seqsSeenBy(ctx)).map((row) => row.object_id);
  const unit = site.as({ roles: ['unit_officer'], path: NANNING });
  const centre = site.as({ roles: ['analyst'], path: NANNING });
  assert.ok((await objects(centre)).includes('x'));
  assert.ok(!(await objects(unit)).includes('x'));
  assert.ok((await objects(centre)).includes('internal'));
  assert.ok(!(await objects(unit)).includes('internal'), 'an internal remark on an order of the unit');
  assert.ok(!(await objects(centre)).includes('b'), 'an entry of Liuzhou');
});

test('transactions that change the same rows in another order do not wait for each other through the journal', async () => {
  await site.asOwner(`CREATE TABLE contended (id integer PRIMARY KEY, n integer NOT NULL);
    INSERT INTO contended VALUES (1, 0); GRANT SELECT, UPDATE ON contended TO tongan_app`);
  const bump = (tx: Tx) => sql`UPDATE contended SET n = n + 1 WHERE id = 1`.execute(tx.db);
  const inner = action('order.receive', z.object({}), async (tx) => {
    tx.record({ object: { type: 'order', id: 'contended' }, unitPath: NANNING, data: {} });
  });
  const recordThenBump = () =>
    site.system.transaction(async (tx) => {
      await inner(tx, {});
      await bump(tx);
    });
  const bumpThenRecord = () =>
    site.system.transaction(async (tx) => {
      await bump(tx);
      await inner(tx, {});
    });
  await Promise.all(Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? recordThenBump() : bumpThenRecord())));
  const rows = (await seqsSeenBy(site.system)).filter((row) => row.object_id === 'contended');
  assert.equal(rows.length, 8);
});

test('facts with characters that no store keeps are recorded in a form that verifies', async () => {
  const text = 'a\ud800b\u0000c\u0008';
  const odd = action('order.comment', z.object({}), async (tx) => {
    tx.record({ object: { type: 'order', id: 'odd' }, unitPath: NANNING, data: { text, [text]: [text] } });
  });
  await odd(site.system, {});
  const row = await site.system.read((db) =>
    db.selectFrom('journal_entry').select('data').where('object_id', '=', 'odd').executeTakeFirstOrThrow(),
  );
  assert.equal(JSON.parse(row.data).text, 'a\ufffdb\u0000c\u0008');
  const report = await verifyDatabase(site.system);
  assert.ok(report.ok, report.fault?.message);
});
