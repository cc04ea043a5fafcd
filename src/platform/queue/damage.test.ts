import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { framesOf } from './frame.ts';
import { HEADER_BYTES, markedPieces } from './marked.ts';
import { SegmentLog } from './segment-log.ts';
import { segmentPath } from './segments.ts';

const LIMITS = { recordsMax: 1000, bytesMax: 1_000_000 };
const BODY_BYTES = 24;
const FRAME_BYTES = HEADER_BYTES + BODY_BYTES;
const textOf = (number: number) => `record ${number} `.padEnd(BODY_BYTES, '.');
const openLog = (folder: string, segmentBytesMax = 1_000_000) =>
  SegmentLog.open({ folder, bytesMax: 10_000_000, segmentBytesMax });

interface Read {
  readonly id: string;
  readonly text: string;
}

const plain = ({ id, payload }: { id: string; payload: Buffer }): Read => ({ id, text: payload.toString() });

async function drain(log: SegmentLog, recordsMax = LIMITS.recordsMax): Promise<Read[]> {
  const all: Read[] = [];
  for (;;) {
    const batch = await log.next({ ...LIMITS, recordsMax });
    if (batch === undefined) return all;
    all.push(...batch.records.map(plain));
    await log.commit(batch);
  }
}

async function change(folder: string, segment: number, fn: (bytes: Buffer) => void): Promise<void> {
  const path = segmentPath(folder, segment);
  const bytes = await readFile(path);
  fn(bytes);
  await writeFile(path, bytes);
}

const flip = (bytes: Buffer, at: number, mask = 0x10) => void bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at);

