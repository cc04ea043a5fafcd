import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseLine, readLines, writeLine } from './lines.ts';
import { verifyJournal } from './verify.ts';

const ENTRY = writeLine({
  kind: 'entry',
  leafHash: '00'.repeat(32),
  entry: {
    seq: 0,
    at: '2026-03-02T02:00:00.000Z',
    actor: { kind: 'user', id: 'u', name: '王' },
    action: 'order.issue',
    object: { type: 'order', id: 'o', counter: 1 },
    unitPath: '/450000/',
    side: 'both',
    data: {},
    related: [],
    requestId: 'r',
  },
});

test('reading a line never throws, and verification of any lines answers', async () => {
  const mutated = fc
    .tuple(fc.nat(), fc.string({ unit: 'binary', maxLength: 4 }), fc.nat(6))
    .map(([at, insert, drop]) => {
      const place = at % ENTRY.length;
      return ENTRY.slice(0, place) + insert + ENTRY.slice(place + drop);
    });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(mutated, fc.json(), fc.string()), { maxLength: 5 }), async (lines) => {
      const report = await verifyJournal(lines.map((line, at) => parseLine(line, at + 1)));
      assert.equal(report.ok, false);
    }),
    { numRuns: 500 },
  );
});

test('a lone surrogate, which has no canonical form, is a problem of its line', () => {
  const read = parseLine(ENTRY.replace('"王"', '"\\ud800"'), 7);
  assert.deepEqual(read, { problem: 'line 7: bad Unicode' });
});

test('a file is split into the same lines wherever its pieces break', async () => {
  const bytes = new TextEncoder().encode(`${ENTRY}nonsense\n${ENTRY}`);
  const expected = [parseLine(ENTRY, 1), parseLine('nonsense', 2), parseLine(ENTRY, 3)];
  for (let at = 0; at <= bytes.length; at += 1) {
    const pieces = async function* () {
      yield bytes.slice(0, at);
      yield bytes.slice(at);
    };
    assert.deepEqual(await Array.fromAsync(readLines(pieces())), expected, `broken at ${at}`);
  }
});

test('an endless line is refused instead of filling the memory', async () => {
  const piece = new Uint8Array(1024 * 1024).fill(0x61);
  const pieces = async function* () {
    for (;;) yield piece;
  };
  const read = await Array.fromAsync(readLines(pieces()));
  assert.deepEqual(read, [{ problem: 'line 1 is longer than 16 M characters' }]);
});
