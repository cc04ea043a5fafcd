import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../run.ts';

/** The console's types of the interface, by openapi-typescript (which brings its own older compiler). */
export async function consoleTypes(openapi: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-types-'));
  try {
    const input = join(folder, 'openapi.json');
    const output = join(folder, 'schema.ts');
    await writeFile(input, openapi);
    const program = join(ROOT, 'web/node_modules/openapi-typescript/bin/cli.js');
    await promisify(execFile)(process.execPath, [program, input, '--output', output, '--alphabetize'], {
      cwd: join(ROOT, 'web'),
    });
    const text = await readFile(output, 'utf8');
    // What follows the paths (webhooks, components, operations) is empty: every schema stands where it is used.
    return text.slice(0, text.indexOf('export type webhooks'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
