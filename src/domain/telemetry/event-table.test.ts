import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { it } from 'node:test';
import { eventTableSql } from './event-table.ts';

it('the migration of the event table is what the field dictionary says', () => {
  const file = resolve(import.meta.dirname, '../../../migrations/eventstore/0001_event.sql');
  assert.equal(readFileSync(file, 'utf8'), eventTableSql(), 'write it anew with: npm run gen');
});
