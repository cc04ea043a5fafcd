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

const segmentsOf = (id: string) =>
  officer.read(async (db) =>
    (
      await db
        .selectFrom('asset_relation')
        .select('to_id')
        .where('from_id', '=', id)
        .where('kind', '=', 'in_segment')
        .where('ended_at', 'is', null)
        .execute()
    ).map(({ to_id }) => to_id),
  );

test('many assets are put into a segment in place of the one before, and taken back where nobody said otherwise since', async () => {
  const segment = async (name: string) => (await createAsset(officer, { class: 'segment', name })).id;
  const [before, after, third] = [await segment('旧网段'), await segment('新网段'), await segment('又一网段')];
  const [first = '', second = ''] = ids;
  await changeMany(officer, { assetIds: [first], set: { segmentId: before } });
  const { id, changed } = await changeMany(officer, { assetIds: [...ids, after], set: { segmentId: after } });
  assert.equal(changed, 3, 'a segment lies in none');
  for (const asset of ids) assert.deepEqual(await segmentsOf(asset), [after]);
  assert.equal((await changeMany(officer, { assetIds: ids, set: { segmentId: after } })).changed, 0, 'the same again');
  platform.clock.advanceMs(1000);
  await changeMany(officer, { assetIds: [second], set: { segmentId: third } });
  await assert.rejects(undoMany(stranger, id), { code: 'not_found' });
  assert.deepEqual(await undoMany(officer, id), { undone: 2, kept: 1 });
  assert.deepEqual([await segmentsOf(first), await segmentsOf(second)], [[before], [third]]);
  await assert.rejects(changeMany(officer, { assetIds: ids, set: { segmentId: first } }), { code: 'invalid_input' });
});

test('the network zone is set on segments, with a line of history, and taken back', async () => {
  const { id: segment } = await createAsset(officer, {
    class: 'segment',
    name: '办公网段',
    attributes: { zone: 'unit' },
  });
  const zone = () => officer.read(async (db) => (await findAsset(db, segment))?.facts.attributes.zone);
  const { id, changed } = await changeMany(officer, { assetIds: [segment, ...ids], set: { zone: 'extranet' } });
  assert.deepEqual([changed, await zone()], [1, 'extranet']);
  await undoMany(officer, id);
  assert.equal(await zone(), 'unit');
});
