import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Ctx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../../test/support/units.ts';
import { changeAsset, createAsset } from '../actions.ts';
import { AssetInput } from '../asset.ts';
import { moveAsset } from '../model/moves.ts';
import { decideDuty } from '../responsibility/actions.ts';
import { dutiesOf } from '../responsibility/store.ts';
import { findAsset } from '../store.ts';
import { assetAsOf } from './as-of.ts';

const DAY_MS = 86_400_000;

let site: TestPlatform;
let unit: TestUnit;
let other: TestUnit;
let officer: Ctx;
let dispatcher: Ctx;

before(async () => {
  site = await openTestPlatform();
  const [own, another] = await seedUnits(site, [
    { code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' },
    { code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' },
  ]);
  assert.ok(own && another);
  [unit, other] = [own, another];
  officer = site.as({ roles: ['unit_officer'], path: unit.path });
  dispatcher = site.as({ roles: ['dispatcher'], path: '/450000/' });
});
after(() => site.close());

const today = () => new Date(site.clock.now().getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
const on = (id: string, day: string, who: Ctx = dispatcher) =>
  who.read((db) => assetAsOf(db, id, day, site.clock.now()));

test('of a day it says what was so on that day, and names what nobody kept', async () => {
  const facts = {
    class: 'system',
    name: '社保系统',
    usedBy: unit.name,
    attributes: { nextAssessmentOn: '2026-06-01' },
  };
  const { id } = await createAsset(officer, AssetInput.parse(facts));
  const first = today();
  site.clock.advanceMs(DAY_MS);
  const asset = await officer.read((db) => findAsset(db, id));
  assert.ok(asset);
  const changed = { ...facts, attributes: { nextAssessmentOn: '2027-06-01' } };
  await changeAsset(officer, { id, version: asset.version, facts: AssetInput.parse(changed) });
  const [duty] = (await officer.read((db) => dutiesOf(db, [id], false))).get(id) ?? [];
  await decideDuty(officer, { id: duty?.id ?? '', answer: 'dispute', note: '由数据局使用' });
  const second = today();
  site.clock.advanceMs(DAY_MS);

  const then = await on(id, first);
  assert.deepEqual(
    [then.dueOn, then.duty, then.marks, then.lastSeenAt, then.unknown],
    ['2026-06-01', null, null, null, ['duty', 'marks', 'lastSeenAt']],
    'decided since: what was known before the decision is not kept',
  );
  const later = await on(id, second);
  assert.deepEqual(
    [later.dueOn, later.duty, later.lastSeenAt, later.unknown],
    ['2027-06-01', 'disputed', later.changedAt, ['marks']],
  );
  const now = await on(id, today());
  assert.deepEqual([now.duty, now.marks, now.unknown], ['disputed', [], []], 'today nothing is unknown');
});

test('the unit and the retirement are those of the day', async () => {
  const { id } = await createAsset(dispatcher, { class: 'host', name: '一号主机', unitPath: unit.path });
  const first = today();
  site.clock.advanceMs(DAY_MS);
  await moveAsset(dispatcher, { id, move: 'assign', unitPath: other.path, reason: '' });
  const second = today();
  site.clock.advanceMs(DAY_MS);
  const [then, later] = [await on(id, first), await on(id, second)];
  assert.deepEqual([then.unitPath, later.unitPath], [unit.path, other.path]);
  const owner = site.as({ roles: ['unit_officer'], path: other.path });
  await moveAsset(owner, { id, move: 'claim', unitPath: '', reason: '' });
  await moveAsset(owner, { id, move: 'retire', unitPath: '', reason: '已下线' });
  const retired = site.clock.now();
  const third = today();
  site.clock.advanceMs(DAY_MS);
  assert.equal((await on(id, second)).retiredAt, null);
  assert.deepEqual((await on(id, third)).retiredAt, retired);
});

test('a day before it was in the ledger is told apart from an asset that is not in sight', async () => {
  const { id } = await createAsset(officer, { class: 'host', name: '二号主机' });
  await assert.rejects(on(id, '2020-01-01', officer), { code: 'invalid_input', reason: 'asset.not_yet' });
  const stranger = site.as({ roles: ['unit_officer'], path: other.path });
  await assert.rejects(on(id, '2020-01-01', stranger), { code: 'not_found' });
  await assert.rejects(on(id, today(), stranger), { code: 'not_found' });
});
