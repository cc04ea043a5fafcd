import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ROOT } from './run.ts';

/** Files of the project that a file imports, itself or through others; itself is among them. */
function reached(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, specifier = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(/from '([#.][^']+\.ts)'/g)) {
    reached(specifier.startsWith('#') ? `src/${specifier.slice(1)}` : normalize(join(dirname(file), specifier)), seen);
  }
  return seen;
}

/**
 * What differs between the embedded database and a server lies in the platform (transactions, jobs, arrays, roles), in the
 * copying of whole databases, and in how lists page and sort; the journeys and contracts are on embedded stores always.
 */
const WORTH_BOTH = [
  'src/platform/**/*.int.test.ts',
  'src/app/backup/*.int.test.ts',
  'src/domain/**/routes.int.test.ts',
];

/**
 * Integration tests to be run on the embedded database too, where `TONGAN_TEST_POSTGRES` names a server for all others. Those
 * that never ask for that server did the same without it.
 */
export function embeddedTests(): string[] {
  return globSync(WORTH_BOTH, { cwd: ROOT })
    .filter((file) =>
      [...reached(file)].some((path) => readFileSync(join(ROOT, path), 'utf8').includes('TONGAN_TEST_POSTGRES')),
    )
    .sort();
}
