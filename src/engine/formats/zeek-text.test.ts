import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ZeekTable } from './zeek-text.ts';

const LOG = [
  '#separator \\x09',
  '#set_separator\t,',
  '#empty_field\t(empty)',
  '#unset_field\t-',
  '#path\tdns',
  '#open\t2026-05-20-10-00-00',
  '#fields\tts\tuid\tid.orig_h\tid.orig_p\tquery\tAA\tanswers\tTTLs\trtt\tnote',
  '#types\ttime\tstring\taddr\tport\tstring\tbool\tvector[string]\tvector[interval]\tinterval\tstring',
];

function records(...lines: string[]): unknown[] {
  const table = new ZeekTable();
  return [...LOG, ...lines].flatMap((line) => {
    const json = table.read(line);
    return json === undefined ? [] : [JSON.parse(json)];
  });
}

test('a record becomes the JSON of its columns and types; unset columns are left out', () => {
  const line = '1779242400.036086\tCnsu5m\t10.0.0.8\t52605\twww.gx.example\tT\t10.0.0.1,10.0.0.2\t60.0,5.5\t-\t(empty)';
  assert.deepEqual(records(line, '#close\t2026-05-20-11-00-00'), [
    {
      _path: 'dns',
      ts: 1779242400.036086,
      uid: 'Cnsu5m',
      'id.orig_h': '10.0.0.8',
      'id.orig_p': 52605,
      query: 'www.gx.example',
      AA: true,
      answers: ['10.0.0.1', '10.0.0.2'],
      TTLs: [60, 5.5],
      note: '',
    },
  ]);
});

test('escaped bytes come back, text beyond ASCII stays, and a set may be empty', () => {
  const [record] = records('1.5\tu\t::1\t1\t南宁\\x09\\xe5\\x8d\\x97\tF\t(empty)\t-\t-\t-');
  assert.deepEqual(record, {
    _path: 'dns',
    ts: 1.5,
    uid: 'u',
    'id.orig_h': '::1',
    'id.orig_p': 1,
    query: '南宁\t南',
    AA: false,
    answers: [],
  });
});

test('a log that was opened again may have other columns; lines before any are passed over', () => {
  const table = new ZeekTable();
  assert.equal(table.read('1\t2'), undefined);
  const found = ['#fields\ta\tb', '1\t2', '#fields\tb', '3'].map((line) => table.read(line));
  assert.deepEqual(found, [undefined, '{"a":"1","b":"2"}', undefined, '{"b":"3"}']);
});

test('names from outside are only names, and a count that is none stays text', () => {
  const table = new ZeekTable();
  table.read('#fields\t__proto__\tconstructor\tn\tbig');
  table.read('#types\tstring\tstring\tcount\tcount');
  assert.equal(
    table.read('a\tb\tmany\t18446744073709551615'),
    '{"__proto__":"a","constructor":"b","n":"many","big":"18446744073709551615"}',
  );
});

test('whatever stands in a log, every record is JSON', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '#fields',
      '#types',
      '#separator ',
      '\\x09',
      '\t',
      ',',
      'set[count]',
      'vector[set[string]]',
      '-',
      '(empty)',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const line = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const table = new ZeekTable();
      for (const one of [...LOG, ...lines]) {
        const json = table.read(one);
        if (json !== undefined) assert.equal(typeof JSON.parse(json), 'object');
      }
    }),
  );
});
