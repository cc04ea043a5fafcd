import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../../test/support/units.ts';
import { createAsset } from '../actions.ts';
import { AssetInput } from '../asset.ts';
import { moveAsset } from '../model/moves.ts';
import { findAsset } from '../store.ts';
import { dutiesOf } from './store.ts';

let site: TestPlatform;
let units: readonly [TestUnit, TestUnit];
let dispatcher: Ctx;
let officers: readonly [Ctx, Ctx];

before(async () => {
  site = await openTestPlatform();
  const [hr, water] = await seedUnits(site, [
    { code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' },
    { code: 'nn-water', name: '南宁市水利局', divisionCode: '450100' },
  ]);
  assert.ok(hr && water);
  units = [hr, water];
  dispatcher = site.as({ roles: ['dispatcher'], path: '/450000/' });
  const officer = ({ path }: TestUnit) => site.as({ roles: ['unit_officer'], path, name: '安全员' });
  officers = [officer(hr), officer(water)];
});
after(() => site.close());

const enter = async (facts: Partial<z.input<typeof AssetInput>>) => {
  const named = AssetInput.parse({ class: 'host', name: '业务主机', ...facts });
  const { id } = await createAsset(dispatcher, { ...named, unitPath: units[0].path });
  site.clock.advanceMs(60_000);
  return id;
};
const move = async (who: Ctx, id: string, name: 'reject' | 'assign' | 'claim', more: object = {}) => {
  await moveAsset(who, { id, move: name, reason: '', unitPath: '', ...more });
  site.clock.advanceMs(60_000);
};
const held = async (id: string) => {
  const all = (await dispatcher.read((db) => dutiesOf(db, [id], true))).get(id) ?? [];
  const of = (past: boolean) =>
    all
      .filter(({ ended }) => ended === past)
      .map(({ role, holder, person, state }) => [role, holder, person, state])
      .sort();
  const asset = (await dispatcher.read((db) => findAsset(db, id))) ?? assert.fail();
  return { now: of(false), past: of(true), word: asset.duty, usedBy: asset.facts.usedBy };
};

test('a unit that says an asset is not its own disputes what it is said to hold, and the next unit is asked and confirms', async () => {
  const [hr, water] = units;
  const id = await enter({ usedBy: hr.name, operatedBy: '运维公司', responsiblePerson: '张三' });
  await move(officers[0], id, 'reject', { reason: '属水利局' });
  assert.deepEqual(await held(id), {
    now: [
      ['operated', '运维公司', '张三', 'presumed'],
      ['used', hr.name, '张三', 'disputed'],
    ],
    past: [],
    word: 'disputed',
    usedBy: hr.name,
  });
  const duties = (await dispatcher.read((db) => dutiesOf(db, [id], false))).get(id) ?? [];
  const used = duties.find(({ role }) => role === 'used');
  assert.deepEqual([used?.note, used?.decidedBy], ['属水利局', '安全员']);
  await move(dispatcher, id, 'assign', { unitPath: water.path });
  const past = [['used', hr.name, '张三', 'disputed']];
  assert.deepEqual(await held(id), {
    now: [
      ['operated', '运维公司', '张三', 'to_claim'],
      ['used', water.name, '', 'to_claim'],
    ],
    past,
    word: 'to_claim',
    usedBy: water.name,
  });
  await move(officers[1], id, 'claim');
  assert.deepEqual(await held(id), {
    now: [
      ['operated', '运维公司', '张三', 'confirmed'],
      ['used', water.name, '', 'confirmed'],
    ],
    past,
    word: 'confirmed',
    usedBy: water.name,
  });
});

test('where a unit that rejects an asset is said to hold nothing of it, everything entered of it is disputed', async () => {
  const id = await enter({ usedBy: '某局', supervisedBy: '区人社厅' });
  await move(officers[0], id, 'reject', { reason: '不是本单位的' });
  assert.deepEqual((await held(id)).now, [
    ['supervised', '区人社厅', '', 'disputed'],
    ['used', '某局', '', 'disputed'],
  ]);
});

test('an asset that is assigned to the unit it already is of keeps its roles and persons, which are asked for anew', async () => {
  const id = await enter({ usedBy: units[0].name, responsiblePerson: '张三' });
  await move(dispatcher, id, 'assign', { unitPath: units[0].path });
  const { now, past } = await held(id);
  assert.deepEqual([now, past], [[['used', units[0].name, '张三', 'to_claim']], []]);
});
