import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { append, emptyFrontier } from '#engine/merkle/frontier.ts';
import { parseVerifierKey } from '#engine/merkle/note.ts';
import { action } from '#platform/action.ts';
import { sha256 } from '#platform/crypto/digest.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { hasher, leafHashOf } from './entry.ts';
import { appendEntries } from './index.ts';
import type { VerifyReport } from './journal.ts';
import { journalLines, parseLine, writeLine } from './lines.ts';
import { verifyDatabase } from './routes.ts';
import { JournalContradiction, openSigner, type Signer } from './signer.ts';
import { findEntry, findLatestCheckpoint } from './store.ts';
import { verifyJournal } from './verify.ts';

const REGION = '/450000/';
const NANNING = '/450000/450100/';
const LIUZHOU = '/450000/450200/';

const touch = action('order.issue', z.object({ id: z.string(), path: z.string() }), async (tx, { id, path }) => {
  tx.record({ object: { type: 'order', id }, unitPath: path, data: { id, note: '整改通知' } });
});

interface Scene extends TestPlatform {
  readonly signer: Signer;
  /** Appends so many entries, on two orders by turns. */
  grow(count: number): Promise<void>;
  verify(): Promise<VerifyReport>;
  /** The journal as the system exports it, as text. */
  exported(path?: string): Promise<string[]>;
}

const TABLES = ['journal_entry', 'journal_head', 'journal_object', 'journal_node', 'journal_checkpoint'];
let site: Scene;

/** Ten entries, of which eight are signed. */
before(async () => {
  const opened = await openTestPlatform({ append: appendEntries });
  const signer = await openSigner(opened.platform.config);
  let at = 0;
  site = {
    ...opened,
    signer,
    async grow(count) {
      for (let step = 0; step < count; step += 1) {
        at += 1;
        opened.clock.advanceMs(1000);
        await touch(opened.system, { id: at % 2 === 0 ? 'a' : 'b', path: at % 2 === 0 ? NANNING : LIUZHOU });
      }
    },
    verify: () => verifyDatabase(opened.system),
    async exported(path) {
      const ctx = path ? opened.as({ roles: ['supervisor'], path }) : opened.system;
      const lines: string[] = [];
      for await (const line of journalLines(ctx, opened.system)) lines.push(writeLine(line).trimEnd());
      return lines;
    },
  };
  await site.grow(5);
  await signer.sign(opened.system);
  await site.grow(3);
  await signer.sign(opened.system);
  await site.grow(2);
  await opened.asOwner(TABLES.map((table) => `CREATE TABLE kept_${table} AS SELECT * FROM ${table}`).join(';'));
});
after(() => site.close());

/** Runs an attack, then puts every table back as it was. */
async function scene(work: (scene: Scene) => Promise<void>): Promise<void> {
  try {
    await work(site);
  } finally {
    await site.asOwner(
      TABLES.map((table) => `TRUNCATE ${table}; INSERT INTO ${table} SELECT * FROM kept_${table}`).join(';'),
    );
  }
}

const verifyText = (lines: readonly string[], trusted = {}) =>
  verifyJournal(
    lines.map((line, at) => parseLine(line, at + 1)),
    trusted,
  );

test('an untouched journal fits, and the report tells what is signed', () =>
  scene(async ({ verify, exported, signer }) => {
    const report = await verify();
    assert.deepEqual(
      { ...report, root: '' },
      {
        ok: true,
        fault: null,
        size: 10,
        withheld: 0,
        checkpoints: 2,
        signedSize: 8,
        root: '',
        notes: ['unsigned_tail'],
      },
    );
    const offline = await verifyText(await exported(), { key: signer.key });
    assert.deepEqual(offline, report);
    assert.deepEqual((await verifyText(await exported())).notes, ['key_from_journal', 'unsigned_tail']);
  }));

test("an UPDATE by the database's superuser is found, with the entry named", () =>
  scene(async ({ asOwner, verify }) => {
    await asOwner(`UPDATE journal_entry SET actor_name = '别人' WHERE seq = 3`);
    assert.deepEqual((await verify()).fault, {
      reason: 'content',
      seq: 3,
      upTo: null,
      message: 'entry 3 was changed: its content does not have the hash it was given',
    });
  }));

