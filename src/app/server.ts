import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { connectDetection, rulesMet, workBatch } from '#domain/detection/index.ts';
import { authenticate } from '#domain/identity/index.ts';
import { appendEntries } from '#domain/journal/index.ts';
import { connectTelemetry } from '#domain/telemetry/index.ts';
import { type Clock, systemClock } from '#platform/clock.ts';
import { type Config, sharedDirOf } from '#platform/config.ts';
import type { Ctx } from '#platform/context.ts';
import { openFiles } from '#platform/files/open.ts';
import { collectGarbage } from '#platform/garbage.ts';
import { secureHeaders, serveConsole, serveDocumentation } from '#platform/http/console.ts';
import type { Route } from '#platform/http/route.ts';
import { buildServer } from '#platform/http/server.ts';
import { uuidIds } from '#platform/ids.ts';
import { openJobs } from '#platform/jobs/jobs.ts';
import { openLive } from '#platform/live.ts';
import { takeLock } from '#platform/lock.ts';
import type { Log } from '#platform/log.ts';
import { migratePostgres } from '#platform/postgres/migrate.ts';
import { type HoldableQueue, holdable } from '#platform/queue/holdable.ts';
import { openHitQueue, openQueue } from '#platform/queue/open.ts';
import { backupRoute } from './backup/route.ts';
import { contextFor, type Platform, systemContext } from './context.ts';
import { healthRoute } from './health.ts';
import { liveRoute } from './live.ts';
import { modules, servicesInOrder } from './modules.ts';
import { openStores } from './stores.ts';
import { VERSION } from './version.ts';

const CONSOLE_FOLDER = join(import.meta.dirname, '../../web/dist');

export interface App {
  readonly platform: Platform;
  readonly system: Ctx;
  readonly server: FastifyInstance;
  readonly queue: HoldableQueue;
  /** Listens and runs the services of this process's roles. @returns the console's address */
  start(): Promise<string>;
  /** Finishes what is under way, then closes the stores. */
  stop(): Promise<void>;
}

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock?: Clock;
  /** Told what takes long at a first start. */
  readonly progress?: (sentence: string) => void;
  readonly ratePerMinute?: number;
}

/** Opens the stores, brings their schemas up to date and builds the server. */
export async function openApp(options: AppOptions): Promise<App> {
  const { config, log } = options;
  const clock = options.clock ?? systemClock;
  const unlock = takeLock(config.dataDir);
  const platform = await openPlatform(options, clock);
  const system = systemContext(platform);
  const queue = holdable(await openQueue(config, log));
  const hits = await openHitQueue(config, log);
  if (hits) connectDetection(config, hits);
  connectTelemetry(config, {
    queue,
    store: platform.events,
    work: (batch) => workBatch(system, batch),
    rulesMet: (events) => rulesMet(system, events),
    onSourceChange: (listener) =>
      platform.live.subscribe({ path: '/', side: 'centre' }, ({ topic }) => topic === 'source' && listener()),
  });
  const routes = [
    ...modules.flatMap(({ slice }) => slice.routes ?? []),
    liveRoute(platform.live),
    backupRoute(platform, queue),
  ];
  const server = await buildServer({
    routes: [...routes.filter((route) => config.roles.includes(roleOf(route))), healthRoute(platform, queue)],
    log,
    ids: platform.ids,
    version: VERSION,
    trustProxy: config.http.trustProxy,
    secureCookies: config.http.secureCookies,
    ...(options.ratePerMinute ? { ratePerMinute: options.ratePerMinute } : {}),
    contextOf: async (credentials, requestId) => {
      const caller = await authenticate(system, credentials);
      return caller && contextFor(platform, { ...caller, requestId });
    },
    anonymous: (requestId) => anonymous(platform, requestId),
  });
  secureHeaders(server, config.http.secureCookies);
  if (config.roles.includes('api')) {
    await serveDocumentation(server);
    await serveConsole(server, CONSOLE_FOLDER);
  }
  const running: { stop(): Promise<void> }[] = [];
  return {
    platform,
    system,
    server,
    queue,
    async start() {
      if (config.roles.includes('work')) await platform.jobs.work(system);
      for (const service of servicesInOrder()) {
        if (config.roles.includes(service.role)) running.push(await service.start(system));
      }
      const address = await server.listen({ host: config.http.host, port: config.http.port });
      setImmediate(collectGarbage);
      return address;
    },
    async stop() {
      await server.close();
      for (const service of running.reverse()) await service.stop();
      await queue.close();
      await hits?.close();
      await platform.jobs.stop();
      await platform.events.close();
      await platform.postgres.close();
      unlock();
    },
  };
}

/** Which role answers a request: people and programs under `/api/`, agents at the addresses that they know. */
const roleOf = ({ url }: Route): string => (url.startsWith('/api/') ? 'api' : 'collect');

async function openPlatform({ config, log, progress }: AppOptions, clock: Clock) {
  const { postgres, events } = await openStores(config, progress);
  const files = await openFiles(join(sharedDirOf(config), 'files'));
  // Processes that start together must not do this side by side.
  const jobs = await postgres.exclusively('tongan schema', async () => {
    const migrated = await migratePostgres(postgres);
    if (migrated.length > 0) log.info({ migrations: migrated }, 'the record store was brought up to date');
    await events.migrate();
    const all = modules.flatMap(({ slice }) => slice.jobs ?? []);
    return openJobs(postgres, all, log);
  });
  return {
    config,
    clock,
    ids: uuidIds(clock),
    log,
    postgres,
    events,
    files,
    jobs,
    live: openLive(postgres.bus),
    append: appendEntries,
  };
}

const anonymous = (platform: Platform, requestId: string): Ctx =>
  contextFor(platform, {
    actor: { kind: 'user', id: 'anonymous', name: 'anonymous', roles: [] },
    scope: { path: '', side: 'unit' },
    permissions: new Set(),
    requestId,
  });
