import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { type JournalHead, journalHead, lastSigned } from '#domain/journal/index.ts';
import { type Config, sharedDirOf } from '#platform/config.ts';
import type { EventPartition, EventSnapshot } from '#platform/eventstore/copy.ts';
import { type CopiedTable, copyTables } from '#platform/postgres/copy.ts';
import { POSTGRES_MIGRATIONS, readMigrations } from '#platform/postgres/migrate.ts';
import type { HoldableQueue } from '#platform/queue/holdable.ts';
import type { Platform } from '../context.ts';
import { VERSION } from '../version.ts';
import { type BackupFile, digestOf, FORMAT, MANIFEST, type Manifest, openPacking, type Packing } from './format.ts';
import { bytePieces, linePieces, pieceName } from './pieces.ts';
import { type FrozenQueue, filesUnder, freezeQueue } from './queue-copy.ts';
import { type Spool, spoolRows } from './spool.ts';

export interface BackupOptions {
  /** Encrypts everything; without it the keys are left out. */
  readonly passphrase: string | undefined;
  readonly withEvents: boolean;
  /** Fingerprints of an earlier backup by `table/partition`: what has not changed is not written again. */
  readonly unchanged: Readonly<Record<string, string>>;
}

const HOLD_MS_MAX = 60_000;

/** Everything of one moment, held until it is written. */
interface Moment {
  readonly queue: FrozenQueue | undefined;
  readonly events: EventSnapshot | undefined;
  readonly rows: Spool;
  readonly tables: readonly CopiedTable[];
  readonly journal: Manifest['journal'];
  drop(): Promise<void>;
}

/**
 * Writes a backup while the platform goes on. Queue, record and events are those of one moment between two batches; keys
 * and the last signed checkpoint are read before it, so that the record contains all that was signed.
 *
 * @returns the files, the manifest last
 * @throws Error when a store is down, or rows would be missing
 */
export async function* backup(
  platform: Platform,
  queue: HoldableQueue,
  options: BackupOptions,
): AsyncGenerator<BackupFile> {
  const packing = await openPacking(options.passphrase);
  const manifest = begun(platform, packing, options);
  const keep = (file: BackupFile): BackupFile => {
    manifest.files[file.name] = { sha256: digestOf(file.content), bytes: file.content.byteLength };
    return file;
  };
  if (packing.salt !== null) for await (const file of keyFiles(platform.config, packing)) yield keep(file);
  const checkpoint = (await lastSigned(platform.config)) ?? '';
  const moment = await fix(platform, queue, options, checkpoint);
  try {
    manifest.journal = moment.journal;
    manifest.tables.push(...moment.tables);
    manifest.bytesNeeded = moment.rows.bytes + (moment.events?.bytes ?? 0);
    for await (const { table, piece, index } of moment.rows.pieces()) {
      yield keep(await packing.pack(pieceName(`record/${table}`, index), piece));
    }
    for (const file of moment.queue?.files ?? []) {
      let index = 0;
      const source = moment.queue?.read(file);
      if (source)
        for await (const piece of bytePieces(source)) {
          yield keep(await packing.pack(pieceName(`queue/${file.name}`, index++), piece));
        }
    }
    for await (const file of attachments(platform.config, packing)) yield keep(file);
    for (const partition of moment.events?.partitions ?? []) {
      if (moment.events === undefined) break;
      const same = options.unchanged[`${partition.table}/${partition.partition}`] === partition.fingerprint;
      const check = await moment.events.check(partition);
      manifest.events.push({ ...partition, ...check, unchanged: same });
      if (!same) for await (const file of eventFiles(moment.events, partition, packing)) yield keep(file);
    }
    yield {
      name: MANIFEST,
      content: Buffer.from(
        `${JSON.stringify({ ...manifest, finishedAt: platform.clock.now().toISOString() }, null, 1)}\n`,
      ),
    };
  } finally {
    await moment.drop();
  }
}

function begun({ config, clock }: Platform, packing: Packing, options: BackupOptions): Manifest {
  return {
    format: FORMAT,
    version: VERSION,
    installation: config.installation,
    startedAt: clock.now().toISOString(),
    finishedAt: '',
    salt: packing.salt,
    keysLeftOut:
      packing.salt === null
        ? 'no passphrase was given: copy the folder "keys" apart, or the journal cannot be continued and one-time codes must be set up anew'
        : null,
    journal: { entries: 0, root: '', checkpoint: '' },
    migrations: readMigrations(POSTGRES_MIGRATIONS).map(({ name, sha256 }) => ({ name, sha256 })),
    tables: [],
    events: [],
    eventsLeftOut: options.withEvents ? null : 'left out on request',
    queue: config.nats.servers.length === 0 ? 'copied' : 'elsewhere',
    bytesNeeded: 0,
    files: {},
  };
}

async function* keyFiles(config: Config, packing: Packing): AsyncGenerator<BackupFile> {
  const folder = join(sharedDirOf(config), 'keys');
  for (const path of await filesUnder(folder)) {
    yield packing.pack(`keys/${relative(folder, path)}`, await readFile(path));
  }
}

/** Fixes one moment in queue, record and events. The pipelines wait only until it is fixed, not until it is written. */
async function fix(
  platform: Platform,
  queue: HoldableQueue,
  { withEvents }: BackupOptions,
  checkpoint: string,
): Promise<Moment> {
  const { config, postgres } = platform;
  const folder = await mkdtemp(join(config.dataDir, 'backup-'));
  const rows = spoolRows(join(folder, 'record'));
  const parts: { queue?: FrozenQueue; events?: EventSnapshot } = {};
  const drop = async () => {
    await parts.events?.drop();
    await parts.queue?.drop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const copying = await queue.hold(HOLD_MS_MAX, async () => {
      if (config.nats.servers.length === 0) {
        parts.queue = await freezeQueue(join(config.dataDir, 'queue'), join(folder, 'queue'));
      }
      if (withEvents) parts.events = await platform.events.copy.snapshot();
      const fixed = Promise.withResolvers<JournalHead>();
      const tables = copyTables(postgres, rows.add, async (db) => fixed.resolve(await journalHead(db)));
      await Promise.race([fixed.promise, tables]);
      // In an object, so that the copy goes on after the hold.
      return { tables, head: fixed.promise };
    });
    const [tables, head] = await Promise.all([copying.tables, copying.head]);
    return {
      queue: parts.queue,
      events: parts.events,
      rows,
      tables,
      journal: { ...head, checkpoint },
      drop,
    };
  } catch (error) {
    await drop();
    throw error;
  }
}

async function* attachments(config: Config, packing: Packing): AsyncGenerator<BackupFile> {
  const folder = join(sharedDirOf(config), 'files');
  for (const path of await filesUnder(folder)) {
    // What is still being received has no name of its own yet.
    if (path.startsWith(join(folder, 'incoming'))) continue;
    let index = 0;
    for await (const piece of bytePieces(createReadStream(path))) {
      yield packing.pack(pieceName(`files/${basename(path)}`, index++), piece);
    }
  }
}

async function* eventFiles(
  events: EventSnapshot,
  partition: EventPartition,
  packing: Packing,
): AsyncGenerator<BackupFile> {
  let index = 0;
  for await (const piece of linePieces(events.lines(partition))) {
    yield packing.pack(pieceName(`events/${partition.table}/${partition.partition}`, index++), piece);
  }
}
