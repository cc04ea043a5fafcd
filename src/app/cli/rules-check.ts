import { parseArgs } from 'node:util';
import type { RuleFile, RulePack } from '#engine/sigma/pack.ts';
import { formatProblem, type Problem } from '#engine/sigma/problem.ts';
import type { Io } from './command.ts';
import { cannotFire, loadNormaliser, loadRules, UsageError } from './rules-load.ts';
import { junit, sarif } from './rules-report.ts';

const FORMATS = ['text', 'json', 'junit', 'sarif'] as const;
type Format = (typeof FORMATS)[number];

const isFormat = (word: string): word is Format => (FORMATS as readonly string[]).includes(word);

const byPlace = (a: Problem, b: Problem): number =>
  a.file.localeCompare(b.file, 'en') || a.line - b.line || a.column - b.column;

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

function summary(pack: RulePack, files: readonly RuleFile[], problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const read = [count(pack.rules.length, 'rule'), count(pack.correlations.length, 'correlation')].join(' and ');
  return `${read} usable from ${count(files.length, 'file')}: ${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}`;
}

/** What makes the command fail. */
const fails = (problem: Problem, strict: boolean): boolean => strict || problem.severity === 'error';

interface Checked {
  readonly files: readonly RuleFile[];
  readonly pack: RulePack;
  readonly problems: readonly Problem[];
  readonly strict: boolean;
}

function write(format: Format, { files, pack, problems, strict }: Checked): string {
  switch (format) {
    case 'text':
      return [...problems.map(formatProblem), summary(pack, files, problems)].join('\n');
    case 'json':
      return JSON.stringify({ rules: pack.rules.length, correlations: pack.correlations.length, problems }, null, 2);
    case 'sarif':
      return sarif(problems);
    case 'junit': {
      const byFile = Map.groupBy(problems, ({ file }) => file);
      const cases = files.map(({ file }) => {
        const failures = (byFile.get(file) ?? []).filter((problem) => fails(problem, strict)).map(formatProblem);
        return { group: file, name: 'reads without problems', failures, seconds: 0 };
      });
      return junit('tongan rules check', cases);
    }
  }
}

/**
 * `tongan rules check PATH…`: everything that is wrong with rules, at its place.
 * @returns 0 all in order, 1 errors (with --strict: warnings too)
 * @throws UsageError
 */
export async function checkRules(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      format: { type: 'string', default: 'text' },
      strict: { type: 'boolean', default: false },
      sources: { type: 'boolean', default: false },
      'time-zone': { type: 'string' },
    },
  });
  if (positionals.length === 0) throw new UsageError('name a folder or file of rules');
  if (!isFormat(values.format)) throw new UsageError(`--format is one of ${FORMATS.join(', ')}`);
  const { files, pack } = await loadRules(positionals, values['time-zone']);
  const unable = values.sources ? cannotFire(pack, (await loadNormaliser()).supplies) : [];
  const problems = [...pack.problems, ...unable].sort(byPlace);
  io.out(write(values.format, { files, pack, problems, strict: values.strict }));
  if (values.format !== 'text') io.err(summary(pack, files, problems));
  return problems.some((problem) => fails(problem, values.strict)) ? 1 : 0;
}
