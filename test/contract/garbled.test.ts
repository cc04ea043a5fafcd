import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGarbled } from '../../web/src/pages/telemetry/try/garbled.ts';

test('Chinese in GB18030 that was opened as Latin-1, or could not be read, is known as garbled', () => {
  // 张三登录失败 in GB18030.
  const bytes = [0xd5, 0xc5, 0xc8, 0xfd, 0xb5, 0xc7, 0xc2, 0xbc, 0xca, 0xa7, 0xb0, 0xdc];
  assert.equal(isGarbled(`Failed password for ${String.fromCharCode(...bytes)} from 203.0.113.7`), true);
  assert.equal(isGarbled('app: \uFFFD\uFFFD 登录失败'), true);
});

test('text in any language that was read as it is, is not', () => {
  for (const text of [
    'Failed password for 张三',
    'José Müller à Zürich',
    'Ünïcödé 北京',
    '25 °C ± 1',
    '',
    'naïve café',
  ])
    assert.equal(isGarbled(text), false, text);
});
