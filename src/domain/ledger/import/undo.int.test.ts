import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { eachAsset } from '../all.ts';
import { assetAsOf } from '../history/as-of.ts';
import { endOfDay } from '../history/at.ts';
import { importJob, undoJob } from '../jobs.ts';
import type { Filter } from '../query.ts';
import { dutiesAt } from '../responsibility/at.ts';
import { dayOfMoment } from '../responsibility/store.ts';
import { holderIdsOf } from '../store.ts';
import { applyImport, discardImport, remapImport, runImport, uploadSheet } from './actions.ts';
import { saveProfile } from './profiles.ts';
import { findImport } from './store.ts';
import { runUndo, undoImport } from './undo.ts';

let platform: TestPlatform;
let officer: Ctx;
before(async () => {
  platform = await openTestPlatform({ jobs: [importJob, undoJob] });
  const [nanning] = await seedUnits(platform, [
    { code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' },
    { code: 'nn-water', name: '南宁市水利局', divisionCode: '450100' },
  ]);
  assert.ok(nanning);
  officer = platform.as({ roles: ['unit_officer'], path: nanning.path });
});
after(() => platform.close());

const assetsOf = (ctx: Ctx, filter: Filter) => Array.fromAsync(eachAsset(ctx, filter));
const csv = (lines: readonly string[]): Uint8Array => Buffer.from(lines.join('\r\n'), 'utf8');

async function importOf(ctx: Ctx, id: string) {
  const found = await ctx.read((db) => findImport(db, id));
  assert.ok(found !== undefined);
  return found;
}

const rowsOf = (id: string) =>
  officer.read((db) =>
    db.selectFrom('asset_import_row').selectAll().where('import_id', '=', id).orderBy('row_number').execute(),
  );

async function imported(ctx: Ctx, bytes: Uint8Array) {
  const { id } = await uploadSheet(ctx, '台账.csv', bytes);
  await applyImport(ctx, { id });
  await runImport(platform.system, id);
  return importOf(ctx, id);
}

const firstReason = (row: { reasons: unknown } | undefined) =>
  (row?.reasons as { reason: string; detail: string }[] | undefined)?.[0];
const isCode = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;
const isReason = (reason: string) => (error: unknown) => error instanceof AppError && error.reason === reason;

test('all or nothing: a sheet with a bad row is not written at all when that is asked for', async () => {
  const { id } = await uploadSheet(
    officer,
    '整表.csv',
    csv(['资产名称,类型,IP地址', '整一,主机,10.60.0.1', '整二,主机,10.60.0.999']),
  );
  await assert.rejects(applyImport(officer, { id, whole: true }), isReason('asset.import.whole'));
  assert.equal((await assetsOf(officer, { text: '整一' })).length, 0);
  await applyImport(officer, { id });
  await runImport(platform.system, id);
  assert.equal((await assetsOf(officer, { text: '整一' })).length, 1);
});

test('an import is taken back: new assets leave, changed ones are as before, those changed since stay', async () => {
  await imported(officer, csv(['资产名称,资产编号,责任人,操作系统', '旧主机,U-1,张三,麒麟 V10', '另一台,U-2,李四,']));
  const { id } = await imported(
    officer,
    csv(['资产名称,资产编号,责任人,操作系统', '旧主机,U-1,王五,麒麟 V11', '另一台,U-2,王五,', '新主机,U-3,王五,']),
  );
  const find = async (text: string) => (await assetsOf(officer, { text, gone: 'true' }))[0];
  await imported(officer, csv(['资产名称,资产编号,责任人', '另一台,U-2,赵六']));
  await undoImport(officer, { id });
  await runUndo(platform.system, id);
  await runUndo(platform.system, id);
  const done = await importOf(officer, id);
  assert.deepEqual([done.state, done.undoneRows, done.keptRows], ['undone', 2, 1]);
  const old = await find('U-1');
  assert.deepEqual([old?.facts.responsiblePerson, old?.facts.attributes.os], ['张三', '麒麟 V10']);
  assert.equal((await find('U-2'))?.facts.responsiblePerson, '赵六');
  assert.equal((await find('新主机'))?.facts.state, 'written_off');
  const again = await uploadSheet(officer, '再来.csv', csv(['资产名称,资产编号,责任人', '新主机,U-3,王五']));
  assert.equal((await importOf(officer, again.id)).counts.create, 1);
  await discardImport(officer, again);
  await assert.rejects(undoImport(officer, { id }), isCode('conflict'));
});

test('a unit of the triple comes back with its name and as the unit it is', async () => {
  const holderOf = async () => {
    const [asset] = await assetsOf(officer, { text: 'U-7' });
    const ids = asset && (await officer.read((db) => holderIdsOf(db, asset.id)));
    return [asset?.facts.operatedBy, ids?.operatedBy];
  };
  await imported(officer, csv(['资产名称,资产编号,运行单位', '泵站主机,U-7,南宁市大数据发展局']));
  const before = await holderOf();
  assert.ok(before[1]);
  const { id } = await imported(officer, csv(['资产名称,资产编号,运行单位', '泵站主机,U-7,南宁市水利局']));
  assert.notDeepEqual((await holderOf())[1], before[1]);
  await undoImport(officer, { id });
  await runUndo(platform.system, id);
  assert.deepEqual(await holderOf(), before);
});

test('what the columns mean is remembered for the next sheet with the same headings', async () => {
  const sheet = csv(['代号,怎么叫,哪一层', 'P-1,方案主机,三楼']);
  const { id } = await uploadSheet(officer, '自己的表.csv', sheet);
  await remapImport(officer, { id, mapping: ['code', 'name', 'location'] });
  await saveProfile(officer, { id, name: '自己的表' });
  await discardImport(officer, { id });
  const second = await uploadSheet(officer, '自己的表二.csv', sheet);
  const found = await importOf(officer, second.id);
  assert.deepEqual([found.profile, found.mapping, found.counts.create], ['自己的表', ['code', 'name', 'location'], 1]);
});

test('attributes of classes are imported by their headings, and wrong ones are named', async () => {
  const lines = [
    '资产名称,资产类型,等保级别,下次测评日期,备案表版本,端口',
    '属性系统,信息系统,三级,2026年12月31日,2025 版,',
    '坏日期,信息系统,二级,明年,,',
    '带端口,信息系统,,,,443',
  ];
  const { id } = await uploadSheet(officer, '属性.csv', csv(lines));
  const rows = await rowsOf(id);
  assert.deepEqual(
    rows.map(({ verdict }) => verdict),
    ['create', 'skip', 'create'],
  );
  assert.equal(firstReason(rows[1])?.reason, 'value.unknown');
  assert.equal(firstReason(rows[2])?.reason, 'attribute.left');
  await applyImport(officer, { id });
  await runImport(platform.system, id);
  const [system] = await assetsOf(officer, { text: '属性系统' });
  assert.deepEqual(system?.facts.attributes, { nextAssessmentOn: '2026-12-31', filingFormVersion: '2025' });
  assert.equal(system?.dueOn, '2026-12-31');
});

test('as of each day: before an import, while it stood, and after it was taken back', async () => {
  const day = () => dayOfMoment(platform.clock.now());
  const onDay = async (id: string, when: string) => {
    const { facts, duty, marks } = await officer.read((db) => assetAsOf(db, id, when));
    return [facts.responsiblePerson, facts.state, duty, marks];
  };
  await imported(officer, csv(['资产名称,资产编号,责任人,使用单位', '历史主机,D-1,张三,南宁市大数据发展局']));
  const first = day();
  platform.clock.advanceMs(86_400_000);
  const { id } = await imported(
    officer,
    csv(['资产名称,资产编号,责任人,使用单位', '历史主机,D-1,李四,南宁市水利局', '多出的主机,D-2,李四,南宁市水利局']),
  );
  const second = day();
  platform.clock.advanceMs(86_400_000);
  await undoImport(officer, { id });
  await runUndo(platform.system, id);
  const third = day();
  platform.clock.advanceMs(86_400_000);
  const [old] = await assetsOf(officer, { text: 'D-1' });
  const [extra] = await assetsOf(officer, { text: '多出的主机', gone: 'true' });
  assert.ok(old && extra);
  const before = await onDay(old.id, first);
  assert.equal(before[0], '张三');
  assert.deepEqual((await onDay(old.id, second))[0], '李四');
  assert.deepEqual(await onDay(old.id, third), before);
  await assert.rejects(onDay(extra.id, first), isReason('asset.not_yet'));
  assert.equal((await onDay(extra.id, second))[1], 'confirmed');
  assert.equal((await onDay(extra.id, third))[1], 'written_off');
  const holders = (when: string) =>
    officer.read(async (db) =>
      ((await dutiesAt(db, [old.id], endOfDay(when))).get(old.id) ?? []).map(({ holder, person }) => [holder, person]),
    );
  assert.deepEqual(await holders(first), [['南宁市大数据发展局', '张三']]);
  assert.deepEqual(await holders(second), [['南宁市水利局', '李四']]);
  assert.deepEqual(await holders(third), [['南宁市大数据发展局', '张三']]);
});
