import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { z } from 'zod';
import { appendEntries } from '#domain/journal/index.ts';
import { openSigner } from '#domain/journal/signer.ts';
import { action } from '#platform/action.ts';
import { loadConfig } from '#platform/config.ts';
import { migratePostgres } from '#platform/postgres/migrate.ts';
import { openPostgres, type Postgres } from '#platform/postgres/open.ts';
import { openTestPlatform } from '../../../test/support/stores.ts';
import { contextFor, systemContext } from '../context.ts';
import { checkClock, checkNode } from '../doctor/machine.ts';
import { doctorCommand } from './doctor.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tongan-doctor-'));
  process.env.TONGAN_DATA_DIR = folder;
  // Port 0 asks for any free one, so that tests do not meet each other.
  process.env.TONGAN_HTTP_PORT = '0';
  process.env.TONGAN_SYSLOG_UDP_PORT = '0';
  process.env.TONGAN_SYSLOG_TCP_PORT = '0';
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function doctor(): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const io = { out: (line: string) => void lines.push(line), err: (line: string) => void lines.push(line) };
  return { code: await doctorCommand.run([], io), lines };
}

const has = (lines: readonly string[], pattern: RegExp) =>
  assert.ok(
    lines.some((line) => pattern.test(line)),
    `${pattern} in\n${lines.join('\n')}`,
  );

/** An installation that ran before, after `change` was done to its record store. */
async function ranBefore(change: (postgres: Postgres) => Promise<void> = async () => undefined): Promise<void> {
  const postgres = await openPostgres({ kind: 'embedded', path: join(folder, 'postgres') });
  await migratePostgres(postgres);
  const scene = await openTestPlatform({ append: appendEntries });
  const platform = { ...scene.platform, postgres, config: loadConfig() };
  const touch = action('order.issue', z.object({}), async (tx) => {
    tx.record({ object: { type: 'order', id: 'a' }, unitPath: '/', data: {} });
  });
  const system = contextFor(platform, {
    actor: { kind: 'system', id: 'system', name: 'system', roles: [] },
    scope: { path: '/', side: 'centre' },
    permissions: 'all',
    requestId: 'r',
  });
  await touch(system, {});
  await touch(system, {});
  await (await openSigner(platform.config)).sign(systemContext(platform));
  await change(postgres);
  await postgres.close();
  await scene.close();
}

test('nothing fails before the first start, and the stores are left alone', async () => {
  const { code, lines } = await doctor();
  assert.equal(code, 0, lines.join('\n'));
  has(lines, /record store does not exist yet/);
  has(lines, /event store does not exist yet/);
});

test('an installation in order is told so, its journal verified', async () => {
  await ranBefore();
  const { code, lines } = await doctor();
  assert.equal(code, 0, lines.join('\n'));
  has(lines, /tables are up to date/);
  has(lines, /row-level security is forced on every table/);
  has(lines, /all 2 entries fit, 2 are covered/);
  has(lines, /journal\.pem is there and belongs to this user alone/);
});

test('what was changed in the database by hand is named: security switched off, an owner, an entry', async () => {
  await ranBefore((postgres) =>
    postgres.ownerScript(`ALTER TABLE unit NO FORCE ROW LEVEL SECURITY;
      ALTER TABLE centre OWNER TO tongan_app;
      UPDATE journal_entry SET actor_name = 'x' WHERE seq = 1`),
  );
  const { code, lines } = await doctor();
  assert.equal(code, 1);
  has(lines, /FAIL {2}row-security .*not forced on the table unit/);
  has(lines, /FAIL {2}row-security .*owns \d+ table/);
  has(lines, /FAIL {2}journal .*entry 1 was changed/);
});

test('all faults of the configuration are listed', async () => {
  process.env.TONGAN_HTTP_PORT = 'many';
  process.env.TONGAN_NO_SUCH = 'x';
  const { code, lines } = await doctor();
  delete process.env.TONGAN_NO_SUCH;
  assert.equal(code, 1);
  has(lines, /FAIL {2}configuration .*TONGAN_NO_SUCH: no such setting/);
  has(lines, /FAIL {2}configuration .*http\.port/);
});

test('a port in use and a key open to others are named with what mends them', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
  process.env.TONGAN_HTTP_PORT = String(port);
  await openSigner(loadConfig());
  await chmod(join(folder, 'keys', 'journal.pem'), 0o644);
  const { code, lines } = await doctor();
  server.close();
  assert.equal(code, 1);
  has(lines, new RegExp(`FAIL {2}ports .*127\\.0\\.0\\.1:${port} is used by another program`));
  has(lines, /set TONGAN_HTTP_PORT to another port/);
  has(lines, /FAIL {2}signing-key .*mode 644\): run chmod 600/);
});

test('a process that holds the folder but does not answer is named', async () => {
  await writeFile(join(folder, 'tongan.lock'), String(process.ppid));
  process.env.TONGAN_HTTP_PORT = '1';
  const { code, lines } = await doctor();
  assert.equal(code, 1);
  has(lines, new RegExp(`process ${process.ppid} serves from the data folder`));
  has(lines, /FAIL {2}platform/);
});

test('a data folder that is open to others or no folder is named', async () => {
  await chmod(folder, 0o755);
  has((await doctor()).lines, /WARN {2}data-folder .*open to other users/);
  await rm(folder, { recursive: true });
  await mkdir(join(folder, '..'), { recursive: true });
  await writeFile(folder, '');
  has((await doctor()).lines, /FAIL {2}data-folder .*is not a folder/);
});

test('an old Node.js and a clock that stands in the past are refused', () => {
  assert.equal(checkNode('v20.11.0').state, 'fail');
  assert.equal(checkNode('v24.0.0').state, 'ok');
  assert.equal(checkClock(new Date('2001-01-01')).state, 'fail');
});
