import { Readable } from 'node:stream';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { clustered } from './cluster.ts';
import { type EventConnection, settingsText, withFormat } from './connection.ts';

export interface ServerOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Name of the cluster in the servers' `remote_servers`; absent: one server. */
  readonly cluster?: string | undefined;
}

/** A ClickHouse server or cluster over HTTP. */
export function openServer(options: ServerOptions): EventConnection {
  const client = createClient({
    url: options.url,
    username: options.user,
    password: options.password,
    database: options.database,
    application: 'tongan',
    request_timeout: 120_000,
    // What fails is thrown to whoever asked; the client's own log would show statements and their values.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: {
      // The server ends a reading statement when its caller has gone.
      cancel_http_readonly_queries_on_client_close: 1,
      // Without a sign of life a load balancer in between cuts long statements.
      send_progress_in_http_headers: 1,
      http_headers_progress_interval_ms: '20000',
      // A table asked inside a statement about another one means all shards of both.
      ...(options.cluster === undefined ? {} : { distributed_product_mode: 'global' as const }),
    },
  });
  const exec = async (text: string, params: Readonly<Record<string, unknown>>, signal?: AbortSignal) =>
    client.exec({ query: text, query_params: { ...params }, ...(signal ? { abort_signal: signal } : {}) });

  const connection: EventConnection = {
    query: async (text, params, signal) => textOf((await exec(text, params, signal)).stream),
    stream: (text, params) => pieces(async () => (await exec(withFormat(text, 'TSV'), params)).stream),
    command: async (text, params) => textOf((await exec(text, params)).stream),
    insert: async (table, lines, settings, format = 'JSONEachRow') => {
      const result = await client.exec({
        query: `INSERT INTO ${table} SETTINGS ${settingsText(settings)} FORMAT ${format}`,
        values: Readable.from([lines], { objectMode: false }),
      });
      await textOf(result.stream);
    },
    hold: async ({ columns, bytes }) => ({ columns, place: Uint8Array.from(bytes) }),
    drop: async () => undefined,
    insertHeld: async (table, rows, settings) => {
      const { columns } = rows[0] ?? { columns: [] };
      const names = columns.map(({ column }) => column).join(', ');
      const result = await client.exec({
        query: `INSERT INTO ${table} (${names}) SETTINGS ${settingsText(settings)} FORMAT RowBinary`,
        values: Readable.from(
          rows.map(({ place }) => place),
          { objectMode: false },
        ),
      });
      await textOf(result.stream);
    },
    ping: async () => (await client.ping()).success,
    close: () => client.close(),
  };
  return options.cluster === undefined ? connection : clustered(connection, options.cluster);
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) text += String(chunk);
  return text;
}

async function* pieces(open: () => Promise<Readable>): AsyncGenerator<Uint8Array> {
  const stream = await open();
  try {
    for await (const chunk of stream) yield Buffer.from(chunk);
  } finally {
    stream.destroy();
  }
}
