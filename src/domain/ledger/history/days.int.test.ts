import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { changeAsset, createAsset } from '../actions.ts';
import { AssetInput } from '../asset.ts';
import { dayOfMoment } from '../responsibility/store.ts';
import { DiffQuery, ledgerDiff } from './changes.ts';
import { DayQuery, ledgerOn } from './list.ts';

const DAY_MS = 86_400_000;

let site: TestPlatform;
let officer: Ctx;
let other: Ctx;
let third: Ctx;
before(async () => {
  site = await openTestPlatform();
  const [own, another, last] = await seedUnits(site, [
    { code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' },
    { code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' },
    { code: 'lz-data', name: '柳州市大数据发展局', divisionCode: '450200' },
  ]);
  officer = site.as({ roles: ['unit_officer'], path: own?.path ?? '' });
  other = site.as({ roles: ['unit_officer'], path: another?.path ?? '' });
  third = site.as({ roles: ['unit_officer'], path: last?.path ?? '' });
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

test('a day has the order of the list: without regard to case, Chinese by pinyin, each by its name of that day', async () => {
  site.clock.advanceMs(DAY_MS);
  const day = dayOfMoment(site.clock.now());
  const ids: string[] = [];
  for (const name of ['中间件', '白马', '安全网关', 'PC-2', 'api', 'pc-1', '北海'])
    ids.push((await createAsset(third, { class: 'host', name })).id);
  site.clock.advanceMs(DAY_MS);
  const [middleware = '', , gateway = ''] = ids;
  for (const [id, name] of [
    [middleware, 'Zebra'],
    [gateway, '网关'],
  ] as const) {
    await changeAsset(third, { id, version: 1, facts: AssetInput.parse({ class: 'host', name }) });
  }
  const names = async (rebuiltMax?: number) => {
    const query = DayQuery.parse({ day, pageSize: 3 });
    const told: string[] = [];
    for (const page of [1, 2, 3]) {
      const asked = { path: third.scope.path, now: site.clock.now() };
      const { items } = await third.read((db) => ledgerOn(db, { ...query, page }, asked, rebuiltMax));
      told.push(...items.map(({ name }) => name));
    }
    return told;
  };
  const then = ['api', 'pc-1', 'PC-2', '安全网关', '白马', '北海', '中间件'];
  assert.deepEqual(await names(), then);
  assert.deepEqual(await names(0), then, 'also where the history of all is looked through');
});
