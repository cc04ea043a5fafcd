import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alongside } from './alongside.ts';

test('what was started has ended when it ends, also after a fault, and the first fault is the one that is told', async () => {
  const ended: string[] = [];
  const later = (name: string, fault?: string) =>
    new Promise<void>((resolve, reject) => {
      setTimeout(() => {
        ended.push(name);
        if (fault === undefined) resolve();
        else reject(new Error(fault));
      }, 5);
    });
  assert.equal(
    await alongside(async (start) => {
      await start(later('one'));
      return 'done';
    }),
    'done',
  );
  await assert.rejects(
    alongside(async (start) => {
      await start(later('two', 'the key is there already'));
      await start(later('three'));
      throw new Error('the transaction is aborted');
    }),
    /the key is there already/,
  );
  await assert.rejects(
    alongside(() => Promise.reject(new Error('its own'))),
    /its own/,
  );
  assert.deepEqual(ended, ['one', 'two', 'three']);
});
