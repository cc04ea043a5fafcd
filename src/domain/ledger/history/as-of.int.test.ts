import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { migratePostgres } from '#platform/postgres/migrate.ts';
import { emptyDatabase } from '../../../../test/support/database.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../../test/support/units.ts';
import { changeAsset, createAsset } from '../actions.ts';
import { AssetInput } from '../asset.ts';
import { applyRules } from '../gaps/rules.ts';
import { graphAround } from '../model/graph.ts';
import { moveAsset } from '../model/moves.ts';
import { endRelation, relateAssets } from '../model/relation-actions.ts';
import type { ObservationInput } from '../observations/observation.ts';
import { observe } from '../observations/observe.ts';
import { mergeAssets, undoChange } from '../resolution/actions.ts';
import { decideDuty, setDuty } from '../responsibility/actions.ts';
import { dayOfMoment, dutiesOf } from '../responsibility/store.ts';
import { findAsset } from '../store.ts';
import { type AssetAsOf, assetAsOf } from './as-of.ts';
import { endOfDay } from './at.ts';
import { DiffQuery, ledgerDiff } from './changes.ts';
import { DayQuery, ledgerOn } from './list.ts';
import { responsibilityAt } from './responsibility.ts';

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
const heldOn = (id: string, day: string, who: Ctx = dispatcher) =>
  who.read(async (db) => (await responsibilityAt(db, await assetAsOf(db, id, day), endOfDay(day))).duties);
const asked = (who: Ctx) => ({ path: who.scope.path, now: who.clock.now() });
const on = (id: string, day: string, who: Ctx = dispatcher) => who.read((db) => assetAsOf(db, id, day));

test('of each day it says what was so on that day, and what was decided since does not reach back', async () => {
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
  await decideDuty(officer, { id: duty?.id ?? '', answer: 'confirm', note: '' });
  const third = today();
  site.clock.advanceMs(DAY_MS);

  const then = await on(id, first);
  assert.deepEqual(
    [then.dueOn, then.duty, then.marks, then.lastSeenAt, then.unknown, then.version],
    ['2026-06-01', 'confirmed', [], null, ['lastSeenAt'], 1],
    'of when it was seen only the last time is kept',
  );
  const [held] = await heldOn(id, first);
  assert.deepEqual([held?.state, held?.note, held?.decidedBy, held?.untilOn], ['confirmed', '', '', null]);
  const later = await on(id, second);
  assert.deepEqual([later.dueOn, later.duty, later.unknown, later.version], ['2027-06-01', 'disputed', [], 2]);
  assert.equal((await heldOn(id, second))[0]?.note, '由数据局使用');
  assert.equal((await on(id, third)).duty, 'confirmed');
  const now = await on(id, today());
  assert.deepEqual([now.duty, now.marks, now.unknown], ['confirmed', [], []], 'today nothing is unknown');
});

test('marks are those of the day, and those of several rules on one day are the last ones', async () => {
  const { id } = await createAsset(officer, { class: 'host', name: '久无音讯主机' });
  const days: [string, readonly string[]][] = [];
  for (let step = 0; step < 11; step += 1) {
    await applyRules(site.system, {});
    const asset = await officer.read((db) => findAsset(db, id));
    days.push([today(), asset?.marks ?? []]);
    if (step === 8 && asset !== undefined) {
      const facts = AssetInput.parse({ class: 'host', name: '又有音讯的主机' });
      await changeAsset(officer, { id, version: asset.version, facts });
      await applyRules(site.system, {});
      days[8] = [today(), (await officer.read((db) => findAsset(db, id)))?.marks ?? []];
    }
    site.clock.advanceMs(30 * DAY_MS);
  }
  assert.ok(new Set(days.map(([, marks]) => marks.join())).size >= 3, JSON.stringify(days));
  for (const [day, marks] of days) assert.deepEqual((await on(id, day)).marks, marks, day);
});

