import type { Clock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import type { Log } from '#platform/log.ts';
import type { Health } from '../health.ts';
import type { Intake } from '../intake.ts';
import type { Registry } from '../registry.ts';
import { followFiles } from './files/files-listener.ts';
import { readTopics } from './kafka-listener.ts';
import { type NetflowListener, startNetflow } from './netflow-listener.ts';
import { type SyslogPorts, startSyslog } from './syslog-listener.ts';

export interface ListenerParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly intake: Intake;
  readonly registry: Registry;
  readonly health: Health;
  readonly log: Log;
}

/** What a process listens to and fetches from besides HTTP. */
export interface Listeners {
  readonly syslog: SyslogPorts;
  readonly netflow: NetflowListener | undefined;
  stop(): Promise<void>;
}

/** Starts all listeners the configuration asks for; when one cannot start, those that did are stopped. */
export async function startListeners(parts: ListenerParts): Promise<Listeners> {
  const { config } = parts;
  const running: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    await Promise.all(running.map((listener) => listener.stop()));
  };
  try {
    const syslog = await startSyslog({ ...parts, config: config.syslog });
    running.push(syslog);
    const netflow = await startNetflow({ ...parts, config: config.netflow });
    if (netflow !== undefined) running.push(netflow);
    running.push(followFiles({ ...parts, now: () => parts.clock.now() }));
    running.push(readTopics({ ...parts, config: config.kafka }));
    return { syslog: syslog.ports, netflow, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
