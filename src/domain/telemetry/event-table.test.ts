import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { it } from 'node:test';
import { COLUMNS } from '#engine/fields/dictionary.ts';
import { eventTableSql, ledgerColumnsSql } from './event-table.ts';
import { NARROW_COLUMNS } from './search/free-text.ts';

const migration = (name: string): string =>
  readFileSync(resolve(import.meta.dirname, '../../../migrations/eventstore', name), 'utf8');

it('the migrations of the event table are what the field dictionary says', () => {
  assert.equal(migration('0001_event.sql'), eventTableSql(), 'write it anew with: npm run gen');
  assert.equal(migration('0004_event_asset.sql'), ledgerColumnsSql(), 'write it anew with: npm run gen');
});

it('the roll-up of fields in use knows every column of the dictionary, or searches would pass over what is in it', () => {
  const parts = (name: string) => migration(name).split(/\(name, isUsed\) -> isUsed, |\) AS (?:wideC|c)olumns/);
  const [, first = '', , wide = ''] = parts('0003_field_use.sql');
  const used = first + (parts('0005_field_use_asset.sql')[1] ?? '');
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