test('inherited responsibility is that of the relations and segments of the day', async () => {
  const enter = async (facts: Partial<z.input<typeof AssetInput>> & { name: string }) =>
    (await createAsset(dispatcher, { ...AssetInput.parse(facts), unitPath: unit.path })).id;
  const system = await enter({ class: 'system', name: '医保系统', usedBy: unit.name });
  const host = await enter({ class: 'host', name: '医保主机' });
  const service = await enter({ class: 'service', name: '医保服务', attributes: { port: 443 } });
  const segment = await enter({
    class: 'segment',
    name: '业务网段',
    segments: ['10.9.0.0/16'],
    operatedBy: other.name,
  });
  const alone = await enter({ class: 'endpoint', name: '终端', addresses: ['10.9.1.2'] });
  const first = today();
  site.clock.advanceMs(DAY_MS);
  const { id: relation } = await relateAssets(dispatcher, { fromId: system, toId: host, kind: 'runs_on', note: '' });
  await relateAssets(dispatcher, { fromId: host, toId: service, kind: 'offers', note: '' });
  await applyRules(site.system, {});
  const second = today();
  site.clock.advanceMs(DAY_MS);
  await setDuty(dispatcher, { id: system, role: 'used', holder: other.name, person: '李四', fromOn: second });
  const third = today();
  site.clock.advanceMs(DAY_MS);
  await endRelation(dispatcher, { id: relation });
  const asset = await dispatcher.read((db) => findAsset(db, segment));
  assert.ok(asset);
  const narrowed = AssetInput.parse({ ...asset.facts, segments: ['10.10.0.0/16'] });
  await changeAsset(dispatcher, { id: segment, version: asset.version, facts: narrowed });
  await applyRules(site.system, {});
  const fourth = today();
  site.clock.advanceMs(DAY_MS);

  const told = async (id: string, day: string) =>
    (await heldOn(id, day)).map(({ role, holder, person, from }) => [role, holder, person, from?.id]);
  assert.deepEqual(await told(service, first), []);
  assert.deepEqual(await told(service, second), [['used', unit.name, '', system]]);
  assert.deepEqual(await told(service, third), [['used', other.name, '李四', system]]);
  assert.deepEqual(await told(service, fourth), []);
  assert.deepEqual(
    await Promise.all([first, second, third, fourth].map(async (day) => (await on(service, day)).duty)),
    ['none', 'inherited', 'inherited', 'none'],
  );
  assert.deepEqual(await told(alone, third), [['operated', other.name, '', segment]]);
  assert.deepEqual(await told(alone, fourth), []);
  const around = async (day: string) =>
    (await dispatcher.read((db) => graphAround(db, service, endOfDay(day)))).nodes.map(({ name }) => name).sort();
  assert.deepEqual(await around(first), ['医保服务']);
  assert.deepEqual(await around(third), ['医保主机', '医保服务', '医保系统'].sort());
  assert.deepEqual(await around(fourth), ['医保主机', '医保服务'].sort());
});

test('a merge and its undoing: each day has its own, and afterwards everything is as before', async () => {
  const enter = async (name: string, address: string, usedBy: string) =>
    (
      await createAsset(dispatcher, {
        ...AssetInput.parse({ class: 'host', name, addresses: [address], usedBy }),
        unitPath: unit.path,
      })
    ).id;
  const kept = await enter('甲机', '10.7.0.1', '');
  const merged = await enter('乙机', '10.7.0.2', other.name);
  const system = (
    await createAsset(dispatcher, { ...AssetInput.parse({ class: 'system', name: '丙系统' }), unitPath: unit.path })
  ).id;
  await relateAssets(dispatcher, { fromId: system, toId: merged, kind: 'runs_on', note: '' });
  const first = today();
  const before = await Promise.all([kept, merged].map((id) => on(id, first)));
  site.clock.advanceMs(DAY_MS);
  const change = await mergeAssets(officer, { id: kept, otherId: merged, reason: '同一台' });
  const second = today();
  site.clock.advanceMs(DAY_MS);
  await undoChange(officer, { id: change.id });
  const third = today();
  site.clock.advanceMs(DAY_MS);

  const plain = ({ version: _, changedAt: __, unknown: ___, lastSeenAt: ____, ...asset }: AssetAsOf) => asset;
  for (const [index, id] of [kept, merged].entries()) {
    for (const day of [first, third]) {
      assert.deepEqual(plain(await on(id, day)), plain(before[index] ?? assert.fail()), `${index} ${day}`);
    }
  }
  const joined = await on(kept, second);
  assert.deepEqual(
    [joined.facts.addresses, joined.facts.usedBy, joined.duty],
    [['10.7.0.1', '10.7.0.2'], other.name, 'presumed'],
  );
  assert.deepEqual([(await on(merged, second)).mergedInto, (await on(merged, third)).mergedInto], [kept, null]);
  const ends = async (day: string) =>
    (await dispatcher.read((db) => graphAround(db, system, endOfDay(day)))).edges.map(({ toId }) => toId);
  assert.deepEqual([await ends(first), await ends(second), await ends(third)], [[merged], [kept], [merged]]);
  const listed = async (day: string) =>
    (
      await dispatcher.read((db) =>
        ledgerOn(db, DayQuery.parse({ day, class: 'host', unit: unit.path }), asked(dispatcher)),
      )
    ).items.flatMap(({ id }) => (id === kept || id === merged ? id : []));
  assert.deepEqual([(await listed(first)).length, await listed(second), (await listed(third)).length], [2, [kept], 2]);
  const diff = await dispatcher.read((db) => ledgerDiff(db, DiffQuery.parse({ from: first, to: second })));
  const kindOf = (id: string) => diff.items.find((item) => item.id === id)?.kind;
  assert.deepEqual([kindOf(kept), kindOf(merged)], ['changed', 'gone']);
  const net = await dispatcher.read((db) => ledgerDiff(db, DiffQuery.parse({ from: first, to: third })));
  assert.deepEqual(net.items.find(({ id }) => id === merged)?.changes, [], 'what was taken back is no change');
});