describe('damage in the queue on disk', () => {
  const folders: string[] = [];
  after(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  async function newFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'tongan-queue-'));
    folders.push(folder);
    return folder;
  }

  /** A closed log of so many records, and what would have been read of it. */
  async function written(count: number, segmentBytesMax?: number): Promise<{ folder: string; all: Read[] }> {
    const folder = await newFolder();
    const log = await openLog(folder, segmentBytesMax);
    for (let number = 0; number < count; number += 1) await log.append([Buffer.from(textOf(number))]);
    const batch = await log.next(LIMITS);
    assert.ok(batch);
    const all = batch.records.map(plain);
    await log.close();
    // As if nothing had been handed out.
    const path = join(folder, 'checkpoint.json');
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), planned: [] }));
    assert.equal(all.length, count);
    return { folder, all };
  }

  for (const [what, at] of [
    ['the text', HEADER_BYTES + 3],
    ['the length', HEADER_BYTES - 5],
    ['the word of the mark', 0],
    ['the number', 7],
    ['the checksum', HEADER_BYTES - 1],
  ] as const) {
    it(`loses one record of a hundred when a byte of ${what} is flipped, in the newest segment and in others`, async () => {
      for (const segmentBytesMax of [1_000_000, 30 * FRAME_BYTES]) {
        const { folder, all } = await written(100, segmentBytesMax);
        await change(folder, 1, (bytes) => flip(bytes, 9 * FRAME_BYTES + at));
        const log = await openLog(folder, segmentBytesMax);
        assert.deepEqual(
          await drain(log, 7),
          all.filter((_, number) => number !== 9),
          'all others come under the identifiers that they had',
        );
        const [damage, ...others] = log.stats().damages;
        assert.deepEqual([damage?.kind, damage?.offset, damage?.bytes], ['corrupt', 9 * FRAME_BYTES, FRAME_BYTES]);
        assert.deepEqual(others, []);
        assert.deepEqual(await readdir(join(folder, 'quarantine')), [`1-${9 * FRAME_BYTES}-${FRAME_BYTES}.corrupt`]);
        await log.append([Buffer.from('later')]);
        await log.close();
        const next = await openLog(folder, segmentBytesMax);
        assert.equal((await drain(next)).length, 1);
        assert.equal(next.stats().damages.length, 1, 'it is still told of after a restart');
        await next.close();
        await rm(join(folder, 'quarantine'), { recursive: true });
        const last = await openLog(folder, segmentBytesMax);
        assert.deepEqual(last.stats().damages, [], 'until somebody has taken it out of quarantine');
        await last.close();
      }
    });
  }

  it('calls the flipped last record of the newest segment damaged, and only the beginning of one torn', async () => {
    const cases = [
      [(bytes: Buffer) => flip(bytes, 4 * FRAME_BYTES + HEADER_BYTES), 'corrupt'],
      [(bytes: Buffer) => flip(bytes, 4 * FRAME_BYTES + 1), 'corrupt'],
      [(bytes: Buffer) => void bytes.fill(0, 4 * FRAME_BYTES), 'torn'],
    ] as const;
    for (const [damage, kind] of cases) {
      const { folder, all } = await written(5);
      await change(folder, 1, damage);
      const log = await openLog(folder);
      assert.deepEqual(await drain(log), all.slice(0, 4));
      assert.deepEqual(
        log.stats().damages.map((one) => [one.kind, one.bytes]),
        [[kind, FRAME_BYTES]],
      );
      await log.close();
    }
  });

  it('misses what had been handed out and is gone from the end, and does not call it torn', async () => {
    const { folder, all } = await written(5);
    const first = await openLog(folder);
    const before = await first.next(LIMITS);
    await first.close();
    await writeFile(segmentPath(folder, 1), (await readFile(segmentPath(folder, 1))).subarray(0, 3 * FRAME_BYTES + 9));
    const log = await openLog(folder);
    const again = await log.next(LIMITS);
    assert.deepEqual([again?.id, again?.records.map(plain)], [before?.id, all.slice(0, 3)]);
    const kinds = log.stats().damages.map(({ kind }) => kind);
    assert.deepEqual([...new Set(kinds)], ['corrupt']);
    assert.equal(
      log.stats().damages.reduce((sum, { bytes }) => sum + bytes, 0),
      2 * FRAME_BYTES,
    );
    await log.close();
  });

  it('takes nothing inside a record for one, whatever a sender puts there', async () => {
    const { folder } = await written(1);
    const log = await openLog(folder);
    const forged = [Buffer.from('forged')];
    const inner = Buffer.concat([
      framesOf(forged),
      ...markedPieces(forged, { segment: 1, offset: 0 }, 5),
      framesOf(forged),
    ]);
    await log.append([inner]);
    await log.append([Buffer.from('behind')]);
    await log.close();
    for (let at = 0; at < HEADER_BYTES; at += 1) {
      await change(folder, 2, (bytes) => flip(bytes, at));
      const again = await openLog(folder);
      const batch = await again.next(LIMITS);
      assert.deepEqual(
        batch?.records.map((record) => plain(record).text),
        [textOf(0), 'behind'],
      );
      await again.close();
      await change(folder, 2, (bytes) => flip(bytes, at));
      const path = join(folder, 'checkpoint.json');
      await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), planned: [] }));
    }
  });

  it('repeats a batch with its own name, and what is whole in it, after part of it was damaged', async () => {
    const { folder, all } = await written(20);
    const first = await openLog(folder);
    const batches = [await first.next({ ...LIMITS, recordsMax: 5 }), await first.next({ ...LIMITS, recordsMax: 5 })];
    await first.close();
    // Across the border of the two.
    await change(folder, 1, (bytes) => void bytes.fill(0xff, 3 * FRAME_BYTES + 2, 6 * FRAME_BYTES + 2));
    const log = await openLog(folder);
    for (const before of batches) {
      const again = await log.next(LIMITS);
      assert.ok(again);
      assert.equal(again.id, before?.id);
      const lost = new Set([3, 4, 5, 6].map(textOf));
      assert.deepEqual(
        again.records.map(plain),
        before?.records.map(plain).filter(({ text }) => !lost.has(text)),
      );
      await log.commit(again);
    }
    assert.deepEqual(await drain(log), all.slice(10));
    await log.close();
  });

  it('reads segments that were written before there were marks', async () => {
    const { folder, all } = await written(3);
    await writeFile(segmentPath(folder, 1), framesOf(all.map(({ text }) => Buffer.from(text))));
    const log = await openLog(folder);
    assert.deepEqual(await drain(log), all);
    assert.deepEqual(log.stats().damages, []);
    await log.close();
  });

  it('delivers whatever is whole exactly once, and counts all else, however segments are flipped and cut', async () => {
    const { folder: template, all } = await written(40, 10 * FRAME_BYTES);
    const original = await Promise.all([1, 2, 3, 4].map((segment) => readFile(segmentPath(template, segment))));
    const hit = fc.record({
      at: fc.nat(40 * FRAME_BYTES - 1),
      bytes: fc.integer({ min: 1, max: 150 }),
      mask: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(hit, { maxLength: 6 }),
        fc.option(fc.nat(10 * FRAME_BYTES - 1)),
        fc.option(fc.nat(10 * FRAME_BYTES - 1)),
        fc.integer({ min: 1, max: 9 }),
        async (hits, cutOld, cutNew, recordsMax) => {
          const folder = await newFolder();
          await cp(template, folder, { recursive: true });
          const damaged = Buffer.concat(original);
          for (const { at, bytes, mask } of hits)
            for (let n = at; n < Math.min(at + bytes, damaged.length); n += 1) flip(damaged, n, mask);
          const sizes = original.map(({ length }) => length);
          if (cutOld !== null) sizes[1] = cutOld;
          if (cutNew !== null) sizes[3] = cutNew;
          for (const [n, size] of sizes.entries()) {
            const start = n * 10 * FRAME_BYTES;
            await writeFile(segmentPath(folder, n + 1), damaged.subarray(start, start + size));
          }
          const isWhole = (number: number) => {
            const from = number * FRAME_BYTES;
            const end = (number % 10) * FRAME_BYTES + FRAME_BYTES;
            const as = Buffer.concat(original).subarray(from, from + FRAME_BYTES);
            return (
              end <= (sizes[Math.floor(number / 10)] ?? 0) && as.equals(damaged.subarray(from, from + FRAME_BYTES))
            );
          };
          const whole = all.filter((_, number) => isWhole(number));
          const log = await openLog(folder, 10 * FRAME_BYTES);
          assert.deepEqual(await drain(log, recordsMax), whole);
          const missing = sizes.reduce((sum, size) => sum + size, 0) - whole.length * FRAME_BYTES;
          const told = log.stats().damages.reduce((sum, { bytes }) => sum + bytes, 0);
          assert.equal(told, missing, 'every byte that was not handed out is accounted for');
          await log.append([Buffer.from('later')]);
          assert.deepEqual(
            (await drain(log)).map(({ text }) => text),
            ['later'],
          );
          await log.close();
        },
      ),
      { numRuns: 150 },
    );
  });
});
