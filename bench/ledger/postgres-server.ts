import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

export interface PostgresServer {
  /** Of the superuser. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Where Debian and others keep the programs of the server, which are seldom on the path. */
function binaries(): string | undefined {
  const folder = '/usr/lib/postgresql';
  const versions = existsSync(folder) ? readdirSync(folder).sort((left, right) => Number(right) - Number(left)) : [];
  return versions.map((version) => join(folder, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

const idOf = (flag: '-u' | '-g'): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (attempt > 150) throw error;
      await delay(200);
    }
  }
}

/**
 * A PostgreSQL server of its own with its usual guarantees (fsync on). Undefined where none is installed.
 *
 * @param kept folder that stays for the next time; without it one that is removed at the end
 */
export async function startPostgresServer(kept?: string): Promise<PostgresServer | undefined> {
  const bin = binaries();
  if (bin === undefined) return undefined;
  const folder = kept === undefined ? mkdtempSync(join(tmpdir(), 'tongan-postgres-')) : resolve(kept);
  mkdirSync(folder, { recursive: true });
  // The server refuses to run as root.
  const asRoot = process.getuid?.() === 0;
  const who = asRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  if (asRoot) chownSync(folder, idOf('-u'), idOf('-g'));
  const data = join(folder, 'data');
  const setup = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'];
  if (!existsSync(data)) execFileSync(join(bin, 'initdb'), setup, { ...who, stdio: 'ignore', cwd: folder });
  const port = await freePort();
  const settings = ['shared_buffers=1GB', 'max_wal_size=8GB', 'work_mem=64MB', 'listen_addresses=127.0.0.1'];
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), '-k', folder, ...settings.flatMap((setting) => ['-c', setting])],
    { ...who, stdio: 'ignore', cwd: folder },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await untilReady(url);
  return {
    url,
    async stop() {
      server.kill('SIGINT');
      await ended;
      if (kept === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
