import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './senders.ts';

/** Where tools/install-senders.sh puts Apache Kafka's own broker. */
const LIBRARIES = '/opt/kafka/libs';
const JAVA = '/usr/bin/java';

/** For the options of a test: why it is left out, or false. */
export const unlessKafka = (): string | false =>
  existsSync(LIBRARIES) && existsSync(JAVA) ? false : 'no Kafka broker (tools/install-senders.sh)';

export interface Broker {
  readonly address: string;
  /** Kills it without warning; `start` goes on with what it kept. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const settings = (folder: string, port: number, controllerPort: number): string =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'num.partitions': 2,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/** Runs a broker of Apache Kafka on this machine's Java. */
export async function startBroker(): Promise<Broker> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-kafka-'));
  const port = await freePort();
  const file = join(folder, 'server.properties');
  await writeFile(file, settings(folder, port, await freePort()));
  const java = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-cp', `${LIBRARIES}/*`];
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qk', '-c', file];
  await promisify(execFile)(JAVA, [...java, ...format]);
  let child: ChildProcess | undefined;
  const broker: Broker = {
    address: `127.0.0.1:${port}`,
    async start() {
      child = spawn(JAVA, [...java, 'kafka.Kafka', file], { stdio: ['ignore', 'pipe', 'ignore'] });
      let output = '';
      child.stdout?.on('data', (chunk) => (output += String(chunk)));
      await until('a Kafka broker', async () => {
        const answered = await promisify(execFile)('/usr/bin/kcat', ['-b', broker.address, '-L', '-m', '1']).catch(
          () => undefined,
        );
        if (child?.exitCode !== null) throw new Error(`the broker ended: ${output}`);
        return answered !== undefined;
      });
    },
    async kill() {
      if (child === undefined || child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    async stop() {
      await broker.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await broker.start();
  return broker;
}
