import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { appendEntries } from '#domain/journal/index.ts';
import { openSigner } from '#domain/journal/signer.ts';
import { createAsset } from '#domain/ledger/index.ts';
import { createSource } from '#domain/telemetry/index.ts';
import { toRow } from '#engine/fields/row.ts';
import { loadConfig } from '#platform/config.ts';
import { type EventStore, openEventStore } from '#platform/eventstore/open.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { openLog } from '#platform/log.ts';
import { type HoldableQueue, holdable } from '#platform/queue/holdable.ts';
import { openQueue } from '#platform/queue/open.ts';
import { emptyDatabase } from '../../../test/support/database.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits } from '../../../test/support/units.ts';
import { backup } from './backup.ts';
import { type Manifest, openPacking } from './format.ts';
import { checkBackup, checkEmpty, checkPlace, restore, type Target, verifyRestored } from './restore.ts';
import { readManifest, writeBackup } from './store.ts';

const PASSPHRASE = 'correct horse battery staple';
const NOON = Date.UTC(2026, 2, 1, 12);

const rowsOf = (count: number, day: number): Buffer =>
  Buffer.from(
    Array.from({ length: count }, (_, index) => {
      const event = {
        id: `day${day}.${index}`,
        timeMs: NOON + day * 86_400_000 + index,
        receivedAtMs: NOON + day * 86_400_000 + index,
        source: 'microsoft-windows',
        logsource: { product: 'windows', category: '', service: '' },
        unitPath: '/450000/',
        fields: { User: `张三\t${index}\n\\x`, Odd: ['a', ''] },
        raw: `line ${index} 勒索 \u0001 "quoted"`,
        problem: '',
      };
      return `${JSON.stringify(toRow(event))}\n`;
    }).join(''),
  );

