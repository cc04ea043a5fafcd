import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { appendEntries } from '#domain/journal/index.ts';
import type { Ctx } from '#platform/context.ts';
import { KEY_MAX } from '#platform/moment.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits } from '../../../test/support/units.ts';
import { assetLife } from './history/life.ts';
import { applyImport, runImport, uploadSheet } from './import/actions.ts';
import { runUndo, undoImport } from './import/undo.ts';
import { importJob, undoJob } from './jobs.ts';
import { changeMany, undoMany } from './model/bulk.ts';
import { handOver } from './responsibility/actions.ts';

const HEALTH = '南宁市卫生健康委';
const WATER = '南宁市水利局';

const PAGE = { at: new Date('2099-01-01'), key: KEY_MAX, limit: 5 };

let site: TestPlatform;
/** Each sees its own unit; the dispatcher, who does all of it, both. */
let people: Readonly<Record<'dispatcher' | 'health' | 'water', Ctx>>;

before(async () => {
  site = await openTestPlatform({ append: appendEntries, jobs: [importJob, undoJob] });
  const [health, water] = await seedUnits(site, [
    { code: 'nn-health', name: HEALTH, divisionCode: '450100' },
    { code: 'nn-water', name: WATER, divisionCode: '450100' },
  ]);
  const officer = (path = '') => site.as({ roles: ['unit_officer'], path });
  const dispatcher = site.as({ roles: ['dispatcher'], path: '/450000/' });
  people = { dispatcher, health: officer(health?.path), water: officer(water?.path) };
});
after(() => site.close());

const nameOf = (who: Ctx, id: string) =>
  who.read(async (db) => (await db.selectFrom('asset').select('name').where('id', '=', id).executeTakeFirst())?.name);

/** Of the entries about an object that somebody sees: what they say, and which assets they name. */
async function told(who: Ctx, objectId: string, change: string) {
  const rows = await who.read((db) =>
    db
      .selectFrom('journal_entry')
      .select(['data', 'related'])
      .where('object_id', '=', objectId)
      .orderBy('seq')
      .execute(),
  );
  const entries: { data: Record<string, unknown>; names: readonly (string | undefined)[] }[] = [];
  for (const row of rows) {
    const data = JSON.parse(row.data) as Record<string, unknown>;
    const related = JSON.parse(row.related) as { id: string }[];
    const names = await Promise.all(related.map(({ id }) => nameOf(people.dispatcher, id)));
    if (data.change === change) entries.push({ data, names: names.sort() });
  }
  return entries;
}

const namesIn = async (who: Ctx, objectId: string, change: string) =>
  (await told(who, objectId, change)).map(({ names }) => names);

async function imported(lines: readonly string[]): Promise<string> {
  const { id } = await uploadSheet(people.dispatcher, '全市台账.csv', Buffer.from(lines.join('\n')));
  await applyImport(people.dispatcher, { id });
  await runImport(site.system, id);
  return id;
}

const idsOf = (names: readonly string[]) =>
  site.system.read(async (db) =>
    (await db.selectFrom('asset').select('id').where('name', 'in', names).execute()).map(({ id }) => id),
  );

test('an import of the whole centre stands in the trails of each unit with the assets of that unit alone', async () => {
  const id = await imported([
    '资产名称,类型,单位,负责人',
    `挂号主机,主机,${HEALTH},张三`,
    `收费主机,主机,${HEALTH},张三`,
    `水情主机,主机,${WATER},张三`,
  ]);
  assert.deepEqual(await namesIn(people.health, id, 'apply'), [['挂号主机', '收费主机']]);
  assert.deepEqual(await namesIn(people.water, id, 'apply'), [['水情主机']]);
  assert.deepEqual((await namesIn(people.dispatcher, id, 'apply')).sort(), [['挂号主机', '收费主机'], ['水情主机']]);
  const [entry] = await told(people.water, id, 'apply');
  assert.equal(entry?.data.fileName, '全市台账.csv');
  assert.deepEqual(entry?.data.by, { id: people.dispatcher.actor.id, name: people.dispatcher.actor.name });
  assert.deepEqual(entry?.data.created, await idsOf(['水情主机']));
  assert.deepEqual(await told(people.water, id, 'accept'), [], 'figures of the whole sheet are for the centre');
  const [asset = ''] = await idsOf(['水情主机']);
  const from = async (who: Ctx) =>
    (await who.read((db) => assetLife.attribute(db, asset, PAGE))).map(({ by, object }) => [by, object]);
  const { name } = people.dispatcher.actor;
  assert.deepEqual(await from(people.water), [[name, null]], 'the sheet of the centre cannot be opened by a unit');
  assert.deepEqual(await from(people.dispatcher), [[name, { kind: 'asset_import', id }]]);
});

