import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { toRow } from '#engine/fields/row.ts';
import type { Ctx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { complete } from './complete.ts';

const START = Date.UTC(2026, 2, 1);
const DAY = { from: new Date(START), to: new Date(START + 86_400_000) };
const { signal } = new AbortController();

const HOSTS = ['web-01', 'web-01', 'web-02', 'db (old)'];

const events = HOSTS.map((Computer, index) => ({
  id: `complete.1-${index}`,
  timeMs: START + index * 1000,
  receivedAtMs: START + index * 1000,
  source: 'microsoft-windows',
  logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
  unitPath: index === 3 ? '/450000/450200/' : '/450000/450100/',
  fields: { Computer, CommandLine: `run ${index}`, sessionColour: 'blue', ...(index === 3 ? { secretName: 'x' } : {}) },
  raw: '{}',
  problem: '',
}));

describe('completion of a query', () => {
  let test: TestPlatform;
  let region: Ctx;
  let city: Ctx;

  before(async () => {
    test = await openTestPlatform({ events: true });
    region = test.as({ roles: ['analyst'], path: '/450000/' });
    city = test.as({ roles: ['analyst'], path: '/450000/450100/' });
    const lines = events.map((event) => `${JSON.stringify({ ...toRow(event), source_id: 'source-1' })}\n`).join('');
    await test.platform.events.writer.insert('event', Buffer.from(lines), 'complete-test');
  });
  after(() => test.close());

  const texts = async (typed: string, ctx = region, within = '') =>
    (await complete(ctx, { before: typed, within, ...DAY }, signal)).items.map(({ text }) => text);

  it('proposes fields that the events have before others', async () => {
    const { replace, items } = await complete(region, { before: 'a:1 comm', within: '', ...DAY }, signal);
    assert.equal(replace, 4);
    assert.deepEqual(items[0], {
      kind: 'field',
      text: 'command:',
      column: 'process_command_line',
      used: true,
      count: 0,
    });
    assert.ok(items.some(({ column, used }) => column === 'parent_command_line' && !used));
  });

  it('proposes fields without a column, and operators after a condition only', async () => {
    assert.ok((await texts('sessionC')).includes('sessionColour:'));
    assert.ok((await texts('a:1 an')).includes('and '));
    assert.ok(!(await texts('an')).includes('and '));
  });

  it('proposes the values there are, most frequent first, as a query reads them back', async () => {
    assert.deepEqual(await texts('host:'), ['web-01 ', '"db (old)" ', 'web-02 ']);
    assert.deepEqual(await texts('主机:WEB'), ['web-01 ', 'web-02 ']);
    assert.deepEqual(await texts('host:"db (o'), ['"db (old)" ']);
    assert.deepEqual(await texts('host:(web-01 or d'), ['"db (old)" ']);
  });

  it('counts values among the events of the rest of the query', async () => {
    assert.deepEqual(await texts('CommandLine:"run 2" host:'), ['web-02 ']);
    assert.deepEqual(await texts('host:', region, 'CommandLine:"run 0"'), ['web-01 ']);
    assert.deepEqual(await texts('not host:web'), ['web-01 ', 'web-02 ']);
  });

  it('knows no values and no names of other units', async () => {
    assert.deepEqual(await texts('host:', city), ['web-01 ', 'web-02 ']);
    assert.deepEqual(await texts('secretN', city), []);
    assert.deepEqual(await texts('secretN'), ['secretName:']);
  });

  it('says nothing where there is nothing to say', async () => {
    for (const typed of ['Image:~"(', 'port:>', '"free', 'sessionColour:', 'host:nowhere'])
      assert.deepEqual(await texts(typed), [], typed);
  });
});
