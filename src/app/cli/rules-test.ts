import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseCases, type RuleCase } from '#engine/sigma/cases.ts';
import { loadPack, type RuleFile } from '#engine/sigma/pack.ts';
import type { ParseOptions } from '#engine/sigma/parse.ts';
import { formatProblem } from '#engine/sigma/problem.ts';
import type { Io } from './command.ts';
import { type ReadyPack, readyPack, runCase } from './rules-cases.ts';
import { loadNormaliser, loadRules, UsageError } from './rules-load.ts';
import { regressionCases } from './rules-regression.ts';
import { junit, type TestCase } from './rules-report.ts';

const isError = ({ severity }: { severity: string }): boolean => severity === 'error';

function testCase(ready: ReadyPack, file: string, kind: 'hit' | 'miss', ruleCase: RuleCase): TestCase {
  const startedMs = performance.now();
  const { fired, faults } = runCase(ready, ruleCase);
  const titles = ready.heads.filter(({ id }) => fired.has(id)).map(({ title }) => `"${title}"`);
  const failures = [...faults];
  if (kind === 'hit' && fired.size === 0) failures.push('must fire, and does not');
  if (kind === 'miss' && fired.size > 0) failures.push(`must stay silent, and fires: ${titles.join(', ')}`);
  const name = `${kind === 'hit' ? 'fires' : 'stays silent'}: ${ruleCase.name}`;
  return { group: file, name, failures, seconds: (performance.now() - startedMs) / 1000 };
}

async function testFile(
  { file, text }: RuleFile,
  options: ParseOptions,
  normalise: ReadyPack['normalise'],
): Promise<TestCase[]> {
  const pack = loadPack([{ file, text }], options);
  const wrong = (name: string, failures: string[]): TestCase[] => [{ group: file, name, failures, seconds: 0 }];
  const errors = pack.problems.filter(isError);
  if (errors.length > 0) return wrong('reads without errors', errors.map(formatProblem));
  const casesPath = file.replace(/\.ya?ml$/, '.test.yml');
  if (!existsSync(casesPath)) return [];
  const { hits, misses, problems } = parseCases(await readFile(casesPath, 'utf8'), casesPath);
  if (problems.some(isError)) return wrong('cases read without errors', problems.map(formatProblem));
  const ready = readyPack(pack, normalise);
  return [
    ...hits.map((one) => testCase(ready, file, 'hit', one)),
    ...misses.map((one) => testCase(ready, file, 'miss', one)),
  ];
}

function writeText(cases: readonly TestCase[], verbose: boolean): string[] {
  return [...Map.groupBy(cases, ({ group }) => group)].flatMap(([file, list]) => {
    const shown = list.filter(({ failures }) => verbose || failures.length > 0);
    const lines = shown.flatMap(({ name, failures }) => [
      `  ${failures.length === 0 ? '✔' : '✘'} ${name}`,
      ...failures.map((failure) => `      ${failure}`),
    ]);
    return lines.length === 0 ? [] : [file, ...lines];
  });
}

/**
 * `tongan rules test PATH…`: runs the cases beside rules (`<rule>.test.yml`), and SigmaHQ's regression tests (`info.yml`).
 * @returns 0 all true, 1 otherwise
 * @throws UsageError
 */
export async function testRules(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      format: { type: 'string', default: 'text' },
      verbose: { type: 'boolean', default: false },
      'time-zone': { type: 'string' },
    },
  });
  if (positionals.length === 0) throw new UsageError('name a folder or file of rules');
  if (values.format !== 'text' && values.format !== 'junit') throw new UsageError('--format is text or junit');
  const { files, regressions, pack, options } = await loadRules(positionals, values['time-zone']);
  const { normalise } = await loadNormaliser();
  const cases: TestCase[] = [];
  let untested = 0;
  for (const file of files) {
    const own = await testFile(file, options, normalise);
    if (own.length === 0) untested += 1;
    cases.push(...own);
  }
  for (const regression of regressions) cases.push(...(await regressionCases(regression, pack, normalise)));
  const failed = cases.filter(({ failures }) => failures.length > 0).length;
  const lines = values.format === 'junit' ? [junit('tongan rules test', cases)] : writeText(cases, values.verbose);
  for (const line of lines) io.out(line);
  io.err(`${cases.length} cases, ${failed} failed; ${untested} of ${files.length} files have no cases`);
  return failed === 0 ? 0 : 1;
}
