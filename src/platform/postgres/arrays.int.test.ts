import assert from 'node:assert/strict';
import test from 'node:test';
import { sql } from 'kysely';
import { freshDatabase } from '../../../test/support/database.ts';
import { plainArray, textArray } from './arrays.ts';

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
