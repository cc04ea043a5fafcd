import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { AnyOrder } from './any-order.ts';
import { memoryOf } from './bytes.ts';
import { leavesOf } from './leaves.ts';
import { Values } from './values.ts';

/** Reads lines, and what the values of the last one are by the numbers of its members. */
class Reading {
  readonly values = new Values();
  readonly lines = new AnyOrder<string>(this.values);

  learn(line: unknown, known: string): void {
    const bytes = Buffer.from(JSON.stringify(line));
    this.lines.learn(leavesOf(bytes, 0, bytes.length) ?? [], known);
  }

  read(text: string): { known: string; values: string[] } | undefined {
    const bytes = Buffer.from(`..${text}..`);
    const known = this.lines.read(memoryOf(bytes), 2, bytes.length - 2);
    if (known === undefined) return undefined;
    const { from, to, count } = this.values;
    return { known, values: Array.from({ length: count }, (_, at) => bytes.toString('utf8', from[at], to[at])) };
  }
}

it('reads the same members in any order under the same numbers', () => {
  const reading = new Reading();
  reading.learn({ a: 'x', data: { b: 1, c: ['y'] }, d: { e: { f: true } } }, 'first');
  const read = (text: string) => reading.read(text);
  assert.deepEqual(read('{"d":{"e":{"f":false}},"data":{"c":["1","2"],"b":-7},"a":"\\"中"}'), {
    known: 'first',
    values: ['\\"中', '-7', '["1","2"]', 'false'],
  });
  assert.deepEqual(
    read('{"n":null,"a":"","data":{"b":0,"c":[]},"d":{"e":{"f":true}}}'),
    undefined,
    'a name never seen',
  );
});

it('takes a member that is null for one that is missing', () => {
  const reading = new Reading();
  reading.learn({ a: 'x', b: 'y' }, 'both');
  reading.learn({ a: 'x' }, 'one');
  assert.deepEqual(reading.read('{"b":null,"a":"z"}'), { known: 'one', values: ['z'] });
  assert.deepEqual(reading.read('{"b":"1","a":"z"}'), { known: 'both', values: ['z', '1'] });
});

it('tells unknown members from values for the usual way', () => {
  const reading = new Reading();
  reading.learn({ a: 'x', b: 1 }, 'known');
  const unknown = [
    '{"a":"x"}',
    '{"a":"x","b":1,"b":1}',
    '{"a":"x","a":"x","b":1}',
    '{"a":1,"b":1}',
    '{"a":"x", "b":1}',
  ];
  const more = ['{}', '{"a":"x","b":1}}', '{"a":"x"}"b":1}', '{"a":{"b":1}}', '{"a":"x";"b":1}', '{"\\u0061":"x"}'];
  for (const text of [...unknown, ...more]) {
    assert.equal(reading.read(text), undefined, text);
    assert.equal(reading.lines.unknown, true, text);
  }
  for (const text of [
    '{"a":"\\u0041","b":1}',
    '{"a":"x","b":1.5}',
    '{"a":"x","b":01}',
    '{"a":"x\\',
    '{"a":"x","b":1',
    '{"b":nul,"a":"x"}',
  ]) {
    assert.equal(reading.read(text), undefined, text);
    assert.equal(reading.lines.unknown, false, text);
  }
});

it('reads no text that is not the JSON it takes it for', () => {
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string(), { maxLength: 2 }),
    fc.constant(null),
  );
  const line = fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.oneof(value, fc.dictionary(fc.constantFrom('x', 'y'), value)),
  );
  const broken = fc
    .tuple(line, fc.nat(), fc.constantFrom('', '"', ',', '}', '{', ':', '\\', 'x'))
    .map(([object, at, sign]) => {
      const text = JSON.stringify(object);
      return text.slice(0, at % (text.length + 1)) + sign + text.slice((at % (text.length + 1)) + 1);
    });
  const reading = new Reading();
  fc.assert(
    fc.property(
      line,
      fc.oneof(
        broken,
        line.map((object) => JSON.stringify(object)),
      ),
      (learnt, text) => {
        reading.learn(learnt, JSON.stringify(learnt));
        const found = reading.read(text);
        if (found === undefined) return;
        const bytes = Buffer.from(text);
        const leaves = leavesOf(bytes, 0, bytes.length);
        assert.ok(leaves, `${text} is no JSON`);
        const own = leaves.map(({ from, to }) => bytes.toString('utf8', from, to)).sort();
        assert.deepEqual([...found.values].sort(), own, text);
      },
    ),
    { numRuns: 2_000 },
  );
});
