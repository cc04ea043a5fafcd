import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { it } from 'node:test';
import { COLUMNS } from '#engine/fields/dictionary.ts';
import { eventTableSql } from './event-table.ts';
import { NARROW_COLUMNS } from './search/free-text.ts';

it('the migration of the event table is what the field dictionary says', () => {
  const file = resolve(import.meta.dirname, '../../../migrations/eventstore/0001_event.sql');
  assert.equal(readFileSync(file, 'utf8'), eventTableSql(), 'write it anew with: npm run gen');
});

it('the roll-up of fields in use knows every column of the dictionary, or searches would pass over what is in it', () => {
  const file = resolve(import.meta.dirname, '../../../migrations/eventstore/0003_field_use.sql');
  const [, used = '', , wide = ''] = readFileSync(file, 'utf8').split(
    /\(name, isUsed\) -> isUsed, |\) AS (?:wideC|c)olumns/,
  );
  const columns = COLUMNS.map(({ column }) => column);
  const stored = (column: string) => (column === 'message' ? 'message_text' : column);
  const quoted = (text: string) => [...text.matchAll(/'([a-z0-9_]+)'/g)].map(([, name]) => name);
  assert.deepEqual(quoted(used), columns);
  assert.deepEqual(
    [...used.matchAll(/max\((\w+) != ''\)/g)].map(([, name]) => name),
    columns.map(stored),
  );
  assert.deepEqual(quoted(wide), [...NARROW_COLUMNS]);
});
