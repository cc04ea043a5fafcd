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

it('tells names of members apart, whatever their length and wherever they differ', () => {
  const kernel = new Kernel();
  const words = Array.from({ length: 50 }, (_, length) => 'abcdefghij'.repeat(5).slice(0, length));
  const names = words.flatMap((word) => [word, `${word}x`.slice(1), `${word.slice(0, -1)}é`]);
  const distinct = [...new Set(names)];
  kernel.readKeys(distinct.map((name) => ({ parent: 0, name, opens: 0, ignored: false })));
  const strange = distinct.map((name) => name.replace(/.(?=.{0,7}$)/u, '-')).filter((name) => !distinct.includes(name));
  assert.ok(strange.length > 40);
  for (const name of [...distinct, ...strange]) {
    const bytes = Buffer.from(JSON.stringify({ [name]: 1 }));
    const id = distinct.indexOf(name) + 1;
    assert.equal(kernel.read(bytes, 0, bytes.length), id > 0 ? 1 : 0, name);
    for (let other = 1; other <= distinct.length; other += 1) assert.equal(kernel.has(other), other === id, name);
  }
});
