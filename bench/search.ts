import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type App, openApp } from '#app/server.ts';
import { type Found, find, type Span } from '#domain/telemetry/index.ts';
import { loadConfig } from '#platform/config.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { openLog } from '#platform/log.ts';
import { fill, NEEDLES } from './search/data.ts';

const DAYS = 30;
const DAY_MS = 86_400_000;
const FACETS = ['source', 'host', 'event_code', 'event_action', 'user_name', 'source_ip', 'destination_port'];
const PAGE = 100;
const COLUMNS = ['source', 'event_code', 'host', 'user_name', 'source_ip'];

/** Asked about the last 24 hours. */
const PAGES = ['', 'source:nginx-access', 'host:WIN-00001', '用户:GOV\\zhang12', 'http_status:>=400', '登录成功'];
/** One field each, over everything: rare and frequent values, and every kind of test. */
const FIELDS = [
  'source_ip:10.70.87.64',
  'user_name:GOV\\zhang12',
  'host:WIN-00042',
  'event_code:4625',
  'source:microsoft-windows',
  'source_ip:10.66.0.0/16',
  `process_command_line:*${NEEDLES.latin}*`,
  'process_command_line:~"shell32\\.dll,Control"',
  'process_executable:*\\powershell.exe',
  'destination_port:*',
  'http_status:>=500',
  'session:42',
  'not event_code:*',
];
/** Free text over everything, Latin and Chinese, rare and frequent. */
const TEXTS = [
  NEEDLES.latin,
  NEEDLES.chinese,
  '勒索',
  '感染',
  '防火墙',
  'whoami',
  '10.70.87.64',
  '"Failed password"',
  'Kerberos',
];

interface Measured {
  readonly query: string;
  readonly pageMs: number;
  /** Page, histogram and facets, as the console asks for them, until all are there. */
  readonly allMs: number;
  readonly cpuMs: number;
  readonly found: number;
  readonly whole: boolean;
}

/**
 * How long a search takes on stored events: the first page, and page, histogram and facets together, for the last 24
 * hours, single fields and free text; beside them a full scan of the original texts in the same run.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '10000000' },
      folder: { type: 'string' },
      rounds: { type: 'string', default: '3' },
    },
  });
  const events = Number(values.events);
  const folder = values.folder ?? (await mkdtemp(join(tmpdir(), 'tongan-bench-')));
  const config = loadConfig({}, undefined, {
    environment: 'test',
    dataDir: folder,
    log: { level: 'error' },
    retention: { eventDays: 400 },
  });
  const app = await openApp({ config, log: openLog('error') });
  try {
    const span = await filled(app, events);
    await report(app, { events, rounds: Number(values.rounds) }, span);
  } finally {
    await app.stop();
    if (values.folder === undefined) await rm(folder, { recursive: true, force: true });
  }
}

const out = (line: string) => void process.stdout.write(`${line}\n`);

/** A folder that was given and filled before is used again. */
async function filled(app: App, events: number): Promise<Span> {
  const reader = app.platform.events.reader({ path: '/', side: 'centre' });
  const ask = () =>
    reader.query<{ n: number; newest: string }>(eventSql`SELECT count() AS n, max(time) AS newest FROM event`, {
      tag: 'bench',
    });
  const [before] = await ask();
  const to = before && before.n > 0 ? new Date(Date.parse(before.newest) + 1) : new Date();
  const span = { from: new Date(to.getTime() - DAYS * DAY_MS), to };
  if ((before?.n ?? 0) >= events) return span;
  const startedAtMs = performance.now();
  await fill(app.platform.events, { events, days: DAYS, to });
  const seconds = (performance.now() - startedAtMs) / 1000;
  out(`${events.toLocaleString('en')} events over ${DAYS} days made and stored in ${seconds.toFixed(0)} s`);
  return span;
}

