import { fork } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { seedRegion } from '#app/demo/seed.ts';
import { openApp } from '#app/server.ts';
import { loadConfig } from '#platform/config.ts';
import { openLog } from '#platform/log.ts';

/** What a folder of data holds before a test opens it: stores as a first start makes them, and perhaps the demo's region. */
export type Prepared = 'empty' | 'region';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, '.cache');
const MADE_FROM = ['src', 'content', 'migrations'];
/** Folders made from other sources go when they are as old as this: nobody copies them any more. */
const OTHERS_MS = 600_000;

/** The same file makes such a folder, when a process is started so. */
const MAKE = 'make';

/** What a folder is made from, shortly. The day is part of it, because what the region holds is dated from now. */
function stateOfSources(): string {
  const hash = createHash('sha256');
  hash.update(new Date().toISOString().slice(0, 10)).update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const folder of MADE_FROM) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      const path = join(ROOT, folder, name);
      if (!name.includes('.test.') && statSync(path).isFile()) hash.update(name).update(readFileSync(path));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function removeOthers(name: string): void {
  for (const other of readdirSync(CACHE)) {
    const path = join(CACHE, other);
    if (!/^data-(empty|region)-/.test(other) || other.endsWith(name)) continue;
    if (Date.now() - statSync(path).mtimeMs > OTHERS_MS) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Fills a folder with what a first start makes, which takes some fifteen seconds of a processor, and is the same each time: it
 * is made once for the present sources, in a process of its own, and copied. First starts themselves are tested by
 * `src/app/start.int.test.ts`.
 */
export async function prepare(kind: Prepared, folder: string): Promise<void> {
  const state = stateOfSources();
  const made = join(CACHE, `data-${kind}-${state}`);
  if (!existsSync(made)) {
    mkdirSync(CACHE, { recursive: true });
    removeOthers(state);
    const temporary = `${made}.${randomUUID()}`;
    const [code] = await once(fork(import.meta.filename, [MAKE, kind, temporary], { execArgv: [] }), 'exit');
    if (code !== 0) throw new Error(`the folder of data for tests could not be made (code ${code})`);
    // Another process of the tests may have been quicker.
    if (existsSync(made)) rmSync(temporary, { recursive: true });
    else renameSync(temporary, made);
  }
  // The event store's links lead from one of its folders to another.
  cpSync(made, folder, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
}

async function make(kind: string, dataDir: string): Promise<void> {
  const config = loadConfig({}, undefined, { environment: 'test', dataDir, log: { level: 'silent' } });
  const app = await openApp({ config, log: openLog('silent') });
  if (kind === 'region') await seedRegion(app.system);
  await app.stop();
  process.exit(0);
}

if (process.argv[2] === MAKE) await make(process.argv[3] ?? '', process.argv[4] ?? '');
