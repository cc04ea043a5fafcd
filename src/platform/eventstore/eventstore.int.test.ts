import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startClickHouseStandIn } from '../../../test/support/clickhouse-server.ts';
import type { Scope } from '../context.ts';
import { AppError } from '../errors.ts';
import { openEmbedded } from './embedded.ts';
import { clusterMigrations } from './migrate.ts';
import { type EventStore, openEventStore } from './open.ts';
import { eventSql, joinSql, rawSql } from './sql.ts';

const region = { path: '/', side: 'centre' } as const;
const nanning = { path: '/450000/450100/', side: 'centre' } as const;
const tag = { tag: 'test' };

interface Opened {
  readonly store: EventStore;
  close(): Promise<void>;
}

const KINDS: Readonly<Record<string, (folder: string) => Promise<Opened>>> = {
  'on chDB': async (folder) => {
    const store = openEventStore({ kind: 'embedded', path: join(folder, 'events') });
    return { store, close: () => store.close() };
  },
  'over HTTP': async (folder) => {
    const server = await startClickHouseStandIn(join(folder, 'events'));
    const store = openEventStore({
      kind: 'server',
      url: server.url,
      user: 'default',
      password: '',
      database: 'default',
    });
    return {
      store,
      async close() {
        await store.close();
        await server.stop();
      },
    };
  },
};

for (const [kind, open] of Object.entries(KINDS))
  describe(`event store ${kind}`, () => {
    let folder = '';
    let store: EventStore;
    let opened: Opened;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tongan-eventstore-'));
      opened = await open(folder);
      store = opened.store;
      await store.maintain(
        eventSql`CREATE TABLE event (id UInt64, time DateTime64(3, 'UTC'), unit_path String, message String) ENGINE = MergeTree
        PARTITION BY toDate(time) ORDER BY id SETTINGS non_replicated_deduplication_window = 1000`,
      );
      const rows = Array.from({ length: 100 }, (_, id) => ({
        id,
        time: Date.UTC(2026, 0, 1 + (id % 5)),
        unit_path: id % 4 === 0 ? '/450000/450100/a/' : '/450000/450200/b/',
        message: `message ${id}`,
      }));
      await store.writer.insert('event', linesOf(rows), 'batch-1');
    });

    after(async () => {
      await opened.close();
      await rm(folder, { recursive: true, force: true });
    });

    const count = async (scope: Scope) =>
      (await store.reader(scope).query<{ n: number }>(eventSql`SELECT count() AS n FROM event`, tag))[0]?.n;

    it('limits every form of a reading statement to the scope', async () => {
      const reader = store.reader(nanning);
      const forms = [
        eventSql`SELECT count() AS n FROM event`,
        eventSql`SELECT count() AS n FROM event AS e`,
        eventSql`SELECT count() AS n FROM (SELECT * FROM event)`,
        eventSql`WITH x AS (SELECT id FROM event) SELECT count() AS n FROM x`,
        eventSql`SELECT (SELECT count() FROM event) AS n`,
        eventSql`SELECT count() AS n FROM numbers(100) WHERE number IN (SELECT id FROM event)`,
        eventSql`SELECT count() AS n FROM event AS a INNER JOIN event AS b ON a.id = b.id`,
      ];
      for (const form of forms) assert.deepEqual(await reader.query(form, tag), [{ n: 25 }], form.text);
    });

    it('leaves no scope behind for the next caller', async () => {
      assert.equal(await count(nanning), 25);
      assert.equal(await count(region), 100);
      assert.equal(await count({ path: '', side: 'unit' }), 0);
      const counts = await Promise.all(Array.from({ length: 12 }, (_, i) => count(i % 2 === 0 ? nanning : region)));
      assert.deepEqual(
        counts,
        Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 25 : 100)),
      );
    });

    it('refuses statements that could leave the scope or change data', async () => {
      const reader = store.reader(nanning);
      const texts = [
        'DROP TABLE event',
        'SELECT 1; DROP TABLE event',
        'SELECT * FROM event SETTINGS additional_table_filters = {}',
        "SELECT * FROM merge('default', 'event')",
        "SELECT * FROM file('/etc/passwd')",
        'SELECT * FROM default.event',
        'SELECT * FROM system.tables',
        "SELECT * FROM event INTO OUTFILE 'x'",
      ];
      for (const text of texts)
        await assert.rejects(reader.query({ text, params: {} }, tag), /not allowed|only SELECT/, text);
    });

    it('does the same batch only once, also over several days', async () => {
      const rows = Array.from({ length: 30 }, (_, id) => ({
        id: 1000 + id,
        time: Date.UTC(2026, 1, 1 + (id % 3)),
        unit_path: '/x/',
        message: '',
      }));
      for (let round = 0; round < 3; round += 1) await store.writer.insert('event', linesOf(rows), 'batch-2');
      const [row] = await store
        .reader(region)
        .query<{ n: number }>(eventSql`SELECT count() AS n FROM event WHERE id >= ${1000}`, tag);
      assert.equal(row?.n, 30);
      await store.maintain(eventSql`DELETE FROM event WHERE id >= ${1000}`);
    });

    it('binds every kind of value without changing it', async () => {
      const nasty = `'; DROP TABLE event; -- "\\ \n\t 中文 {q0:String}`;
      const [row] = await store.reader(region).query(
        eventSql`SELECT ${nasty} AS text, ${[nasty, 'b']} AS list, ${-5} AS whole, ${0.5} AS part, ${true} AS yes,
        ${new Date('2026-01-02T03:04:05.678Z')} AS at, ${joinSql([eventSql`1 = ${1}`, eventSql`2 = ${2}`], ' AND ', '1')} AS nested,
        ${rawSql('1 + 1')} AS raw`,
        tag,
      );
      assert.deepEqual(row, {
        text: nasty,
        list: [nasty, 'b'],
        whole: -5,
        part: 0.5,
        yes: 1,
        at: '2026-01-02T03:04:05.678Z',
        nested: 1,
        raw: 2,
      });
    });

    it('ends a statement at its time limit and when its caller goes', async () => {
      const endless = eventSql`SELECT count() AS n FROM numbers(1000000000000) WHERE number % 7 = 3`;
      const reader = store.reader(region);
      await assert.rejects(
        reader.query(endless, { tag: 'test', timeoutMs: 200 }),
        (error) => error instanceof AppError && error.reason === 'events.timeout',
      );
      const gone = new AbortController();
      const asked = reader.query(endless, { tag: 'test', timeoutMs: 60_000, signal: gone.signal });
      setTimeout(() => gone.abort(), 100);
      await assert.rejects(asked);
      assert.equal(await count(region), 100);
    });

    it('gives no more rows than asked for', async () => {
      const rows = await store.reader(region).query(eventSql`SELECT id FROM event`, { tag: 'test', rowsMax: 7 });
      assert.equal(rows.length, 7);
    });
  });

