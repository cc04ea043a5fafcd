import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type App, openApp } from '#app/server.ts';
import { createSource } from '#domain/telemetry/index.ts';
import { loadConfig } from '#platform/config.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { openLog } from '#platform/log.ts';
import { referenceData } from '../test/support/reference-data.ts';
import { AlertTimes, writeMarkerRule } from './ingest/alerts.ts';
import { writeEvents, zstd3Bytes } from './ingest/events.ts';
import { MemoryWatch, type Resident, resident } from './ingest/memory.ts';
import { insertRaw } from './ingest/raw.ts';
import type { Order, Sent } from './ingest/sender.ts';
import { type Measured, percentile, stopwatch } from './ingest/stopwatch.ts';
import { threadWatch } from './ingest/threads.ts';

/** The same file prepares the events and is the baseline, when the measurement starts it so: what that takes is no memory of the platform. */
const [EVENTS, RAW] = ['events', 'raw'];
/** A program of its own that loads nothing of the platform: it takes no more of the machine than a sender must. */
const SENDER = join(import.meta.dirname, 'ingest/sender.ts');
/** Share of the speed just measured at which the way to the alert is timed: a queue that only grows has no such time. */
const STEADY_SHARE = 0.5;
const STEADY_SECONDS = 10;
/** Idle is a platform that has nothing to do for so long: what its start left behind is collected then. */
const IDLE_MS = 15_000;
const OPTIONS = {
  events: { type: 'string' },
  count: { type: 'string', default: '10000000' },
  workers: { type: 'string', default: '' },
} as const;

/**
 * How many events a second go from a socket to stored and detected, against chDB alone inserting the finished rows of the
 * same events from a file into the same tables; how long senders and alerts wait; what is stored against `zstd -3`.
 *
 * `--events PATH` a file, archive or folder of recorded events; default the reference recordings (434,161), else invented ones.
 * `--count N` takes the first N of them: fewer are mostly the start of a detection thread, which pays for it once.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const folder = await mkdtemp(join(tmpdir(), 'tongan-bench-'));
  try {
    const events = join(folder, 'events.ndjson');
    const count: number = await inChild(
      EVENTS,
      values.events ?? referenceData('windows-attacks') ?? '',
      events,
      values.count,
    );
    const raw: Measured = await inChild(RAW, folder, events, String(count));
    await writeMarkerRule(join(folder, 'rules'));
    const app = await openPlatform(folder, values.workers);
    try {
      const eventBytes = (await stat(events)).size;
      report({ count, eventBytes, zstdBytes: await zstd3Bytes(events) }, raw, await measure(app, events, count));
    } finally {
      await app.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a child of this file answers; its type is what that part below sends. */
async function inChild<T>(...args: readonly string[]): Promise<T> {
  const child = fork(import.meta.filename, args);
  const [answer] = await once(child, 'message');
  await once(child, 'exit');
  return answer;
}

async function openPlatform(folder: string, workers: string): Promise<App> {
  const sigma = referenceData('sigma/rules/windows');
  const config = loadConfig({}, undefined, {
    environment: 'test',
    dataDir: join(folder, 'data'),
    log: { level: 'error' },
    http: { port: 0 },
    syslog: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 },
    rules: { directories: [join(folder, 'rules'), ...(sigma === undefined ? [] : [sigma])] },
    ...(workers === '' ? {} : { detect: { workers } }),
  });
  return openApp({ config, log: openLog('error'), ratePerMinute: 1_000_000 });
}

interface Whole extends Measured {
  /** Processor time by thread while all were sent as fast as they were taken. */
  readonly threads: ReturnType<ReturnType<typeof threadWatch>>;
  readonly ackMs: readonly number[];
  readonly alertMs: readonly number[];
  readonly markers: number;
  readonly storedBytes: number;
  readonly idle: Resident;
  readonly peak: Resident;
}

async function measure(app: App, events: string, count: number): Promise<Whole> {
  const address = await app.start();
  const { token = '' } = await createSource(app.system, { name: 'bench', unitPath: '/450000/', listener: 'http' });
  await delay(IDLE_MS);
  const idle = resident();
  const watch = new MemoryWatch();
  const child = fork(SENDER, [events]);
  await once(child, 'message');
  const order = { address, token: token ?? '', perSecond: 0, linesMax: count };
  const measured = stopwatch(count);
  const byThread = threadWatch();
  const { ackMs } = await send(child, order);
  await untilStored(app, count);
  const full = measured();
  const threads = byThread();
  // The merges that weigh what is stored are this measurement's own, and no part of the load.
  watch.pause();
  // Before the steady part: it stores a part of the events once more.
  const storedBytes = await bytesOnDisk(app);
  watch.resume();
  const times = new AlertTimes(app);
  const marking = times.run(address, order.token);
  const perSecond = Math.round(full.perSecond * STEADY_SHARE);
  await send(child, { ...order, perSecond, linesMax: Math.min(count, perSecond * STEADY_SECONDS) });
  times.stop();
  await marking;
  watch.pause();
  child.disconnect();
  return { ...full, threads, ackMs, alertMs: times.ms, markers: times.sent, storedBytes, idle, peak: watch.peak };
}

