import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { appendEntry } from './index.ts';

const NANNING = '/450000/450100/';
const LIUZHOU = '/450000/450200/';

let test_: TestPlatform;
before(async () => {
  test_ = await openTestPlatform({ append: appendEntry });
});
after(() => test_.close());

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
  const nanning = test_.as({ roles: ['unit_officer'], path: NANNING });
  const liuzhou = test_.as({ roles: ['unit_officer'], path: LIUZHOU });
  await touch(nanning, { id: 'a', path: NANNING });
  await touch(liuzhou, { id: 'b', path: LIUZHOU });
  await assert.rejects(touch(nanning, { id: 'a', path: NANNING, fail: true }), /the action failed/);
  // The order moves to another unit: its counter goes on although the writer sees none of the earlier entries.
  await touch(liuzhou, { id: 'a', path: LIUZHOU });
  assert.deepEqual(await seqsSeenBy(test_.system), [
    { seq: 0, object_id: 'a', object_counter: 1 },
    { seq: 1, object_id: 'b', object_counter: 1 },
    { seq: 2, object_id: 'a', object_counter: 2 },
  ]);
  assert.deepEqual(
    (await seqsSeenBy(nanning)).map((row) => row.seq),
    [0],
  );
});
