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
  const text = migration('0006_field_use_each.sql');
  const listed = (kind: string) =>
    new RegExp(`\\('${kind}', name\\), splitByWhitespace\\('([^']*)'`).exec(text)?.[1]?.trim().split(/\s+/);
  const columns = COLUMNS.map(({ column }) => column);
  const stored = (column: string) => (column === 'message' ? 'message_text' : column);
  assert.deepEqual(listed('column'), columns);
  assert.deepEqual(
    [...text.matchAll(/(\w+) != ''/g)].map(([, name]) => name),
    columns.map(stored),
  );
  assert.deepEqual(listed('wide'), [...NARROW_COLUMNS]);
  assert.deepEqual(
    [...text.matchAll(/match\((\w+), '\[\^0-9A-Fa-f\{\}\.:-\]'\)/g)].map(([, name]) => name),
    [...NARROW_COLUMNS],
  );
});