test('the ledger of a day and the difference of two days tell marks, responsibility and units of those days', async () => {
  const { id } = await createAsset(officer, { class: 'host', name: '对照主机', usedBy: unit.name });
  const first = today();
  site.clock.advanceMs(DAY_MS);
  const [duty] = (await officer.read((db) => dutiesOf(db, [id], false))).get(id) ?? [];
  await decideDuty(officer, { id: duty?.id ?? '', answer: 'dispute', note: '不是' });
  site.clock.advanceMs(200 * DAY_MS);
  await applyRules(site.system, {});
  const second = today();
  site.clock.advanceMs(DAY_MS);
  await moveAsset(dispatcher, { id, move: 'vouch', unitPath: '', reason: '属实' }).catch(() => undefined);
  const query = { unit: unit.path, text: '对照' };
  const listOn = (day: string, more: object = {}) =>
    dispatcher.read((db) => ledgerOn(db, DayQuery.parse({ ...query, day, ...more }), asked(dispatcher)));
  assert.deepEqual(
    (await listOn(second)).items.map(({ name, duty: of, marks }) => [name, of, marks]),
    [['对照主机', 'disputed', ['zombie', 'stale']]],
  );
  assert.equal((await listOn(first, { duty: 'confirmed' })).total, 1);
  assert.equal((await listOn(second, { duty: 'confirmed' })).total, 0);
  assert.equal((await listOn(first, { mark: 'stale' })).total, 0);
  assert.equal((await listOn(second, { mark: 'stale' })).total, 1);
  const diff = await dispatcher.read((db) => ledgerDiff(db, DiffQuery.parse({ from: first, to: second })));
  const item = diff.items.find((one) => one.id === id);
  assert.deepEqual(
    item?.changes.map(({ field, from, to }) => [field, field.startsWith('duties') ? null : [from, to]]),
    [
      ['duty', ['confirmed', 'disputed']],
      ['marks', [[], ['zombie', 'stale']]],
      ['duties.used', null],
    ],
  );
});

test('whoever has an asset now sees its past, also that of the unit that had it before', async () => {
  const { id } = await createAsset(dispatcher, {
    ...AssetInput.parse({ class: 'host', name: '移交主机', code: 'M-1', responsiblePerson: '张三', usedBy: unit.name }),
    unitPath: unit.path,
  });
  const first = today();
  site.clock.advanceMs(DAY_MS);
  const asset = await dispatcher.read((db) => findAsset(db, id));
  assert.ok(asset);
  const renamed = AssetInput.parse({ ...asset.facts, name: '改名主机', responsiblePerson: '李四' });
  await changeAsset(dispatcher, { id, version: asset.version, facts: renamed });
  site.clock.advanceMs(DAY_MS);
  await moveAsset(dispatcher, { id, move: 'assign', unitPath: other.path, reason: '' });
  site.clock.advanceMs(DAY_MS);
  const owner = site.as({ roles: ['unit_officer'], path: other.path });
  for (const who of [owner, dispatcher]) {
    const then = await on(id, first, who);
    assert.deepEqual(
      [then.facts.name, then.facts.code, then.facts.responsiblePerson, then.unitPath, then.duty],
      ['移交主机', 'M-1', '张三', unit.path, 'presumed'],
    );
    assert.deepEqual(
      (await heldOn(id, first, who)).map(({ state, person }) => [state, person]),
      [['presumed', '张三']],
    );
  }
  await assert.rejects(on(id, first, officer), { code: 'not_found' });
});

test('nobody who works with the ledger can change or remove what is kept of its past', async () => {
  for (const table of ['asset_standing_before', 'asset_duty_before', 'asset_relation_before']) {
    for (const text of [`DELETE FROM ${table}`, `UPDATE ${table} SET at = at`, `INSERT INTO ${table} DEFAULT VALUES`]) {
      await assert.rejects(
        site.system.transaction(({ db }) => sql.raw(text).execute(db)),
        /permission denied/,
        text,
      );
    }
  }
});

