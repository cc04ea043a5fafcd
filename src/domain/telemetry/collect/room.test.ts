import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AppError } from '#platform/errors.ts';
import { readBody } from './body.ts';
import { Room } from './room.ts';

const MIB = 1024 * 1024;
const isBusy = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'too_many_requests' && error.retryAfterSeconds === 1;

describe('room for bodies', () => {
  it('is shared by bytes, refused beyond its bound, and there again when a body is done', () => {
    const room = new Room(10 * MIB);
    const first = room.enter();
    first.grow(7 * MIB);
    const second = room.enter();
    assert.throws(() => second.grow(4 * MIB), isBusy);
    second.grow(2 * MIB);
    first.leave();
    second.grow(9 * MIB);
    second.leave();
    first.leave();
    assert.equal(room.taken, 0);
  });

  it('is bounded for many small bodies too', () => {
    const room = new Room(MIB);
    const places = Array.from({ length: 16 }, () => room.enter());
    assert.throws(() => room.enter(), isBusy);
    for (const place of places) place.leave();
    assert.equal(room.taken, 0);
  });

  it('is taken for what a body says of its length before a byte is read', async () => {
    const room = new Room(10 * MIB);
    const place = room.enter();
    let asked = 0;
    const endless = new Readable({
      read() {
        asked += 1;
        this.push(Buffer.alloc(MIB));
      },
    });
    await assert.rejects(readBody(endless, { 'content-length': String(11 * MIB) }, place), isBusy);
    assert.equal(asked, 0);
  });

  it('is taken for what a body unpacks to, as it does', async () => {
    const room = new Room(10 * MIB);
    const packed = gzipSync(Buffer.alloc(12 * MIB));
    const place = room.enter();
    await assert.rejects(readBody(Readable.from([packed]), { 'content-encoding': 'gzip' }, place), isBusy);
    assert.ok(room.taken > MIB);
    place.leave();
    assert.equal(room.taken, 0);
  });

  it('is free again after a sender that goes away in the middle, which is no fault of ours', async () => {
    const room = new Room(10 * MIB);
    for (const headers of [{}, { 'content-encoding': 'gzip' }]) {
      const place = room.enter();
      const half = new Readable({ read: () => undefined });
      half.push(gzipSync('half').subarray(0, 10));
      const reading = readBody(half, headers, place);
      half.destroy(new Error('aborted'));
      await assert.rejects(reading, (error) => error instanceof AppError && error.code === 'invalid_input');
      place.leave();
    }
  });
});
