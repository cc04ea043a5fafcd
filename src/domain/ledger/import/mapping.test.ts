import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { unguarded } from '#platform/csv.ts';
import { ASSET_FIELDS } from '../asset.ts';
import { type ATTRIBUTE_TYPES, type Attribute, cellOf, dayOf, parseCell, schemaOf } from '../model/attribute.ts';
import { ATTRIBUTES } from '../model/attributes.ts';
import { ASSET_CLASSES, attributesOf, classOfWord, definitionOf } from '../model/classes.ts';
import { settleByContent } from './by-content.ts';
import { HEADINGS } from './export.ts';
import { type ColumnMeaning, doubledMeanings, guessMapping, headingRow } from './mapping.ts';
import { readRow } from './row.ts';

test('the headings of units own sheets are recognised whatever marks and notes stand around them', () => {
  assert.deepEqual(
    guessMapping(['*资产名称', '资产类型（必填）', ' IP 地址 ', '内网IP', '等保级别', '责任人：', '颜色', '资产名称']),
    ['name', 'class', 'addresses', 'addresses', 'protectionLevel', 'responsiblePerson', '', ''],
  );
});

test('every heading of the template is recognised as its own field', () => {
  for (const [field, heading] of Object.entries(HEADINGS)) assert.deepEqual(guessMapping([heading]), [field]);
  for (const { key, title } of ATTRIBUTES.values()) {
    assert.deepEqual(guessMapping([title.zh]), [`attributes.${key}`], title.zh);
  }
});

test('a title and a note above the headings are passed over', () => {
  const rows = [['某单位资产台账'], ['填报时间', '2026年'], ['序号', '名称', '类型', 'IP'], ['1', '门户', '网站', '']];
  assert.equal(headingRow(rows.map((cells) => ({ cells }))), 2);
  assert.equal(headingRow([{ cells: ['a', 'b'] }, { cells: ['c'] }]), 0);
});

test('a heading that may mean several things is read by what the column holds, and takes nothing from a surer one', () => {
  const read = (headings: readonly string[], ...rows: readonly (readonly string[])[]) =>
    settleByContent(
      guessMapping(headings),
      headings,
      rows.map((cells, index) => ({ number: index + 2, cells })),
    );
  const of = (...values: readonly string[]) => read(['名称', '地址'], ...values.map((value) => ['门户', value]))[1];
  assert.equal(of('10.1.1.1', '10.1.1.2；10.2.0.0/16', '', '待定'), 'addresses');
  assert.equal(of('https://www.example.gov.cn/', 'oa.example.gov.cn'), 'domains');
  assert.equal(of('政务大厅三楼', '民族大道 1 号', '10.1.1.1'), 'location');
  assert.equal(of('', ''), '');
  assert.deepEqual(read(['地址', '机房'], ['三楼', '甲机房']), ['', 'location']);
  assert.deepEqual(read(['设备地址', 'IP'], ['10.1.1.1', '10.1.1.2']), ['addresses', 'addresses']);
});

test('a single-valued field in two columns is named, a list may stand in several', () => {
  assert.deepEqual(doubledMeanings(['name', 'addresses', 'addresses', 'name', '']), ['name']);
});

test('words of everyday sheets become values', () => {
  const mapping = [
    'name',
    'class',
    'state',
    'importance',
    'protectionLevel',
    'criticalInfrastructure',
    'addresses',
  ] as const;
  const { record, faults } = readRow(
    ['门户网站', '信息系统', '在用', '特别重要', 'S3A3（三级）', '是', '10.1.1.1；2001:DB8::1, 10.2.0.0/16'],
    mapping,
    ATTRIBUTES,
  );
  assert.deepEqual(faults, []);
  assert.equal(record.said.protectionLevel, 3);
  assert.equal(record.said.class, 'system');
  assert.equal(record.said.state, 'confirmed');
  assert.equal(record.said.importance, 'especially_important');
  assert.equal(record.said.criticalInfrastructure, true);
  assert.deepEqual(record.said.addresses, ['10.1.1.1', '2001:db8::1']);
  assert.deepEqual(record.said.segments, ['10.2.0.0/16']);
  for (const [text, level] of [
    ['三级', 3],
    ['第三级', 3],
    ['3', 3],
    ['三级(S3A3)', 3],
    ['S2A2G2', 2],
    ['二级', 2],
  ] as const)
    assert.equal(
      readRow(['x', text], ['name', 'protectionLevel'], ATTRIBUTES).record.said.protectionLevel,
      level,
      text,
    );
});

