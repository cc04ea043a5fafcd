import { createWriteStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { LEVELS, type Level, type RuleHead } from '#engine/sigma/rule.ts';
import { AppError } from '#platform/errors.ts';
import type { Command, Io } from './command.ts';
import { countedFields, idsOf, RecordedCorrelations } from './detect-correlate.ts';
import { FINDINGS_MAX, Harvest } from './detect-harvest.ts';
import type { DetectStart, Finding } from './detect-messages.ts';
import { filesOf, readPieces } from './detect-read.ts';
import { type DetectFormat, type Heads, writeFindings } from './detect-report.ts';
import { summaryOf } from './detect-summary.ts';
import { DetectThreads } from './detect-threads.ts';
import { printable } from './detect-words.ts';
import { isUsageFault, loadRules, UsageError } from './rules-load.ts';

const PROGRESS_EVERY_MS = 250;

const isLevel = (word: string): word is Level => (LEVELS as readonly string[]).includes(word);
const isFormat = (word: string): word is DetectFormat => ['table', 'json', 'csv'].includes(word);

interface Wish {
  readonly paths: readonly string[];
  readonly rules: readonly string[];
  readonly format: DetectFormat;
  readonly output: string | undefined;
  readonly minLevel: Level;
  readonly threads: number;
  readonly source: string;
  readonly timeZone: string | undefined;
}

/** @throws UsageError, TypeError of parseArgs */
function readWish(args: readonly string[]): Wish {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rules: { type: 'string', multiple: true, default: [] },
      format: { type: 'string', default: 'table' },
      output: { type: 'string' },
      'min-level': { type: 'string', default: 'low' },
      threads: { type: 'string' },
      source: { type: 'string', default: '' },
      'time-zone': { type: 'string' },
    },
  });
  const { format, output, source, rules } = values;
  const minLevel = values['min-level'];
  const threads = Number(values.threads ?? availableParallelism());
  if (rules.length === 0)
    throw new UsageError('name the rules with --rules (a folder or file, more than once if you like)');
  if (positionals.length === 0) throw new UsageError('name at least one file or folder of events');
  if (!isFormat(format)) throw new UsageError('--format is table, json or csv');
  if (!isLevel(minLevel)) throw new UsageError(`--min-level is one of ${LEVELS.join(', ')}`);
  if (!Number.isInteger(threads) || threads < 1 || threads > 64)
    throw new UsageError('--threads is a number from 1 to 64');
  const missing = positionals.filter((path) => !existsSync(path));
  if (missing.length > 0) throw new UsageError(`${missing.join(', ')}: no such file or folder`);
  return { paths: positionals, rules, format, output, minLevel, threads, source, timeZone: values['time-zone'] };
}

/** What is said of files one by one; of a thousand alike only some. */
const LINES_MAX = 20;
const first = (lines: readonly string[]): string[] =>
  lines.length > LINES_MAX
    ? [...lines.slice(0, LINES_MAX), `… ${lines.length - LINES_MAX} more files like these`]
    : [...lines];

/** A line that is written over on a terminal, and nothing at all elsewhere. */
function progress(files: number) {
  const terminal = process.stderr.isTTY;
  const startedMs = performance.now();
  let shownMs = 0;
  return {
    show(file: number, { events, findings }: Harvest) {
      const now = performance.now();
      if (!terminal || now - shownMs < PROGRESS_EVERY_MS) return;
      shownMs = now;
      const rate = Math.round(events / ((now - startedMs) / 1000));
      const counts = `${events.toLocaleString('en')} events, ${rate.toLocaleString('en')}/s, ${findings.length} found`;
      process.stderr.write(`\r\u001b[K[${file}/${files}] ${counts}`);
    },
    clear() {
      if (terminal) process.stderr.write('\r\u001b[K');
    },
    seconds: () => (performance.now() - startedMs) / 1000,
  };
}

async function write(wish: Wish, findings: readonly Finding[], heads: Heads, io: Io): Promise<void> {
  const { format, output } = wish;
  const width = process.stdout.isTTY ? process.stdout.columns : 160;
  const lines = writeFindings(format, findings, heads, width);
  const summary = summaryOf(findings, heads);
  if (output !== undefined) {
    const end = format === 'csv' ? '\r\n' : '\n';
    await pipeline(
      Readable.from(lines).map((line: string) => line + end),
      createWriteStream(output),
    );
    for (const line of summary) io.out(line);
    return;
  }
  for (const line of lines) io.out(line);
  // JSON and CSV go on to another program: the summary must not stand among them.
  if (format === 'table' && findings.length > 0) io.out('');
  for (const line of summary) (format === 'table' ? io.out : io.err)(line);
}

