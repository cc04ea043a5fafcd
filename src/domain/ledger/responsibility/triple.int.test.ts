import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Ctx } from '#platform/context.ts';
import { KEY_MAX } from '#platform/moment.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../../test/support/units.ts';
import { changeAsset, createAsset } from '../actions.ts';
import { AssetInput } from '../asset.ts';
import { assetLife } from '../history/life.ts';
import { AssetQuery, listAssets } from '../list.ts';
import { findAsset } from '../store.ts';
import { decideDuty, handOver, setDuty } from './actions.ts';
import { listPersons } from './persons.ts';
import { type DutyRole, dutiesOf } from './store.ts';

let site: TestPlatform;
let unit: TestUnit;
let officer: Ctx;

before(async () => {
  site = await openTestPlatform();
  const [own] = await seedUnits(site, [{ code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' }]);
  assert.ok(own);
  unit = own;
  officer = site.as({ roles: ['unit_officer'], path: unit.path, name: '安全员' });
});
after(() => site.close());

const facts = {
  class: 'host' as const,
  name: '业务主机',
  supervisedBy: '区人社厅',
  operatedBy: '运维公司',
  usedBy: '南宁市人社局',
};
const enter = async (more: object = {}) => (await createAsset(officer, AssetInput.parse({ ...facts, ...more }))).id;
const duties = async (id: string) => (await officer.read((db) => dutiesOf(db, [id], true))).get(id) ?? [];
const held = async (id: string) =>
  Object.fromEntries(
    (await duties(id))
      .filter(({ ended }) => !ended)
      .map(({ role, holder, person, untilOn, basis, state }) => [role, [holder, person, untilOn, basis, state]]),
  );
const dutyOf = async (id: string, role: DutyRole) =>
  (await duties(id)).find((duty) => duty.role === role && !duty.ended)?.id ?? assert.fail();
const change = async (id: string, more: object) => {
  const asset = (await officer.read((db) => findAsset(db, id))) ?? assert.fail();
  await changeAsset(officer, { id, version: asset.version, facts: AssetInput.parse({ ...asset.facts, ...more }) });
};
const life = async (id: string) =>
  (await officer.read((db) => assetLife.duty(db, id, { at: new Date('2099-01-01'), key: KEY_MAX, limit: 20 }))).map(
    ({ what, level, note }) => [what, level, note],
  );
const supervised = {
  role: 'supervised' as const,
  holder: '区人社厅',
  person: '张三',
  fromOn: '2026-03-01',
  untilOn: '2027-01-01',
  basis: '桂数函1号',
};

test('who holds one role is set without touching the other roles or who is responsible as a whole', async () => {
  const id = await enter({ responsiblePerson: '王五' });
  site.clock.advanceMs(60_000);
  await setDuty(officer, { id, ...supervised });
  await setDuty(officer, { id, role: 'operated', holder: '新运维公司', person: '李四', fromOn: '2026-03-01' });
  assert.deepEqual(await held(id), {
    supervised: ['区人社厅', '张三', '2027-01-01', '桂数函1号', 'confirmed'],
    operated: ['新运维公司', '李四', null, '', 'confirmed'],
    used: ['南宁市人社局', '王五', null, '', 'confirmed'],
  });
  assert.equal((await officer.read((db) => findAsset(db, id)))?.facts.responsiblePerson, '王五');
  assert.deepEqual(
    (await duties(id)).filter(({ ended }) => ended).map(({ role, holder }) => [role, holder]),
    [['operated', '运维公司']],
  );
});

test('another person responsible takes over the roles of the former one alone, and what was agreed stays', async () => {
  const id = await enter({ responsiblePerson: '王五' });
  await setDuty(officer, { id, ...supervised });
  const used = { role: 'used' as const, holder: '南宁市人社局', untilOn: '2026-12-31', basis: '合同 2026-1' };
  await setDuty(officer, { id, ...used, person: '王五', fromOn: '2026-03-01' });
  await decideDuty(officer, { id: await dutyOf(id, 'used'), answer: 'dispute', note: '已由数据局使用' });
  site.clock.advanceMs(60_000);
  await change(id, { responsiblePerson: '赵六' });
  assert.deepEqual(await held(id), {
    supervised: ['区人社厅', '张三', '2027-01-01', '桂数函1号', 'confirmed'],
    operated: ['运维公司', '赵六', null, '', 'confirmed'],
    used: ['南宁市人社局', '赵六', '2026-12-31', '合同 2026-1', 'disputed'],
  });
  assert.equal((await duties(id)).find(({ role }) => role === 'used')?.note, '已由数据局使用');
  site.clock.advanceMs(60_000);
  await change(id, { responsiblePerson: '' });
  assert.equal((await held(id)).operated?.[1], '', 'nobody is named any more');
});

test('when a person leaves, a role that only names him is listed and handed over, as it was decided', async () => {
  const [sole, both] = [await enter(), await enter({ responsiblePerson: '张三' })];
  site.clock.advanceMs(60_000);
  for (const id of [sole, both]) await setDuty(officer, { id, ...supervised });
  site.clock.advanceMs(60_000);
  await decideDuty(officer, { id: await dutyOf(sole, 'supervised'), answer: 'dispute', note: '另有其人' });
  const named = async (who: string) =>
    (await officer.read((db) => listPersons(db, unit.path))).find(({ person }) => person === who)?.assets ?? 0;
  const before = await named('张三');
  assert.ok(before >= 2);
  const asked = { path: unit.path, now: site.clock.now() };
  const listed = async (filter: object) => {
    const { items } = await officer.read((db) => listAssets(db, AssetQuery.parse(filter), asked));
    return items.map(({ id }) => id);
  };
  assert.ok((await listed({ person: '张三' })).includes(sole));
  assert.ok((await listed({ text: '张三' })).includes(sole));
  site.clock.advanceMs(60_000);
  assert.deepEqual(await handOver(officer, { from: '张三', to: '覃九', assetIds: [sole, both] }), { handed: 2 });
  assert.deepEqual((await held(sole)).supervised, ['区人社厅', '覃九', '2027-01-01', '桂数函1号', 'disputed']);
  assert.deepEqual(
    Object.values(await held(both)).map((duty) => duty[1]),
    ['覃九', '覃九', '覃九'],
  );
  assert.deepEqual([await named('张三'), await named('覃九')], [before - 2, 2]);
  assert.deepEqual(
    (await life(sole)).filter(([, role]) => role === 'supervised'),
    [
      ['passed', 'supervised', '张三 → 覃九'],
      ['disputed', 'supervised', '张三'],
      ['passed', 'supervised', '— → 张三'],
      ['begun', 'supervised', ''],
    ],
  );
});