test('every column of an entry is covered by its hash', () =>
  scene(async ({ asOwner, verify }) => {
    const changes = [
      `at = at + interval '1 millisecond'`,
      `at = 'infinity'`,
      `actor_kind = 'token'`,
      `actor_id = 'x'`,
      `action = 'order.close'`,
      `object_type = 'asset'`,
      `object_id = 'c'`,
      `object_counter = 77`,
      `unit_path = '/450000/450300/'`,
      `side = 'centre'`,
      `data = '{}'`,
      `data = data || ' '`,
      `data = 'no json'`,
      `related = '[1]'`,
      `request_id = 'x'`,
      `leaf_hash = decode(repeat('00', 32), 'hex')`,
    ];
    for (const change of changes) {
      await asOwner(`UPDATE journal_entry SET ${change} WHERE seq = 4`);
      const { fault } = await verify();
      assert.equal(fault?.seq, 4, change);
      assert.equal(fault.reason, 'content', change);
      await asOwner(
        'DELETE FROM journal_entry WHERE seq = 4; INSERT INTO journal_entry SELECT * FROM kept_journal_entry WHERE seq = 4',
      );
    }
    assert.ok((await verify()).ok);
  }));

test('an entry changed together with its hash is found through the tree, or through the checkpoint', () =>
  scene(async ({ asOwner, system, verify }) => {
    const stored = await system.read((db) => findEntry(db, 6));
    const forged = { ...(stored?.entry ?? assert.fail()), data: { forged: true } };
    const hash = Buffer.from(leafHashOf(forged)).toString('hex');
    await asOwner(`UPDATE journal_entry SET data = '{"forged":true}', leaf_hash = '\\x${hash}' WHERE seq = 6`);
    assert.equal((await verify()).fault?.reason, 'hash');
    assert.equal((await verify()).fault?.seq, 6);
    await asOwner(`UPDATE journal_node SET hash = '\\x${hash}' WHERE level = 0 AND index = 6`);
    const { fault } = await verify();
    assert.deepEqual([fault?.reason, fault?.seq, fault?.upTo], ['root', 5, 7]);
  }));

test("a DELETE by the database's superuser is found, with the entry named", () =>
  scene(async ({ asOwner, verify }) => {
    await asOwner('DELETE FROM journal_entry WHERE seq = 2');
    const { fault } = await verify();
    assert.deepEqual([fault?.reason, fault?.seq, fault?.message], ['gap', 2, 'entry 2 is missing']);
    await asOwner('DELETE FROM journal_entry WHERE seq IN (3, 4)');
    assert.equal((await verify()).fault?.message, 'entries 2 to 4 are missing');
  }));

test('an entry slipped into the middle is found, with the entry named', () =>
  scene(async ({ asOwner, verify }) => {
    await asOwner(`UPDATE journal_entry SET seq = seq + 100 WHERE seq >= 4;
      UPDATE journal_entry SET seq = seq - 99 WHERE seq >= 100;
      INSERT INTO journal_entry SELECT 4, at, actor_kind, actor_id, actor_name, action, object_type, 'forged', 1,
        unit_path, side, data, related, request_id, leaf_hash FROM journal_entry WHERE seq = 3`);
    assert.equal((await verify()).fault?.seq, 4);
  }));

test('entries cut off at the end are found: the checkpoint and the head count more', () =>
  scene(async ({ asOwner, verify, exported, signer }) => {
    await asOwner('DELETE FROM journal_entry WHERE seq = 9');
    const { fault } = await verify();
    assert.deepEqual([fault?.reason, fault?.seq], ['truncated', 9]);
    await asOwner('DELETE FROM journal_entry WHERE seq >= 6');
    const frontier = await headOf(exported, 6);
    await asOwner(`UPDATE journal_head SET size = 6, frontier = '\\x${frontier}'`);
    const cut = (await verify()).fault;
    assert.deepEqual([cut?.reason, cut?.seq, cut?.upTo], ['truncated', 6, 7]);
    assert.match(cut?.message ?? '', /a checkpoint counts 8/);
    // With the checkpoints removed as well, the one that the installation signed last still tells.
    await asOwner('DELETE FROM journal_checkpoint WHERE size > 5');
    assert.match((await verify()).fault?.message ?? '', /the checkpoint kept elsewhere counts 8/);
    assert.ok((await verifyText(await exported(), { key: signer.key })).ok, 'the file alone cannot tell');
  }));

