import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const WEB = join(import.meta.dirname, '../../web');
const STAMP = join(WEB, 'dist/built-from');

/** A digest of everything the console is built from, so that it is built again only when that changed. */
function digestOfSources(): string {
  const hash = createHash('sha256');
  const add = (path: string) => hash.update(path).update(readFileSync(join(WEB, path)));
  const plugins = readdirSync(WEB).filter((file) => file.endsWith('-plugin.ts'));
  for (const file of ['package.json', 'vite.config.ts', ...plugins, 'index.html', '../package-lock.json']) add(file);
  const sources = readdirSync(join(WEB, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(WEB.length + 1))
    .sort();
  for (const file of sources) add(file);
  return hash.digest('hex');
}

/** Whether `web/dist` holds the console of the present sources. */
export const consoleIsBuilt = (): boolean => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === digestOfSources();

/**
 * Builds the console if its sources changed since the last build (some ten seconds).
 * @throws when the build fails, with what the builder said
 */
export async function buildConsole(progress: (sentence: string) => void): Promise<void> {
  if (consoleIsBuilt()) return;
  progress('building the console (only after a change, some ten seconds)');
  const vite = join(WEB, '../node_modules/vite/bin/vite.js');
  const child = spawn(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: WEB,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  if (code !== 0) throw new Error(`the console could not be built:\n${said}`);
  writeFileSync(STAMP, digestOfSources());
}
