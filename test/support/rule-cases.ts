import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseCases, type RuleCase } from '#engine/sigma/cases.ts';
import { formatProblem } from '#engine/sigma/problem.ts';

/** The rule pack of this checkout. */
const RULES_FOLDER = resolve(import.meta.dirname, '../../content/rules');

/** A rule file with the cases beside it. */
export interface RuleFileCases {
  /** Path below content/rules. */
  readonly file: string;
  readonly text: string;
  readonly hits: readonly RuleCase[];
  readonly misses: readonly RuleCase[];
}

/** Every rule file of the pack with its `<rule>.test.yml`; a missing or malformed one throws with its path. */
export function rulesWithCases(): RuleFileCases[] {
  const files = readdirSync(RULES_FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yml') && !entry.name.endsWith('.test.yml'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return files.map((path) => {
    const casesPath = path.replace(/\.yml$/, '.test.yml');
    const { hits, misses, problems } = parseCases(readFileSync(casesPath, 'utf8'), casesPath);
    if (problems.length > 0 || misses.length === 0)
      throw new Error(problems.map(formatProblem).join('\n') || `${casesPath}: no misses`);
    return { file: relative(RULES_FOLDER, path), text: readFileSync(path, 'utf8'), hits, misses };
  });
}
