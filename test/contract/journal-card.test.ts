import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toldOfSource } from '../../web/src/pages/telemetry/watch/told-of-source.ts';
import { seenFrom, toldBy } from '../../web/src/parts/trail/told.ts';

test('changes of an asset are told with what each field was and became', () => {
  const changes = [
    { field: 'location', from: '', to: '机房二' },
    { field: 'hosts', from: ['a'], to: ['a', 'b'] },
  ];
  assert.deepEqual(toldBy({ change: 'change', name: '门户', changes }), { changes, said: [] });
});

test('records before and after become the fields that differ', () => {
  const { changes } = toldBy({
    change: 'changed',
    before: { name: '甲', sector: 'health', shortName: '' },
    after: { name: '乙', sector: 'health', shortName: null },
  });
  assert.deepEqual(changes, [{ field: 'name', from: '甲', to: '乙' }]);
  assert.deepEqual(toldBy({ before: { state: 'active' }, state: 'locked', reason: '离职' }), {
    changes: [{ field: 'state', from: 'active', to: 'locked' }],
    said: [{ field: 'reason', to: '离职' }],
  });
  assert.deepEqual(toldBy({ before: ['duty'], after: ['duty', 'analyst'] }).changes, [
    { field: 'roles', from: ['duty'], to: ['duty', 'analyst'] },
  ]);
});

test('a move tells the states and the words; one that stays where it is tells the words only', () => {
  assert.deepEqual(toldBy({ move: 'return', from: 'submitted', to: 'returned', text: '材料不全' }), {
    changes: [{ field: 'state', from: 'submitted', to: 'returned' }],
    said: [{ field: 'text', to: '材料不全' }],
  });
  assert.deepEqual(toldBy({ move: 'comment', from: 'draft', to: 'draft', text: '好', evidence: [] }), {
    changes: [],
    said: [{ field: 'text', to: '好' }],
  });
});

test('another object is told by its name', () => {
  assert.deepEqual(toldBy({ change: 'relate', kind: 'runs_on', name: '门户', to: '主机一' }).said, [
    { field: 'relation', to: 'runs_on' },
    { field: 'other', to: '主机一' },
  ]);
  assert.deepEqual(toldBy({ change: 'merge', merged: { id: 'x', facts: { name: '旧主机', hosts: ['h'] } } }).said, [
    { field: 'merged', to: '旧主机' },
  ]);
});

test('secrets and ways to reach a person are never told, wherever they stand', () => {
  const told = toldBy({
    change: 'change',
    token: 't',
    passwordHash: 'h',
    note: '说明',
    attributes: { admin_password: 'p', port: 22 },
    changes: [{ field: 'attributes.apiSecret', from: 'a', to: 'b' }],
    before: { phone: '1', email: 'a' },
    after: { phone: '2', email: 'b' },
  });
  assert.deepEqual(told, {
    changes: [],
    said: [
      { field: 'note', to: '说明' },
      { field: 'attributes.port', to: 22 },
    ],
  });
});

test('facts of no known form tell nothing', () => {
  for (const data of [undefined, null, 'text', 3, [], { changes: [1, null, {}] }, { before: 1, after: 2 }]) {
    assert.deepEqual(toldBy(data), { changes: [], said: [] });
  }
});

test('entries of a source say what happened with its figures', () => {
  assert.deepEqual(toldOfSource({ change: 'alarm raised', kind: 'silent', silentMs: 960_000, usualMs: 900_000 }), {
    key: 'alarm_raised',
    alarm: 'silent',
    figures: { silentMs: 960_000, usualMs: 900_000 },
  });
  const span = { from: '2026-05-20T01:00:00.000Z', to: '2026-05-20T02:00:00.000Z' };
  const began = toldOfSource({ change: 'events read again', ...span, wasKind: 'nginx-access', asKind: '' });
  assert.deepEqual(began, { key: 'events_read_again', figures: {}, span: [span.from, span.to] });
  const ended = { change: 'reading again ended', done: 5, changed: 4, unparsed: 1, fault: '' };
  assert.equal(toldOfSource({ ...ended, state: 'done' })?.key, 'reading_again_ended');
  assert.equal(toldOfSource({ ...ended, state: 'failed' })?.key, 'reading_again_failed');
  assert.equal(toldOfSource({ change: 'changed', before: { kind: 'a' }, after: { kind: 'b' } })?.alarm, undefined);
  assert.equal(toldOfSource({ before: {} }), undefined);
});

test('an entry about another object tells of this one what was changed of it, and the other side of a relation', () => {
  const imported = {
    change: 'apply',
    fileName: '台账.xlsx',
    created: [],
    updated: [{ id: 'a', changes: [{ field: 'name', from: '甲', to: '乙' }] }],
  };
  const told = toldBy(seenFrom('a', imported, false));
  assert.deepEqual(told.changes, [{ field: 'name', from: '甲', to: '乙' }]);
  assert.deepEqual(told.said, [{ field: 'file', to: '台账.xlsx' }]);
  assert.deepEqual(toldBy(seenFrom('b', imported, false)).changes, []);
  const handed = toldBy(
    seenFrom('a', { change: 'handover', from: '张三', to: '李四', assets: 3, reason: '调离' }, false),
  );
  assert.deepEqual(handed.changes, [{ field: 'responsiblePerson', from: '张三', to: '李四' }]);
  assert.deepEqual(handed.said, [{ field: 'reason', to: '调离' }]);
  const set = toldBy(seenFrom('a', { change: 'bulk', set: { location: '三楼' }, assets: 3 }, false));
  assert.deepEqual(set.said, [{ field: 'location', to: '三楼' }]);
  const related = { change: 'relate', kind: 'runs_on', name: '门户网站', to: '主机' };
  assert.deepEqual(
    toldBy(seenFrom('host', related, true)).said.find(({ field }) => field === 'other'),
    { field: 'other', to: '门户网站' },
  );
});
