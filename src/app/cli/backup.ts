import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { type Config, clientSettings, loadConfig } from '#platform/config.ts';
import { tarMembers } from '#platform/files/tar.ts';
import { lockHolder } from '#platform/lock.ts';
import { openLog } from '#platform/log.ts';
import { EVENT_QUEUE, HIT_QUEUE } from '#platform/queue/open.ts';
import { backup } from '../backup/backup.ts';
import type { BackupFile, Manifest } from '../backup/format.ts';
import { recordBackup } from '../backup/route.ts';
import { isArchive, readManifest, writeBackup } from '../backup/store.ts';
import { openApp } from '../server.ts';
import type { Command, Io } from './command.ts';

interface Asked {
  readonly passphrase: string | undefined;
  readonly withEvents: boolean;
  readonly unchanged: Readonly<Record<string, string>>;
}

/** Free space below which nothing is begun: a backup that fills the disk stops the platform beside it. */
const BYTES_FREE_MIN = 500_000_000;

export const backupCommand: Command = {
  name: 'backup',
  summary:
    'Writes a backup of everything, from the running platform (token) or, when nothing runs, from the data folder',
  usage:
    'FOLDER|FILE.tar [--base FOLDER] [--without-events] [--token TOKEN] [--url URL]; passphrase in TONGAN_PASSPHRASE',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        token: { type: 'string' },
        url: { type: 'string' },
        base: { type: 'string' },
        'without-events': { type: 'boolean', default: false },
      },
    });
    const [target] = positionals;
    if (target === undefined || positionals.length > 1) {
      io.err('tongan backup needs one place: a folder that does not exist yet, or FILE.tar');
      return 2;
    }
    if (values.base !== undefined && isArchive(target)) {
      io.err('--base needs a folder as the target: an archive cannot share files with an earlier backup');
      return 2;
    }
    const config = loadConfig();
    const base = values.base === undefined ? undefined : await baseOf(values.base);
    const settings = clientSettings();
    if (settings.passphrase === undefined) {
      io.err(
        'TONGAN_PASSPHRASE is not set: the backup is not encrypted and does NOT contain the keys; copy the folder "keys" apart',
      );
    }
    await checkSpace(target);
    const asked: Asked = {
      passphrase: settings.passphrase,
      withEvents: !values['without-events'],
      unchanged: base === undefined ? {} : fingerprintsOf(base.manifest),
    };
    const url = values.url ?? settings.url;
    const online = url !== undefined || lockHolder(config.dataDir) !== undefined;
    const from = online
      ? fromServing({ url: url ?? addressOf(config), token: values.token ?? settings.token }, asked)
      : fromFolder(config, asked, io);
    const manifest = await writeBackup(target, shown(from, io), base);
    tell(manifest, target, io);
    if (manifest.queue === 'elsewhere') tellOfNats(config, io);
    return 0;
  },
};

const addressOf = ({ http }: Config): string =>
  `http://${http.host === '0.0.0.0' ? '127.0.0.1' : http.host}:${http.port}`;

async function baseOf(folder: string): Promise<{ folder: string; manifest: Manifest }> {
  if (isArchive(folder)) throw new Error('--base must be a backup in a folder');
  return { folder, manifest: await readManifest(folder) };
}

const fingerprintsOf = ({ events, salt }: Manifest): Record<string, string> =>
  // Files encrypted under another salt cannot stand in a new backup.
  salt !== null
    ? {}
    : Object.fromEntries(events.map(({ table, partition, fingerprint }) => [`${table}/${partition}`, fingerprint]));

async function checkSpace(target: string): Promise<void> {
  let folder = dirname(resolve(target));
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= BYTES_FREE_MIN) return;
  throw new Error(`${folder} has only ${Math.round((bavail * bsize) / 1e6)} MB free: choose another place`);
}

/** The platform serves: it writes, this process only receives. */
async function* fromServing(
  { url, token }: { url: string; token: string | undefined },
  asked: Asked,
): AsyncGenerator<BackupFile> {
  if (token === undefined) {
    throw new Error(
      'the platform is running: give a token with the permission system.backup (--token or TONGAN_TOKEN)',
    );
  }
  const response = await fetch(`${url.replace(/\/$/, '')}/api/system/backup`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(asked),
  });
  if (!response.ok || response.body === null) {
    throw new Error(`the platform answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
  }
  for await (const { name, content } of tarMembers(buffers(Readable.fromWeb(response.body)))) {
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(Buffer.from(part));
    yield { name, content: Buffer.concat(parts) };
  }
}

async function* buffers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** Nothing serves: the stores are opened here. */
async function* fromFolder(config: Config, asked: Asked, io: Io): AsyncGenerator<BackupFile> {
  const app = await openApp({ config, log: openLog('error'), progress: (sentence) => io.err(sentence) });
  try {
    await recordBackup(app.system, { encrypted: asked.passphrase !== undefined, withEvents: asked.withEvents });
    yield* backup(app.platform, app.queue, asked);
  } finally {
    await app.stop();
  }
}

/** Shows how far it has come: on a terminal a line that is written over, elsewhere a line for each part. */
async function* shown(files: AsyncIterable<BackupFile>, io: Io): AsyncGenerator<BackupFile> {
  let bytes = 0;
  let part = '';
  const terminal = process.stderr.isTTY;
  for await (const file of files) {
    bytes += file.content.byteLength;
    const now = file.name.split('/').slice(0, -1).join('/');
    const sentence = `${(bytes / 1e6).toFixed(1)} MB ${now}`;
    if (terminal) process.stderr.write(`\r\u001b[K${sentence}`);
    else if (now !== part && now !== '') io.err(sentence);
    part = now;
    yield file;
  }
  if (terminal) process.stderr.write('\r\u001b[K');
}

function tell(manifest: Manifest, target: string, io: Io): void {
  const rows = manifest.tables.reduce((sum, one) => sum + one.rows, 0);
  const events = manifest.events.filter(({ table }) => table === 'event').reduce((sum, one) => sum + one.rows, 0);
  const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
  io.out(`${target}: ${Object.keys(manifest.files).length} files, ${(bytes / 1e6).toFixed(1)} MB`);
  io.out(`  record store: ${rows} rows in ${manifest.tables.length} tables`);
  io.out(`  journal: ${manifest.journal.entries} entries, Merkle root ${manifest.journal.root}`);
  io.out(
    manifest.eventsLeftOut === null ? `  event store: ${events} events` : `  event store: ${manifest.eventsLeftOut}`,
  );
  io.out(
    manifest.keysLeftOut === null
      ? '  keys: encrypted with the passphrase'
      : `  keys: NOT included: ${manifest.keysLeftOut}`,
  );
}

/** What lies in NATS is backed up there; whoever does it needs the names. */
function tellOfNats({ nats, queue }: Config, io: Io): void {
  const streams = [EVENT_QUEUE, HIT_QUEUE].flatMap((name) => [
    `${nats.prefix}_${name}_0 …`,
    `KV_${nats.prefix}_${name}`,
  ]);
  io.out(`  queue: NOT included, it is in NATS (${queue.partitions} partitions): ${streams.join(', ')}`);
  io.out('    back these up by "nats stream backup" while no process of the role detect runs (docs/how-to/backup.md)');
}
