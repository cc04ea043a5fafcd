import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { COLUMN_FIELDS } from './aliases.ts';
import { COLUMNS } from './dictionary.ts';
import type { FieldValue, SecurityEvent } from './event.ts';
import { lookUp } from './lookup.ts';
import { columnText, fromRow, storeTime, toRow } from './row.ts';

const event = (fields: Record<string, FieldValue>): SecurityEvent => ({
  id: 's-1',
  timeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  receivedAtMs: Date.UTC(2026, 0, 2, 3, 4, 6),
  source: 'microsoft-windows',
  logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
  unitPath: '/450000/450100/',
  fields,
  raw: '<raw>',
  problem: '',
});

test('every column has its field names and every alias names a column', () => {
  assert.deepEqual(COLUMNS.map((column) => column.column).sort(), Object.keys(COLUMN_FIELDS).sort());
  const names = Object.values(COLUMN_FIELDS).flat();
  assert.equal(new Set(names).size, names.length, 'a field name belongs to one column');
});

test('empty, multi-valued and unknown fields go to rest, others to their column', () => {
  const row = toRow(event({ Image: 'C:\\a.exe', CommandLine: '', Hashes: ['a', 'b'], Odd: 'x' }));
  assert.equal(row.process_executable, 'C:\\a.exe');
  assert.equal(row.process_command_line ?? '', '');
  assert.deepEqual(JSON.parse(row.rest ?? ''), { CommandLine: '', Hashes: ['a', 'b'], Odd: 'x' });
  assert.equal(row.time, '2026-01-02 03:04:05.678');
});

test('a time is written as the store writes it, whatever stood before it', () => {
  for (const ms of [0, -1, 1_772_416_800_000, 1_772_416_800_999, 1_772_416_801_000, 999.9, -62_135_596_800_000]) {
    const expected = new Date(ms).toISOString().replace('T', ' ').slice(0, 23);
    assert.deepEqual([storeTime(ms), storeTime(ms)], [expected, expected]);
  }
});

test('a name the event has means its own value; a name it lacks is answered by one of the same meaning', () => {
  const fields = { SourceIp: '10.0.0.2', src_ip: '10.0.0.1' };
  assert.equal(lookUp(fields, 'SourceIp'), '10.0.0.2');
  assert.equal(lookUp(fields, 'c-ip'), '10.0.0.1');
  assert.equal(toRow(event(fields)).source_ip, '10.0.0.1');
  assert.deepEqual(JSON.parse(toRow(event(fields)).rest ?? ''), { SourceIp: '10.0.0.2' });
  assert.equal(lookUp({}, 'constructor'), undefined);
});

test('a column told alone holds what the row would hold', () => {
  const names = Object.values(COLUMN_FIELDS).flat();
  const value = fc.oneof(fc.constantFrom('', 'x', 'y'), fc.constant(['a', 'b']));
  // The rendered message has a column of another name in a row.
  const columns = Object.keys(COLUMN_FIELDS).filter((column) => column !== 'message');
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (fields) => {
      const row = toRow(event(fields));
      for (const column of columns) assert.equal(columnText(fields, column), row[column] ?? '', column);
    }),
  );
});

test('a row gives its event back, whatever the fields', () => {
  const names = fc.oneof(
    fc.constantFrom(...Object.values(COLUMN_FIELDS).flat()),
    fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => name !== '__proto__' && name !== '@names'),
  );
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(fc.dictionary(names, fc.oneof(text, fc.array(text)), { noNullPrototype: true }), (fields) => {
      const original = event(fields);
      assert.deepEqual(fromRow(toRow(original)), original);
    }),
  );
});