/** @returns 0 everything was read, 1 something could not be */
async function detect(wish: Wish, io: Io): Promise<number> {
  const { files, pack, options } = await loadRules(wish.rules, wish.timeZone);
  for (const problem of pack.problems.filter(({ severity }) => severity === 'error').slice(0, 20))
    io.err(`rule left out: ${problem.file}:${problem.line}:${problem.column} ${problem.message} (${problem.hint})`);
  const least = LEVELS.indexOf(wish.minLevel);
  const wanted = ({ level }: RuleHead): boolean => LEVELS.indexOf(level) >= least;
  const correlations = pack.correlations;
  const idOf = idsOf(pack);
  const counted = countedFields(correlations, idOf);
  const start: DetectStart = {
    files,
    options,
    ruleIds: pack.rules.filter((rule) => wanted(rule) || counted.has(rule.id)).map(({ id }) => id),
    counted,
    silent: new Set([...pack.silent, ...pack.rules.filter((rule) => !wanted(rule)).map(({ id }) => id)]),
    source: wish.source,
  };
  const heads: Heads = new Map([...pack.rules, ...correlations].map((head) => [head.id, head]));
  const paths = filesOf(wish.paths);
  const harvest = new Harvest(new RecordedCorrelations(pack));
  const bar = progress(paths.length);
  const threads = new DetectThreads(start, wish.threads, (piece, found) => harvest.take(piece, found));
  let unread = 0;
  try {
    for (const [index, path] of paths.entries()) {
      unread += await readOne(path, threads, harvest, () => bar.show(index + 1, harvest), io);
    }
    await threads.finish();
  } finally {
    await threads.stop();
    bar.clear();
  }
  const { findings, limits } = harvest.correlations.finish();
  const isWanted = ({ ruleId }: Finding): boolean => {
    const head = heads.get(ruleId);
    return head !== undefined && wanted(head);
  };
  harvest.addFindings(findings.filter(isWanted));
  harvest.findings.sort((a, b) => a.timeMs - b.timeMs || a.ruleId.localeCompare(b.ruleId));
  await write(wish, harvest.findings, heads, io);
  if (harvest.dropped > 0) limits.push(`${harvest.dropped} findings beyond ${FINDINGS_MAX} are only counted`);
  if (harvest.correlations.left > 0) limits.push(`correlations left out ${harvest.correlations.left} hits: too many`);
  for (const limit of limits) io.err(`limit reached: ${limit}`);
  const faults = harvest.faults();
  for (const line of [...first(harvest.notes()), ...first(faults)]) io.err(line);
  const rules = `${start.ruleIds.length} rules and ${correlations.length} correlations`;
  const rate = Math.round(harvest.events / bar.seconds()).toLocaleString('en');
  io.err(
    `${harvest.events.toLocaleString('en')} events of ${paths.length - unread} file(s), ${rules}, ${bar.seconds().toFixed(1)} s (${rate} events/s)`,
  );
  return unread > 0 || faults.length > 0 || limits.length > 0 ? 1 : 0;
}

/** @returns 1 when the file could not be read to its end; what was read before counts */
async function readOne(
  path: string,
  threads: DetectThreads,
  harvest: Harvest,
  show: () => void,
  io: Io,
): Promise<number> {
  try {
    if ((await stat(path)).size === 0) {
      io.err(`${path}: the file is empty`);
      return 0;
    }
    const { rejected, skipped } = await readPieces(path, async (piece) => {
      await threads.give(piece);
      show();
    });
    harvest.addDamage(path, rejected);
    for (const text of skipped) io.err(text);
    return skipped.length > 0 ? 1 : 0;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    io.err(`${path}: ${cause instanceof AppError ? cause.public : message}`);
    return 1;
  }
}

/** Rules over files: no server, no database. What was read is what was asked; nothing is kept. */
export const detectCommand: Command = {
  name: 'detect',
  summary:
    'Runs Sigma rules over files of events (EVTX, NDJSON, JSON, logs; also zip, gz, zst, tar of them): no server needed',
  usage: '--rules PATH FILE… [--format table|json|csv] [--output FILE] [--min-level LEVEL] [--threads N]',
  async run(args, given) {
    // Names of files in archives come from outside: none of them may steer the terminal.
    const io: Io = { ...given, err: (line) => given.err(printable(line)) };
    try {
      return await detect(readWish(args), io);
    } catch (error) {
      if (!isUsageFault(error)) throw error;
      given.err(`${error.message}\n  tongan detect ${detectCommand.usage}`);
      return 2;
    }
  },
};
