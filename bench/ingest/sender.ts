import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What the sending process is told. */
export interface Order {
  readonly address: string;
  readonly token: string;
  readonly file: string;
  /** Events a second over all connections; 0 = as fast as they are taken. */
  readonly perSecond: number;
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

interface Portion {
  readonly body: Buffer;
  readonly lines: number;
}

/**
 * Cuts the file into bodies of whole lines. As bytes, and without looking at them more than for the ends of lines: what the
 * sender takes of the machine is taken from what is measured.
 */
async function* portions({ file, linesMax }: Order): AsyncGenerator<Portion> {
  let rest: Buffer = Buffer.alloc(0);
  let count = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    rest = Buffer.concat([rest, chunk]);
    let [start, lines] = [0, 0];
    for (let end = rest.indexOf('\n'); end >= 0 && count < linesMax; end = rest.indexOf('\n', end + 1)) {
      count += 1;
      lines += 1;
      if (lines < LINES_PER_REQUEST && count < linesMax) continue;
      yield { body: rest.subarray(start, end), lines };
      [start, lines] = [end + 1, 0];
    }
    if (count >= linesMax) return;
    count -= lines;
    rest = rest.subarray(start);
  }
  const lines = rest.toString('latin1').split('\n').length - 1;
  if (lines > 0) yield { body: rest, lines };
}

async function deliver(order: Order): Promise<Sent> {
  const source = portions(order);
  const ackMs: number[] = [];
  const startedAtMs = performance.now();
  let lines = 0;
  const connection = async () => {
    for (;;) {
      const { value, done } = await source.next();
      if (done) return;
      lines += value.lines;
      const dueMs = order.perSecond === 0 ? 0 : (lines / order.perSecond) * 1000;
      await delay(Math.max(0, dueMs - (performance.now() - startedAtMs)));
      await post(value.body, order, ackMs);
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
process.on('message', (order: Order) => {
  void deliver(order).then((sent) => process.send?.(sent));
});
process.send?.('ready');
