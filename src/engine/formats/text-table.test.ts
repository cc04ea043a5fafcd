import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textTableOf } from './text-table.ts';

const IIS = ['#Software: Microsoft Internet Information Services 10.0', '#Version: 1.0', '#Date: 2026-05-20 01:58:15'];
const DEFAULT_ORDER =
  '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken';

function read(lines: readonly string[]): (string | undefined)[] {
  const table = textTableOf(lines[0] ?? '');
  return lines.map((line) => table?.read(line));
}

test('only what begins as a table of Zeek or IIS is one', () => {
  assert.ok(textTableOf('#separator \\x09') !== undefined);
  assert.ok(textTableOf(IIS[0] ?? '') !== undefined);
  for (const other of ['#fields\ta', '#Software: SGOS 7.3', '{"a":1}', ''])
    assert.equal(textTableOf(other), undefined, other);
});

test('a line of IIS stays itself in a default order, is named in another, and is kept when it is cut off', () => {
  const usual = '2026-05-20 01:58:15 192.0.2.20 GET / - 443 - 192.0.2.10 curl/8 - 200 0 0 15';
  const chosen = '2026-05-20 01:58:16 192.0.2.10 203.0.113.77';
  const columns = '#Fields: date time c-ip X-Forwarded-For';
  const [plain, , named, cut] = read([...IIS, DEFAULT_ORDER, usual, columns, chosen, '2026-05-20 01:5']).slice(4);
  assert.equal(plain, usual);
  assert.deepEqual(JSON.parse(named ?? ''), {
    software: 'Microsoft Internet Information Services 10.0',
    date: '2026-05-20',
    time: '01:58:16',
    'c-ip': '192.0.2.10',
    'X-Forwarded-For': '203.0.113.77',
  });
  assert.equal(cut, '2026-05-20 01:5');
});

test('its directives let a reader begin in the middle; any text is read without a throw', () => {
  const lines = fc.array(
    fc.oneof(
      fc.constantFrom('#fields\ta\tb', '#types\tcount\tset[string]', '#Fields: a b', '#path\tx', '1\t2', '1 2', '#'),
      fc.constant('#Fields: __proto__ constructor'),
      fc.string({ unit: 'binary' }),
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom('#separator \\x09', IIS[0] ?? ''), lines, fc.nat(), (head, rest, cut) => {
      const at = cut % (rest.length + 1);
      const whole = textTableOf(head);
      const second = textTableOf(head);
      const first = textTableOf(head);
      for (const line of [head, ...rest.slice(0, at)]) first?.read(line);
      for (const directive of first?.directives ?? []) second?.read(directive);
      const expected = [head, ...rest].map((line) => whole?.read(line)).slice(at + 1);
      assert.deepEqual(
        rest.slice(at).map((line) => second?.read(line)),
        expected,
      );
    }),
  );
});
