import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { packed, plainBytes, unpacked } from './packing.ts';
import { eachPlace, encodeParcels, lineAt } from './parcel.ts';

const LINES = Array.from({ length: 600 }, (_, at) => `<13>Mar  2 10:00:00 host app[${at}]: 用户 u${at % 7} 登录失败`);

const parcelOf = (lines: readonly Buffer[]) => ({
  sourceId: 's',
  unitPath: '/450000/',
  sourceHint: '',
  sender: '10.0.0.1',
  receivedAtMs: 1,
  lines,
});

describe('records of the queue as they are written', () => {
  it('shrink to a fraction, say how much they hold, and give each line back', () => {
    const records = [...encodeParcels(parcelOf(LINES.map((line) => Buffer.from(line))))];
    const written = records.map(packed);
    const bytes = (all: readonly Buffer[]): number => all.reduce((sum, { length }) => sum + length, 0);
    assert.ok(bytes(written) * 5 < bytes(records), `${bytes(written)} of ${bytes(records)} bytes are written`);
    assert.deepEqual(
      written.map(plainBytes),
      records.map(({ length }) => length),
    );
    const texts: string[] = [];
    for (const record of written) eachPlace('r', record, (place, whole) => texts.push(lineAt(place, whole).text));
    assert.deepEqual(texts, LINES);
  });

  it('that do not shrink, and short ones, are written as they are', () => {
    for (const line of [randomBytes(100_000), Buffer.from('short')]) {
      const [record = Buffer.alloc(0)] = encodeParcels(parcelOf([line]));
      assert.equal(packed(record), record);
      assert.equal(plainBytes(record), record.length);
      assert.equal(unpacked(record), record);
    }
  });

  it('of any lines come back byte for byte', () => {
    const line = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 60 }), (some, times) => {
        const lines = Array.from({ length: times }, () => some).flat();
        const [record = Buffer.alloc(0)] = encodeParcels(parcelOf(lines));
        assert.deepEqual(unpacked(packed(record)), record);
      }),
    );
  });

  it('that are not what they say are refused, not guessed at', () => {
    const [record = Buffer.alloc(0)] = encodeParcels(parcelOf([Buffer.from('a line '.repeat(10_000))]));
    const good = packed(record);
    const claims = (bytes: number): Buffer => {
      const bad = Buffer.from(good);
      bad.writeUInt32BE(bytes, 1);
      return bad;
    };
    assert.throws(() => unpacked(claims(record.length - 1)), /buffer larger|Cannot create|bytes/i);
    assert.throws(() => unpacked(claims(record.length + 1)), /has 70\d+ bytes and not/);
    assert.throws(() => unpacked(claims(4_000_000_000)), /says that it has 4000000000 bytes/);
    assert.throws(() => unpacked(good.subarray(0, good.length - 3)), Error);
  });
});
