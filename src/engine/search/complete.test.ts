import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { columnOfName, placeOf, proposeNames, writtenValue } from './complete.ts';
import { finds } from './evaluate.ts';
import { parseSearch } from './parse.ts';

const shown = (before: string): string => {
  const place = placeOf(before);
  if (place.kind === 'none') return 'none';
  if (place.kind === 'value') return `${place.name}=${place.typed} (${place.length})`;
  return `name ${place.typed} (${place.length})${place.afterOperand ? ' after' : ''}`;
};

describe('what a query is about to say', () => {
  const cases: readonly [before: string, place: string][] = [
    ['', 'name  (0)'],
    ['ho', 'name ho (2)'],
    ['命令', 'name 命令 (2)'],
    ['host:', 'host= (0)'],
    ['host: ', 'host= (0)'],
    ['主机：we', '主机=we (2)'],
    ['host:web01 ', 'name  (0) after'],
    ['host:web01 an', 'name an (2) after'],
    ['host:web01 and', 'name and (3) after'],
    ['host:web01 and ', 'name  (0)'],
    ['a:1 and not us', 'name us (2)'],
    ['a:1 -us', 'name us (2)'],
    ['a:1 - ', 'name  (0) after'],
    ['a:1 -', 'name  (0)'],
    ['(a:1 or us', 'name us (2)'],
    ['event_code:(4624 or 46', 'event_code=46 (2)'],
    ['event_code:(4624 46', 'event_code=46 (2)'],
    ['event_code:(4624) ', 'name  (0) after'],
    ['Image:"C:\\Program Fi', 'Image=C:\\Program Fi (14)'],
    ['Image:"C:\\Program Files" ', 'name  (0) after'],
    ['Image:"done"', 'none'],
    ['"free te', 'none'],
    ['Image:~"(cmd', 'none'],
    ['Image:~cmd', 'none'],
    ['port:>4', 'none'],
    ['port>4', 'none'],
    ['port!=4', 'none'],
    ['port:1..', 'none'],
    ['😀 ho', 'name ho (2) after'],
  ];
  for (const [before, place] of cases) it(`after ${JSON.stringify(before)}`, () => assert.equal(shown(before), place));

  it('is found in any text, and never reaches before its beginning', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (before) => {
        const place = placeOf(before);
        if (place.kind === 'none') return;
        assert.ok(place.length <= before.length);
        assert.ok(before.endsWith(place.typed));
      }),
    );
  });
});

describe('names proposed', () => {
  const first = (typed: string, others: readonly string[] = []) => proposeNames(typed, others)[0];

  it('are those people ask for most when nothing is typed', () => {
    assert.deepEqual(first(''), { name: 'source', column: 'source' });
  });
  it('are found by everyday words, columns, ECS names and vendors’ names', () => {
    assert.deepEqual(first('命令'), { name: '命令行', column: 'process_command_line' });
    assert.deepEqual(first('process.comm'), { name: 'process.command_line', column: 'process_command_line' });
    assert.deepEqual(first('commandl'), { name: 'CommandLine', column: 'process_command_line' });
    assert.deepEqual(first('user'), { name: 'user', column: 'user_name' });
  });
  it('name each column once', () => {
    const columns = proposeNames('a', []).map(({ column }) => column);
    assert.equal(new Set(columns).size, columns.length);
  });
  it('hold fields without a column, as they are spelled', () => {
    assert.deepEqual(first('sess', ['sessionId']), { name: 'sessionId', column: '' });
  });
  it('read back as the column they are of', () => {
    for (const { name, column } of proposeNames('e', [])) {
      const counted = columnOfName(name);
      assert.ok(counted === column || counted === undefined, `${name} is read as ${counted}, proposed for ${column}`);
    }
  });
});

it('a value that is proposed finds exactly what has it', () => {
  const event = (value: string) => ({
    id: 'x',
    timeMs: 0,
    receivedAtMs: 0,
    source: 's',
    logsource: { product: '', category: '', service: '' },
    unitPath: '/',
    fields: { Odd: value },
    raw: '',
    problem: '',
  });
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (value) => {
      fc.pre(!/[“”]/.test(value) && value.trim() !== '');
      const parsed = parseSearch(`Odd:${writtenValue(value)} `);
      assert.ok(parsed.ok, `${writtenValue(value)} is read`);
      assert.ok(finds(parsed.search, event(value)), 'the value itself is found');
      assert.ok(!finds(parsed.search, event(`${value}2`)), 'another one is not');
    }),
  );
});
