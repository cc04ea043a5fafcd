import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './gen/files.ts';
import { ROOT } from './run.ts';

/** `npm run gen` writes every generated file; `--check` only says which ones are out of date. */
const onlyCheck = process.argv.includes('--check');
const stale: string[] = [];

for (const { path, text } of await generatedFiles()) {
  const file = join(ROOT, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale.push(path);
  if (onlyCheck) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

if (stale.length === 0) process.stdout.write('generated files are up to date\n');
else if (onlyCheck) {
  process.stderr.write(`out of date: ${stale.join(', ')}\nrun "npm run gen" and commit what it writes\n`);
  process.exitCode = 1;
} else process.stdout.write(`written: ${stale.join(', ')}\n`);
