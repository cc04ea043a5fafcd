import './allocator.ts';
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { Session } from 'chdb';
import { type ChdbConnection, createChdbConnection } from 'chdb/connection';
import { AppError } from '../errors.ts';
import { type EventConnection, Lane, settingsText } from './connection.ts';
import { mergeWatch } from './merge-watch.ts';
import { structureOf } from './row-binary.ts';

/** Two readers leave one of the four threads of libuv to the writer and one to file work (the queue's fsync). */
const READERS = 2;
const WAITING_MAX = 100;

/**
 * chDB in this process over a folder. One process owns the folder; several connections inside it run in parallel,
 * each one statement at a time.
 */
export function openEmbedded(path: string): EventConnection {
  mkdirSync(path, { recursive: true });
  /** Rows on their way into the store: made anew from the queue after a crash, so what a former process left is removed. */
  const incoming = `${resolve(path)}-incoming`;
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { recursive: true });
  const fileOfHeld = (place: string) => join(incoming, `${place}.rows`);
  const openOne = () => {
    const connection = createChdbConnection({ path });
    return { connection, client: clientOver(connection), lane: new Lane() };
  };
  const writer = openOne();
  const readers = Array.from({ length: READERS }, openOne);
  const streams = new Lane();
  /** One lane of its own, so that a query can be ended while both readers are busy. */
  const control = openOne();

  const mergesWait = mergeWatch();

  const leastBusy = () => readers.reduce((best, next) => (next.lane.waiting < best.lane.waiting ? next : best));

  return {
    query: (text, params, signal) => {
      const reader = leastBusy();
      if (reader.lane.waiting >= WAITING_MAX) throw busy();
      return reader.lane.run(() => runEndable(reader.client, control.client, text, params, signal));
    },
    stream: (text, params) => streamOf(path, streams, text, params),
    command: (text, params) => writer.lane.run(() => run(writer.client, text, params)),
    insert: async (table, lines, settings, format = 'JSONEachRow') => {
      const values = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
      await writer.lane.run(() =>
        writer.connection.chdb.rawInsert({ table, values, format, settings: { ...settings } }),
      );
    },
    hold: async ({ columns, bytes }) => {
      // From a file chDB takes rows three times as fast as through the binding.
      const place = randomUUID();
      try {
        await writeFile(fileOfHeld(place), bytes);
        return { columns, place };
      } catch (error) {
        await rm(fileOfHeld(place), { force: true });
        throw error;
      }
    },
    insertHeld: async (table, rows, settings) => {
      const { columns } = rows[0] ?? { columns: [] };
      const names = columns.map(({ column }) => column).join(', ');
      const structure = structureOf(columns).replaceAll("'", "\\'");
      const places = rows.map(({ place }) => place).join(',');
      const files = fileOfHeld(rows.length === 1 ? places : `{${places}}`).replaceAll("'", "\\'");
      // One thread: the same rows make the same blocks, by which a repeated batch is known.
      // The store's newer analysis works out every computed column of `event` for the statement and again for each view, asked for or not.
      const all = { ...settings, max_threads: 1, max_insert_threads: 1, enable_analyzer: 0 };
      const from = `SELECT * FROM file('${files}', RowBinary, '${structure}')`;
      const insert = `INSERT INTO ${table} (${names}) ${from} SETTINGS ${settingsText(all)}`;
      await writer.lane.run(() => run(writer.client, insert, {}));
      mergesWait();
    },
    drop: async (rows) => {
      for (const { place } of rows) await rm(fileOfHeld(String(place)), { force: true });
    },
    ping: async () => (await control.client.ping({ select: true })).success,
    close: async () => {
      // chDB frees a connection under a running statement; waiting for the lanes prevents a crash on exit.
      const all = [writer, ...readers, control];
      await Promise.all([
        ...all.map(({ lane }) => lane.run(async () => undefined)),
        streams.run(async () => undefined),
      ]);
      for (const { client } of all) await client.close();
    },
  };
}

/**
 * The client over a chDB connection. Only text and values go through: settings given apart would be kept by the
 * connection for later statements.
 */
function clientOver(connection: ChdbConnection): ClickHouseClient {
  const plain = (asked: { query: string; query_params?: Record<string, unknown> | undefined }) => ({
    query: asked.query,
    ...(asked.query_params ? { query_params: asked.query_params } : {}),
  });
  return createClient({
    connection: {
      ping: () => connection.ping({ select: true }),
      query: (asked) => connection.query(plain(asked)),
      command: (asked) => connection.command(plain(asked)),
      exec: (asked) => connection.exec(plain(asked)),
      insert: (asked) => connection.insert({ ...plain(asked), values: asked.values }),
      close: () => connection.close(),
    },
  });
}

const busy = () =>
  new AppError('unavailable', {
    public: 'Too many searches are running; try again in a moment',
    reason: 'events.busy',
    retryAfterSeconds: 5,
  });

/** A statement in chDB goes on after its promise is given up, so giving up also kills it by its mark. */
async function runEndable(
  client: ClickHouseClient,
  control: ClickHouseClient,
  text: string,
  params: Readonly<Record<string, unknown>>,
  signal: AbortSignal | undefined,
): Promise<string> {
  signal?.throwIfAborted();
  if (signal === undefined) return run(client, text, params);
  const mark = randomUUID();
  const end = () => {
    const kill = `KILL QUERY WHERE query LIKE '/* ${mark}%' ASYNC`;
    control.command({ query: kill }).catch(() => undefined);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    return await run(client, `/* ${mark} */ ${text}`, params);
  } finally {
    signal.removeEventListener('abort', end);
    signal.throwIfAborted();
  }
}

async function run(client: ClickHouseClient, text: string, params: Readonly<Record<string, unknown>>): Promise<string> {
  const result = await client.exec({ query: text, query_params: { ...params } });
  return textOf(result.stream);
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** A session of its own for each stream: chDB allows one stream per session. One stream runs at a time. */
async function* streamOf(
  path: string,
  lane: Lane,
  text: string,
  params: Readonly<Record<string, unknown>>,
): AsyncGenerator<Uint8Array> {
  if (lane.waiting >= READERS) throw busy();
  const turn = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const held = lane.run(async () => {
    turn.resolve();
    await done.promise;
  });
  await turn.promise;
  const session = new Session(path);
  try {
    for await (const chunk of session.queryStreamBind(text, { ...params }, { format: 'TSV' })) yield chunk.raw();
  } finally {
    session.close();
    done.resolve();
    await held;
  }
}