describe('backup and restore', () => {
  let site: TestPlatform;
  let queue: HoldableQueue;
  let folder: string;
  let oneEvent: string;
  let leftTables: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tongan-backup-'));
    site = await openTestPlatform({ append: appendEntries, events: true });
    const { platform, system } = site;
    queue = holdable(await openQueue(platform.config, platform.log));
    await queue.append([Buffer.from('accepted, not yet stored')], 'a');
    await createSource(system, { name: '门户网站', unitPath: '/450000/', listener: 'http' });
    await createSource(system, { name: 'second', unitPath: '/450000/', listener: 'http' });
    const [unit] = await seedUnits(site, [{ code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' }]);
    const officer = site.as({ roles: ['unit_officer'], path: unit?.path ?? '' });
    for (const name of ['门户服务器', '业务服务器']) await createAsset(officer, { kind: 'endpoint', name });
    await (await openSigner(platform.config)).sign(system);
    await createSource(system, { name: 'not signed yet', unitPath: '/450000/', listener: 'http' });
    await platform.files.put(
      (async function* () {
        yield Buffer.from('整改报告');
      })(),
      100,
    );
    for (const day of [0, 1]) await platform.events.writer.insert('event', rowsOf(500, day), `day-${day}`);
    oneEvent = await readEvent(platform.events);
    await take('whole.tar', PASSPHRASE);
    const manifest = await take('first');
    await platform.events.writer.insert('event', rowsOf(20, 2), 'day-2');
    await take('second', undefined, { folder: join(folder, 'first'), manifest });
    await take('hurt', PASSPHRASE);
    leftTables = await platform.events.maintain(
      eventSql`SELECT name FROM system.tables WHERE name LIKE 'backup\\_%' FORMAT TSV`,
    );
    // A process has one embedded event store at a time.
    await platform.events.close();
  });
  after(async () => {
    await queue.close();
    await site.platform.jobs.stop();
    await site.platform.postgres.close();
    await rm(site.platform.config.dataDir, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  });

  const readEvent = (events: EventStore): Promise<string> =>
    events.maintain(eventSql`SELECT * FROM event WHERE event_id = 'day1.7' FORMAT JSONEachRow`);

  const take = (name: string, passphrase?: string, base?: { folder: string; manifest: Manifest }) => {
    const fingerprints = base?.manifest.events.map((one) => [`${one.table}/${one.partition}`, one.fingerprint]) ?? [];
    const options = { passphrase, withEvents: true, unchanged: Object.fromEntries(fingerprints) };
    return writeBackup(join(folder, name), backup(site.platform, queue, options), base);
  };

  async function restored<T>(
    name: string,
    passphrase: string | undefined,
    look: (target: Target) => Promise<T>,
  ): Promise<T> {
    const path = join(folder, name);
    const dataDir = await mkdtemp(join(folder, 'machine-'));
    const config = loadConfig({}, undefined, { environment: 'test', dataDir, log: { level: 'silent' } });
    const manifest = await readManifest(path);
    const packing = await openPacking(passphrase, manifest.salt);
    await checkBackup(path, manifest, packing);
    await checkPlace(config, manifest);
    const events = openEventStore({ kind: 'embedded', path: join(dataDir, 'events') });
    const postgres = await emptyDatabase();
    const target = { config, log: openLog('silent'), postgres, events };
    try {
      await checkEmpty(target);
      await restore(path, manifest, packing, target, () => undefined);
      for await (const { fits, sentence } of verifyRestored(manifest, target)) assert.ok(fits, sentence);
      return await look(target);
    } finally {
      await events.close();
      await postgres.close();
    }
  }

  it('brings everything back as it was: record, journal, events, attachments, queue and keys', async () => {
    await restored('whole.tar', PASSPHRASE, async ({ config, postgres, events }) => {
      assert.equal(await readEvent(events), oneEvent);
      for (const key of ['journal.pem', 'journal.checkpoint']) {
        const there = await readFile(join(config.dataDir, 'keys', key));
        assert.deepEqual(there, await readFile(join(site.platform.config.dataDir, 'keys', key)));
      }
      const names = await postgres.asOwner((db) =>
        db.selectFrom('telemetry_source').select('name').orderBy('name').execute(),
      );
      assert.deepEqual(
        names.map(({ name }) => name),
        ['not signed yet', 'second', '门户网站'],
      );
      const [ledger] = await postgres.asOwner(
        async (db) =>
          (
            await sql`SELECT (SELECT count(*)::int FROM asset) AS assets, (SELECT sum(assets)::int FROM asset_tally) AS counted,
              (SELECT count(*)::int FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D') AS idle`.execute(db)
          ).rows,
      );
      assert.deepEqual(ledger, { assets: 2, counted: 2, idle: 0 }, 'no trigger counts again what was counted before');
      const again = await openQueue(config, openLog('silent'));
      const batch = await new Promise<readonly { payload: Buffer }[]>((resolve, reject) => {
        again.consume((reader) => {
          reader.next({ recordsMax: 10, bytesMax: 1000 }).then((taken) => resolve(taken?.records ?? []), reject);
          return { stop: async () => undefined };
        });
      });
      assert.deepEqual(
        batch.map(({ payload }) => payload.toString()),
        ['accepted, not yet stored'],
      );
      await again.close();
      await assert.rejects(checkEmpty({ config, log: openLog('silent'), postgres, events }), /not empty/);
    });
  });

  it('takes over days that have not changed from an earlier backup, and then stands on its own', async () => {
    const second = await readManifest(join(folder, 'second'));
    const events = second.events.filter(({ table }) => table === 'event');
    assert.deepEqual(
      events.map(({ rows }) => rows),
      [500, 500, 20],
    );
    const [file = ''] = Object.keys(second.files).filter((name) => name.startsWith('events/event/20260301'));
    const inode = async (name: string) => (await stat(join(folder, name, file))).ino;
    assert.equal(await inode('second'), await inode('first'), 'one file on disk under two names');
    await rm(join(folder, 'first'), { recursive: true });
    await restored('second', undefined, async ({ config }) => {
      assert.deepEqual(await readdir(config.dataDir).then((names) => names.includes('keys')), false);
    });
    assert.match(second.keysLeftOut ?? '', /passphrase/);
  });

  it('refuses an altered file, another passphrase, a cut archive and a used folder, each by name', async () => {
    const path = join(folder, 'hurt');
    const manifest = await readManifest(path);
    const wrong = await openPacking('another passphrase', manifest.salt);
    await assert.rejects(checkBackup(path, manifest, wrong), /passphrase/);
    const packing = await openPacking(PASSPHRASE, manifest.salt);
    const [name = ''] = Object.keys(manifest.files).filter((file) => file.startsWith('record/telemetry_source'));
    const content = await readFile(join(path, name));
    await writeFile(join(path, name), Buffer.concat([content, Buffer.from('x')]));
    await assert.rejects(checkBackup(path, manifest, packing), new RegExp(`${name} was altered`));
    await rm(join(path, name));
    await assert.rejects(checkBackup(path, manifest, packing), new RegExp(`${name} is missing`));
    await rm(join(path, 'manifest.json'));
    await assert.rejects(readManifest(path), /cut short/);
    await assert.rejects(checkPlace(site.platform.config, manifest), /is not empty/);
    await assert.rejects(take('hurt'), /exists already/);
  });

  it('leaves nothing of itself in the stores', async () => {
    assert.equal(leftTables, '');
    const entries = await readdir(site.platform.config.dataDir);
    assert.deepEqual(
      entries.filter((entry) => entry.startsWith('backup-')),
      [],
    );
  });
});
