import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from './canonical.ts';

test('numbers are written as appendix B of RFC 8785 lists them', () => {
  const cases: [string, string][] = [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
  ];
  for (const [bits, text] of cases) {
    assert.equal(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE()), text);
  }
});

test('members are sorted by UTF-16 units and strings escaped as section 3.2 of RFC 8785 shows', () => {
  const sorted = canonicalJson({ '€': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 });
  assert.equal(sorted, '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}');
  assert.equal(canonicalJson('€$\u000f\nA\'B"\\\\"/'), '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"');
  assert.equal(canonicalJson({ b: [null, true, false], a: {} }), '{"a":{},"b":[null,true,false]}');
});

test('any JSON value keeps its meaning, and its form does not depend on the order of members', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(JSON.parse(text)), text);
    }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer()), (members) => {
      const reversed = Object.fromEntries(Object.entries(members).reverse());
      assert.equal(canonicalJson(reversed), canonicalJson(members));
    }),
  );
});

test('dates are written in ISO 8601 and absent members left out', () => {
  assert.equal(
    canonicalJson({ at: new Date('2026-03-02T02:00:00.120Z'), no: undefined }),
    '{"at":"2026-03-02T02:00:00.120Z"}',
  );
});

test('what has no JSON form is refused with its place', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  assert.throws(() => canonicalJson({ a: [1, Number.NaN] }), /^TypeError: \/a\/1: NaN/);
  assert.throws(() => canonicalJson({ a: 1n }), /\/a: a bigint/);
  assert.throws(() => canonicalJson([undefined]), /\/0: a undefined/);
  assert.throws(() => canonicalJson(circle), /\/self: the value holds itself/);
  assert.throws(() => canonicalJson('\ud800'), /not well-formed/);
});
