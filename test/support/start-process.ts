import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openApp } from '#app/server.ts';
import { type Config, loadConfig } from '#platform/config.ts';
import { openLog } from '#platform/log.ts';

/** The same file is the platform, when a process is started so. */
const START = 'start';

/** Settings of a platform on embedded stores in a folder, on free ports. */
export const settingsFor = (dataDir: string): Config =>
  loadConfig({}, undefined, {
    environment: 'test',
    dataDir,
    http: { port: 0 },
    syslog: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 },
    log: { level: 'silent' },
  });

/** Starts the platform in a process of its own. `ready` resolves when it listens. */
export function startPlatform(dataDir: string): { child: ChildProcess; ready: Promise<unknown> } {
  const child = fork(import.meta.filename, [START, dataDir], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('error', () => undefined);
  return { child, ready: once(child, 'message') };
}

async function run(dataDir: string): Promise<void> {
  const config = settingsFor(dataDir);
  const app = await openApp({ config, log: openLog('silent') });
  await app.start();
  process.send?.('ready');
}

if (process.send !== undefined && process.argv[2] === START) await run(process.argv[3] ?? '');