async function send(child: ReturnType<typeof fork>, order: Order): Promise<Sent> {
  const answered = once(child, 'message');
  child.send(order);
  const [sent] = await answered;
  return sent;
}

/** Asked seldom: what it takes to answer is counted as the platform's. */
async function untilStored(app: App, count: number): Promise<void> {
  const reader = app.platform.events.reader({ path: '/', side: 'centre' });
  for (;;) {
    const [row] = await reader.query<{ n: number }>(eventSql`SELECT count() AS n FROM event`, { tag: 'bench' });
    if ((row?.n ?? 0) >= count) return;
    await delay(200);
  }
}

/** All files of the tables that hold events, after their merges: data, indexes, marks, roll-ups. */
async function bytesOnDisk(app: App): Promise<number> {
  const { events: store } = app.platform;
  await store.maintain(eventSql`OPTIMIZE TABLE event FINAL`);
  await store.maintain(eventSql`OPTIMIZE TABLE event_count FINAL`);
  await store.maintain(eventSql`OPTIMIZE TABLE entity_sighting FINAL`);
  const answer = await store.maintain(
    eventSql`SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase()
      AND table IN ('event', 'event_count', 'entity_sighting') FORMAT TSV`,
  );
  return Number(answer);
}

interface SentEvents {
  readonly count: number;
  /** Bytes of all as they are sent. */
  readonly eventBytes: number;
  readonly zstdBytes: number;
}

function report({ count: events, eventBytes, zstdBytes }: SentEvents, raw: Measured, whole: Whole): void {
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const out = (line: string) => void process.stdout.write(`${line}\n`);
  out(`${'way'.padEnd(48)}${'seconds'.padStart(9)}${'events/s'.padStart(11)}${'cpu s'.padStart(9)}`);
  for (const [way, { seconds, perSecond, cpuSeconds }] of [
    ['chDB alone: finished rows from a file', raw] as const,
    ['socket → durable → parsed → detected → stored', whole] as const,
  ]) {
    out(
      `${way.padEnd(48)}${seconds.toFixed(2).padStart(9)}${String(perSecond).padStart(11)}${cpuSeconds.toFixed(2).padStart(9)}`,
    );
  }
  for (const { name, seconds } of whole.threads) {
    if (seconds >= 0.1)
      out(`  thread ${name.padEnd(18)}${((seconds / events) * 1e6).toFixed(1).padStart(9)} µs an event`);
  }
  const [ackP99Ms, alertP99Ms] = [percentile(whole.ackMs, 0.99), percentile(whole.alertMs, 0.99)].map(Math.round);
  out(`acknowledged: p50 ${Math.round(percentile(whole.ackMs, 0.5))} ms, p99 ${ackP99Ms} ms at full speed`);
  out(
    `event to alert: p50 ${Math.round(percentile(whole.alertMs, 0.5))} ms, p99 ${alertP99Ms} ms at half of it ` +
      `(${whole.alertMs.length} of ${whole.markers} markers)`,
  );
  out(`stored ${megabytes(whole.storedBytes)} MB, zstd -3 of the same lines ${megabytes(zstdBytes)} MB`);
  const memory = ({ rss, own }: Resident) => `${megabytes(rss)} MB (${megabytes(own)} MB without pages of files)`;
  out(`memory: idle ${memory(whole.idle)}, peak ${memory(whole.peak)}`);
  out(
    JSON.stringify({
      bench: 'ingest',
      events,
      // What `npm run bench -- sizing` asks for.
      storeCpuSeconds: Number(raw.cpuSeconds.toFixed(2)),
      ingestCpuSeconds: Number(whole.cpuSeconds.toFixed(2)),
      eventBytes: Math.round(eventBytes / events),
      storedBytes: Math.round(whole.storedBytes / events),
      rawPerSecond: raw.perSecond,
      ingestPerSecond: whole.perSecond,
      ratioToRawInsert: Number((whole.perSecond / raw.perSecond).toFixed(3)),
      cpuRatioToRawInsert: Number((raw.cpuSeconds / whole.cpuSeconds).toFixed(3)),
      storedOverZstd3: Number((whole.storedBytes / zstdBytes).toFixed(3)),
      ackP99Ms,
      alertP99Ms,
      rssMb: megabytes(whole.peak.rss),
      ownMb: megabytes(whole.peak.own),
      rssIdleMb: megabytes(whole.idle.rss),
      ownIdleMb: megabytes(whole.idle.own),
    }),
  );
}

const [mode, ...rest] = process.argv.slice(2);
if (process.send !== undefined && mode === EVENTS) {
  const [from = '', target = '', max = ''] = rest;
  process.send(await writeEvents(from === '' ? undefined : from, target, Number(max)), () => process.exit(0));
} else if (process.send !== undefined && mode === RAW) {
  const [folder = '', events = '', count = ''] = rest;
  process.send(await insertRaw(folder, events, Number(count)), () => process.exit(0));
}
