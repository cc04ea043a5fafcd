import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseCef } from './cef.ts';
import { parseLeef } from './leef.ts';

describe('CEF', () => {
  test('escapes, values with spaces and equal signs, labels', () => {
    const cef = parseCef(
      String.raw`<13>May 20 h CEF:0|Ven\|dor|Pro|1|9|a\\b|5|msg=two words cs1=x y cs1Label=Rule Name url=http://a/?q=1 p=a\=b`,
    );
    assert.deepEqual([cef?.vendor, cef?.name, cef?.severity], ['Ven|dor', 'a\\b', '5']);
    const { msg, rule_name, url, p } = cef?.extension ?? {};
    assert.deepEqual([msg, rule_name, url, p], ['two words', 'x y', 'http://a/?q=1', 'a=b']);
  });

  test('a text without the whole header is none', () => {
    assert.equal(parseCef('CEF:0|a|b|c'), undefined);
    assert.equal(parseCef('hello'), undefined);
  });
});

describe('LEEF', () => {
  test('the declared delimiter, its code, and a tab', () => {
    const two = parseLeef('LEEF:2.0|V|P|1|ID|^|src=1.1.1.1^usrName=a b');
    assert.deepEqual(two?.attributes, { src: '1.1.1.1', usrName: 'a b' });
    assert.equal(parseLeef('LEEF:2.0|V|P|1|ID|x7C|src=1.1.1.1|dst=2.2.2.2')?.attributes.dst, '2.2.2.2');
    assert.equal(parseLeef('LEEF:1.0|V|P|1|ID|src=1.1.1.1\tdst=2.2.2.2')?.attributes.dst, '2.2.2.2');
  });
});

test('no text makes either throw', () => {
  const parts = fc.constantFrom(
    'CEF:0|',
    'LEEF:2.0|',
    '|',
    'a=b ',
    '\\',
    '=',
    'cs1Label=x ',
    '^',
    '\t',
    '__proto__=1 ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(parts, fc.string({ maxLength: 6 })), { maxLength: 40 }), (pieces) => {
      parseCef(pieces.join(''));
      parseLeef(pieces.join(''));
    }),
  );
});
