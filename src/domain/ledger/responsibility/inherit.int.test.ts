import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../../test/support/units.ts';
import { createAsset } from '../actions.ts';
import { AssetInput } from '../asset.ts';
import { applyRules } from '../gaps/rules.ts';
import { assetAsOf } from '../history/as-of.ts';
import { endOfDay } from '../history/at.ts';
import { responsibilityAt } from '../history/responsibility.ts';
import { AssetQuery, listAssets } from '../list.ts';
import { relateAssets } from '../model/relation-actions.ts';
import { observe } from '../observations/observe.ts';
import { findAsset } from '../store.ts';
import { decideDuty, setDuty } from './actions.ts';
import { responsibilityOf } from './inherit.ts';
import { dayOfMoment, dutiesOf } from './store.ts';

const DAY_MS = 86_400_000;

let site: TestPlatform;
let unit: TestUnit;
let dispatcher: Ctx;

before(async () => {
  site = await openTestPlatform();
  const [own] = await seedUnits(site, [{ code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' }]);
  assert.ok(own);
  unit = own;
  dispatcher = site.as({ roles: ['dispatcher'], path: '/450000/' });
});
after(() => site.close());

type Facts = Partial<z.input<typeof AssetInput>> & { name: string };
const enter = async (facts: Facts, unitPath = unit.path) =>
  (await createAsset(dispatcher, { ...AssetInput.parse(facts), unitPath })).id;
const relate = (fromId: string, toId: string, kind: 'runs_on' | 'offers') =>
  relateAssets(dispatcher, { fromId, toId, kind, note: '' });

/** What the page, the page of that day, the list and the gap of assets without a holder say. */
async function told(id: string) {
  await applyRules(site.system, {});
  const now = site.clock.now();
  return dispatcher.read(async (db) => {
    const short = (of: readonly { role: string; holder: string; from: { name: string } | null }[]) =>
      of.map(({ role, holder, from }) => [role, holder, from?.name ?? '']);
    const { duties } = await responsibilityOf(db, id);
    const day = dayOfMoment(now);
    const then = await responsibilityAt(db, await assetAsOf(db, id, day), endOfDay(day));
    assert.deepEqual(short(then.duties), short(duties), 'the day says what the page says');
    const asset = await findAsset(db, id);
    const query = AssetQuery.parse({ gap: 'no_holder', pageSize: 200 });
    const { items } = await listAssets(db, query, { path: '/450000/', now });
    return { page: short(duties), list: asset?.duty, isGap: items.some((one) => one.id === id) };
  });
}

test('each role is taken from the nearest relation that has somebody for it, else from the segment', async () => {
  await enter({ class: 'segment', name: '甲网段', segments: ['10.1.0.0/16'], operatedBy: '信息中心', usedBy: '某局' });
  const [empty, full] = [
    await enter({ class: 'system', name: '无主系统' }),
    await enter({ class: 'system', name: '社保系统', usedBy: '人社局' }),
  ];
  const host = await enter({ class: 'host', name: '甲主机', addresses: ['10.1.2.3'] });
  await relate(empty, host, 'runs_on');
  assert.deepEqual(await told(host), {
    page: [
      ['operated', '信息中心', '甲网段'],
      ['used', '某局', '甲网段'],
    ],
    list: 'inherited',
    isGap: false,
  });
  await relate(full, host, 'runs_on');
  assert.deepEqual((await told(host)).page, [
    ['operated', '信息中心', '甲网段'],
    ['used', '人社局', '社保系统'],
  ]);
});

test('a service has the holder of the segment that holds an address of its host, the narrowest one first', async () => {
  await enter({
    class: 'segment',
    name: '乙大网段',
    segments: ['10.2.0.0/16'],
    operatedBy: '大网单位',
    usedBy: '某局',
  });
  await enter({ class: 'segment', name: '乙小网段', segments: ['10.2.3.0/24'], operatedBy: '小网单位' });
  const host = await enter({ class: 'host', name: '乙主机', addresses: ['10.2.3.4'] });
  const service = await enter({ class: 'service', name: '乙服务' });
  await relate(host, service, 'offers');
  for (const id of [host, service]) {
    assert.deepEqual(await told(id), {
      page: [
        ['operated', '小网单位', '乙小网段'],
        ['used', '某局', '乙大网段'],
      ],
      list: 'inherited',
      isGap: false,
    });
  }
});

test('a segment of the area that a unit lies in gives to the addresses of the unit, one of another unit does not', async () => {
  const [other] = await seedUnits(site, [{ code: 'nn-water', name: '南宁市水利局', divisionCode: '450100' }]);
  assert.ok(other);
  const alone = await enter({ class: 'host', name: '丙主机', addresses: ['10.3.0.9'] });
  await enter({ class: 'segment', name: '水利网段', segments: ['10.3.0.0/24'], operatedBy: '水利局' }, other.path);
  assert.deepEqual(await told(alone), { page: [], list: 'none', isGap: true });
  const [seen] = await observe(site.system, [
    {
      source: 'netbox',
      nativeKey: 'prefix/1',
      class: 'segment',
      unitPath: '/450000/450100/',
      seenAt: site.clock.now(),
      facts: { designation: '10.3.0.0/16', name: '市政务外网' },
    },
  ]);
  const wide = seen?.assetId ?? assert.fail();
  const { name: title } = (await dispatcher.read((db) => findAsset(db, wide)))?.facts ?? assert.fail();
  await setDuty(dispatcher, { id: wide, role: 'operated', holder: '市信息中心', fromOn: '2026-03-01' });
  assert.deepEqual(await told(alone), {
    page: [['operated', '市信息中心', title]],
    list: 'inherited',
    isGap: false,
  });
});

test('what is disputed or over is not passed on, also before a rule has marked it as expired', async () => {
  const system = await enter({ class: 'system', name: '丁系统', usedBy: '人社局' });
  const host = await enter({ class: 'host', name: '丁主机' });
  await relate(system, host, 'runs_on');
  assert.equal((await told(host)).list, 'inherited');
  site.clock.advanceMs(DAY_MS);
  const [duty] = (await dispatcher.read((db) => dutiesOf(db, [system], false))).get(system) ?? [];
  const officer = site.as({ roles: ['unit_officer'], path: unit.path });
  await decideDuty(officer, { id: duty?.id ?? '', answer: 'dispute', note: '不是' });
  const nobody = { page: [], list: 'none', isGap: true };
  assert.deepEqual(await told(host), nobody);
  site.clock.advanceMs(DAY_MS);
  const today = dayOfMoment(site.clock.now());
  await setDuty(officer, { id: system, role: 'used', holder: '人社局', fromOn: today, untilOn: today });
  assert.equal((await told(host)).list, 'inherited');
  site.clock.advanceMs(DAY_MS);
  const { duties } = await dispatcher.read((db) => responsibilityOf(db, host));
  assert.deepEqual(duties, []);
  assert.deepEqual(await told(host), nobody);
});
