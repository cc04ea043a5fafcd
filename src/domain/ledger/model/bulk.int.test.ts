import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Ctx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../../test/support/units.ts';
import { createAsset } from '../actions.ts';
import { findAsset, holderIdsOf } from '../store.ts';
import { changeMany, undoMany } from './bulk.ts';

let platform: TestPlatform;
let unit: TestUnit;
let authority: TestUnit;
let officer: Ctx;
let stranger: Ctx;
const ids: string[] = [];

before(async () => {
  platform = await openTestPlatform();
  const [own, above] = await seedUnits(platform, [
    { code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' },
    { code: 'nn-data', name: '南宁市数据局', divisionCode: '450100' },
  ]);
  assert.ok(own && above);
  [unit, authority] = [own, above];
  officer = platform.as({ roles: ['unit_officer'], path: unit.path });
  stranger = platform.as({ roles: ['unit_officer'], path: authority.path });
  for (const name of ['社保系统', '就业系统', '人事系统']) {
    const facts = { kind: 'application', name, importance: 'general', operatedBy: unit.name } as const;
    ids.push((await createAsset(officer, facts)).id);
  }
});
after(() => platform.close());

const stateOf = (id: string) =>
  officer.read(async (db) => {
    const facts = (await findAsset(db, id))?.facts;
    return [facts?.importance, facts?.supervisedBy, (await holderIdsOf(db, id)).supervisedBy];
  });

test('the same is set on many assets, units by their names, and taken back where nobody changed it since', async () => {
  const set = { importance: 'important', supervisedBy: authority.name } as const;
  const { id, changed } = await changeMany(officer, { assetIds: ids, set });
  assert.equal(changed, 3);
  for (const asset of ids) assert.deepEqual(await stateOf(asset), ['important', authority.name, authority.id]);
  const [first = ''] = ids;
  await changeMany(officer, { assetIds: [first], set: { importance: 'especially_important' } });
  await assert.rejects(undoMany(stranger, id), { code: 'not_found' });
  assert.deepEqual(await undoMany(officer, id), { undone: 2, kept: 1 });
  assert.deepEqual(await stateOf(first), ['especially_important', authority.name, authority.id]);
  for (const asset of ids.slice(1)) assert.deepEqual(await stateOf(asset), ['general', '', null]);
  assert.deepEqual(await undoMany(officer, id), { undone: 0, kept: 3 }, 'once');
});

test('nothing to set is refused, and one asset out of sight refuses all', async () => {
  await assert.rejects(changeMany(officer, { assetIds: ids, set: {} }), { code: 'invalid_input' });
  const set = { importance: 'general' } as const;
  await assert.rejects(changeMany(stranger, { assetIds: ids, set }), { code: 'not_found' });
});
