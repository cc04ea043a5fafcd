import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { createAsset } from '../actions.ts';
import { DiffQuery, ledgerDiff } from './changes.ts';
import { DayQuery, ledgerOn } from './list.ts';

let site: TestPlatform;
let officer: Ctx;
let other: Ctx;
before(async () => {
  site = await openTestPlatform();
  const [own, another] = await seedUnits(site, [
    { code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' },
    { code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' },
  ]);
  officer = site.as({ roles: ['unit_officer'], path: own?.path ?? '' });
  other = site.as({ roles: ['unit_officer'], path: another?.path ?? '' });
});
after(() => site.close());

const on = (ctx: Ctx, day: string) =>
  ctx.read((db) => ledgerOn(db, DayQuery.parse({ day }), { path: ctx.scope.path, now: ctx.clock.now() }));

test('a day of which nothing is known says since when there is a ledger, of what the asking person sees', async () => {
  assert.deepEqual(await on(officer, '2026-03-02'), {
    items: [],
    total: 0,
    bounded: false,
    unknown: 0,
    rebuilt: false,
    since: null,
  });
  await createAsset(officer, { class: 'host', name: '第一台' });
  const early = await on(officer, '2026-03-01');
  assert.deepEqual([early.total, early.since], [0, '2026-03-02']);
  const first = await on(officer, '2026-03-02');
  assert.deepEqual([first.total, first.since], [1, null]);
  assert.equal((await on(other, '2026-03-01')).since, null);
});

test('two days the wrong way round are refused with what to do', async () => {
  const ask = (from: string, to: string) => officer.read((db) => ledgerDiff(db, DiffQuery.parse({ from, to })));
  await assert.rejects(
    ask('2026-03-02', '2026-03-01'),
    (error) => error instanceof AppError && error.code === 'invalid_input',
  );
  assert.equal((await ask('2026-03-01', '2026-03-02')).counts.created, 1);
});
