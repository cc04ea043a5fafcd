import assert from 'node:assert/strict';
import test from 'node:test';
import { sql } from 'kysely';
import { freshDatabase } from '../../../test/support/database.ts';
import { column, jsonColumn, plainArray, textArray } from './arrays.ts';

test('arrays come back as they were written, whatever their texts hold', async () => {
  const postgres = await freshDatabase();
  try {
    const texts = ['', 'NULL', 'null', ' a ', '"', '\\', '\\"', '{}', 'a,b', "'", '\n', '南宁', '𠮷', null];
    const { rows } = await sql<{ texts: string[]; ids: string[]; numbers: number[]; none: string[] }>`
      SELECT ${textArray(texts)}::text[] AS texts, ${plainArray(['00000000-0000-4000-8000-000000000001', null])}::uuid[] AS ids,
        ${plainArray([1, -2])}::int[] AS numbers, ${textArray([])}::text[] AS none`.execute(postgres.owner);
    assert.deepEqual(rows, [
      { texts, ids: ['00000000-0000-4000-8000-000000000001', null], numbers: [1, -2], none: [] },
    ]);
  } finally {
    await postgres.close();
  }
});

test('columns come back row by row, whether all rows have the same or not', async () => {
  const postgres = await freshDatabase();
  try {
    const texts = ['a,"b\\', '\n', 'NULL'];
    const ids = [1, 2, 3].map((at) => `00000000-0000-4000-8000-00000000000${at}`);
    const documents = [{ a: 'x"\\\n\t南宁𠮷\u2028' }, [], null];
    const noon = '2026-01-05T12:00:00.000Z';
    const { rows } = await sql`
      SELECT ${column(ids, 'uuid')} AS id, ${column(texts, 'text')} AS text, ${column(['s"', 's"', 's"'], 'text')} AS same,
        ${column([null, null, null], 'uuid')} AS none, ${column([null, noon, null], 'timestamptz')} AS at,
        ${jsonColumn(documents.map((one) => JSON.stringify(one)))} AS document, ${jsonColumn(['{"a":"\\n"}', '{"a":"\\n"}', '{"a":"\\n"}'])} AS one`.execute(
      postgres.owner,
    );
    assert.deepEqual(
      rows,
      ids.map((id, at) => ({
        id,
        text: texts[at],
        same: 's"',
        none: null,
        at: at === 1 ? new Date(noon) : null,
        document: documents[at],
        one: { a: '\n' },
      })),
    );
  } finally {
    await postgres.close();
  }
});