async function measure(app: App, query: string, span: Span): Promise<Measured> {
  const { signal } = new AbortController();
  const cpu = process.cpuUsage();
  const startedAtMs = performance.now();
  let pageMs: number | undefined;
  let last: Found | undefined;
  const asked = { ...span, query, shown: COLUMNS, limit: PAGE, columns: FACETS, top: 6 };
  for await (const found of find(app.system, asked, signal)) {
    if (found.items.length >= PAGE) pageMs ??= performance.now() - startedAtMs;
    last = found;
  }
  const allMs = performance.now() - startedAtMs;
  const { user, system } = process.cpuUsage(cpu);
  return {
    query,
    pageMs: pageMs ?? allMs,
    allMs,
    cpuMs: (user + system) / 1000,
    found: last?.total ?? 0,
    whole: last?.unfinished === null,
  };
}

async function measureAll(app: App, rounds: number, queries: readonly string[], span: Span): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const query of queries) measured.push(await measure(app, query, span));
  }
  return measured;
}

/** The value that 95 of 100 stay under. */
function p95(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return Math.round(sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0);
}

const median = (values: readonly number[]): number =>
  [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;

function table(title: string, measured: readonly Measured[]): void {
  out(
    `\n${title.padEnd(44)}${'found'.padStart(12)}${'page ms'.padStart(10)}${'all ms'.padStart(10)}${'cpu ms'.padStart(10)}`,
  );
  for (const [query, runs] of Map.groupBy(measured, (one) => one.query)) {
    const middle = (of: (one: Measured) => number) => String(Math.round(median(runs.map(of)))).padStart(10);
    const cut = runs.every(({ whole }) => whole) ? '' : '  not everything was looked at';
    const found = (runs[0]?.found ?? 0).toLocaleString('en').padStart(12);
    out(
      `${(query || '(everything)').padEnd(44)}${found}${middle((one) => one.pageMs)}${middle((one) => one.allMs)}${middle((one) => one.cpuMs)}${cut}`,
    );
  }
}

async function report(
  app: App,
  { events, rounds }: { events: number; rounds: number },
  everything: Span,
): Promise<void> {
  const scan = await fullScan(app, everything);
  const lastDay = { from: new Date(everything.to.getTime() - DAY_MS), to: everything.to };
  const pages = await measureAll(app, rounds, PAGES, lastDay);
  table('last 24 hours', pages);
  const fields = await measureAll(app, rounds, FIELDS, everything);
  table('one field, everything', fields);
  const texts = await measureAll(app, rounds, TEXTS, everything);
  table('free text, everything', texts);
  out(
    `\nbaseline: reading every original text once would take ${scan.ms.toFixed(0)} ms (${scan.cpuMs.toFixed(0)} ms of processor)`,
  );
  const all = (measured: readonly Measured[]) => p95(measured.map(({ allMs }) => allMs));
  const cpu = (measured: readonly Measured[]) => p95(measured.map(({ cpuMs }) => cpuMs));
  out(
    JSON.stringify({
      bench: 'search',
      events,
      pageP95Ms: all(pages),
      fieldP95Ms: all(fields),
      textP95Ms: all(texts),
      pageCpuP95Ms: cpu(pages),
      fieldCpuP95Ms: cpu(fields),
      textCpuP95Ms: cpu(texts),
      scanMs: Math.round(scan.ms),
      scanCpuMs: Math.round(scan.cpuMs),
      textP95OverScan: Number((all(texts) / scan.ms).toFixed(3)),
      unfinished: [...pages, ...fields, ...texts].filter(({ whole }) => !whole).length,
    }),
  );
}

/** The original texts of the last day are put together and read; all days take as many times as long. */
async function fullScan(app: App, { to }: Span): Promise<{ ms: number; cpuMs: number }> {
  const reader = app.platform.events.reader({ path: '/', side: 'centre' });
  const cpu = process.cpuUsage();
  const startedAtMs = performance.now();
  const from = new Date(to.getTime() - DAY_MS);
  await reader.query(eventSql`SELECT count() AS n FROM event WHERE time >= ${from} AND NOT ignore(raw)`, {
    tag: 'bench',
    timeoutMs: 300_000,
  });
  const { user, system } = process.cpuUsage(cpu);
  return { ms: (performance.now() - startedAtMs) * DAYS, cpuMs: ((user + system) / 1000) * DAYS };
}