it('writes statements for a cluster that the grammar of the store takes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-grammar-'));
  const connection = openEmbedded(folder);
  try {
    const statements = await clusterMigrations('tongan');
    assert.ok(statements.length > 4);
    for (const text of statements) {
      const formatted = await connection.query('SELECT formatQuery({text:String})', { text });
      // Rows go through the Distributed table and so to every shard by themselves.
      if (!text.startsWith('INSERT INTO')) assert.match(formatted, /ON CLUSTER/, text);
    }
  } finally {
    await connection.close();
    await rm(folder, { recursive: true, force: true });
  }
});

const linesOf = (rows: readonly object[]): Uint8Array =>
  Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

describe('merges of the embedded store', {
  skip: process.platform === 'linux' ? false : 'threads have no priority of their own here',
}, () => {
  it('wait for everybody else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tongan-merges-'));
    const store = openEventStore({ kind: 'embedded', path: join(folder, 'events') });
    try {
      await store.maintain(eventSql`CREATE TABLE event (id String) ENGINE = MergeTree ORDER BY id`);
      const rows = { columns: [{ column: 'id', kind: 'text' }], bytes: Buffer.from([1, 0x61]) } as const;
      await store.writer.insertHeld('event', [await store.writer.hold(rows)], 'one');
      const threads = readdirSync('/proc/self/task').filter(
        (id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim() === 'MergeMutate',
      );
      const [main, ...merging] = [process.pid, ...threads.map(Number)].map((id) => getPriority(id));
      assert.ok(merging.length > 0);
      assert.ok(
        merging.every((priority) => priority > (main ?? 0)),
        `${main} against ${merging.join(' ')}`,
      );
    } finally {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
