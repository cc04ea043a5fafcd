import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import { referenceData } from '../test/support/reference-data.ts';
import { type Corpus, readCorpus } from './detect/corpus.ts';
import { measureCorrelation } from './detect/correlation.ts';
import { type Detect, normalisedDetector, openReaders, type Readers, rawDetector } from './detect/detector.ts';
import { compareRates, type Pass, type Rate } from './detect/measure.ts';
import { memoryOf } from './detect/memory.ts';
import { measureRsigma } from './detect/rsigma.ts';
import { type LoadedRules, readRules } from './detect/rules.ts';
import { twoOverOne } from './detect/workers.ts';

const FEW_RULES = 500;
const MANY_RULES = 2_400;

const out = (line: string) => void process.stdout.write(`${line}\n`);
const rounded = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(3)) : null);

const passOf =
  (detect: Detect): Pass =>
  (lines) => {
    let hits = 0;
    // Events that are gone through again must not be known already; what repeats among them is remembered, as in life.
    detect.forget?.();
    for (const line of lines) hits += detect(line).length;
    return hits;
  };

/** Every n-th rule, so that all log sources are among them. */
const someOf = (rules: readonly SigmaRule[], count: number): SigmaRule[] =>
  Array.from(
    { length: Math.min(count, rules.length) },
    (_, index) => rules[Math.floor((index * rules.length) / count)],
  ).filter((rule) => rule !== undefined);

function report(name: string, { events, perSecond, baselinePerSecond, ratio }: Rate): void {
  const cells = [String(events), String(perSecond), String(baselinePerSecond), ratio.toFixed(3)];
  out(`${name.padEnd(34)}${cells.map((cell) => cell.padStart(14)).join('')}`);
}

/**
 * How fast rules are asked of recorded events, from the bytes of a line to the hits, on one core, against `JSON.parse` of
 * the same lines in the same run. `--rules DIR` `--events FILE|DIR` measure other rules and events, `--sample N` more or
 * fewer of them. Processor time counts, so that a busy machine changes little.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rules: { type: 'string' }, events: { type: 'string' }, sample: { type: 'string', default: '40000' } },
  });
  const sigma = referenceData('sigma');
  const ours = resolve(import.meta.dirname, '../content/rules');
  const rulesFolder = values.rules ? resolve(values.rules) : sigma ? resolve(sigma, 'rules/windows') : ours;
  if (!existsSync(rulesFolder)) throw new Error(`there is no folder of rules ${rulesFolder}`);
  const readers = await openReaders();
  const loaded = await readRules(rulesFolder);
  const events = values.events ?? referenceData('windows-attacks');
  const corpus = await readCorpus(events, readers.normalise, Number(values.sample));
  out(
    `rules: ${loaded.rules.length} from ${rulesFolder} (${loaded.problems} problems), read and compiled in ${loaded.seconds.toFixed(2)} s (${loaded.cpuSeconds.toFixed(2)} s of processor time)`,
  );
  out(`events: ${corpus.origin}; ${corpus.skipped} that are no JSON left out`);
  agree(loaded.rules, corpus, readers);
  await measure(loaded, corpus, rulesFolder, readers);
}

/** Events of each sample for which both ways are compared before anything is measured. */
const COMPARED = 1_000;

/** A fast answer that is another one is worth nothing. */
function agree(rules: readonly SigmaRule[], corpus: Corpus, readers: Readers): void {
  const [fast, usual] = [rawDetector(rules, readers), normalisedDetector(rules, readers)];
  let hits = 0;
  for (const lines of [corpus.natural, corpus.processCreation, corpus.powershell]) {
    for (const line of lines.slice(0, COMPARED)) {
      const [own, expected] = [fast(line), usual(line)];
      hits += expected.length;
      if ([...own].sort().join() !== [...expected].sort().join())
        throw new Error(`another answer for ${line.toString()}`);
    }
  }
  out(`both ways agree on up to ${COMPARED} events of each sample: ${hits} hits`);
}

async function measure(
  { rules, seconds, cpuSeconds }: LoadedRules,
  corpus: Corpus,
  rulesFolder: string,
  readers: Readers,
): Promise<void> {
  const everything = [corpus.natural, corpus.processCreation, corpus.powershell];
  const startedMs = performance.now();
  const { built: detect, megabytes } = memoryOf(() => {
    const detector = rawDetector(rules, readers);
    for (const lines of everything) passOf(detector)(lines);
    return detector;
  });
  const coldMs = performance.now() - startedMs;
  for (const lines of everything) passOf(detect)(lines);
  const plansMs = coldMs - (performance.now() - startedMs - coldMs);
  const few = rawDetector(someOf(rules, FEW_RULES), readers);
  out(
    `${'from bytes to hits'.padEnd(34)}${['events', 'per second', 'JSON.parse', 'ratio'].map((cell) => cell.padStart(14)).join('')}`,
  );
  const rateOf = (name: string, lines: readonly Buffer[], detector: Detect): Rate => {
    const rate = compareRates(lines, passOf(detector));
    report(name, rate);
    return rate;
  };
  const natural = rateOf('natural mix', corpus.natural, detect);
  const processCreation = rateOf('process creation only', corpus.processCreation, detect);
  const powershell = rateOf('PowerShell 4103 and 4104', corpus.powershell, detect);
  const fewRules = rateOf(`natural mix, ${FEW_RULES} rules`, corpus.natural, few);
  const manyRules =
    rules.length > MANY_RULES
      ? rateOf(`natural mix, ${MANY_RULES} rules`, corpus.natural, rawDetector(someOf(rules, MANY_RULES), readers))
      : natural;
  rateOf('natural mix, normalised first', corpus.natural, normalisedDetector(rules, readers));
  const workers = await twoOverOne('rules', rulesFolder, corpus.natural);
  const parsers = await twoOverOne('JSON.parse', rulesFolder, corpus.natural);
  out(`two threads are ${workers.toFixed(2)} times as fast as one, at JSON.parse ${parsers.toFixed(2)} times`);
  out(`tables of all rules and plans: ${megabytes.toFixed(1)} MB`);
  out(`plans of all kinds of events, built when first met: ${(plansMs / 1000).toFixed(2)} s, not part of the rates`);
  const theirs = measureRsigma(rulesFolder, corpus.natural, readers);
  if (theirs)
    out(
      `rsigma: ${theirs.perSecond} events/s, ${theirs.matches} matches; here ${passOf(detect)(corpus.natural)} matches`,
    );
  const correlation = measureCorrelation();
  out(
    `correlation: ${correlation.eventsPerSecond} hits/s into ${correlation.groups} groups, ${correlation.ratioToJsonParse} of the rate of JSON.parse`,
  );
  out(
    JSON.stringify({
      natural: { ratioToJsonParse: rounded(natural.ratio) },
      processCreation: { ratioToJsonParse: rounded(processCreation.ratio) },
      powershell: { ratioToJsonParse: rounded(powershell.ratio) },
      scaling: { rules2400over500: rounded(fewRules.ratio / manyRules.ratio) },
      workers: { twoOverOne: rounded(workers), jsonParseTwoOverOne: rounded(parsers) },
      load: { seconds: rounded(seconds), cpuSeconds: rounded(cpuSeconds) },
      memory: { tablesMb: rounded(megabytes) },
      correlation: { eventsPerSecond: correlation.eventsPerSecond },
      ...(theirs ? { rsigma: { ourRateOverTheirs: rounded(natural.perSecond / theirs.perSecond) } } : {}),
    }),
  );
}
