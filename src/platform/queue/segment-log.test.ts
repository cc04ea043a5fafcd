import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../errors.ts';
import { writeFault } from './disk.ts';
import { HEADER_BYTES, markedPieces } from './marked.ts';
import { SegmentLog, type SegmentLogOptions } from './segment-log.ts';
import type { Damage } from './segments.ts';

const folders: string[] = [];
const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-queue-'));
  folders.push(folder);
  return folder;
};
const openLog = (folder: string, options: Partial<SegmentLogOptions> = {}) =>
  SegmentLog.open({ folder, bytesMax: 10_000_000, ...options });
const texts = (...values: string[]) => values.map((value) => Buffer.from(value));
const limits = { recordsMax: 1000, bytesMax: 1_000_000 };

/** Everything not yet committed, as text, committing batch after batch. */
async function drain(log: SegmentLog, recordsMax = 1000): Promise<{ id: string; text: string }[]> {
  const all: { id: string; text: string }[] = [];
  for (;;) {
    const batch = await log.next({ recordsMax, bytesMax: 1_000_000 });
    if (batch === undefined) return all;
    all.push(...batch.records.map(({ id, payload }) => ({ id, text: payload.toString() })));
    await log.commit(batch);
  }
}
const textsOf = (records: readonly { text: string }[]) => records.map(({ text }) => text);

