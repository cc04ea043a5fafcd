import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** `npm run bench -- NAME [options]`: every other file of this folder is a measurement that exports `run`. */
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`npm run bench -- NAME; NAME is one of: ${names.join(', ')}\n`);
  process.exitCode = 2;
} else {
  const measurement: { run(args: readonly string[]): Promise<void> } = await import(
    pathToFileURL(join(import.meta.dirname, `${name}.ts`)).href
  );
  await measurement.run(args);
}
