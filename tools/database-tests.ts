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
 * Integration tests whose database may be a server (`TONGAN_TEST_POSTGRES`). The others would do there exactly what they
 * did without one.
 */
export function databaseTests(): string[] {
  return globSync(['src/**/*.int.test.ts', 'test/cluster/*.int.test.ts'], { cwd: ROOT })
    .filter((file) =>
      [...reached(file)].some((path) => readFileSync(join(ROOT, path), 'utf8').includes('TONGAN_TEST_POSTGRES')),
    )
    .sort();
}
