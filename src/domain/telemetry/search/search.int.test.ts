import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import { finds } from '#engine/search/evaluate.ts';
import { parseSearch } from '#engine/search/parse.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { eventById, searchEvents } from './events.ts';
import { type ExportFormat, exportEvents } from './export.ts';
import { type Found, find } from './find.ts';
import { overview, wholeOverview } from './overview.ts';

const START = Date.UTC(2026, 2, 1);
const DAY = { from: new Date(START), to: new Date(START + 86_400_000) };
const signal = new AbortController().signal;

const idOf = ({ event_id }: Record<string, string>): string => event_id ?? '';

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

const OLD = { from: new Date(START - 40 * 86_400_000), to: new Date(START - 10 * 86_400_000) };

/** Thirty days with an event every two hours: some rare, in one hour a burst of them, pairs that share a time. */
const oldEvents: SecurityEvent[] = Array.from({ length: 360 + 60 }, (_, index) => {
  const isBurst = index >= 360;
  const timeMs = OLD.from.getTime() + (isBurst ? 5 * 86_400_000 + (index >> 1) * 1000 : index * 7_200_000);
  const isRare = isBurst || index % 40 === 7;
  return {
    id: `old.1-${String(index).padStart(4, '0')}`,
    timeMs,
    receivedAtMs: timeMs,
    source: 'microsoft-windows',
    logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
    unitPath: '/450000/450100/',
    fields: { CommandLine: isRare ? `needle ${index}` : `straw ${index}`, User: `user${index % 3}` },
    raw: `{"n":${index},"k":"${isRare ? 'N' : 'S'}"}`,
    problem: '',
  };
});

