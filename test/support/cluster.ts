import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSource, renewToken } from '#domain/telemetry/actions.ts';
import { type EventStore, openEventStore } from '#platform/eventstore/open.ts';
import { startClickHouseStandIn } from './clickhouse-server.ts';
import { startNats } from './nats.ts';
import { openTestPlatform, type TestPlatform } from './stores.ts';

/** JetStream reserves it on its disk. */
export const QUEUE_BYTES_MAX = 200_000_000;

/** One process of the cluster. */
export interface Member {
  readonly address: string;
  /** Ends it without a word, as a machine that loses its power. */
  kill(): Promise<void>;
  /** Asks it to end, and waits. @returns its exit code */
  stop(): Promise<number | null>;
}

interface Source {
  readonly id: string;
  readonly token: string;
}

export interface Cluster {
  readonly test: TestPlatform;
  readonly events: EventStore;
  readonly natsUrl: string;
  start(roles: readonly string[]): Promise<Member>;
  newSource(name: string): Promise<Source>;
  renew(id: string): Promise<string>;
  stop(): Promise<void>;
}

/** One process that does everything, with a database of its own: what the cluster is compared with. */
export interface Alone {
  readonly test: TestPlatform;
  readonly member: Member;
  readonly token: string;
  stop(): Promise<void>;
}

const COMMON = {
  environment: 'test',
  http: { port: 0 },
  syslog: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 },
  log: { level: process.env.TONGAN_TEST_LOG ?? 'silent' },
};

async function startMember(entry: string, settings: object, started: (child: ChildProcess) => void): Promise<Member> {
  const child = fork(entry, ['member', JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  started(child);
  const ended = once(child, 'exit');
  const [message] = await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => Promise.reject(new Error(`a process ended with ${code} at its start`))),
  ]);
  return {
    address: message.address,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
  };
}

async function newSource(test: TestPlatform, name: string): Promise<Source> {
  const admin = test.as({ roles: ['system_admin'], path: '/' });
  const { source, token } = await createSource(admin, { name, unitPath: '/450000/', listener: 'http' });
  return { id: source.id, token: token ?? '' };
}

const openPlatform = () => openTestPlatform({ now: new Date().toISOString() });

function urlOf(test: TestPlatform): string {
  const { runner } = test.platform.postgres;
  if ('connectionString' in runner) return runner.connectionString;
  throw new Error('a PostgreSQL server is needed: TONGAN_TEST_POSTGRES');
}

/** @param entry see `openCluster` */
export async function openAlone(entry: string): Promise<Alone> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-alone-'));
  const test = await openPlatform();
  const member = await startMember(
    entry,
    { ...COMMON, dataDir: folder, postgres: { url: urlOf(test) } },
    () => undefined,
  );
  const { token } = await newSource(test, 'alone');
  return {
    test,
    member,
    token,
    async stop() {
      await member.kill();
      await test.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until a condition holds. */
export async function until(what: string, seconds: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await delay(100);
  }
}

/**
 * Servers for processes that share the work: NATS, the PostgreSQL of `TONGAN_TEST_POSTGRES`, and the stand-in for ClickHouse.
 * @param entry the test's own file: with the argument `member` it runs a process of the cluster
 */
export async function openCluster(natsBinary: string, entry: string): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-cluster-'));
  const nats = await startNats(natsBinary);
  const clickhouse = await startClickHouseStandIn(join(folder, 'events'));
  const events = openEventStore({
    kind: 'server',
    url: clickhouse.url,
    user: 'default',
    password: '',
    database: 'default',
  });
  const test = await openPlatform();
  const members: ChildProcess[] = [];
  const shared = {
    ...COMMON,
    sharedDir: join(folder, 'shared'),
    nats: { servers: [nats.url], leaseSeconds: 2 },
    queue: { partitions: 4, bytesMax: QUEUE_BYTES_MAX },
    detect: { partitions: 4 },
    postgres: { url: urlOf(test) },
    clickhouse: { url: clickhouse.url },
  };
  const admin = test.as({ roles: ['system_admin'], path: '/' });
  return {
    test,
    events,
    natsUrl: nats.url,
    start: (roles) => {
      const dataDir = join(folder, `member-${members.length}`);
      return startMember(entry, { ...shared, roles, dataDir }, (child) => members.push(child));
    },
    newSource: (name) => newSource(test, name),
    renew: async (id) => (await renewToken(admin, id)).token,
    async stop() {
      for (const child of members) child.kill('SIGKILL');
      await events.close();
      await test.close();
      await clickhouse.stop();
      await nats.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
