import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type GeneratedFile, generatedFiles, migrationFiles } from './gen/files.ts';
import { ROOT } from './run.ts';

/** `npm run gen` writes every generated file; `--check` only says which ones are out of date. */
const onlyCheck = process.argv.includes('--check');
const stale: string[] = [];

function write({ path, text }: GeneratedFile): void {
  const file = join(ROOT, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  stale.push(path);
  if (onlyCheck) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

(await migrationFiles()).forEach(write);
(await generatedFiles()).forEach(write);

if (stale.length === 0) process.stdout.write('generated files are up to date\n');
else if (onlyCheck) {
  process.stderr.write(`out of date: ${stale.join(', ')}\nrun "npm run gen" and commit what it writes\n`);
  process.exitCode = 1;
} else process.stdout.write(`written: ${stale.join(', ')}\n`);
