import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { noSmallDisk, type SmallDisk, smallDisk } from '../../../test/support/small-disk.ts';
import { AppError } from '../errors.ts';
import { SegmentLog } from './segment-log.ts';

const MIB = 1024 * 1024;
const LIMITS = { recordsMax: 50, bytesMax: MIB };

const isFull = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'storage_full' && (error.retryAfterSeconds ?? 0) > 0;

describe('a queue whose disk is full', { skip: noSmallDisk }, () => {
  let disk: SmallDisk;
  before(async () => {
    disk = await smallDisk(24 * MIB);
  });
  after(() => disk.remove());

  /** Appends until it is refused. @returns what was acknowledged */
  async function fillUp(log: SegmentLog, word: string): Promise<string[]> {
    const acknowledged: string[] = [];
    for (let number = 0; number < 5000; number += 1) {
      const texts = [`${word} ${number} ${'x'.repeat(30_000)}`, `${word} ${number} second`];
      try {
        await log.append(texts.map((text) => Buffer.from(text)));
        acknowledged.push(...texts);
      } catch (error) {
        assert.ok(isFull(error), String(error));
        return acknowledged;
      }
    }
    throw new Error('the disk was never full');
  }

  async function drain(log: SegmentLog): Promise<string[]> {
    const texts: string[] = [];
    for (let batch = await log.next(LIMITS); batch !== undefined; batch = await log.next(LIMITS)) {
      texts.push(...batch.records.map(({ payload }) => payload.toString()));
      await log.commit(batch);
    }
    return texts;
  }

  it('refuses clearly, keeps what it acknowledged also over a restart, and goes on when there is room again', async () => {
    const options = { folder: `${disk.folder}/full`, bytesMax: 1e9, segmentBytesMax: 2 * MIB };
    const log = await SegmentLog.open(options);
    const first = await log.append([Buffer.from('before')]).then(() => ['before']);
    await disk.fill(6 * MIB);
    const acknowledged = [...first, ...(await fillUp(log, 'full'))];
    assert.ok(acknowledged.length > 50, `${acknowledged.length} were acknowledged`);
    // Refused again and again, it stays whole.
    for (let attempt = 0; attempt < 5; attempt += 1) await assert.rejects(log.append([Buffer.alloc(MIB, 1)]), isFull);
    await log.close();
    await disk.free();
    const again = await SegmentLog.open(options);
    await again.append([Buffer.from('after')]);
    assert.deepEqual(await drain(again), [...acknowledged, 'after']);
    await again.close();
  });

  it('leaves the room that working off needs, so that it can be emptied while it refuses', async () => {
    const options = {
      folder: `${disk.folder}/reserve`,
      bytesMax: 1e9,
      segmentBytesMax: 2 * MIB,
      diskFreeBytesMin: 4 * MIB,
    };
    const log = await SegmentLog.open(options);
    const acknowledged = await fillUp(log, 'reserve');
    assert.ok(acknowledged.length > 50, `${acknowledged.length} were acknowledged`);
    assert.deepEqual(await drain(log), acknowledged);
    await log.append([Buffer.from('after')]);
    assert.deepEqual(await drain(log), ['after']);
    await log.close();
  });

  it('reads on by itself when the checkpoint could not be written for a while', async () => {
    const log = await SegmentLog.open({ folder: `${disk.folder}/checkpoint`, bytesMax: 1e9 });
    await log.append(['a', 'b'].map((text) => Buffer.from(text)));
    await disk.fill(0);
    await assert.rejects(log.next(LIMITS), /ENOSPC/);
    await assert.rejects(log.next(LIMITS), /ENOSPC/);
    await disk.free();
    assert.deepEqual(await drain(log), ['a', 'b']);
    await log.close();
  });
});
