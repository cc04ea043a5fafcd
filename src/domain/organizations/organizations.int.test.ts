import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { completeUscc } from '#engine/identifiers/uscc.ts';
import type { Ctx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import {
  appointPerson,
  changeUnit,
  closeUnit,
  createUnit,
  dismissPerson,
  revealPerson,
  seedDivisions,
} from './actions.ts';
import { loadDivisions } from './division.ts';
import { findUnit, getUnit, listDivisions, listUnits, organizationsSlice, unitByPath } from './index.ts';
import { personsOf } from './store.ts';

const NANNING = '/450000/450100/';
const LIUZHOU = '/450000/450200/';
const page = { offset: 0, limit: 100 };

let platform: TestPlatform;
let admin: Ctx;

before(async () => {
  platform = await openTestPlatform();
  await seedDivisions(platform.system);
  admin = platform.as({ roles: ['system_admin'], path: '/450000/' });
});
after(() => platform.close());

let serial = 0;
const aUnit = (ctx: Ctx, divisionCode: string, extra: object = {}) => {
  serial += 1;
  return createUnit(ctx, {
    code: `unit-${serial}`,
    name: `第${serial}号单位`,
    shortName: `单位${serial}`,
    kind: 'member',
    sector: 'government',
    divisionCode,
    ...extra,
  });
};

const reasonOf = (reason: string) => (error: unknown) =>
  error instanceof Error && 'reason' in error && error.reason === reason;
const codeOf = (code: string) => (error: unknown) => error instanceof Error && 'code' in error && error.code === code;

test('the standard names one region, 14 cities and 111 counties, and seeding twice changes nothing', async () => {
  await seedDivisions(platform.system);
  const divisions = await listDivisions(platform.as({ roles: ['unit_officer'], path: `${NANNING}x/` }));
  const count = (level: string) => divisions.filter((division) => division.level === level).length;
  assert.deepEqual([count('region'), count('city'), count('county')], [1, 14, 111]);
  const qingxiu = divisions.find((division) => division.code === '450103');
  assert.equal(qingxiu?.path, '/450000/450100/450103/');
  assert.equal(qingxiu?.parentCode, '450100');
  assert.equal((await loadDivisions()).standard, 'GB/T 2260');
});

test('a unit stands below its division, with the persons who answer for it', async () => {
  const uscc = completeUscc('1145010000000000A');
  const unit = await aUnit(admin, '450103', {
    uscc: ` ${uscc.toLowerCase()} `,
    persons: [
      { duty: 'first_responsible', name: '韦一', post: '局长', phone: '0771-1234567' },
      { duty: 'directly_responsible', name: '黄二', post: '副局长', phone: '13800000000' },
    ],
  });
  assert.equal(unit.path, `/450000/450100/450103/${unit.code}/`);
  assert.equal(unit.uscc, uscc);
  assert.deepEqual(await getUnit(admin, unit.id), unit);
  assert.equal((await unitByPath(admin, unit.path))?.id, unit.id);
  for (const text of [unit.code, unit.name, unit.shortName, uscc])
    assert.equal((await findUnit(admin, text))?.id, unit.id);
  const persons = await admin.read((db) => personsOf(db, [unit.id]));
  assert.deepEqual(
    persons.map((person) => [person.duty, person.name]),
    [
      ['first_responsible', '韦一'],
      ['directly_responsible', '黄二'],
    ],
  );
});

test('an identifier with a wrong check character is refused with its place', async () => {
  await assert.rejects(aUnit(admin, '450103', { uscc: '114501000000000000' }), (error: unknown) => {
    assert.ok(error instanceof Error && 'faults' in error && Array.isArray(error.faults));
    return error.faults.some((fault: { at: string }) => fault.at === '/uscc');
  });
});

test('neither a code nor an identifier is given twice, even across areas that do not see each other', async () => {
  const uscc = completeUscc('1145020000000000B');
  const first = await aUnit(admin, '450202', { uscc });
  const nanning = platform.as({ roles: ['system_admin'], path: NANNING });
  await assert.rejects(aUnit(nanning, '450103', { code: first.code }), reasonOf('unit.taken'));
  await assert.rejects(aUnit(nanning, '450103', { uscc }), reasonOf('unit.taken'));
  const own = await aUnit(nanning, '450103');
  await assert.rejects(changeUnit(nanning, { id: own.id, change: { uscc } }), reasonOf('unit.taken'));
  await assert.rejects(aUnit(admin, '450103', { code: '450103' }), codeOf('invalid_input'));
});

test('a unit of Liuzhou and its people are invisible in Nanning, to a centre and to a unit', async () => {
  const liuzhou = await aUnit(admin, '450202', { persons: [{ duty: 'contact', name: '覃三', post: '科长' }] });
  const nanning = await aUnit(admin, '450103');
  for (const ctx of [
    platform.as({ roles: ['system_admin'], path: NANNING }),
    platform.as({ roles: ['unit_officer'], path: nanning.path }),
  ]) {
    await assert.rejects(getUnit(ctx, liuzhou.id), codeOf('not_found'));
    assert.equal(await unitByPath(ctx, liuzhou.path), undefined);
    assert.equal(await findUnit(ctx, liuzhou.name), undefined);
    const { items } = await listUnits(ctx, {}, page);
    assert.ok(items.every((unit) => unit.path.startsWith(NANNING)));
    assert.deepEqual(await ctx.read((db) => personsOf(db, [liuzhou.id])), []);
  }
  const own = await listUnits(platform.as({ roles: ['unit_officer'], path: nanning.path }), {}, page);
  assert.deepEqual(
    own.items.map((unit) => unit.id),
    [nanning.id],
  );
});

test('an administrator of one city opens and changes no unit of another', async () => {
  const nanning = platform.as({ roles: ['system_admin'], path: NANNING });
  await assert.rejects(aUnit(nanning, '450202'), reasonOf('unit.division.unknown'));
  const liuzhou = await aUnit(platform.as({ roles: ['system_admin'], path: LIUZHOU }), '450202');
  await assert.rejects(changeUnit(nanning, { id: liuzhou.id, change: { name: '改名' } }), codeOf('not_found'));
  await assert.rejects(closeUnit(nanning, { id: liuzhou.id, reason: '不再需要' }), codeOf('not_found'));
});

test('whoever may not manage units changes nothing', async () => {
  const unit = await aUnit(admin, '450103');
  for (const role of ['analyst', 'director', 'supervisor', 'security_admin', 'unit_leader']) {
    const ctx = platform.as({ roles: [role], path: role === 'unit_leader' ? unit.path : '/450000/' });
    await assert.rejects(aUnit(ctx, '450103'), codeOf('forbidden'), role);
    await assert.rejects(changeUnit(ctx, { id: unit.id, change: { name: '新名称' } }), codeOf('forbidden'), role);
  }
});

test('of two changes to the same version the second is refused, and a closed unit changes no more', async () => {
  const unit = await aUnit(admin, '450103');
  const changed = await changeUnit(admin, { id: unit.id, version: 1, change: { name: '新的名称', kind: 'authority' } });
  assert.deepEqual([changed.name, changed.kind, changed.version], ['新的名称', 'authority', 2]);
  await assert.rejects(
    changeUnit(admin, { id: unit.id, version: 1, change: { name: '旧的名称' } }),
    reasonOf('unit.stale'),
  );
  const child = await aUnit(admin, '450103', { parentId: unit.id });
  await assert.rejects(changeUnit(admin, { id: unit.id, change: { parentId: child.id } }), codeOf('invalid_input'));
  await assert.rejects(closeUnit(admin, { id: unit.id, reason: '机构改革' }), reasonOf('unit.children'));
  await closeUnit(admin, { id: child.id, reason: '机构改革' });
  await closeUnit(admin, { id: unit.id, reason: '机构改革' });
  await assert.rejects(changeUnit(admin, { id: unit.id, change: { name: '又改' } }), reasonOf('unit.closed'));
  assert.equal(await findUnit(admin, '新的名称'), undefined);
});

test('a new responsible person takes over, others stand beside each other', async () => {
  const unit = await aUnit(admin, '450103');
  const appoint = (duty: 'first_responsible' | 'contact', name: string) =>
    appointPerson(admin, { unitId: unit.id, person: { duty, name, post: '局长', phone: '13912345678' } });
  await appoint('first_responsible', '甲');
  const second = await appoint('first_responsible', '乙');
  const contact = await appoint('contact', '丙');
  await appoint('contact', '丁');
  await dismissPerson(admin, { unitId: unit.id, personId: contact.id });
  const persons = await admin.read((db) => personsOf(db, [unit.id]));
  assert.deepEqual(
    persons.map((person) => person.name),
    ['乙', '丁'],
  );
  const duty = platform.as({ roles: ['duty_officer'], path: NANNING });
  const shown = await revealPerson(duty, { unitId: unit.id, personId: second.id, reason: '电话核实告警' });
  assert.equal(shown.phone, '13912345678');
  await assert.rejects(
    revealPerson(duty, { unitId: unit.id, personId: second.id, reason: '' }),
    codeOf('invalid_input'),
  );
});

test('lists filter by text, division, kind and sector, and count what they leave out', async () => {
  const unit = await aUnit(admin, '450305', { sector: 'health', kind: 'operator', name: '100%_医院\\一' });
  await aUnit(admin, '450305', { sector: 'health' });
  const list = (filter: object) => listUnits(admin, filter, { offset: 0, limit: 1, sort: 'code', order: 'desc' });
  assert.equal((await list({ division: '450300' })).total, 2);
  assert.equal((await list({ division: '450300', kind: 'operator' })).items[0]?.id, unit.id);
  assert.equal((await list({ search: '%_医院\\' })).total, 1);
  assert.equal((await list({ search: '%%%' })).total, 0);
  assert.equal((await list({ sector: 'health' })).items.length, 1);
});

test('a unit is found by the first letters of the pinyin of its names, also after a change, also one that was there before', async () => {
  const found = async (search: string) => (await listUnits(admin, { search }, page)).items.map(({ name }) => name);
  const unit = await aUnit(admin, '450100', { name: '南宁市邕宁区图书馆', shortName: '邕图' });
  assert.deepEqual(await found('ynqtsg'), ['南宁市邕宁区图书馆']);
  assert.deepEqual(await found('YT'), ['南宁市邕宁区图书馆']);
  await changeUnit(admin, { id: unit.id, change: { name: '南宁市邕宁区博物馆', shortName: '邕博' } });
  assert.deepEqual([await found('ynqtsg'), await found('ynqbwg')], [[], ['南宁市邕宁区博物馆']]);
  await platform.asOwner(`UPDATE unit SET name_initials = '', short_name_initials = '' WHERE id = '${unit.id}'`);
  assert.deepEqual(await found('ynqbwg'), []);
  const service = organizationsSlice.services?.[0] ?? assert.fail('nothing runs at the start');
  await (await service.start(platform.system)).stop();
  assert.deepEqual(await found('ynqbwg'), ['南宁市邕宁区博物馆']);
});
