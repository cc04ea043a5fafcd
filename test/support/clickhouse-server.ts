import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { EventConnection } from '#platform/eventstore/connection.ts';
import { openEmbedded } from '#platform/eventstore/embedded.ts';
import type { BinaryColumn } from '#platform/eventstore/row-binary.ts';

export interface ClickHouseStandIn {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * As much of ClickHouse's HTTP interface as the official client uses, answered by chDB in this process. No registry that
 * tests reach holds a present server; this shows that our client code works over HTTP, from several processes at once. It
 * is no cluster: replicas, shards and ON CLUSTER exist only in a real one.
 *
 * @param path folder of the data
 */
export async function startClickHouseStandIn(path: string, port = 0): Promise<ClickHouseStandIn> {
  const connection = openEmbedded(path);
  const server = createServer((request, response) => {
    answer(connection, request, response).catch((error: unknown) => refuse(response, error));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stand-in has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await connection.close();
    },
  };
}

async function answer(connection: EventConnection, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://stand-in');
  if (url.pathname === '/ping') {
    response.end('Ok.\n');
    return;
  }
  const body = await bodyOf(request);
  const inUrl = url.searchParams.get('query');
  const gone = new AbortController();
  response.on('close', () => response.writableEnded || gone.abort());
  if (inUrl !== null && body.length > 0) {
    await insert(connection, inUrl, body);
    response.end();
    return;
  }
  const text = withValues(inUrl ?? body.toString('utf8'), url.searchParams);
  const reads = /^\s*(?:\/\*.*?\*\/\s*)?(?:select|with)\b/i.test(text);
  response.end(await (reads ? connection.query(text, {}, gone.signal) : connection.command(text, {})));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const INSERT = /^INSERT INTO (\w+) (?:\(([\w, ]+)\) )?SETTINGS (.*) FORMAT (JSONEachRow|RowBinary)$/;

/** `INSERT INTO table (columns) SETTINGS a=1, b='x' FORMAT RowBinary`, or JSONEachRow, as our client writes it. */
async function insert(connection: EventConnection, statement: string, body: Buffer): Promise<void> {
  const [, table = '', names = '', list = '', format] = INSERT.exec(statement) ?? [];
  if (format === undefined) {
    throw new Error(`Code: 62. DB::Exception: not an insert that the stand-in knows: ${statement} (SYNTAX_ERROR)`);
  }
  const pairs = list.split(', ').map((part): [string, string | number] => {
    const [name = '', value = ''] = part.split('=');
    return [name, value.startsWith("'") ? value.slice(1, -1) : Number(value)];
  });
  const settings = Object.fromEntries(pairs);
  if (format === 'JSONEachRow') return connection.insert(table, body, settings);
  const columns = await columnsOf(connection, table, names.split(', '));
  const held = [await connection.hold({ columns, bytes: body })];
  try {
    await connection.insertHeld(table, held, settings);
  } finally {
    await connection.drop(held);
  }
}

/** A server knows the types of its columns; the embedded store is told them. */
async function columnsOf(
  connection: EventConnection,
  table: string,
  names: readonly string[],
): Promise<BinaryColumn[]> {
  const asked = 'SELECT name, type FROM system.columns WHERE table = {table:String} FORMAT JSONEachRow';
  const answer = await connection.query(asked, { table });
  const types = new Map(
    answer
      .split('\n')
      .filter((line) => line !== '')
      .map((line): { name: string; type: string } => JSON.parse(line))
      .map(({ name, type }) => [name, type]),
  );
  return names.map((column) => {
    const type = types.get(column) ?? '';
    return { column, kind: type.startsWith('DateTime64') ? 'time' : type === 'UInt32' ? 'number' : 'text' };
  });
}

const UNESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0' };

/** Values travel as `param_NAME` and are named `{NAME:Type}` in the statement; here they are written into it. */
function withValues(statement: string, params: URLSearchParams): string {
  return statement.replace(/\{(\w+):((?:[^{}])+)\}/g, (whole, name: string, type: string) => {
    const value = params.get(`param_${name}`);
    if (value === null) return whole;
    // A String comes with tabs, line ends and backslashes escaped; everything else is written as the type is read.
    const plain =
      type === 'String' ? value.replace(/\\(.)/gs, (_all, letter: string) => UNESCAPED[letter] ?? letter) : value;
    const quoted = `'${plain.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
    return type === 'String' ? quoted : `CAST(${quoted}, '${type}')`;
  });
}

/** An error as a server words it, so that the client finds its type. */
function refuse(response: ServerResponse, error: unknown): void {
  if (response.writableEnded || response.destroyed) return;
  const message = error instanceof Error ? error.message : String(error);
  const type = error instanceof Error && 'type' in error ? ` (${String(error.type)})` : '';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '1002';
  const text = message.startsWith('Code: ') ? message : `Code: ${code}. DB::Exception: ${message}${type}`;
  response.writeHead(500, { 'x-clickhouse-exception-code': code });
  response.end(text);
}
