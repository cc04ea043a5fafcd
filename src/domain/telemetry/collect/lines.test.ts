import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type SplitItem, Splitter, splitAll } from './lines.ts';

const read = (items: readonly SplitItem[]) =>
  items.map((item) => (item.kind === 'line' ? item.bytes.toString() : `!${item.line} ${item.reason}`));
const split = (text: string, bytesMax = 100) => read(splitAll(Buffer.from(text), bytesMax));

describe('cutting bytes into records', () => {
  it('takes a line per record, with or without a last newline, and skips blank ones', () => {
    assert.deepEqual(split('one\r\n\n  \ntwo\nthree'), ['one', 'two', 'three']);
    assert.deepEqual(split('{"a":1}\n{"a":2}\n'), ['{"a":1}', '{"a":2}']);
    assert.deepEqual(split(''), []);
  });

  it('takes the elements of a JSON array as they were written', () => {
    assert.deepEqual(split('[ {"a": "]}\\""}, {"b":[1,{"c":2}]}\n,\n{"d":1}]'), [
      '{"a": "]}\\""}',
      '{"b":[1,{"c":2}]}',
      '{"d":1}',
    ]);
    assert.deepEqual(split('[]'), []);
    assert.deepEqual(split('["<34>a \\"b\\"", "c",\n5, {"d":1}, null]'), ['<34>a "b"', 'c', '5', '{"d":1}', 'null']);
  });

  it('takes no second byte of a character of GB 18030 for a sign of JSON', () => {
    // 誠 is d55c, and 5c is a backslash.
    const sign = Buffer.from([0xd5, 0x5c]);
    const body = Buffer.concat(
      ['["', sign, '", "b", {"c":"', sign, '"},{"d":"誠\\"审"}]'].map((part) => Buffer.from(part)),
    );
    assert.deepEqual(read(splitAll(body, 100)).slice(0, 2), ['誠', 'b']);
    assert.equal(splitAll(body, 100).length, 4);
  });

  it('takes objects that are printed over several lines', () => {
    assert.deepEqual(split('{\n "a": 1\n}\n{\n "a": 2\n}\n'), ['{\n "a": 1\n}', '{\n "a": 2\n}']);
  });

  it('takes a log whose lines begin with a bracket for lines', () => {
    assert.deepEqual(split('[Sun Dec 04 04:47:44 2005] [error] x\n[Sun'), [
      '[Sun Dec 04 04:47:44 2005] [error] x',
      '[Sun',
    ]);
  });

  it('says which line is too long and goes on after it', () => {
    assert.deepEqual(split(`ok\n${'x'.repeat(101)}\nlast`), ['ok', '!2 too_long', 'last']);
    const small = `{"v":"${'x'.repeat(200)}"}`;
    assert.ok(split(`[{"a":1},${small},{"b":2}]`).includes('{"b":2}'));
  });

  it('says that the last value is not complete', () => {
    assert.deepEqual(split('[{"a":1},{"b":'), ['{"a":1}', '!2 incomplete']);
    assert.deepEqual(split('[{"a":1},'), ['{"a":1}', '!2 incomplete']);
  });

  it('gives the same records however the bytes come in pieces', () => {
    const texts = [
      'one\r\ntwo\n\nthree',
      '[{"a":"x]"},{"b":[1]}]',
      '{\n"a":1\n}\n{"b":2}',
      `a\n${'y'.repeat(60)}\nb`,
      '[error] x\n[y',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (text, sizes) => {
          const bytes = Buffer.from(text);
          const splitter = new Splitter(50);
          const items: SplitItem[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            items.push(...splitter.push(bytes.subarray(at, at + size)));
            at += size;
          }
          assert.deepEqual(read([...items, ...splitter.end()]), split(text, 50));
        },
      ),
    );
  });

  it('loses no line of any text and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        for (const item of splitAll(Buffer.from(noise), 64)) {
          if (item.kind === 'line') assert.ok(item.bytes.length <= 64);
        }
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z][a-z {}"]{0,20}$/)), (lines) => {
        assert.deepEqual(split(lines.join('\n')), lines);
      }),
    );
  });
});
