import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { readXlsx } from 'hucre';
import { contentOf, pagesAfter, type Sheet } from './sheet.ts';

/** Numbers from 1, told as they are taken. */
function numbers(count: number, taken: (number: number) => void = () => undefined): Sheet<number> {
  return {
    name: '数',
    headings: ['数', '文'],
    cells: (number) => [number, `第${number}`],
    record: (number) => ({ number }),
    rows: (function* () {
      for (let number = 1; number <= count; number += 1) {
        taken(number);
        yield number;
      }
    })(),
  };
}

test('a list longer than a sheet goes on in further sheets, each with the headings', async () => {
  const { sheets } = await readXlsx(await buffer(contentOf(numbers(5), 'xlsx', 3)));
  assert.deepEqual(
    sheets.map(({ rows }) => rows.map(([cell]) => cell)),
    [
      ['数', 1, 2],
      ['数', 3, 4],
      ['数', 5],
    ],
  );
});

test('a cell longer than a workbook holds is cut where that is seen', async () => {
  const long: Sheet<string> = {
    ...numbers(0),
    cells: (text) => [text],
    record: (text) => ({ text }),
    rows: ['字'.repeat(40_000)],
  };
  const { sheets } = await readXlsx(await buffer(contentOf(long, 'xlsx')));
  const cell = String(sheets[0]?.rows[1]?.[0]);
  assert.equal(cell.length, 32_767);
  assert.ok(cell.endsWith('字…'));
});

for (const format of ['xlsx', 'csv', 'ndjson'] as const) {
  test(`rows are taken only while somebody reads: ${format}`, async () => {
    let taken = 0;
    const content = contentOf(
      numbers(1_000_000, (number) => {
        taken = number;
      }),
      format,
    );
    let bytes = 0;
    for await (const chunk of content) {
      bytes += chunk.length;
      if (bytes > 10) break;
    }
    assert.ok(taken > 0 && taken < 200_000, `${taken} rows were taken for the first bytes`);
  });
}

test('pages follow each other to the last, and one is read only when the one before was used', async () => {
  for (const [count, reads] of [
    [0, 1],
    [2, 1],
    [3, 2],
    [7, 3],
  ] as const) {
    const rows = Array.from({ length: count }, (_, index) => index + 1);
    let read = 0;
    const seen: number[] = [];
    for await (const page of pagesAfter<number>((after = 0) => {
      read += 1;
      assert.ok(seen.length >= after, 'the page before was used');
      return Promise.resolve(rows.slice(after, after + 3));
    }, 3)) {
      seen.push(...page);
    }
    assert.deepEqual(seen, rows);
    assert.equal(read, reads);
  }
});
