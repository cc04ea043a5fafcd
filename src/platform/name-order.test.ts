import assert from 'node:assert/strict';
import test from 'node:test';
import { nameKeyOf } from './name-order.ts';

/** As both stores compare: by bytes, which is by code points. */
const ordered = (names: readonly string[]): string[] =>
  [...names].sort((left, right) => Buffer.compare(Buffer.from(nameKeyOf(left)), Buffer.from(nameKeyOf(right))));

test('letters without regard to case and width come before Chinese, and Chinese by its pinyin', () => {
  const names = [
    'api',
    'Ａpj',
    'PC-01',
    'pc-02',
    'PC-1',
    'zoo',
    '安全网关',
    '白马',
    '北京',
    '北京二',
    '北海',
    '南宁',
    '女',
    '中',
  ];
  assert.deepEqual(ordered([...names].reverse()), [
    ...['api', 'Ａpj', 'PC-01', 'pc-02', 'PC-1', 'zoo'],
    ...['安全网关', '白马', '北海', '北京', '北京二', '南宁', '女', '中'],
  ]);
});

test('by the tone where the reading is the same, and one character stays together', () => {
  assert.deepEqual(ordered(['马二', '妈二', '骂一', '麻一', '妈一', '马一']), [
    '妈二',
    '妈一',
    '麻一',
    '马二',
    '马一',
    '骂一',
  ]);
});

test('names in any writing have a key, of a length that an index takes', () => {
  for (const name of [' ', '㐀', '𠮷野家', 'é', '\u{1F600}', '{', '\u{FDFA}'.repeat(200), '系'.repeat(200)]) {
    const key = nameKeyOf(name);
    assert.ok(key !== '' && key.isWellFormed() && Buffer.byteLength(key) < 2000, name.slice(0, 5));
  }
});
