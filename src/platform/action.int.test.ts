import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { sql } from 'kysely';
import { z } from 'zod';
import { openTestPlatform, type TestPlatform } from '../../test/support/stores.ts';
import { action } from './action.ts';
import type { ChangeEvent } from './context.ts';
import { AppError } from './errors.ts';

const written: string[] = [];
let platform: TestPlatform;
before(async () => {
  platform = await openTestPlatform({
    append: async (_tx, entries) => {
      written.push(...entries.map(({ action: verb, entry }) => `${verb} ${entry.object.id}`));
    },
  });
});
after(() => platform.close());

const manager = () => platform.as({ roles: ['system_admin'], path: '/450000/' });
const rename = action('unit.manage', z.object({ id: z.string().min(1) }), async (tx, { id }) => {
  await sql`SELECT 1`.execute(tx.db);
  tx.record({ object: { type: 'unit', id }, unitPath: '/450000/', data: {} });
  tx.publish({ topic: 'unit', id, action: 'unit.manage', unitPath: '/450000/', side: 'both' });
  return `renamed ${id}`;
});

test('an action returns its result and writes its one entry', async () => {
  assert.equal(await rename(manager(), { id: 'a' }), 'renamed a');
  assert.ok(written.includes('unit.manage a'));
});

test('without the permission nothing runs and nothing is written', async () => {
  const supervisor = platform.as({ roles: ['supervisor'], path: '/450000/' });
  await assert.rejects(
    rename(supervisor, { id: 'forbidden' }),
    (error) => error instanceof AppError && error.code === 'forbidden',
  );
  assert.ok(!written.includes('unit.manage forbidden'));
});

test('invalid input is refused with the place of each fault', async () => {
  await assert.rejects(
    rename(manager(), { id: '' }),
    (error) => error instanceof AppError && error.faults[0]?.at === '/id',
  );
});

test('an action that records nothing, or twice, does not commit', async () => {
  const silent = action('unit.manage', z.object({}), async () => 'done');
  await assert.rejects(silent(manager(), {}), /recorded 0 journal entries/);
  const twice = action('unit.manage', z.object({}), async (tx) => {
    const entry = { object: { type: 'unit', id: 'x' }, unitPath: '/', data: {} };
    tx.record(entry);
    tx.record(entry);
  });
  await assert.rejects(twice(manager(), {}), /recorded 2 journal entries/);
});

test('an action inside another shares its transaction and writes its own entry', async () => {
  const outer = action('unit.manage', z.object({}), async (tx) => {
    await rename(tx, { id: 'inner' });
    tx.record({ object: { type: 'unit', id: 'outer' }, unitPath: '/', data: {} });
  });
  await outer(manager(), {});
  assert.deepEqual(written.slice(-2), ['unit.manage inner', 'unit.manage outer']);
});

test('listeners hear of a change after the commit, within their scope, and never of one that failed', async () => {
  const heard: ChangeEvent[] = [];
  const { live } = platform.platform;
  const stop = live.subscribe({ path: '/450000/', side: 'unit' }, (event) => heard.push(event));
  const stopOther = live.subscribe({ path: '/450000/450200/', side: 'centre' }, (event) => heard.push(event));
  const failing = action('unit.manage', z.object({}), async (tx) => {
    await rename(tx, { id: 'never' });
    throw new Error('no');
  });
  await assert.rejects(failing(manager(), {}), /no/);
  await rename(manager(), { id: 'heard' });
  stop();
  stopOther();
  assert.deepEqual(
    heard.map((event) => event.id),
    ['heard'],
  );
});

test('opening a second transaction inside one is refused instead of waiting for ever', async (t) => {
  if (platform.platform.postgres.kind === 'server') return t.skip('a server has more than one connection');
  const ctx = manager();
  await assert.rejects(
    ctx.transaction(() => ctx.read(async () => 1)),
    /a transaction is open here already/,
  );
});
