import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Kernel } from './kernel.ts';

const line = (text: string) => Buffer.from(text);

it('numbers of lines begin anew without mixing lines up', () => {
  const kernel = new Kernel();
  kernel.readKeys([{ parent: 0, name: 'a', opens: 0, ignored: false }]);
  const read = (text: string) => kernel.read(line(text), 0, text.length);
  kernel.epoch = 0;
  assert.equal(read('{"a":1}'), 1);
  kernel.epoch = -2;
  for (const [text, has] of [
    ['{"b":1}', false],
    ['{"a":1}', true],
    ['{"b":1}', false],
    ['{"a":1}', true],
  ] as const) {
    assert.equal(read(text), has ? 1 : 0);
    assert.equal(kernel.has(1), has);
  }
  assert.ok(kernel.epoch > 0 && kernel.epoch < 10);
});

it('reads what JSON.parse reads, and nothing else', () => {
  const kernel = new Kernel();
  kernel.readKeys([{ parent: 0, name: 'a', opens: 0, ignored: false }]);
  const values = [
    ...[
      '0',
      '-1',
      '12',
      '01',
      '1.',
      '.5',
      '1.5',
      '-',
      '1e5',
      '1E+5',
      '1e',
      '--1',
      'true',
      'tru',
      'nul',
      'null',
      'x',
      '',
    ],
    ...[
      '""',
      '"a',
      '"\\n"',
      '"\\x"',
      '"\\u12g4"',
      '"\\u0041"',
      '"\t"',
      '[]',
      '[1',
      '[1,]',
      '[,1]',
      '[1,2]',
      '{}',
      '{"b"}',
      '{"b":1,}',
    ],
  ];
  for (const value of values) {
    for (const text of [`{"a":${value}}`, `{"b":${value}}`, `{"a":${value} ,"b":2}`, `{"a":[${value}]}`]) {
      let good = true;
      try {
        JSON.parse(text);
      } catch {
        good = false;
      }
      assert.equal(kernel.read(line(text), 0, text.length) >= 0, good, text);
    }
  }
});
