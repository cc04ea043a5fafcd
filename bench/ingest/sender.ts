import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What the sending process is told. */
export interface Order {
  readonly address: string;
  readonly token: string;
  /** Events a second over all connections; 0 = as fast as they are taken. */
  readonly perSecond: number;
  /** No delivery is begun when so many were sent. */
  readonly linesMax: number;
}

export interface Sent {
  readonly lines: number;
  /** How long each delivery took, from its first byte to the answer that it is safe. */
  readonly ackMs: readonly number[];
}

const LINES_PER_REQUEST = 500;
const CONNECTIONS = 4;
const CHUNK_BYTES = 8 * 1024 * 1024;
const LINE_END = 0x0a;

/** Where the lines of one delivery stand in the file. */
interface Portion {
  readonly from: number;
  readonly bytes: number;
  readonly lines: number;
}

/** Cuts the file into portions of whole lines, before anything is sent: what the sender takes of the machine then is taken from what is measured. */
async function portionsOf(file: FileHandle): Promise<Portion[]> {
  const found: Portion[] = [];
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let [from, lines, at] = [0, 0, 0];
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) break;
    const piece = chunk.subarray(0, bytesRead);
    for (let end = piece.indexOf(LINE_END); end >= 0; end = piece.indexOf(LINE_END, end + 1)) {
      lines += 1;
      if (lines < LINES_PER_REQUEST) continue;
      found.push({ from, bytes: at + end - from, lines });
      [from, lines] = [at + end + 1, 0];
    }
    at += bytesRead;
  }
  if (lines > 0) found.push({ from, bytes: at - from, lines });
  return found;
}

async function deliver(file: FileHandle, portions: readonly Portion[], order: Order): Promise<Sent> {
  const ackMs: number[] = [];
  const startedAtMs = performance.now();
  const memoryBytes = Math.max(...portions.map(({ bytes }) => bytes));
  let [next, lines] = [0, 0];
  const connection = async () => {
    const memory = Buffer.alloc(memoryBytes);
    for (let portion = portions[next]; portion !== undefined && lines < order.linesMax; portion = portions[next]) {
      next += 1;
      lines += portion.lines;
      const dueMs = order.perSecond === 0 ? 0 : (lines / order.perSecond) * 1000;
      await delay(Math.max(0, dueMs - (performance.now() - startedAtMs)));
      await file.read(memory, 0, portion.bytes, portion.from);
      await post(memory.subarray(0, portion.bytes), order, ackMs);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return { lines, ackMs };
}

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

/** The status of the answer. By Node's own client: `fetch` copies each body twice. */
async function answerTo(url: string, token: string, body: Buffer): Promise<number> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/x-ndjson',
    'content-length': body.length,
  };
  const sending = request(url, { method: 'POST', agent, headers });
  sending.end(body);
  const [response]: IncomingMessage[] = await once(sending, 'response');
  if (response === undefined) throw new Error('POST /ingest was not answered');
  response.resume();
  await once(response, 'end');
  return response.statusCode ?? 0;
}

/** Repeats what the platform was too busy for; only the accepted delivery counts as answered. */
async function post(body: Buffer, { address, token }: Order, ackMs: number[]): Promise<void> {
  for (;;) {
    const startedAtMs = performance.now();
    const status = await answerTo(`${address}/ingest`, token, body);
    if (status >= 200 && status < 300) {
      ackMs.push(performance.now() - startedAtMs);
      return;
    }
    if (status !== 429 && status !== 503) throw new Error(`POST /ingest answered ${status}`);
    await delay(500);
  }
}

// Sends a file of events from a process of its own, as senders do; answers when everything was acknowledged.
const [path = ''] = process.argv.slice(2);
const file = await open(path);
const portions = await portionsOf(file);
process.on('message', (order: Order) => {
  void deliver(file, portions, order).then((sent) => process.send?.(sent));
});
process.send?.('ready');
