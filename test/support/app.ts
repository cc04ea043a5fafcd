import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, openApp } from '#app/server.ts';
import { loadConfig } from '#platform/config.ts';
import { type Log, openLog } from '#platform/log.ts';
import { type Prepared, prepare } from './prepared.ts';

export interface TestApp {
  readonly app: App;
  /** Empty unless `listen` was asked for. */
  readonly address: string;
  stop(): Promise<void>;
}

export interface TestAppOptions {
  /** Listen on free ports and run the services; otherwise requests go through `app.server.inject`. */
  readonly listen?: boolean;
  /** What the stores hold. Default: nothing. */
  readonly holds?: Prepared;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly log?: Log;
  /** Called with the folder of the data before anything is opened. @returns what undoes it when all is closed */
  readonly prepare?: (dataDir: string) => Promise<() => Promise<void>>;
}

/** Many requests come from one address in a test. */
const RATE_PER_MINUTE = 100_000;

/** The whole platform on embedded stores in a folder of its own. */
export async function openTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-app-'));
  const config = loadConfig({}, undefined, {
    environment: 'test',
    dataDir: folder,
    http: { port: 0 },
    syslog: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 },
    log: { level: 'silent' },
    ...options.settings,
  });
  await prepare(options.holds ?? 'empty', folder);
  const undo = await options.prepare?.(folder);
  const log = options.log ?? openLog(config.log.level);
  const app = await openApp({ config, log, ratePerMinute: RATE_PER_MINUTE });
  const address = options.listen ? await app.start() : '';
  return {
    app,
    address,
    async stop() {
      await app.stop();
      await undo?.();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
