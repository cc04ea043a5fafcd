import { appendFile, mkdir, readdir, readFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { verifyDatabase } from '#domain/journal/index.ts';
import { systemClock } from '#platform/clock.ts';
import { type Config, sharedDirOf } from '#platform/config.ts';
import type { EventStore } from '#platform/eventstore/open.ts';
import { openJobs } from '#platform/jobs/jobs.ts';
import type { Log } from '#platform/log.ts';
import { countTables, isEmpty, loadTables, type TableLines } from '#platform/postgres/copy.ts';
import { migratePostgres, POSTGRES_MIGRATIONS, readMigrations } from '#platform/postgres/migrate.ts';
import type { Postgres } from '#platform/postgres/open.ts';
import { modules } from '../modules.ts';
import { type BackupFile, digestOf, type Manifest, type Packing } from './format.ts';
import { filesUnder } from './queue-copy.ts';
import { readBackup } from './store.ts';

/** The stores of the new machine, empty. */
export interface Target {
  readonly config: Config;
  readonly log: Log;
  readonly postgres: Postgres;
  readonly events: EventStore;
}

/** What must be true before anything is opened. @throws Error saying what to do */
export async function checkPlace(config: Config, manifest: Manifest): Promise<void> {
  const entries = await readdir(config.dataDir).catch(() => []);
  if (entries.length > 0) {
    throw new Error(
      `${config.dataDir} is not empty: a backup is restored into an empty data folder only (TONGAN_DATA_DIR names another)`,
    );
  }
  if (manifest.installation !== config.installation) {
    throw new Error(
      `the backup is of the installation "${manifest.installation}", this one is named "${config.installation}": set TONGAN_INSTALLATION=${manifest.installation}`,
    );
  }
  const known = new Map(readMigrations(POSTGRES_MIGRATIONS).map(({ name, sha256 }) => [name, sha256]));
  const strange = manifest.migrations.find(({ name, sha256 }) => known.get(name) !== sha256);
  if (strange) {
    throw new Error(
      `the backup was made by version ${manifest.version}, whose tables this one does not know (${strange.name}): restore with that version, then upgrade`,
    );
  }
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(config.dataDir);
  if (bavail * bsize < manifest.bytesNeeded) {
    const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
    throw new Error(
      `${config.dataDir} has ${gigabytes(bavail * bsize)} GB free, the restored stores need about ${gigabytes(manifest.bytesNeeded)} GB`,
    );
  }
}

/** Reads the whole backup once, so that nothing is begun with one that was altered or cannot be opened. */
export async function checkBackup(path: string, manifest: Manifest, packing: Packing): Promise<void> {
  let tried = false;
  for await (const file of readBackup(path, manifest)) {
    if (!tried) await packing.unpack(file);
    tried = true;
  }
}

/** @throws Error when the stores hold something already */
export async function checkEmpty({ postgres, events }: Target): Promise<void> {
  if (!(await isEmpty(postgres)))
    throw new Error('the record store is not empty: a backup is restored into an empty one');
  if (!(await events.copy.isEmpty()))
    throw new Error('the event store is not empty: a backup is restored into an empty one');
}

/** Puts a backup into empty stores. @param tell is told what is being done */
export async function restore(
  path: string,
  manifest: Manifest,
  packing: Packing,
  target: Target,
  tell: (sentence: string) => void,
): Promise<void> {
  const { postgres, events, config, log } = target;
  const files = (folder: string) => unpacked(path, manifest, packing, folder);
  tell('keys, attachments and queue');
  for (const [folder, place] of [
    ['keys', join(sharedDirOf(config), 'keys')],
    ['files', join(sharedDirOf(config), 'files')],
    ['queue', join(config.dataDir, 'queue')],
  ] as const) {
    for await (const file of files(folder)) await putFile(place, folder, file);
  }
  tell('the record store');
  const applied = new Set(manifest.migrations.map(({ name }) => name));
  await migratePostgres(postgres, POSTGRES_MIGRATIONS, (name) => applied.has(name));
  const jobs = await openJobs(
    postgres,
    modules.flatMap(({ slice }) => slice.jobs ?? []),
    log,
  );
  await jobs.stop();
  await loadTables(postgres, tableLines(files('record')));
  tell('the event store');
  await events.migrate();
  const cleared = new Set(['event']);
  for await (const { name, content } of files('events')) {
    const [, table = '', partition = '', piece = ''] = name.split('/');
    // Roll-ups were filled by inserting the events; the backup has their own rows.
    if (!cleared.has(table)) await events.copy.clear(table);
    cleared.add(table);
    await events.copy.load(table, content);
    tell(`the event store: ${table} ${partition}, piece ${Number(piece) + 1}`);
  }
}

async function* unpacked(
  path: string,
  manifest: Manifest,
  packing: Packing,
  folder: string,
): AsyncGenerator<BackupFile & { readonly content: Buffer }> {
  for await (const file of readBackup(path, manifest)) {
    if (file.name.startsWith(`${folder}/`)) yield { name: file.name, content: await packing.unpack(file) };
  }
}

/** Attachments lie in a folder named by the first two letters of their hash; pieces follow one another. */
async function putFile(place: string, folder: string, { name, content }: BackupFile): Promise<void> {
  const inside = name.slice(folder.length + 1);
  const whole = folder === 'keys' ? inside : dirname(inside);
  const path = join(place, folder === 'files' ? join(whole.slice(0, 2), whole) : whole);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await appendFile(path, content, { mode: 0o600, flush: true });
}

async function* tableLines(files: AsyncIterable<{ name: string; content: Buffer }>): AsyncGenerator<TableLines> {
  const LINES = 1_000;
  for await (const { name, content } of files) {
    const table = dirname(name).slice('record/'.length);
    const lines = content
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    for (let at = 0; at < lines.length; at += LINES) yield { table, lines: lines.slice(at, at + LINES) };
  }
}

/** One thing that was compared after the restore. */
export interface Verified {
  readonly fits: boolean;
  readonly sentence: string;
}

/** Compares what is there now with what the backup says, and the journal with its own signatures. */
export async function* verifyRestored(
  manifest: Manifest,
  { config, postgres, events }: Target,
): AsyncGenerator<Verified> {
  const counted = await countTables(
    postgres,
    manifest.tables.map(({ table }) => table),
  );
  const wrong = counted.filter(({ table, rows }) => manifest.tables.find((one) => one.table === table)?.rows !== rows);
  const rows = counted.reduce((sum, one) => sum + one.rows, 0);
  yield {
    fits: wrong.length === 0,
    sentence:
      wrong.length === 0
        ? `record store: ${rows} rows in ${counted.length} tables, as in the backup`
        : `record store: another number of rows in ${wrong.map(({ table }) => table).join(', ')}`,
  };
  const report = await verifyDatabase({
    config,
    clock: systemClock,
    scope: { path: '/', side: 'centre' },
    read: (fn) => postgres.transaction({ path: '/', side: 'centre' }, 'read only', fn),
  });
  const { entries, root } = manifest.journal;
  const same = report.fault === null && report.size === entries && report.root === root;
  yield {
    fits: same,
    sentence: same
      ? `journal: all ${entries} entries fit, ${report.signedSize} are covered by signed checkpoints; Merkle root ${root} is that of the backup`
      : `journal: ${report.fault?.message ?? `${report.size} entries with root ${report.root}, the backup had ${entries} with root ${root}`}`,
  };
  let stored = 0;
  for (const { table, partition, rows: expected, sum } of manifest.events) {
    const found = await events.copy.check({ table, partition });
    stored += table === 'event' ? found.rows : 0;
    if (found.rows === expected && found.sum === sum) continue;
    yield {
      fits: false,
      sentence: `event store: ${table} ${partition} has ${found.rows} rows, ${expected} expected, or other contents`,
    };
  }
  yield manifest.eventsLeftOut === null
    ? {
        fits: true,
        sentence: `event store: ${stored} events in ${manifest.events.length} partitions compared, row by row`,
      }
    : { fits: true, sentence: `event store: not in the backup (${manifest.eventsLeftOut})` };
  yield await verifyAttachments(config);
}

async function verifyAttachments(config: Config): Promise<Verified> {
  let files = 0;
  for (const path of await filesUnder(join(sharedDirOf(config), 'files'))) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const digest = digestOf(await readFile(path));
    if (digest !== name) return { fits: false, sentence: `attachments: ${name} has other contents than its name says` };
    files += 1;
  }
  return { fits: true, sentence: `attachments: ${files}, each with the hash that is its name` };
}
