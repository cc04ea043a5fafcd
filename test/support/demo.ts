import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { everyday } from '#app/demo/background.ts';
import { SOURCES } from '#app/demo/hosts.ts';
import { INTRUSION } from '#app/demo/intrusion.ts';
import { seededChance } from '#app/demo/random.ts';
import { seedRegion } from '#app/demo/seed.ts';
import { openSenders } from '#app/demo/senders.ts';
import { openTestApp, type TestApp } from './app.ts';

export interface DemoApp extends TestApp {
  /** Sends everyday traffic and the whole intrusion through the real listeners, without its pauses. */
  intrude(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port was found');
  return address.port;
}

const EVERYDAY_LINES = 40;

/** The platform with the demo's region, listening on free ports; nothing was sent yet. */
export async function openDemoApp(): Promise<DemoApp> {
  const syslog = { host: '127.0.0.1', udpPort: await freePort(), tcpPort: await freePort() };
  const demo = await openTestApp({ listen: true, settings: { syslog } });
  const { system } = demo.app;
  const tokens = await seedRegion(system);
  const senders = openSenders(SOURCES, tokens, { address: demo.address, syslogHost: syslog.host, ...syslog });
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
