import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
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

/** Sends a file of events from a process of its own, as senders do; answers when everything was acknowledged. */
export function runSender(): void {
  process.on('message', (order: Order) => {
    void deliver(order).then((sent) => process.send?.(sent));
  });
  process.send?.('ready');
}

async function* portions({ file, linesMax }: Order): AsyncGenerator<string[]> {
  let lines: string[] = [];
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (count >= linesMax) break;
    count += 1;
    lines.push(line);
    if (lines.length < LINES_PER_REQUEST) continue;
    yield lines;
    lines = [];
  }
  if (lines.length > 0) yield lines;
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
      lines += value.length;
      const dueMs = order.perSecond === 0 ? 0 : (lines / order.perSecond) * 1000;
      await delay(Math.max(0, dueMs - (performance.now() - startedAtMs)));
      await post(value.join('\n'), order, ackMs);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return { lines, ackMs };
}

/** Repeats what the platform was too busy for; only the accepted delivery counts as answered. */
async function post(body: string, { address, token }: Order, ackMs: number[]): Promise<void> {
  for (;;) {
    const startedAtMs = performance.now();
    const response = await fetch(`${address}/ingest`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body,
    });
    await response.arrayBuffer();
    if (response.ok) {
      ackMs.push(performance.now() - startedAtMs);
      return;
    }
    if (response.status !== 429 && response.status !== 503) throw new Error(`POST /ingest answered ${response.status}`);
    await delay(500);
  }
}