describe('search over stored events', () => {
  let test: TestPlatform;
  let region: Ctx;

  before(async () => {
    test = await openTestPlatform({ events: true });
    region = test.as({ roles: ['analyst'], path: '/450000/' });
    const lines = [...events, ...oldEvents]
      .map((event, index) => {
        const encoding = index === 0 ? 'gb18030' : index === 1 ? 'utf-8 e5@end' : '';
        return `${JSON.stringify({ ...toRow(event), source_id: 'source-1', encoding })}\n`;
      })
      .join('');
    await test.platform.events.writer.insert('event', Buffer.from(lines), 'search-test');
  });
  after(() => test.close());

  const asked = (query: string, ctx: Ctx = region, columns: readonly string[] = []) =>
    wholeOverview(ctx, { query, ...DAY, columns, top: 10 }, signal);
  const found = async (query: string, ctx: Ctx = region) => (await asked(query, ctx)).total;
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
    assert.equal(await found('encoding:gb18030'), 1);
    assert.equal(await found('编码:utf-8*'), 1);
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

  it('counts over time and by value, and says how far it has looked', async () => {
    const query = { query: 'Image:*cmd.exe', ...DAY, columns: ['user_name', 'source'], top: 3 };
    let done = 0;
    for await (const step of overview(region, query, signal)) {
      assert.ok(step.done > done, 'each answer has looked further');
      done = step.done;
      assert.equal(step.unfinished, null);
    }
    assert.equal(done, 1);
    const whole = await wholeOverview(region, query, signal);
    assert.equal(whole.total, 60);
    assert.equal(
      whole.bars.reduce((sum, { count }) => sum + count, 0),
      60,
    );
    const expected = (name: string, value: string) =>
      events.filter((event, index) => index % 5 === 0 && (event.fields[name] === value || event.source === value))
        .length;
    const [users, sources] = whole.facets;
    assert.equal(users?.values.length, 3, 'no more values than asked for');
    for (const { value, count } of users?.values ?? []) assert.equal(count, expected('User', value), value);
    for (const { value, count } of sources?.values ?? []) assert.equal(count, expected('', value), value);
    assert.equal(whole.facetsFrom, DAY.from.toISOString());
    assert.equal(whole.facetsRough, false);
  });

  it('finds the newest events in the same pass that counts them, and goes on behind them', async () => {
    for (const [query, limit] of [
      ['', 37],
      ['User:user1', 37],
      ['mimikatz', 5],
      ['Nowhere:x', 5],
      ['User:nobody', 5],
    ] as const) {
      let last: Found | undefined;
      const asked = { query, ...DAY, columns: ['source'], top: 3, shown: ['host'], limit };
      for await (const step of find(region, asked, signal)) last = step;
      const parsed = parseSearch(query);
      assert.ok(parsed.ok);
      const expected = events.filter((event) => finds(parsed.search, event)).map(({ id }) => id);
      const ids = (last?.items ?? []).map(({ event_id }) => event_id ?? '');
      assert.deepEqual(ids, expected.toReversed().slice(0, limit), query);
      assert.equal(last?.total, expected.length);
      assert.deepEqual(last?.absent, query === 'Nowhere:x' ? ['Nowhere'] : [], 'the field that nobody has is named');
      if (last?.cursor) ids.push(...(await page(query, { cursor: last.cursor, limit: 500 })).items.map(idOf));
      assert.deepEqual(ids, expected.toReversed(), query);
    }
  });

  it('reads what is rare while it counts, and says the same of it as of what is frequent', async () => {
    for (const [query, limit, wanted] of [
      ['needle', 5, ['search.lines']],
      ['needle', 30, ['search.lines', 'search.overview']],
      ['needle', 500, ['search.lines']],
      ['needle 7', 3, ['search.lines']],
      ['straw', 20, ['search.page']],
      ['', 500, ['search.page']],
    ] as const) {
      const tags = new Set<string>();
      const ask: typeof region.events.query = (sql, limits) => {
        tags.add(limits.tag);
        if (limits.tag === 'search.page') assert.ok(sql.text.split('(time >= ').length <= 1 + 12, 'few stretches');
        return region.events.query(sql, limits);
      };
      const watched = { ...region, events: { ...region.events, query: ask } };
      const asked = { query, ...OLD, columns: ['user_name', 'host', 'time'], top: 50, shown: ['user_name'], limit };
      let last: Found | undefined;
      for await (const step of find(watched, asked, signal)) last = step;
      const words = query.split(' ').filter(Boolean);
      const expected = oldEvents
        .filter(({ fields }) => words.every((word) => String(fields.CommandLine).includes(word)))
        .toSorted((left, right) => right.timeMs - left.timeMs || (left.id < right.id ? 1 : -1));
      assert.deepEqual(
        last?.items.map(idOf),
        expected.slice(0, limit).map(({ id }) => id),
        `${query} ${limit}`,
      );
      for (const tag of wanted) assert.ok(tags.has(tag), `${query} ${limit}: ${[...tags].join()} has ${tag}`);
      assert.equal(last?.total, expected.length);
      const perBar = Map.groupBy(expected, ({ timeMs }) => Math.floor(timeMs / 21_600_000) * 21_600_000);
      const bars = last?.bars.map(({ at, count }) => [Date.parse(at), count]);
      assert.deepEqual(bars, [...perBar].map(([at, { length }]) => [at, length]).toReversed(), `${query} ${limit}`);
      const valuesOf = (column: string) => last?.facets.find((one) => one.column === column)?.values ?? [];
      const users = Map.groupBy(expected, ({ fields }) => String(fields.User));
      assert.deepEqual(
        new Map(valuesOf('user_name').map(({ value, count }) => [value, count])),
        new Map([...users].map(([user, { length }]) => [user, length])),
      );
      assert.deepEqual(valuesOf('host'), [], 'events without a value are not counted as a value');
      assert.ok(valuesOf('time').every(({ value }) => /^2026-\d\d-\d\d [\d:.]+$/.test(value)));
    }
  });

  it('looks at a day of few events at once', async () => {
    const tags: string[] = [];
    const ask: typeof region.events.query = (sql, limits) => {
      tags.push(limits.tag);
      return region.events.query(sql, limits);
    };
    const watched = { ...region, events: { ...region.events, query: ask } };
    const day = { from: new Date(START - 22 * 3_600_000), to: new Date(START + 3_600_000) };
    let last: Found | undefined;
    const asked = { query: 'User:user1', ...day, columns: ['source'], top: 3, shown: ['host'], limit: 10 };
    for await (const step of find(watched, asked, signal)) last = step;
    assert.deepEqual(tags.toSorted(), ['search.first', 'search.held', 'search.overview', 'search.page']);
    assert.equal(last?.total, await found('User:user1'));
    assert.equal(last?.items.length, 10);
  });

  it('finds the events of a stretch within an hour, and of one whose ends no clock of the store can show', async () => {
    const ids = async (from: number, to: number) => {
      const asked = {
        query: '',
        from: new Date(from),
        to: new Date(to),
        columns: [],
        order: 'asc',
        limit: 500,
      } as const;
      return (await searchEvents(region, { ...asked, cursor: undefined }, signal)).items.map(idOf);
    };
    const within = (from: number, to: number) =>
      events.filter(({ timeMs }) => timeMs >= from && timeMs < to).map(({ id }) => id);
    for (const [from, to] of [
      [START, START + 1],
      [START + 1, START + 4001],
      [START + 60_000, START + 3_600_000],
    ] as const) {
      assert.deepEqual(await ids(from, to), within(from, to));
    }
    assert.equal((await ids(START, Date.UTC(2200, 0, 1))).length, 300);
    const all = await wholeOverview(
      region,
      { query: '', from: new Date(Date.UTC(1950, 0, 1)), to: DAY.to, columns: [], top: 1 },
      signal,
    );
    assert.equal(all.total, events.length + oldEvents.length);
  });

  it('ends in the store, too, when the caller goes away', async () => {
    const gone = new AbortController();
    const slow = wholeOverview(region, { query: 'raw:~"(a|b|c).*(x|y)"', ...DAY, columns: [], top: 5 }, gone.signal);
    gone.abort();
    await assert.rejects(slow, { name: 'AbortError' });
  });

  it('refuses what is no column or no cursor, and a wrong query with its place', async () => {
    const is = (reason: string) => (error: unknown) => error instanceof AppError && error.reason === reason;
    await assert.rejects(asked('', region, ['1; DROP TABLE event']), is('search.column'));
    await assert.rejects(page('', { cursor: 'nonsense' }), is('search.cursor'));
    await assert.rejects(page('a:"b'), (error) => error instanceof AppError && error.faults[0]?.at === '/query:3');
  });

  const exported = async (format: ExportFormat, headings?: Record<string, string>) => {
    const asked = { query: 'User:user1', ...DAY, columns: ['user_name', 'process_command_line'], format, headings };
    const { content, ...file } = await exportEvents(region, asked, signal);
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(Buffer.from(chunk));
    return { ...file, bytes: Buffer.concat(chunks) };
  };

  it('exports CSV with the times of the platform and the headings asked for, themselves no formulas', async () => {
    const { bytes, events: count, leftOut } = await exported('csv', { time: '时间', user_name: '=用户' });
    const [head, first = '', ...others] = bytes.toString('utf8').split('\r\n').slice(0, -1);
    assert.equal(head, "\uFEFF时间,event_id,'=用户,process_command_line");
    assert.deepEqual([others.length + 1, count, leftOut], [75, 75, 0]);
    assert.match(first, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00,/);
    const [line = ''] = (await exported('ndjson')).bytes.toString('utf8').split('\n');
    assert.equal(Date.parse(first.split(',')[0] ?? ''), Date.parse(JSON.parse(line).time));
  });

  it('exports the same events as lines of JSON and as a Parquet file', async () => {
    const rows = (await exported('ndjson')).bytes.toString('utf8').trimEnd().split('\n');
    assert.equal(rows.length, 75);
    assert.deepEqual(Object.keys(JSON.parse(rows[0] ?? '{}')), [
      'time',
      'event_id',
      'user_name',
      'process_command_line',
    ]);
    const { bytes } = await exported('parquet');
    const path = join(test.platform.config.dataDir, 'found.parquet');
    await writeFile(path, bytes);
    const read = await test.platform.events.maintain(
      eventSql`SELECT count(), countIf(user_name = 'user1') FROM file(${path}, 'Parquet') FORMAT TSV`,
    );
    assert.equal(read.trim(), '75\t75');
  });

  it('finds in the store exactly what the query means without one', async () => {
    const words = fc.constantFrom(
      'user1',
      'USER2',
      '参数',
      '勒索',
      'number 1',
      'cmd',
      '%',
      '_',
      'x\\n',
      '10.0.',
      'first',
      '9',
    );
    const names = fc.constantFrom(
      'User',
      'Image',
      'CommandLine',
      'src_ip',
      'Odd',
      'EmptyOne',
      'Nowhere',
      'source',
      'problem',
      'raw',
      'unit',
    );
    const value = fc.oneof(
      words.map((word) => `"${word}"`),
      words.map((word) => `*${word.replaceAll(' ', '?')}*`),
      fc.constantFrom('*', '10.0.1.0/24', '>=3', '~"user[12]$"', '~"参.$"', '1..200', '(user1 or user3)'),
    );
    const term = fc.oneof(
      fc.tuple(names, value).map(([name, text]) => `${name}:${text}`),
      words.map((word) => `"${word}"`),
    );
    const query = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        term,
        fc.tuple(tie('node'), fc.constantFrom('and', 'or', ''), tie('node')).map((parts) => `(${parts.join(' ')})`),
        tie('node').map((inner) => `not ${inner}`),
      ),
    })).node;
    await fc.assert(
      fc.asyncProperty(query, async (text) => {
        const parsed = parseSearch(text);
        assert.ok(parsed.ok, text);
        const { items } = await searchEvents(
          region,
          { query: text, ...DAY, columns: ['host'], order: 'asc', limit: 500, cursor: undefined },
          signal,
        );
        const expected = events.filter((event) => finds(parsed.search, event)).map(({ id }) => id);
        assert.deepEqual(
          items.map(({ event_id }) => event_id),
          expected,
          text,
        );
      }),
      { numRuns: 60 },
    );
  });
});