test('assets that rules found to be one have each their own past', async () => {
  const seen = (source: string, nativeKey: string, facts: ObservationInput['facts']): ObservationInput => ({
    source,
    nativeKey,
    class: 'host',
    unitPath: unit.path,
    seenAt: site.clock.now(),
    facts,
  });
  const serial = { serial: 'CN7654321', vendor: 'Dell' };
  const uuid = '7d1c2b3a-1111-4222-8333-944455566677';
  const left = { ...serial, hostNames: ['one'], addresses: ['10.66.0.1'] };
  const right = { uuid, hostNames: ['two'], addresses: ['10.66.0.2'] };
  const places = await observe(site.system, [seen('netbox', 'n', left), seen('wazuh', 'w', right)]);
  const ids = places.map(({ assetId }) => assetId ?? assert.fail());
  assert.equal(new Set(ids).size, 2);
  site.clock.advanceMs(2 * 3_600_000);
  await observe(site.system, [seen('netbox', 'n', left), seen('wazuh', 'w', right)]);
  const kept = await site.system.read((db) =>
    db.selectFrom('asset_standing_before').select('at').where('asset_id', 'in', ids).execute(),
  );
  assert.deepEqual(kept, [], 'what is only seen again leaves no history');
  const first = today();
  const before = await Promise.all(ids.map(async (id) => (await on(id, first)).facts));
  site.clock.advanceMs(DAY_MS);
  await observe(site.system, [seen('wazuh', 'w', { ...right, ...serial })]);
  const second = today();
  site.clock.advanceMs(DAY_MS);
  const then = await Promise.all(ids.map((id) => on(id, second)));
  const gone = then.findIndex(({ mergedInto }) => mergedInto !== null);
  assert.deepEqual([then[gone]?.mergedInto, then[1 - gone]?.mergedInto], [ids[1 - gone], null]);
  assert.deepEqual(then[1 - gone]?.facts.addresses, ['10.66.0.1', '10.66.0.2']);
  assert.deepEqual(await Promise.all(ids.map(async (id) => (await on(id, first)).facts)), before);
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

test('of the time before this was kept only what is certain is told, and from when on the rest is known', async (t) => {
  const postgres = await emptyDatabase();
  // An asset can't be entered today without the key of its name, which came later and has nothing to do with the history.
  await migratePostgres(postgres, undefined, (name) => name < '0143' || name.startsWith('0156'));
  const old = await openTestPlatform({ postgres });
  t.after(() => old.close());
  const [own] = await seedUnits(old, [{ code: 'lz-data', name: '柳州市大数据发展局', divisionCode: '450200' }]);
  assert.ok(own);
  const owner = old.as({ roles: ['unit_officer'], path: own.path });
  const enter = async (name: string) =>
    (await createAsset(owner, { class: 'host', name, usedBy: own.name, addresses: [] })).id;
  const [untouched, decided, kept, merged] = [
    await enter('未动'),
    await enter('已定'),
    await enter('留下'),
    await enter('并入'),
  ];
  const system = (await createAsset(owner, { class: 'system', name: '系统' })).id;
  await relateAssets(owner, { fromId: system, toId: merged, kind: 'runs_on', note: '' });
  const first = dayOfMoment(old.clock.now());
  old.clock.advanceMs(DAY_MS);
  const [duty] = (await owner.read((db) => dutiesOf(db, [decided], false))).get(decided) ?? [];
  await decideDuty(owner, { id: duty?.id ?? '', answer: 'dispute', note: '不是' });
  await mergeAssets(owner, { id: kept, otherId: merged, reason: '同一台' });
  const second = dayOfMoment(old.clock.now());
  old.clock.advanceMs(DAY_MS);
  await migratePostgres(postgres);

  const told = async (id: string, day: string) => {
    const { duty: word, marks, unknown, knownFrom } = await owner.read((db) => assetAsOf(db, id, day));
    return [word, marks, unknown.includes('duty'), knownFrom !== null];
  };
  assert.deepEqual(await told(untouched, first), ['confirmed', null, false, true], 'nobody decided anything since');
  assert.deepEqual(await told(decided, first), [null, null, true, true], 'what was before the decision is not kept');
  assert.deepEqual(await told(decided, second), ['disputed', null, false, true]);
  assert.deepEqual(await told(merged, first), ['confirmed', null, false, true], 'merges kept what they took over');
  const ends = async (day: string) =>
    (await owner.read((db) => graphAround(db, system, endOfDay(day)))).edges.map(({ toId }) => toId);
  assert.deepEqual([await ends(first), await ends(second)], [[merged], [kept]]);
  const list = await owner.read((db) => ledgerOn(db, DayQuery.parse({ day: first }), asked(owner)));
  assert.deepEqual([list.total, list.unknown], [5, 5], 'what is not known is counted');
});