/** The frontier an attacker would write after cutting the journal to `size` entries. */
async function headOf(exported: Scene['exported'], size: number): Promise<string> {
  let frontier = emptyFrontier;
  for (const text of await exported()) {
    const read = parseLine(text, 0);
    if ('line' in read && read.line.kind === 'entry' && read.line.entry.seq < size) {
      frontier = append(hasher, frontier, leafHashOf(read.line.entry)).frontier;
    }
  }
  return Buffer.concat(frontier.hashes).toString('hex');
}

test('an entry written past the head is found', () =>
  scene(async ({ asOwner, verify }) => {
    await asOwner(`INSERT INTO journal_entry SELECT 10, at, actor_kind, actor_id, actor_name, action, object_type,
      'forged', 1, unit_path, side, data, related, request_id, leaf_hash FROM journal_entry WHERE seq = 9`);
    assert.equal((await verify()).fault?.seq, 10);
  }));

test('a changed or foreign checkpoint is found', () =>
  scene(async ({ asOwner, verify, exported }) => {
    const foreign = parseVerifierKey(sha256, 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
    assert.ok(foreign.ok);
    const other = await verifyText(await exported(), { key: { ...foreign.value, name: 'tongan' } });
    assert.equal(other.fault?.reason, 'signature');
    await asOwner(`UPDATE journal_checkpoint SET text = replace(text, E'\\n5\\n', E'\\n4\\n') WHERE size = 5`);
    assert.equal((await verify()).fault?.reason, 'signature');
  }));

test('a journal that was rewritten or restored from an old backup is never signed again', () =>
  scene(async ({ asOwner, platform, signer, system, grow }) => {
    await asOwner(`UPDATE journal_node SET hash = decode(repeat('ab', 32), 'hex') WHERE level = 0 AND index = 8;
      UPDATE journal_head SET frontier = decode(repeat('ab', 64), 'hex'), size = 10`);
    await assert.rejects(signer.sign(system), JournalContradiction);
    await asOwner(`UPDATE journal_head SET size = 0, frontier = ''; DELETE FROM journal_entry;
      DELETE FROM journal_node; DELETE FROM journal_object; DELETE FROM journal_checkpoint`);
    await assert.rejects(signer.sign(system), /has 0 entries, 8 were signed/);
    await grow(9);
    const afterRestart = await openSigner(platform.config);
    await assert.rejects(afterRestart.sign(system), /does not contain the 8 entries/);
    assert.equal(await system.read(findLatestCheckpoint), undefined);
  }));

test('an export of a limited scope withholds the content of other entries, and still verifies', () =>
  scene(async ({ exported, signer }) => {
    const lines = await exported(NANNING);
    const report = await verifyText(lines, { key: signer.key });
    assert.ok(report.ok, report.fault?.message);
    assert.equal(report.withheld, 5);
    assert.ok(!lines.join('\n').includes(LIUZHOU));
    assert.equal((await verifyText(await exported(REGION), { key: signer.key })).withheld, 0);
  }));

test('any damage to an exported file is found: lines lost, doubled, swapped, or one character changed', () =>
  scene(async ({ exported, signer }) => {
    const lines = await exported();
    const check = async (changed: string[]) => (await verifyText(changed, { key: signer.key })).ok;
    assert.ok(await check(lines));
    for (let at = 0; at < lines.length; at += 1) {
      const kind = JSON.parse(lines[at] ?? '').kind;
      const without = lines.toSpliced(at, 1);
      // A file may lack a checkpoint; it then proves less, which the counts of the report tell.
      assert.equal(await check(without), kind === 'checkpoint', `line ${at + 1} lost`);
      assert.equal(
        await check(lines.toSpliced(at, 0, lines[at] ?? '')),
        kind === 'checkpoint',
        `line ${at + 1} doubled`,
      );
    }
    const entry = lines.findIndex((line) => line.includes('"seq":3,'));
    assert.equal(await check(lines.with(entry, (lines[entry] ?? '').replace('整改', '处置'))), false);
    assert.equal(await check(lines.slice(0, 4)), false);
    assert.equal(await check([...lines, '{"kind":"note"}']), false);
  }));
