import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { until } from '../../../test/support/senders.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { job } from '../slice.ts';

const done: string[] = [];
let failures = 1;

const plain = job({
  name: 'test.plain',
  payload: z.object({ text: z.string() }),
  handler: async (_ctx, { text }) => void done.push(text),
});
const failing = job({
  name: 'test.failing',
  payload: z.object({}),
  handler: async () => {
    failures -= 1;
    if (failures >= 0) throw new Error('not yet');
    done.push('after a failure');
  },
});

let site: TestPlatform;
before(async () => {
  site = await openTestPlatform({ jobs: [plain, failing] });
  await site.platform.jobs.work(site.system);
});
after(() => site.close());

test('a job that is due is done soon, one that failed is tried again, one whose transaction fails never was', async () => {
  const { system } = site;
  await system.transaction((tx) => tx.enqueue('test.failing', {}));
  await system.transaction((tx) => tx.enqueue('test.plain', { text: 'first' }));
  await until('the first is done', () => done.includes('first'));
  await assert.rejects(
    system.transaction(async (tx) => {
      await tx.enqueue('test.plain', { text: 'never' });
      throw new Error('rolled back');
    }),
    /rolled back/,
  );
  await system.transaction((tx) => tx.enqueue('test.plain', { text: 'second' }));
  await until('the second is done', () => done.includes('second'));
  await until('the failed one is done', () => done.includes('after a failure'));
  assert.deepEqual(done.toSorted(), ['after a failure', 'first', 'second']);
});
