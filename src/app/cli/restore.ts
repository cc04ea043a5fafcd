import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clientSettings, loadConfig } from '#platform/config.ts';
import { takeLock } from '#platform/lock.ts';
import { openLog } from '#platform/log.ts';
import { type Manifest, openPacking } from '../backup/format.ts';
import { checkBackup, checkEmpty, checkPlace, restore, type Target, verifyRestored } from '../backup/restore.ts';
import { readManifest } from '../backup/store.ts';
import { openStores } from '../stores.ts';
import type { Command, Io } from './command.ts';

export const restoreCommand: Command = {
  name: 'restore',
  summary:
    'Puts a backup into an empty data folder (or empty servers), and compares everything with the backup afterwards',
  usage: 'FOLDER|FILE.tar [--check]; passphrase in TONGAN_PASSPHRASE',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { check: { type: 'boolean', default: false } },
    });
    const [path] = positionals;
    if (path === undefined || positionals.length > 1) {
      io.err('tongan restore needs one backup: the folder or FILE.tar that tongan backup wrote');
      return 2;
    }
    const manifest = await readManifest(path);
    const { passphrase } = clientSettings();
    if (manifest.salt !== null && passphrase === undefined) {
      io.err('the backup is encrypted: set TONGAN_PASSPHRASE');
      return 2;
    }
    const packing = await openPacking(manifest.salt === null ? undefined : passphrase, manifest.salt);
    io.err('comparing every file of the backup with its checksum');
    await checkBackup(path, manifest, packing);
    io.out(`${path}: whole, of ${manifest.finishedAt}, ${Object.keys(manifest.files).length} files`);
    if (values.check) return 0;
    const config = loadConfig();
    await checkPlace(config, manifest);
    const unlock = takeLock(config.dataDir);
    const log = openLog('error');
    const stores = await openStores(config);
    const target: Target = { config, log, ...stores };
    try {
      await checkEmpty(target);
      await restore(path, manifest, packing, target, (sentence) => io.err(sentence));
      return await compare(manifest, target, io);
    } finally {
      await stores.events.close();
      await stores.postgres.close();
      unlock();
    }
  },
};

async function compare(manifest: Manifest, target: Target, io: Io): Promise<number> {
  let wrong = 0;
  for await (const { fits, sentence } of verifyRestored(manifest, target)) {
    io.out(`${fits ? '  ok ' : 'FAIL '} ${sentence}`);
    if (!fits) wrong += 1;
  }
  if (manifest.keysLeftOut !== null) {
    io.out(
      `WARN  keys: not in the backup; put the folder "keys" into ${join(target.config.dataDir)} before the first start`,
    );
  }
  io.out(
    wrong === 0
      ? 'Restored; start it with tongan serve.'
      : 'What was restored is not what was backed up: do not use it.',
  );
  return wrong === 0 ? 0 : 1;
}