describe('segment log', () => {
  after(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  it('hands out what was appended, in order, over segments and restarts', async () => {
    const folder = await newFolder();
    const first = await openLog(folder, { segmentBytesMax: 64 });
    for (let i = 0; i < 20; i += 1) await first.append(texts(`record ${i}`));
    await first.close();
    const second = await openLog(folder, { segmentBytesMax: 64 });
    await second.append(texts('record 20'));
    assert.deepEqual(
      textsOf(await drain(second, 3)),
      Array.from({ length: 21 }, (_, i) => `record ${i}`),
    );
    await second.close();
  });

  it('acknowledges many senders at the same time, each record once', async () => {
    const log = await openLog(await newFolder(), { segmentBytesMax: 2000 });
    const places = await Promise.all(Array.from({ length: 500 }, (_, i) => log.append(texts(`a${i}`, `b${i}`))));
    assert.equal(new Set(places.map((place) => `${place.segment}-${place.index}`)).size, 500);
    const all = await drain(log, 77);
    assert.equal(new Set(textsOf(all)).size, 1000);
    assert.equal(new Set(all.map(({ id }) => id)).size, 1000);
    await log.close();
  });

  it('repeats the very same batch until it is committed, even when more has come since', async () => {
    const folder = await newFolder();
    const first = await openLog(folder);
    await first.append(texts('a', 'b'));
    const planned = await first.next(limits);
    await first.append(texts('c'));
    await first.close();
    const second = await openLog(folder);
    const again = await second.next(limits);
    assert.deepEqual(again, { ...planned, repeated: { more: false } });
    assert.ok(again);
    await second.commit(again);
    assert.deepEqual(textsOf(await drain(second)), ['c']);
    await second.close();
  });

  it('repeats batches that were joined as joined, and is done with all of them or none', async () => {
    const folder = await newFolder();
    const first = await openLog(folder);
    const one = { recordsMax: 1, bytesMax: 1000 };
    await first.append(texts('a', 'b', 'c', 'd', 'e'));
    const batches = [await first.next(one), await first.next(one), await first.next(one), await first.next(one)];
    const [a, b, c, d] = batches.flatMap((batch) => batch ?? []);
    assert.ok(a && b && c && d);
    await first.commit(a);
    await first.join([b, c]);
    await first.close();

    const second = await openLog(folder);
    const repeated = [await second.next(one), await second.next(one), await second.next(one), await second.next(one)];
    assert.deepEqual(
      repeated.map((batch) => [batch?.id, batch?.repeated]),
      [
        [b.id, { more: true }],
        [c.id, { more: false }],
        [d.id, { more: false }],
        [repeated[3]?.id, undefined],
      ],
    );
    await assert.rejects(second.commit(b, d), /is not the first/);
    await second.commit(b, c);
    await second.close();
    const third = await openLog(folder);
    assert.deepEqual(textsOf(await drain(third)), ['d', 'e']);
    await third.close();
  });

  it('hands out a batch in one piece of memory, whatever does not fit begins the next', async () => {
    const log = await openLog(await newFolder(), { segmentBytesMax: 100_000 });
    const all = Array.from({ length: 40 }, (_, i) => `record ${i} ${'x'.repeat(90)}`);
    for (const text of all) await log.append(texts(text));
    const read: string[] = [];
    for (;;) {
      const batch = await log.next({ recordsMax: 1000, bytesMax: 500 });
      if (batch === undefined) break;
      assert.equal(new Set(batch.records.map(({ payload }) => payload.buffer)).size, 1);
      read.push(...batch.records.map(({ payload }) => payload.toString()));
      await log.commit(batch);
    }
    assert.deepEqual(read, all);
    await log.close();
  });

  it('measures batches, and what waits, by what records count for', async () => {
    const log = await openLog(await newFolder(), { segmentBytesMax: 4_000 });
    const weighed = { recordsMax: 1000, bytesMax: 5_000, weigh: ({ length }: Buffer) => 10 * length };
    for (let i = 0; i < 30; i += 1) await log.append([Buffer.alloc(100, i)]);
    const disk = log.unreadBytes;
    const first = await log.next(weighed);
    assert.equal(first?.records.length, 5, '5,000 bytes of records that count for 1,000 each');
    const waiting = log.unreadBytes / ((disk * 25) / 30);
    assert.ok(waiting > 8 && waiting < 9, `a byte that waits counts for ${waiting}`);
    for (let left = 25; left > 0; )
      left -= (await log.next(weighed))?.records.length ?? assert.fail('some are missing');
    assert.equal(log.unreadBytes, 0);
    await log.close();
  });

  it('never uses the name of a segment twice', async () => {
    const folder = await newFolder();
    const ids = new Set<string>();
    for (let round = 0; round < 4; round += 1) {
      const log = await openLog(folder, { segmentBytesMax: 20 });
      await log.append(texts('x'));
      await log.append(texts('some longer text'));
      for (const { id } of await drain(log)) ids.add(id);
      await log.close();
    }
    assert.equal(ids.size, 8);
  });

  it('removes segments only when they are done with', async () => {
    const folder = await newFolder();
    const log = await openLog(folder, { segmentBytesMax: 32 });
    for (let i = 0; i < 6; i += 1) await log.append(texts(`a record of its own ${i}`));
    const segments = async () => (await readdir(folder)).filter((name) => name.endsWith('.seg')).length;
    assert.equal(await segments(), 6);
    const batch = await log.next({ recordsMax: 3, bytesMax: 1000 });
    assert.equal(await segments(), 6);
    assert.ok(batch);
    await log.commit(batch);
    assert.equal(await segments(), 3);
    await drain(log);
    assert.equal(await segments(), 1);
    assert.equal(log.stats().backlogBytes, 0);
    await log.close();
  });

  it('cuts a torn end at every byte, keeps what was whole, and goes on', async () => {
    const wholeBytes = HEADER_BYTES + 'first'.length + HEADER_BYTES + 'second'.length;
    const base = { segment: 1, offset: wholeBytes };
    const third = Buffer.concat(markedPieces(texts('third record, which is torn'), base, 2));
    for (let cut = 1; cut < third.length; cut += 1) {
      const folder = await newFolder();
      const log = await openLog(folder);
      await log.append(texts('first', 'second'));
      await log.close();
      const [name] = (await readdir(folder)).filter((file) => file.endsWith('.seg'));
      await appendFile(join(folder, name ?? ''), third.subarray(0, cut));
      const damages: Damage[] = [];
      const again = await openLog(folder, { onDamage: (damage) => damages.push(damage) });
      assert.deepEqual(
        damages.map(({ kind, bytes, offset }) => ({ kind, bytes, offset })),
        [{ kind: 'torn', bytes: cut, offset: wholeBytes }],
      );
      await again.append(texts('fourth'));
      assert.deepEqual(textsOf(await drain(again)), ['first', 'second', 'fourth']);
      await again.close();
    }
  });

  it('sets a damaged record of an older segment aside, reports it, and delivers all others', async () => {
    const folder = await newFolder();
    const log = await openLog(folder, { segmentBytesMax: 80 });
    for (let i = 0; i < 9; i += 1) await log.append(texts(`record number ${i}`));
    await log.close();
    const [, second] = (await readdir(folder)).filter((file) => file.endsWith('.seg')).sort();
    const path = join(folder, second ?? '');
    const bytes = await readFile(path);
    const at = bytes.length - 3;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x40, at);
    await writeFile(path, bytes);
    const damages: Damage[] = [];
    const again = await openLog(folder, { onDamage: (damage) => damages.push(damage) });
    const read = textsOf(await drain(again));
    assert.equal(read.length, 8);
    assert.ok(!read.includes('record number 3'));
    assert.deepEqual(
      damages.map(({ kind }) => kind),
      ['corrupt'],
    );
    assert.equal((await readdir(join(folder, 'quarantine'))).length, 1);
    assert.equal(again.stats().damages.length, 1);
    await again.close();
  });

  it('goes on when a segment became shorter', async () => {
    const folder = await newFolder();
    const log = await openLog(folder, { segmentBytesMax: 80 });
    for (let i = 0; i < 6; i += 1) await log.append(texts(`record number ${i}`));
    await log.close();
    const [first] = (await readdir(folder)).filter((file) => file.endsWith('.seg')).sort();
    await truncate(join(folder, first ?? ''), 11);
    const again = await openLog(folder);
    assert.deepEqual(textsOf(await drain(again)), [
      'record number 2',
      'record number 3',
      'record number 4',
      'record number 5',
    ]);
    await again.close();
  });

  it('refuses to guess when the checkpoint is damaged', async () => {
    const folder = await newFolder();
    await (await openLog(folder)).close();
    await writeFile(join(folder, 'checkpoint.json'), '{"done":');
    await assert.rejects(openLog(folder), /checkpoint\.json is damaged/);
  });

  it('tells senders to wait at the bound, and takes more once there is room', async () => {
    const log = await openLog(await newFolder(), { bytesMax: 300, segmentBytesMax: 100 });
    const record = texts('x'.repeat(80));
    const refused = async () => {
      for (let i = 0; i < 10; i += 1) await log.append(record);
    };
    await assert.rejects(
      refused,
      (error) => error instanceof AppError && error.code === 'unavailable' && error.reason === 'queue.full',
    );
    await drain(log);
    await log.append(record);
    await log.close();
  });

  it('refuses records of impossible length', async () => {
    const log = await openLog(await newFolder(), { recordBytesMax: 10 });
    await assert.rejects(log.append(texts('')), /too_large/);
    await assert.rejects(log.append(texts('12345678901')), /too_large/);
    await log.close();
  });

  it('wakes the consumer when something arrives', async () => {
    const log = await openLog(await newFolder());
    const woken = log.waitForRecords(new AbortController().signal);
    await log.append(texts('x'));
    await woken;
    await log.close();
  });

  it('calls a full disk storage_full and any other failure unavailable', () => {
    assert.equal(writeFault(Object.assign(new Error('no space'), { code: 'ENOSPC' })).code, 'storage_full');
    assert.equal(writeFault(Object.assign(new Error('io'), { code: 'EIO' })).code, 'unavailable');
  });

  it('survives any bytes in place of its newest segment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(300), async (noise, keep) => {
        const folder = await newFolder();
        const log = await openLog(folder);
        await log.append(texts('one', 'two', 'three'));
        await log.close();
        const path = join(folder, '0000000001.seg');
        const bytes = await readFile(path);
        await writeFile(path, Buffer.concat([bytes.subarray(0, keep), noise]));
        const again = await openLog(folder, { recordBytesMax: 1000 });
        const read = textsOf(await drain(again));
        const wholeBefore = ['one', 'two', 'three']
          .map((_, at, all) => HEADER_BYTES * (at + 1) + all.slice(0, at + 1).join('').length)
          .filter((end) => end <= keep).length;
        assert.deepEqual(read.slice(0, wholeBefore), ['one', 'two', 'three'].slice(0, wholeBefore));
        await again.append(texts('later'));
        assert.deepEqual(textsOf(await drain(again)), ['later']);
        await again.close();
      }),
      { numRuns: 60 },
    );
  });
});
