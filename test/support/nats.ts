import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Debian puts it where ordinary users do not look. */
const PLACES = ['nats-server', '/usr/sbin/nats-server', '/usr/local/bin/nats-server'];

/** The NATS server of this machine, or undefined: then tests that need one skip themselves with a message. */
export const natsBinary = (): string | undefined =>
  PLACES.find((place) => spawnSync(place, ['--version'], { stdio: 'ignore' }).status === 0);

export interface TestNats {
  readonly url: string;
  /** Ends the server without a word and starts it again on the same folder and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** A NATS server with JetStream on a folder of its own. */
export async function startNats(binary: string): Promise<TestNats> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-nats-'));
  const port = await freePort();
  const file = join(folder, 'nats.conf');
  await writeFile(
    file,
    `listen: "127.0.0.1:${port}"\nmax_payload: 8MB\njetstream { store_dir: "${folder}", max_file_store: 2GB }\n`,
  );
  let server: ChildProcess;
  const start = async () => {
    server = spawn(binary, ['-c', file], { stdio: 'ignore' });
    await untilHeard(port);
  };
  const kill = async () => {
    server.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  };
  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    async restart() {
      await kill();
      await start();
    },
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilHeard(port: number): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const heard = await Promise.race([
      once(socket, 'data').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (heard) return;
    if (performance.now() > deadline) throw new Error('the NATS server did not start within 20 s');
    await delay(50);
  }
}