test('so do a change of many and its undoing, with what stayed counted by unit, and a hand-over', async () => {
  const ids = await idsOf(['挂号主机', '收费主机', '水情主机']);
  const { id } = await changeMany(people.dispatcher, { assetIds: ids, set: { location: '三楼机房' } });
  assert.deepEqual(await namesIn(people.water, id, 'bulk'), [['水情主机']]);
  const [first] = await idsOf(['收费主机']);
  await changeMany(people.dispatcher, { assetIds: [first ?? ''], set: { location: '四楼' } });
  await undoMany(people.dispatcher, id);
  const undone = async (who: Ctx) =>
    (await told(who, id, 'undo')).map(({ data, names }) => [data.undone, data.kept, names]);
  assert.deepEqual(await undone(people.health), [[1, 1, ['挂号主机']]]);
  assert.deepEqual(await undone(people.water), [[1, 0, ['水情主机']]]);

  await handOver(people.dispatcher, { from: '张三', to: '李四', assetIds: ids });
  const handed = await people.water.read((db) =>
    db.selectFrom('journal_entry').select('data').where('object_type', '=', 'asset_handover').execute(),
  );
  assert.deepEqual(
    handed.map(({ data }) => (JSON.parse(data) as { assets: number }).assets),
    [1],
  );
});

test('where only the person in charge changed, the life of an asset does not say that the unit is no longer responsible', async () => {
  await imported(['资产名称,类型,单位,使用单位,负责人', `泵站主机,主机,${WATER},${WATER},赵六`]);
  const [id = ''] = await idsOf(['泵站主机']);
  site.clock.advanceMs(60_000);
  await handOver(people.water, { from: '赵六', to: '钱七', assetIds: [id] });
  const life = async () =>
    (await people.water.read((db) => assetLife.duty(db, id, PAGE))).map(({ what, title, note }) => [
      what,
      title.zh,
      note,
    ]);
  assert.deepEqual(await life(), [
    ['passed', WATER, '赵六 → 钱七'],
    ['begun', WATER, '赵六'],
  ]);
  // Records in which another person was another responsibility, that began right after the former one ended.
  site.clock.advanceMs(60_000);
  await site.asOwner(`
    WITH o AS (UPDATE asset_duty SET ended_at = '${site.clock.now().toISOString()}' WHERE asset_id = '${id}' RETURNING *)
    INSERT INTO asset_duty (id, asset_id, unit_path, role, holder_name, person, from_on, state, created_at)
    SELECT gen_random_uuid(), asset_id, unit_path, role, holder_name, '孙八', from_on, state, ended_at + interval '3 ms' FROM o`);
  assert.deepEqual((await life())[0], ['passed', WATER, '钱七 → 孙八']);
  site.clock.advanceMs(60_000);
  await changeMany(people.dispatcher, { assetIds: [id], set: { usedBy: HEALTH } });
  assert.deepEqual((await life()).slice(0, 2).sort(), [
    ['begun', HEALTH, '钱七'],
    ['ended', WATER, '孙八'],
  ]);
});

test('an import that is taken back is told to each unit; an asset that was changed since has no such entry', async () => {
  const id = await imported([
    '资产名称,类型,单位',
    `住院主机,主机,${HEALTH}`,
    `雨情主机,主机,${WATER}`,
    `旱情主机,主机,${WATER}`,
  ]);
  await changeMany(people.dispatcher, { assetIds: await idsOf(['旱情主机']), set: { location: '五楼' } });
  await undoImport(people.dispatcher, { id });
  const by = { id: people.dispatcher.actor.id, name: people.dispatcher.actor.name };
  await runUndo(site.system, id, by);
  assert.deepEqual(await namesIn(people.health, id, 'undo'), [['住院主机']]);
  const [water] = await told(people.water, id, 'undo');
  assert.deepEqual([water?.names, water?.data.undone, water?.data.kept, water?.data.by], [['雨情主机'], 1, 1, by]);
});
