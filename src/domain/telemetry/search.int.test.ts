import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { csvCell, exportEvents } from './export.ts';
import { eventById, facets, histogram, searchEvents } from './search.ts';

const START = Date.UTC(2026, 2, 1);
const DAY = { from: new Date(START), to: new Date(START + 86_400_000) };
const signal = new AbortController().signal;

/** 300 events, ten minutes' worth at two a second, of two cities. */
const events: SecurityEvent[] = Array.from({ length: 300 }, (_, index) => ({
  id: `test.1-${String(index).padStart(4, '0')}`,
  // Pairs share a time: the order within a time must hold over pages too.
  timeMs: START + Math.floor(index / 2) * 2000,
  receivedAtMs: START + index * 1000,
  source: index % 10 === 9 ? 'unparsed' : 'microsoft-windows',
  logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
  unitPath: index % 3 === 0 ? '/450000/450200/' : '/450000/450100/',
  fields: {
    Image: index % 5 === 0 ? 'C:\\Windows\\System32\\CMD.exe' : 'C:\\Windows\\explorer.exe',
    CommandLine: `run number ${index} 参数`,
    User: `user${index % 4}`,
    src_ip: `10.0.${index % 2}.${index % 250}`,
    Odd: index % 7 === 0 ? ['first', 'second'] : 'single',
    EmptyOne: '',
  },
  raw: `{"Image":"C:\\\\Windows\\\\x","n":${index},"word":"${index === 42 ? 'Mimikatz 勒索' : 'calm'}"}`,
  problem: index % 10 === 9 ? 'no source knows this text' : '',
}));

describe('search over stored events', () => {
  let test: TestPlatform;
  let region: Ctx;

  before(async () => {
    test = await openTestPlatform({ events: true });
    region = test.as({ roles: ['analyst'], path: '/450000/' });
    const lines = events.map((event) => `${JSON.stringify({ ...toRow(event), source_id: 'source-1' })}\n`).join('');
    await test.platform.events.writer.insert('event', Buffer.from(lines), 'search-test');
  });
  after(() => test.close());

  const found = async (query: string, ctx: Ctx = region) => (await histogram(ctx, { query, ...DAY }, signal)).total;
  const page = (query: string, extra: { cursor?: string; order?: 'asc' | 'desc'; limit?: number } = {}) =>
    searchEvents(
      region,
      { query, ...DAY, columns: [], order: extra.order ?? 'desc', limit: extra.limit ?? 100, cursor: extra.cursor },
      signal,
    );

  it('finds by field, wildcard, network, number, list, negation and free text', async () => {
    assert.equal(await found(''), 300);
    assert.equal(await found('Image:*\\cmd.exe'), 60);
    assert.equal(await found('process_executable:*\\cmd.exe 用户:user1'), 15);
    assert.equal(await found('src_ip:10.0.1.0/24'), 150);
    assert.equal(await found('source:unparsed'), 30);
    assert.equal(await found('problem:*'), 30);
    assert.equal(await found('not problem:*'), 270);
    assert.equal(await found('User:(user1 or user2)'), 150);
    assert.equal(await found('Odd:second'), 43);
    assert.equal(await found('mimikatz'), 1);
    assert.equal(await found('勒索'), 1);
    assert.equal(await found('C:\\Windows'), 300);
    assert.equal(await found('Nowhere:*'), 0);
    assert.equal(await found('-Nowhere:*'), 300);
    assert.equal(await found('CommandLine:~"number 1[0-9] "'), 10);
  });

  it('shows the caller only the own area', async () => {
    const liuzhou = test.as({ roles: ['analyst'], path: '/450000/450200/' });
    assert.equal(await found('', liuzhou), 100);
    const foreign = events.find(({ unitPath }) => unitPath === '/450000/450100/')?.id ?? '';
    await assert.rejects(
      eventById(liuzhou, foreign),
      (error) => error instanceof AppError && error.code === 'not_found',
    );
    assert.equal((await eventById(region, foreign)).event.id, foreign);
  });

  it('gives each event on exactly one page, in either order', async () => {
    for (const order of ['asc', 'desc'] as const) {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const result = await page('', { order, limit: 37, ...(cursor === undefined ? {} : { cursor }) });
        ids.push(...result.items.map(({ event_id }) => event_id ?? ''));
        cursor = result.cursor ?? undefined;
      } while (cursor !== undefined);
      const sorted = events.map(({ id }) => id);
      assert.deepEqual(ids, order === 'asc' ? sorted : sorted.reverse());
    }
  });

  it('gives an event back as it was, with the columns filled', async () => {
    const { event, columns, sourceId } = await eventById(region, 'test.1-0007');
    assert.deepEqual(event, events[7]);
    assert.equal(columns.process_executable, 'C:\\Windows\\explorer.exe');
    assert.equal(sourceId, 'source-1');
  });

  it('counts values', async () => {
    const [users] = await facets(region, { query: 'Image:*cmd.exe', ...DAY, columns: ['user_name'], top: 10 }, signal);
    assert.deepEqual(users?.values.map(({ value }) => value).sort(), ['user0', 'user1', 'user2', 'user3']);
  });

  it('refuses what is no column or no cursor, and a wrong query with its place', async () => {
    const is = (reason: string) => (error: unknown) => error instanceof AppError && error.reason === reason;
    await assert.rejects(
      facets(region, { query: '', ...DAY, columns: ['1; DROP TABLE event'], top: 5 }, signal),
      is('search.column'),
    );
    await assert.rejects(page('', { cursor: 'nonsense' }), is('search.cursor'));
    await assert.rejects(page('a:"b'), (error) => error instanceof AppError && error.faults[0]?.at === '/query:3');
  });

  it('exports CSV in which nothing runs as a formula', async () => {
    let text = '';
    const query = {
      query: 'User:user1',
      ...DAY,
      columns: ['user_name', 'process_command_line'],
      format: 'csv' as const,
    };
    for await (const chunk of exportEvents(region, query, signal)) text += chunk;
    const lines = text.split('\r\n').slice(0, -1);
    assert.equal(lines[0], '\uFEFFtime,event_id,user_name,process_command_line');
    assert.equal(lines.length, 76);
    for (const cell of ['=1+1', '+1', '-1', '@x', '\tx', '=a"b']) assert.match(csvCell(cell), /^"?'/);
    assert.equal(csvCell('a,"b"'), '"a,""b"""');
    assert.equal(csvCell('plain'), 'plain');
  });
});
