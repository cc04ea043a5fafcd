import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { everyday } from '#app/demo/background.ts';
import { seededChance } from '#app/demo/random.ts';
import { type App, openApp } from '#app/server.ts';
import { createSource, loadSources, normaliser } from '#domain/telemetry/index.ts';
import { toRow } from '#engine/fields/row.ts';
import { loadConfig } from '#platform/config.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { openLog } from '#platform/log.ts';
import { runHttpSender } from '../test/support/http-sender.ts';

const RAW_BATCH = 10_000;
/** The same file is the sender, when the measurement starts it so. */
const SEND = 'send';

interface Measured {
  readonly seconds: number;
  readonly perSecond: number;
  /** Processor time of the platform's process, all threads: comparable also on a busy machine. */
  readonly cpuSeconds: number;
}

/** Starts a stopwatch; calling it gives the time since. */
function stopwatch(events: number): () => Measured {
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  return () => {
    const seconds = (performance.now() - startedAtMs) / 1000;
    const { user, system } = process.cpuUsage(before);
    return { seconds, perSecond: Math.round(events / seconds), cpuSeconds: (user + system) / 1e6 };
  };
}

/**
 * How many events a second go from a socket to stored and detected, against the bare insert of the same events' finished
 * rows into a table of the same layout in the same store and run. Sends from a process of its own, as senders do.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { events: { type: 'string', default: '100000' } } });
  const count = Number(values.events);
  const folder = await mkdtemp(join(tmpdir(), 'tongan-bench-'));
  const config = loadConfig({}, undefined, {
    environment: 'test',
    dataDir: folder,
    log: { level: 'error' },
    http: { port: 0 },
    syslog: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 },
  });
  const app = await openApp({ config, log: openLog('error'), ratePerMinute: 1_000_000 });
  try {
    const address = await app.start();
    const raw = await insertRaw(app, count);
    const rssBefore = process.memoryUsage.rss();
    const whole = await ingest(app, address, count);
    report(count, raw, whole, rssBefore);
  } finally {
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const linesOf = (count: number): string[] => {
  const chance = seededChance(7);
  const start = Date.now() - count * 10;
  return Array.from({ length: count }, (_, index) => everyday(new Date(start + index * 10), 1, chance)[0]?.text ?? '');
};

/** The baseline: rows that are ready, batches of the size the pipeline makes, nothing else to do. */
async function insertRaw(app: App, count: number): Promise<Measured> {
  const { events: store } = app.platform;
  await store.maintain(eventSql`CREATE TABLE event_raw AS event`);
  const normalise = normaliser(await loadSources());
  const batches: Buffer[] = [];
  const lines = linesOf(count);
  for (let at = 0; at < count; at += RAW_BATCH) {
    const rows = lines.slice(at, at + RAW_BATCH).map((text, index) => {
      const line = {
        id: `raw-${at + index}`,
        text,
        receivedAtMs: Date.now(),
        unitPath: '/450000/',
        sourceHint: '',
        sender: '',
      };
      return `${JSON.stringify(toRow(normalise(line)), (_key, value) => (value === '' ? undefined : value))}\n`;
    });
    batches.push(Buffer.from(rows.join('')));
  }
  const measured = stopwatch(count);
  for (const [index, batch] of batches.entries()) await store.writer.insert('event_raw', batch, `raw-${index}`);
  return measured();
}

async function ingest(
  app: App,
  address: string,
  count: number,
): Promise<Measured & { rssPeak: number; ackSeconds: number }> {
  const { token } = await createSource(app.system, { name: 'bench', unitPath: '/450000/', listener: 'http' });
  const reader = app.platform.events.reader({ path: '/', side: 'centre' });
  let rssPeak = 0;
  const watch = setInterval(() => {
    rssPeak = Math.max(rssPeak, process.memoryUsage.rss());
  }, 50);
  const sender = fork(import.meta.filename, [SEND, address, token ?? '']);
  await once(sender, 'message');
  const lines = linesOf(count);
  const measured = stopwatch(count);
  sender.send(lines);
  await once(sender, 'message');
  const ackSeconds = measured().seconds;
  for (;;) {
    const [row] = await reader.query<{ n: number }>(eventSql`SELECT count() AS n FROM event`, { tag: 'bench' });
    if ((row?.n ?? 0) >= count) break;
    await delay(50);
  }
  const result = measured();
  clearInterval(watch);
  sender.disconnect();
  return { ...result, rssPeak, ackSeconds };
}

function report(
  events: number,
  raw: Measured,
  whole: Measured & { readonly rssPeak: number; readonly ackSeconds: number },
  rssBefore: number,
): void {
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const out = (line: string) => void process.stdout.write(`${line}\n`);
  out(`${'way'.padEnd(48)}${'seconds'.padStart(9)}${'events/s'.padStart(11)}${'cpu s'.padStart(9)}`);
  for (const [way, { seconds, perSecond, cpuSeconds }] of [
    ['raw insert of finished rows into chDB', raw] as const,
    ['socket → durable → parsed → detected → stored', whole] as const,
  ]) {
    out(
      `${way.padEnd(48)}${seconds.toFixed(2).padStart(9)}${String(perSecond).padStart(11)}${cpuSeconds.toFixed(2).padStart(9)}`,
    );
  }
  out(`all acknowledged after ${whole.ackSeconds.toFixed(2)} s; peak memory ${megabytes(whole.rssPeak)} MB`);
  const ratioToRawInsert = Number((whole.perSecond / raw.perSecond).toFixed(3));
  out(
    JSON.stringify({
      bench: 'ingest',
      events,
      rawPerSecond: raw.perSecond,
      ingestPerSecond: whole.perSecond,
      ratioToRawInsert,
      cpuRatioToRawInsert: Number((raw.cpuSeconds / whole.cpuSeconds).toFixed(3)),
      acknowledgedSeconds: Number(whole.ackSeconds.toFixed(2)),
      rssPeakMb: megabytes(whole.rssPeak),
      rssBeforeMb: megabytes(rssBefore),
    }),
  );
}

const [mode, address = '', token = ''] = process.argv.slice(2);
if (mode === SEND && process.send !== undefined) runHttpSender(address, token);
