import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { tarMembers } from '#platform/files/tar.ts';
import { writeTar } from '#platform/files/tar-writer.ts';
import { type BackupFile, digestOf, MANIFEST, Manifest } from './format.ts';

/** A backup on disk: a folder of files, or one tar archive of the same files. */
export const isArchive = (path: string): boolean => path.endsWith('.tar');

const UNFINISHED = '.unfinished';

/** Names of files are made by us, but an archive may come from anywhere. */
function safeName(name: string): string {
  if (/^[\w.@-]+(\/[\w.@-]+)*$/.test(name) && !name.split('/').includes('..')) return name;
  throw new Error(`the backup holds a file with an unexpected name: ${JSON.stringify(name.slice(0, 200))}`);
}

/**
 * Writes the files of a backup. Until the last one is there the place has another name, so that half a backup is never
 * taken for a whole one.
 *
 * @throws Error when the target exists already
 */
export async function writeBackup(
  target: string,
  files: AsyncIterable<BackupFile>,
  base: { readonly folder: string; readonly manifest: Manifest } | undefined,
): Promise<Manifest> {
  if (await exists(target)) throw new Error(`${target} exists already: name another place`);
  const draft = `${target}${UNFINISHED}`;
  await rm(draft, { recursive: true, force: true });
  let manifest: Manifest | undefined;
  async function* watched(): AsyncGenerator<BackupFile> {
    for await (const file of files) {
      if (file.name !== MANIFEST) yield file;
      else {
        manifest = withBase(Manifest.parse(JSON.parse(Buffer.from(file.content).toString('utf8'))), base?.manifest);
        yield { name: MANIFEST, content: Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`) };
      }
    }
  }
  if (isArchive(target)) {
    await mkdir(dirname(target), { recursive: true });
    await pipeline(writeTar(watched()), createWriteStream(draft, { mode: 0o600, flush: true }));
  } else await writeFolder(draft, watched(), base?.folder);
  if (manifest === undefined) throw new Error('the backup ended before it was whole; nothing was kept as a backup');
  await rename(draft, target);
  return manifest;
}

async function writeFolder(folder: string, files: AsyncIterable<BackupFile>, base: string | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for await (const { name, content } of files) {
    if (name === MANIFEST && base !== undefined) await takeOver(base, folder, content);
    const path = join(folder, safeName(name));
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** Files of an earlier backup that stand for days that have not changed: a second name where that is possible. */
async function takeOver(base: string, folder: string, manifest: Uint8Array): Promise<void> {
  const { files } = Manifest.parse(JSON.parse(Buffer.from(manifest).toString('utf8')));
  for (const name of Object.keys(files)) {
    const path = join(folder, safeName(name));
    if (await exists(path)) continue;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const from = join(base, name);
    await link(from, path).catch(() => copyFile(from, path));
  }
}

/** What an unchanged day refers to becomes part of this backup: it stands on its own afterwards. */
function withBase(manifest: Manifest, base: Manifest | undefined): Manifest {
  const files = { ...manifest.files };
  const events = manifest.events.map((partition) => {
    if (!partition.unchanged) return partition;
    const folder = `events/${partition.table}/${partition.partition}/`;
    const taken = Object.entries(base?.files ?? {}).filter(([name]) => name.startsWith(folder));
    if (taken.length === 0 && partition.rows > 0) throw new Error(`the earlier backup lacks ${folder}`);
    for (const [name, facts] of taken) files[name] = facts;
    return { ...partition, unchanged: false };
  });
  return { ...manifest, files: inOrder(files), events };
}

/** The events themselves come before the roll-ups, which loading them fills: these are replaced afterwards. */
function inOrder(files: Manifest['files']): Manifest['files'] {
  const place = (name: string): number => (name.startsWith('events/event/') ? 1 : name.startsWith('events/') ? 2 : 0);
  return Object.fromEntries(Object.entries(files).sort(([left], [right]) => place(left) - place(right)));
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Reads what a backup says about itself. @throws Error when it is none, or not whole */
export async function readManifest(path: string): Promise<Manifest> {
  const content = isArchive(path) ? await lastOf(path) : await readFile(join(path, MANIFEST)).catch(() => undefined);
  if (content === undefined) throw new Error(`${path} has no ${MANIFEST}: it is no backup, or one that was cut short`);
  const parsed = Manifest.safeParse(JSON.parse(content.toString('utf8')));
  if (parsed.success) return parsed.data;
  throw new Error(`${path}: the manifest is not one that this version understands`);
}

async function lastOf(path: string): Promise<Buffer | undefined> {
  for await (const { name, content } of archiveFiles(path)) if (name === MANIFEST) return Buffer.from(content);
  return undefined;
}

async function* archiveFiles(path: string): AsyncGenerator<BackupFile> {
  for await (const { name, content } of tarMembers(createReadStream(path))) {
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(Buffer.from(part));
    yield { name: safeName(name), content: Buffer.concat(parts) };
  }
}

/**
 * The files of a backup in their order, each compared with the manifest.
 *
 * @throws Error naming the file that is missing or was altered
 */
export async function* readBackup(path: string, manifest: Manifest): AsyncGenerator<BackupFile> {
  const missing = new Set(Object.keys(manifest.files));
  for await (const file of isArchive(path) ? archiveFiles(path) : folderFiles(path, manifest)) {
    if (file.name === MANIFEST) continue;
    const facts = manifest.files[file.name];
    if (facts === undefined) throw new Error(`${file.name} is in the backup but not in its manifest`);
    if (digestOf(file.content) !== facts.sha256) throw new Error(`${file.name} was altered: its checksum does not fit`);
    missing.delete(file.name);
    yield file;
  }
  const [first] = missing;
  if (first !== undefined) throw new Error(`${first} is missing in the backup`);
}

async function* folderFiles(folder: string, manifest: Manifest): AsyncGenerator<BackupFile> {
  for (const name of Object.keys(manifest.files)) {
    const content = await readFile(join(folder, safeName(name))).catch(() => undefined);
    if (content === undefined) throw new Error(`${name} is missing in the backup`);
    yield { name, content };
  }
}
