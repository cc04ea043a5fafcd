import assert from 'node:assert/strict';
import test from 'node:test';
import { initialsOf } from './initials.ts';

test('the first letters of the pinyin, other letters and digits as they are', () => {
  assert.equal(initialsOf('南宁人社门户'), 'nnrsmh');
  assert.equal(initialsOf('重庆 OA-系统２'), 'cqoaxt2');
});

test('a name without Chinese keeps its letters and digits', () => {
  assert.equal(initialsOf('PC-07.gov Internal_x'), 'pc07govinternalx');
  assert.equal(initialsOf('---'), '');
});
