import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { appendEntries, journalSlice } from '#domain/journal/index.ts';
import { loadSources, normaliser, telemetrySlice } from '#domain/telemetry/index.ts';
import { toRow } from '#engine/fields/row.ts';
import { AppError } from '#platform/errors.ts';
import { type EventStore, openEventStore } from '#platform/eventstore/open.ts';
import { serveRoutes } from '../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { searchCommand } from './search.ts';

const LINES = 3;
const lineOf = (number: number): string =>
  `<38>May 20 09:58:0${number} app01 sshd[1]: Failed password for root from 203.0.113.7${number} port 4022 ssh2`;

/** More than the first piece of an export. */
const MANY = 1_200;
let pieces = 0;

/** A store that fails when a second piece of an export is asked for. */
const failing = (of: EventStore): EventStore => ({
  ...of,
  reader: (scope) => {
    const reader = of.reader(scope);
    const query: typeof reader.query = (sql, limits) => {
      if (limits.tag === 'search.export') pieces += 1;
      if (pieces < 2) return reader.query(sql, limits);
      throw new AppError('unavailable', { public: 'The event store does not answer', reason: 'events.down' });
    };
    return { query };
  },
});

let folder: string;
let store: EventStore;
let platform: TestPlatform;
let server: FastifyInstance;
let url = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tongan-search-'));
  store = openEventStore({ kind: 'embedded', path: join(folder, 'events') });
  await store.migrate();
  platform = await openTestPlatform({ append: appendEntries, events: failing(store), now: '2026-05-20T02:00:30.000Z' });
  const normalise = normaliser(await loadSources());
  const about = { receivedAtMs: Date.parse('2026-05-20T02:00:00Z'), unitPath: '/450000/', sourceHint: '', sender: '' };
  const rows = Array.from({ length: LINES }, (_, number) =>
    JSON.stringify(toRow(normalise({ ...about, id: `e-${number}`, text: lineOf(number) }))),
  );
  await store.writer.insert('event', Buffer.from(`${rows.join('\n')}\n`), 'batch-1');
  const many = Array.from({ length: MANY }, (_, number) => {
    const event = normalise({ ...about, id: `m-${number}`, text: lineOf(0) });
    return JSON.stringify(toRow({ ...event, timeMs: Date.parse('2026-05-01T00:00:00Z') + number }));
  });
  await store.writer.insert('event', Buffer.from(`${many.join('\n')}\n`), 'batch-2');
  const analyst = platform.as({ roles: ['analyst'], path: '/450000/' });
  const routes = [...(telemetrySlice.routes ?? []), ...(journalSlice.routes ?? [])];
  server = await serveRoutes(platform, routes, new Map([['Bearer good', analyst]]));
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});
after(async () => {
  await server.close();
  await platform.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  pieces = 0;
  const out: string[] = [];
  const err: string[] = [];
  const span = ['--from', '2026-05-20T00:00:00Z', '--to', '2026-05-21T00:00:00Z'];
  const code = await searchCommand.run([...span, ...args, '--token', 'good', '--url', url], {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

test('a table shows the newest, and says when there are more', async () => {
  const { code, out, err } = await run('user:root', '--limit', '2');
  assert.equal(code, 0);
  assert.match(out, /203\.0\.113\.72[\s\S]*203\.0\.113\.71/);
  assert.match(err, /there are more/);
});

test('a file says what each event is about, with its original text, without being asked for columns', async () => {
  const output = join(folder, 'found.ndjson');
  assert.equal((await run('user:root', '--format', 'ndjson', '--output', output)).code, 0);
  const rows = (await readFile(output, 'utf8')).trimEnd().split('\n');
  const events: Record<string, string>[] = rows.map((line) => JSON.parse(line));
  assert.deepEqual(
    events.map(({ source, user_name: user, source_ip: from, raw }) => ({ source, user, from, raw })),
    Array.from({ length: LINES }, (_, number) => ({
      source: 'linux-sshd',
      user: 'root',
      from: `203.0.113.7${number}`,
      raw: lineOf(number),
    })),
  );
  const chosen = join(folder, 'chosen.csv');
  assert.equal((await run('', '--format', 'csv', '--columns', 'host', '--output', chosen)).code, 0);
  assert.match(await readFile(chosen, 'utf8'), /^\uFEFFtime,event_id,host\r\n/);
});

test('what is wrong with a query is said with its place', async () => {
  await assert.rejects(run('用户:('), /用户:\(\n {6}\^ Character 5: 用户 has no value/);
});

test('a limit belongs to the table', async () => {
  const { code, err } = await run('root', '--format', 'csv', '--limit', '2');
  assert.equal(code, 2);
  assert.match(err, /--limit is for the table/);
});

test('an export that breaks off is called incomplete, with how much came and why', async () => {
  const output = join(folder, 'broken.ndjson');
  const span = ['--from', '2026-05-01T00:00:00Z'];
  await assert.rejects(
    run('user:root', '--format', 'ndjson', '--output', output, ...span),
    /the export is incomplete: at most 1000 of 1203 event\(s\) came: the platform failed with events\.down/,
  );
  assert.ok((await readFile(output, 'utf8')).split('\n').length - 1 <= 1000);
});
