import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { engineOf, stopEngine } from '#domain/detection/engine.ts';
import { startRun } from '#domain/detection/history-actions.ts';
import { findRun } from '#domain/detection/history-store.ts';
import { workOnRun } from '#domain/detection/history-work.ts';
import { runHistory } from '#domain/detection/jobs.ts';
import { appendEntries } from '#domain/journal/index.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import { compileRules } from '#engine/sigma/matcher.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { referenceData } from '../test/support/reference-data.ts';
import { openTestPlatform, type TestPlatform } from '../test/support/stores.ts';
import { readCorpus } from './detect/corpus.ts';
import { openReaders } from './detect/detector.ts';
import { readRules } from './detect/rules.ts';

const DAYS = 30;
const DAY_MS = 86_400_000;
const BATCH = 10_000;
/** How long a job works on a run before it gives way, as in the platform. */
const BUDGET_MS = 60_000;

const out = (line: string) => void process.stdout.write(`${line}\n`);

interface Filled {
  /** Rules of the folder that is measured; the platform brings its own besides. */
  readonly ruleIds: readonly string[];
  /** By rule: of how many stored events it is true live. */
  readonly live: ReadonlyMap<string, number>;
  readonly from: Date;
  readonly to: Date;
}

/**
 * How long all rules take over stored events: a run as the console starts it, with its parts, its bounds and its progress. Hits are
 * compared with what the matcher finds in the same events. `--rules DIR`, `--events FILE|DIR`; `--count N` events, which
 * repeat when there are fewer.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rules: { type: 'string' }, events: { type: 'string' }, count: { type: 'string', default: '1000000' } },
  });
  const sigma = referenceData('sigma');
  const ours = resolve(import.meta.dirname, '../content/rules');
  const folder = values.rules ? resolve(values.rules) : sigma ? resolve(sigma, 'rules/windows') : ours;
  if (!existsSync(folder)) throw new Error(`there is no folder of rules ${folder}`);
  const opened = await openTestPlatform({
    append: appendEntries,
    events: true,
    jobs: [runHistory],
    now: new Date().toISOString(),
    ruleFolders: [folder],
  });
  try {
    const filled = await fill(opened, folder, values.events ?? referenceData('windows-attacks'), Number(values.count));
    await measure(opened, filled);
  } finally {
    await stopEngine(opened.platform.config);
    await opened.close();
  }
}

/** Different lines that are read; more events are made of them in the store, which takes a hundredth of the time. */
const LINES_MAX = 100_000;

/** Stores the events, evenly over thirty days up to now, and counts what is true of them live. */
async function fill(site: TestPlatform, folder: string, events: string | undefined, count: number): Promise<Filled> {
  const { normalise } = await openReaders();
  const { natural: lines, origin } = await readCorpus(events, normalise, Math.min(count, LINES_MAX));
  const { rules } = await readRules(folder);
  const matcher = compileRules(rules);
  const to = site.clock.now();
  const from = new Date(to.getTime() - DAYS * DAY_MS);
  const timeOf = (number: number): number => from.getTime() + Math.floor((number / count) * DAYS * DAY_MS);
  const [rounds, rest] = [Math.floor(count / lines.length), count % lines.length];
  const live = new Map<string, number>();
  let batch: SecurityEvent[] = [];
  for (const [number, bytes] of lines.entries()) {
    const text = bytes.toString('utf8');
    const line = { id: `e${number}`, text, receivedAtMs: to.getTime(), unitPath: '/', sourceHint: '', sender: '' };
    const event = { ...normalise(line), timeMs: timeOf(number) };
    const times = number < rest ? rounds + 1 : rounds;
    for (const { ruleId } of matcher.match(event)) live.set(ruleId, (live.get(ruleId) ?? 0) + times);
    batch.push(event);
    if (batch.length < BATCH && number < lines.length - 1) continue;
    const rows = batch.map((one) => JSON.stringify(toRow(one))).join('\n');
    await site.platform.events.writer.insert('event', Buffer.from(rows), `bench-${number}`);
    batch = [];
  }
  for (let round = 1; round * lines.length < count; round += 1) {
    const first = round * lines.length;
    await repeat(site, { first, rows: Math.min(lines.length, count - first), laterMs: timeOf(first) - from.getTime() });
  }
  out(
    `${count.toLocaleString('en')} events stored, ${lines.length.toLocaleString('en')} different ones from ${origin}`,
  );
  return { ruleIds: rules.map(({ id }) => id), live, from, to };
}

