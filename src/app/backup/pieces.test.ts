import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { linePieces, wholeLines } from './pieces.ts';

async function* cut(text: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let index = 0; at < text.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    yield text.subarray(at, at + size);
    at += size;
  }
}

const collected = async (pieces: AsyncIterable<Buffer>): Promise<string[]> => {
  const all: string[] = [];
  for await (const piece of pieces) all.push(piece.toString());
  return all;
};

const lines = fc.array(fc.string({ unit: fc.constantFrom('a', '字', '\t', ''), maxLength: 8 }), {
  minLength: 1,
  maxLength: 30,
});
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });

test('pieces are whole lines with the names before them, however the lines arrive', async () => {
  await fc.assert(
    fc.asyncProperty(lines, sizes, fc.integer({ min: 1, max: 40 }), async (rows, chunks, most) => {
      const text = Buffer.from(['names', ...rows].map((row) => `${row}\n`).join(''));
      const pieces = await collected(linePieces(cut(text, chunks), most));
      for (const piece of pieces) assert.ok(piece.startsWith('names\n') && piece.endsWith('\n'));
      assert.equal(
        pieces.map((piece) => piece.slice('names\n'.length)).join(''),
        rows.map((row) => `${row}\n`).join(''),
      );
    }),
  );
});

test('lines are cut between lines only, and none is lost', async () => {
  await fc.assert(
    fc.asyncProperty(lines, sizes, fc.integer({ min: 1, max: 40 }), async (rows, chunks, most) => {
      const text = rows.map((row) => `${row}\n`).join('');
      const pieces = await collected(wholeLines(cut(Buffer.from(text), chunks), most));
      for (const piece of pieces) assert.ok(piece.endsWith('\n'));
      assert.equal(pieces.join(''), text);
    }),
  );
});
