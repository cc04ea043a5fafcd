import { setTimeout as wait } from 'node:timers/promises';
import { everyday } from '#app/demo/background.ts';
import { SOURCES } from '#app/demo/hosts.ts';
import { INTRUSION } from '#app/demo/intrusion.ts';
import { seededChance } from '#app/demo/random.ts';
import { seedRegion } from '#app/demo/seed.ts';
import { openSenders } from '#app/demo/senders.ts';
import { needSyslogPorts } from '#domain/telemetry/index.ts';
import { openTestApp, type TestApp } from './app.ts';

export interface DemoApp extends TestApp {
  /** Sends everyday traffic and the whole intrusion through the real listeners, without its pauses. */
  intrude(): Promise<void>;
}

const EVERYDAY_LINES = 40;

/** The platform with the demo's region, listening on free ports; nothing was sent yet. */
export async function openDemoApp(): Promise<DemoApp> {
  const syslogHost = '127.0.0.1';
  const syslog = { host: syslogHost, udpPort: 0, tcpPort: 0 };
  const demo = await openTestApp({ listen: true, holds: 'region', settings: { syslog } });
  const { system } = demo.app;
  const tokens = await seedRegion(system);
  const { udp: udpPort, tcp: tcpPort } = needSyslogPorts(system);
  const senders = openSenders(SOURCES, tokens, { address: demo.address, syslogHost, udpPort, tcpPort });
  return {
    ...demo,
    async intrude() {
      // It has just ended, so that nothing of it is in the future.
      const seconds = Math.max(...INTRUSION.map(({ afterSeconds }) => afterSeconds));
      const start = system.clock.now().getTime() - seconds * 1000;
      await senders.send(everyday(system.clock.now(), EVERYDAY_LINES, seededChance(45)));
      for (const step of INTRUSION) await senders.send(step.lines(new Date(start + step.afterSeconds * 1000)));
    },
    async stop() {
      senders.close();
      await demo.stop();
    },
  };
}

/** Asks again until the answer is there. @throws when it is not within `withinMs` */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, withinMs = 60_000): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms`);
    await wait(200);
  }
}