/** Stores the first events once more, at a later time. @param again.first number that the first of them gets */
async function repeat(
  { platform }: TestPlatform,
  again: { readonly first: number; readonly rows: number; readonly laterMs: number },
): Promise<void> {
  const { first, rows, laterMs } = again;
  await platform.events.maintain(
    eventSql`INSERT INTO event SELECT * EXCEPT (number) REPLACE (concat('e', toString(number + ${first})) AS event_id, addMilliseconds(time, ${laterMs}) AS time)
      FROM (SELECT *, toInt64(substring(event_id, 2)) AS number FROM event WHERE number < ${rows})
      SETTINGS max_partitions_per_insert_block = 0`,
  );
}

async function measure(site: TestPlatform, { ruleIds, live, from, to }: Filled): Promise<void> {
  const { catalogue } = await engineOf(site.system);
  const analyst = site.as({ roles: ['analyst'], path: '/' });
  const asked = {
    ruleIds: [...ruleIds],
    from: from.toISOString(),
    to: to.toISOString(),
    reason: 'bench',
    raises: false,
  };
  const { id } = await startRun(analyst, asked);
  const scanSeconds = await scanned(site);
  const before = process.cpuUsage();
  const startedMs = performance.now();
  let jobs = 1;
  while (await workOnRun(site.system, catalogue, id, BUDGET_MS)) jobs += 1;
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  const done = await site.system.read((db) => findRun(db, id));
  const found = await site.system.read((db) =>
    db.selectFrom('detection_run_rule').select(['rule_id', 'hits', 'error']).where('run_id', '=', id).execute(),
  );
  const hits = new Map(found.map((row) => [row.rule_id, Number(row.hits)]));
  const different = [...new Set([...live.keys(), ...hits.keys()])].filter(
    (rule) => (live.get(rule) ?? 0) !== (hits.get(rule) ?? 0),
  );
  for (const rule of different.slice(0, 10)) out(`${rule}: ${live.get(rule) ?? 0} live, ${hits.get(rule) ?? 0} stored`);
  for (const { rule_id, error } of found.filter(({ error }) => error !== '').slice(0, 10)) out(`${rule_id}: ${error}`);
  if (done?.state !== 'done') throw new Error(`the run ended as ${done?.state}: ${done?.error}`);
  if (different.length > 0) throw new Error(`${different.length} rules find something else in the store than live`);
  const events = Number(done.events);
  out(
    `${ruleIds.length} rules over ${DAYS} days in ${seconds.toFixed(1)} s, ${jobs} job(s); reading all columns once: ${scanSeconds.toFixed(1)} s`,
  );
  out(
    JSON.stringify({
      rules: ruleIds.length,
      events,
      hits: Number(done.hits),
      seconds: Number(seconds.toFixed(1)),
      cpuSeconds: Number(((user + system) / 1e6).toFixed(1)),
      ratioToFullScan: Number((seconds / scanSeconds).toFixed(1)),
    }),
  );
}

/** Seconds for reading every column of every event once: what no question over all of them can be faster than. */
async function scanned(site: TestPlatform): Promise<number> {
  const reader = site.platform.events.reader({ path: '/', side: 'centre' });
  const startedMs = performance.now();
  await reader.query(eventSql`SELECT max(cityHash64(*)) AS all FROM event`, { tag: 'bench', timeoutMs: 600_000 });
  return (performance.now() - startedMs) / 1000;
}
