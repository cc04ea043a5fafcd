import { join } from 'node:path';
import type { Config } from '#platform/config.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import type { EventStore } from '#platform/eventstore/open.ts';
import { SegmentLog } from '#platform/queue/segment-log.ts';
import type { Service } from '#platform/slice.ts';
import { type SyslogPorts, startSyslog } from './collect/syslog-listener.ts';
import { Health } from './health.ts';
import { Intake } from './intake.ts';
import { normaliser } from './normalise.ts';
import { type OnBatch, Pipeline } from './pipeline.ts';
import { Registry } from './registry.ts';
import { setRetention } from './retention.ts';
import { loadSources } from './sources.ts';

/** What `app` gives the slice: the store to write to, and who wants to see each batch. */
export interface TelemetryConnections {
  readonly store: Pick<EventStore, 'writer' | 'maintain'>;
  readonly onBatch: OnBatch;
}

/** The running collector of a process. */
interface Collector {
  readonly queue: SegmentLog;
  readonly registry: Registry;
  readonly health: Health;
  readonly intake: Intake;
  readonly syslogPorts: SyslogPorts;
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

const FLUSH_MS = 5_000;

/** Runs the collector: queue, pipeline, health counters and the syslog listeners. */
export const collectorService: Service = {
  name: 'telemetry',
  role: 'collect',
  async start(system) {
    const given = connections.get(system.config);
    if (given === undefined) throw new Error('connectTelemetry was not called before the services started');
    const { config, log, clock } = system;
    await setRetention(given.store, config.retention.eventDays);
    const queue = await SegmentLog.open({
      folder: join(config.dataDir, 'queue'),
      bytesMax: config.queue.bytesMax,
      segmentBytesMax: config.queue.segmentBytes,
      onDamage: (damage) =>
        log[damage.kind === 'torn' ? 'warn' : 'error'](
          { damage },
          'part of the queue could not be read and was set aside',
        ),
    });
    const health = new Health(clock);
    const registry = new Registry(system);
    const intake = new Intake(queue, health, clock);
    const normalise = normaliser(await loadSources());
    const pipeline = new Pipeline({
      queue,
      normalise,
      onBatch: given.onBatch,
      writer: given.store.writer,
      health,
      log,
    });
    pipeline.start();
    const syslog = await startSyslog({ config: config.syslog, intake, registry, health, log });
    const flush = () =>
      health.flush(system).catch((error: unknown) => log.warn({ err: error }, 'health was not written'));
    const timer = setInterval(() => void flush(), FLUSH_MS);
    collectors.set(config, { queue, registry, health, intake, syslogPorts: syslog.ports });
    return {
      async stop() {
        collectors.delete(config);
        clearInterval(timer);
        await syslog.stop();
        await pipeline.stop();
        await queue.close();
        await flush();
      },
    };
  },
};
