import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ctx } from '#platform/context.ts';
import { Registry } from './registry.ts';
import type { Acceptor } from './source-store.ts';

const acceptor = (id: string): Acceptor =>
  Object.assign(Object.create(null), { id, listener: 'syslog', sender: '127.0.0.1', tokenHash: null });

test('a source that was made while the sources were being read is known to the very next question', async () => {
  let stored: Acceptor[] = [];
  const reads: (() => void)[] = [];
  // A read gives what was stored when it began, and ends when it is let.
  const read = (): Promise<Acceptor[]> => {
    const seen = stored;
    return new Promise((resolve) => reads.push(() => resolve(seen)));
  };
  const registry = new Registry(Object.assign(Object.create(null) as Ctx, { read }));
  const endOldest = async () => {
    reads.shift()?.();
    await new Promise(setImmediate);
  };
  const early = registry.byAddress('syslog', '127.0.0.1');
  stored = [acceptor('a')];
  registry.forget();
  const late = registry.byAddress('syslog', '127.0.0.1');
  await endOldest();
  const duringReload = registry.byAddress('syslog', '127.0.0.1');
  await endOldest();
  assert.equal(reads.length, 0, 'whoever waits for the same waits for one read');
  assert.equal((await late)?.id, 'a');
  assert.equal((await duringReload)?.id, 'a');
  assert.ok([undefined, 'a'].includes((await early)?.id));
});
