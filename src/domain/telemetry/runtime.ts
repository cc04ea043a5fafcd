import { join } from 'node:path';
import type { SecurityEvent } from '#engine/fields/event.ts';
import type { Config } from '#platform/config.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import type { EventStore } from '#platform/eventstore/open.ts';
import type { Queue, QueueWriter, Running } from '#platform/queue/queue.ts';
import type { Service } from '#platform/slice.ts';
import { type Listeners, startListeners } from './collect/listeners.ts';
import { RecentIds } from './collect/recent-ids.ts';
import type { SyslogPorts } from './collect/syslog-listener.ts';
import { Health } from './health.ts';
import { Intake } from './intake.ts';
import { Pipeline, type WorkBatch } from './pipeline.ts';
import { Registry } from './registry.ts';
import { setTimesToLive } from './retention/times-to-live.ts';

/** A rule that an event meets. */
interface RuleMet {
  readonly id: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly level: string;
}

/** What `app` gives the slice: the queue, the store to write to, and who reads each batch. */
export interface TelemetryConnections {
  readonly queue: Queue;
  readonly store: Pick<EventStore, 'writer' | 'maintain'>;
  readonly work: WorkBatch;
  /** Which rules each of these events meets, without any effect: for trying a source. */
  readonly rulesMet?: (events: readonly SecurityEvent[]) => Promise<readonly (readonly RuleMet[])[]>;
  /** Calls back after each change of a source, in whichever process it was made. @returns a function that ends it */
  readonly onSourceChange?: (listener: () => void) => () => void;
}

/** What takes lines in: listeners, deliveries over HTTP, imported files. */
interface Collector {
  readonly queue: QueueWriter;
  readonly registry: Registry;
  readonly health: Health;
  readonly intake: Intake;
  /** Of documents that were delivered with an identifier. */
  readonly recentIds: RecentIds;
  /** Undefined where this process has none. */
  readonly listeners: Pick<Listeners, 'syslog' | 'netflow'> | undefined;
}

/** By configuration: a process has one, a test may have several side by side. */
const connections = new WeakMap<Config, TelemetryConnections>();
const collectors = new WeakMap<Config, Collector>();

/** Connects the slice with what it must not import. Called by `app` before the services start. */
export function connectTelemetry(config: Config, given: TelemetryConnections): void {
  connections.set(config, given);
}

/** The collector of this process; undefined when this process does not collect. */
export const collectorOf = (ctx: Ctx): Collector | undefined => collectors.get(ctx.config);

/** @throws AppError `unavailable` when this process does not collect */
export function needCollector(ctx: Ctx): Collector {
  const collector = collectorOf(ctx);
  if (collector !== undefined) return collector;
  throw new AppError('unavailable', {
    public: 'This part of the platform does not collect events, or is not ready yet',
    reason: 'collector.absent',
    retryAfterSeconds: 5,
  });
}

/** Ports of this process's syslog listeners. @throws AppError `unavailable` when it has none */
export function needSyslogPorts(ctx: Ctx): SyslogPorts {
  const { listeners } = needCollector(ctx);
  if (listeners !== undefined) return listeners.syslog;
  throw new AppError('unavailable', { public: 'This process does not listen for syslog', reason: 'collector.absent' });
}

function connectionsOf(config: Config): TelemetryConnections {
  const given = connections.get(config);
  if (given === undefined) throw new Error('connectTelemetry was not called before the services started');
  return given;
}

/** The event store to write to: for jobs that replace what is stored. */
export const storeOf = (ctx: Ctx): TelemetryConnections['store'] => connectionsOf(ctx.config).store;

/** Which rules an event would meet; undefined where `app` connected none. */
export const rulesOf = (ctx: Ctx): TelemetryConnections['rulesMet'] => connections.get(ctx.config)?.rulesMet;

const FLUSH_MS = 5_000;

/** Adds the counters to the record every few seconds, and once more at the stop. */
function keepHealth(system: Ctx): Running & { readonly health: Health } {
  const health = new Health(system.clock);
  const flush = () =>
    health.flush(system).catch((error: unknown) => system.log.warn({ err: error }, 'health was not written'));
  const timer = setInterval(() => void flush(), FLUSH_MS);
  return {
    health,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}

/** What takes lines in, whoever brings them. */
function openIntake(system: Ctx) {
  const { queue, onSourceChange } = connectionsOf(system.config);
  const { health, stop } = keepHealth(system);
  const registry = new Registry(system);
  const unfollow = onSourceChange?.(() => registry.forget());
  const recentIds = new RecentIds(join(system.config.dataDir, 'recent-ids'));
  return {
    parts: { queue, health, registry, intake: new Intake(queue, health, system.clock), recentIds },
    async stop() {
      collectors.delete(system.config);
      unfollow?.();
      await stop();
      recentIds.close();
    },
  };
}

/** Runs the collector: what is accepted over HTTP, and the listeners. */
export const collectorService: Service = {
  name: 'telemetry-collector',
  role: 'collect',
  brings: true,
  async start(system) {
    const { config, log } = system;
    const { parts, stop } = openIntake(system);
    const listeners = await startListeners({ config, ...parts, clock: system.clock, log });
    collectors.set(config, { ...parts, listeners });
    return {
      async stop() {
        await listeners.stop();
        await stop();
      },
    };
  },
};

/** Takes files that people import in the console of a process that does not collect otherwise. */
export const importService: Service = {
  name: 'telemetry-import',
  role: 'api',
  brings: true,
  async start(system) {
    if (system.config.roles.includes('collect')) return { stop: async () => undefined };
    const { parts, stop } = openIntake(system);
    collectors.set(system.config, { ...parts, listeners: undefined });
    return { stop };
  },
};

/** Works through the partitions of the queue that fall to this process, a pipeline for each. */
export const pipelineService: Service = {
  name: 'telemetry-pipeline',
  role: 'detect',
  brings: true,
  async start(system) {
    const { config, log } = system;
    const { queue, store, work } = connectionsOf(config);
    await setTimesToLive(store, config.retention);
    const { health, stop } = keepHealth(system);
    const consumption = queue.consume((reader) => {
      const pipeline = new Pipeline({
        reader,
        work,
        aheadMax: config.detect.workers,
        writer: store.writer,
        health,
        log,
      });
      pipeline.start();
      return pipeline;
    });
    return {
      async stop() {
        await consumption.stop();
        await stop();
      },
    };
  },
};