test('an empty cell says nothing and a wrong value is named with its field', () => {
  const { record, faults, notes } = readRow(['主机一', '', '10.1.1.300'], ['name', 'remark', 'addresses'], ATTRIBUTES);
  assert.equal('remark' in record.said, false);
  assert.deepEqual(
    faults.map(({ reason, field }) => ({ reason, field })),
    [{ reason: 'value.invalid', field: 'addresses' }],
  );
  assert.equal(notes[0]?.reason, 'class.assumed');
  assert.equal(readRow(['', 'x'], ['name', 'remark'], ATTRIBUTES).faults[0]?.reason, 'name.missing');
});

test('any cells under any mapping give a reading, never a failure', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '三级',
      '__proto__',
      'constructor',
      '=1+1',
      '10.0.0.0/8',
      '::ffff:1.2.3.4',
      'http://[::1',
      '１２',
      '是',
    ),
  );
  fc.assert(
    fc.property(
      fc.array(cell, { maxLength: 12 }),
      fc.array(
        fc.constantFrom<ColumnMeaning>(
          '',
          'unit',
          ...ASSET_FIELDS.filter((field) => field !== 'attributes'),
          ...[...ATTRIBUTES.keys()].map((key) => `attributes.${key}` as const),
          'attributes.__proto__',
        ),
        { maxLength: 12 },
      ),
      (cells, mapping) => {
        guessMapping(cells);
        const { record, faults } = readRow(cells, mapping, ATTRIBUTES);
        assert.ok(faults.length > 0 || record.said.name !== undefined);
        for (const field of Object.keys(record.said)) assert.ok(ASSET_FIELDS.some((known) => known === field));
      },
    ),
    { numRuns: 500 },
  );
});

test('a value guarded against running as a formula comes back as it was', () => {
  for (const text of ['=cmd|x', '+86', '-1', '@a', ' =b', '＝c']) assert.equal(unguarded(`'${text}`), text);
  assert.equal(unguarded("'quoted'"), "'quoted'");
});

test('every attribute is used by a class, every class names attributes that exist, and no heading means two of them', () => {
  const used = new Set(ASSET_CLASSES.flatMap((name) => definitionOf(name).attributes));
  assert.deepEqual(
    [...ATTRIBUTES.keys()].filter((key) => !used.has(key)),
    [],
  );
  for (const name of ASSET_CLASSES) {
    assert.equal(attributesOf(name).length, definitionOf(name).attributes.length, name);
    assert.equal(classOfWord(definitionOf(name).title.zh), name);
    const { due, attributes } = definitionOf(name);
    if (due !== undefined) assert.ok(attributes.includes(due) && ATTRIBUTES.get(due)?.type === 'date', name);
  }
});

const VALUES: Readonly<Record<(typeof ATTRIBUTE_TYPES)[number], (attribute: Attribute) => unknown>> = {
  text: () => '某值',
  integer: () => 42,
  number: () => 1.5,
  boolean: () => true,
  date: () => '2026-03-01',
  choice: ({ choices }) => choices?.[0]?.value,
  choices: ({ choices }) => choices?.map(({ value }) => value),
  list: () => ['甲', '乙'],
};

test('a value of every attribute goes out as a cell and comes back the same', () => {
  for (const attribute of ATTRIBUTES.values()) {
    const value = schemaOf(attribute).parse(VALUES[attribute.type](attribute));
    assert.deepEqual(parseCell(attribute, cellOf(attribute, value)), value, attribute.key);
  }
});

test('days are read as people write them, and what is no day is not', () => {
  const cases: Readonly<Record<string, string | undefined>> = {
    '2026-3-5': '2026-03-05',
    '2026/03/05': '2026-03-05',
    '2026.3.5': '2026-03-05',
    '2026年3月5日': '2026-03-05',
    '20260305': '2026-03-05',
    '2026年2月': '2026-02-28',
    '2026-02-30': undefined,
    '2026-13-01': undefined,
    明年: undefined,
    '': undefined,
  };
  for (const [text, day] of Object.entries(cases)) assert.equal(dayOf(text), day, text);
});
