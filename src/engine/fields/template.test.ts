import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FieldValue, SecurityEvent } from './event.ts';
import { fromRow, textsOf, toRow } from './row.ts';
import { fromTemplate, toTemplate } from './template.ts';
import type { Held } from './template-signs.ts';

const event = (raw: string, fields: Record<string, FieldValue>): SecurityEvent => ({
  id: 's-1',
  timeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  receivedAtMs: Date.UTC(2026, 0, 2, 3, 4, 6),
  source: 'microsoft-windows',
  logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
  unitPath: '/450000/450100/',
  fields,
  raw,
  problem: '',
});

test('values that stand in columns are marks in the template, also inside the message', () => {
  const message = 'Process Create:\r\nImage: C:\\a.exe\r\nUser: 张三';
  const fields = { Image: 'C:\\a.exe', User: '张三丰', Odd: '"quoted"', Message: message };
  const raw = `{"Image":"C:\\\\a.exe","Odd":"\\"quoted\\"","User":"张三丰","T":"2026-01-02T03:04:05.678Z","Message":${JSON.stringify(message)}}`;
  const row = toRow(event(raw, fields));
  const mark = (name: string) => `\u0001${name}\u0002`;
  assert.equal(
    row.template,
    `{"Image":"${mark('process_executable')}","Odd":"${mark('.Odd')}","User":"${mark('user_name')}","T":"${mark('@T')}Z",` +
      `"Message":"${mark('(')}Process Create:\\r\\nImage: ${mark('process_executable')}\\r\\nUser: 张三${mark(')')}"}`,
  );
  assert.equal(row.message_text, '');
  assert.deepEqual(textsOf(row), { raw, message });
  assert.equal(toRow(event(raw, fields), { keepMessage: true }).message_text, message);
});

test('a text that holds the signs of a mark is kept as it is', () => {
  const raw = 'a \u0001host\u0002 b';
  const row = toRow(event(raw, { Computer: 'host' }));
  assert.equal(row.template, `\u0002${raw}`);
  assert.equal(textsOf(row).raw, raw);
});

test('a value that begins with the brace of the text does not make it plain text', () => {
  const raw = '{abcd "x\\"yz"}';
  assert.equal(textsOf(toRow(event(raw, { Image: '{abcd', User: 'x"yz' }))).raw, raw);
});

test('the original text comes back byte for byte, whatever it holds and whatever the fields say', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      'C:\\Windows\\',
      '{',
      '"',
      '\r\n',
      '100',
      '2026-01-02 03:04:05',
      'host',
      'user_name',
      '\u0001',
      '\u0002',
      '/',
    ),
  );
  const value = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));
  const names = fc.constantFrom('Image', 'User', 'Computer', 'Message', 'SourceIp', 'Odd', '100', 'Other');
  fc.assert(
    fc.property(fc.dictionary(names, value, { noNullPrototype: true }), value, fc.boolean(), (fields, extra, json) => {
      const raw = json ? JSON.stringify({ ...fields, extra, copy: fields }) : Object.values(fields).join(' ') + extra;
      const original = event(raw, fields);
      assert.deepEqual(fromRow(toRow(original)), original);
      assert.deepEqual(fromRow(toRow(original, { keepMessage: true })), original);
    }),
    { numRuns: 400 },
  );
});

/** What a template of a plain text is, said the slow way: the longest value first, wherever nothing longer stands. */
function inWords(text: string, held: readonly Held[]): string {
  let pieces = [text];
  for (const { name, value } of [...held].sort((a, b) => b.value.length - a.value.length)) {
    if (value.length < 3) continue;
    pieces = pieces.flatMap((piece) =>
      piece.startsWith('\u0001')
        ? [piece]
        : piece.split(value).flatMap((part, index) => (index === 0 ? [part] : [`\u0001${name}\u0002`, part])),
    );
  }
  return pieces.join('');
}

test('in a plain text the longest values become marks first, each wherever no other is', () => {
  const part = fc.constantFrom('a', 'b', 'ab', 'aab', ' ', '10.1', '10.1.1.1', '用户', '20', '2026', 'Ā');
  const text = fc.array(part, { maxLength: 30 }).map((parts) => `<${parts.join('')}`);
  const values = fc.array(
    fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(text, values, (original, all) => {
      const held = all.map((value, index) => ({ name: `.f${index}`, value }));
      const template = toTemplate(original, held, '', '2001-01-01 00:00:00.000').text;
      assert.equal(template, inWords(original, held));
      const back = fromTemplate(template, (name) => all[Number(name.slice(2))] ?? '', '2001-01-01 00:00:00.000');
      assert.equal(back, original);
    }),
    { numRuns: 2000 },
  );
});

test('a time of the event becomes a mark in a plain text, but not where a value takes a part of it', () => {
  const time = '2026-01-02 03:04:05.678';
  const made = (text: string, ...values: string[]) =>
    toTemplate(
      text,
      values.map((value) => ({ name: 'host', value })),
      '',
      time,
    ).text;
  const mark = (name: string) => `\u0001${name}\u0002`;
  assert.equal(made('at 2026-01-02T03:04:05.678Z'), `at ${mark('@T')}Z`);
  assert.equal(made('at 2026-01-02 03:04:05,678'), `at ${mark('@s')},678`);
  assert.equal(made('at 2026-01-02 03:04:05', '03:04'), `at 2026-01-02 ${mark('host')}:05`);
});

test('a long plain text whose values overlap everywhere comes back', () => {
  const text = `<${'ab'.repeat(120_000)}`;
  const held = Array.from({ length: 200 }, (_, index) => ({
    name: `.f${index}`,
    value: 'ab'.repeat(2 + 3 * index) + (index % 2 ? 'a' : ''),
  }));
  const template = toTemplate(text, held, '', '2001-01-01 00:00:00.000').text;
  const values = new Map(held.map(({ name, value }) => [name, value]));
  assert.equal(
    fromTemplate(template, (name) => values.get(name) ?? '', ''),
    text,
  );
});
