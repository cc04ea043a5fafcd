import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { z } from 'zod';
import { appendEntries } from '#domain/journal/index.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { AssetInput, settleFacts } from '../asset.ts';
import { relateAssets } from '../model/relation-actions.ts';
import type { ObservationInput } from '../observations/observation.ts';
import { observe } from '../observations/observe.ts';
import { observeChangedRecords } from '../observations/records.ts';
import { resolveAsset } from '../resolve.ts';
import { insertAssets } from '../store.ts';
import { keepApart, lockValue, mergeAssets, releaseKey, splitAsset, undoChange } from './actions.ts';
import { listObservations, ObservationQuery } from './observation-list.ts';
import { identityOf, listDuplicates } from './views.ts';

const UNIT = '/450000/450100/nn-health/';

let platform: TestPlatform;
let officer: Ctx;
before(async () => {
  platform = await openTestPlatform({ append: appendEntries });
  officer = platform.as({ roles: ['unit_officer'], path: UNIT });
});
after(() => platform.close());

const at = (day: number) => new Date(Date.UTC(2026, 0, day, 2));
const seen = (source: string, nativeKey: string, facts: ObservationInput['facts'], day = 1): ObservationInput => ({
  source,
  nativeKey,
  class: 'host',
  unitPath: UNIT,
  seenAt: at(day),
  facts,
});
const isReason = (reason: string) => (error: unknown) => error instanceof AppError && error.reason === reason;

async function placeOf(observation: ObservationInput): Promise<string> {
  const [place] = await observe(platform.system, [observation]);
  assert.ok(place?.assetId, JSON.stringify(place));
  return place.assetId;
}

/** Everything that makes up some assets, except what counts their versions. */
const stateOf = (ids: readonly string[]) =>
  platform.system.read(async (db) => {
    const rows = async (text: ReturnType<typeof sql<{ row: unknown }>>) =>
      (await text.execute(db)).rows.map(({ row }) => row);
    return {
      assets: await rows(
        sql`SELECT to_jsonb(a) - 'version' - 'changed_at' AS row FROM asset a WHERE id = ANY(${ids}::uuid[]) ORDER BY id`,
      ),
      keys: await rows(
        sql`SELECT to_jsonb(k) AS row FROM asset_key k WHERE asset_id = ANY(${ids}::uuid[]) ORDER BY asset_id, kind, value`,
      ),
      holders: await rows(
        sql`SELECT to_jsonb(h) AS row FROM asset_address_holder h WHERE asset_id = ANY(${ids}::uuid[]) ORDER BY asset_id, address, first_at`,
      ),
      links:
        await rows(sql`SELECT jsonb_build_object('id', id, 'asset', asset_id, 'rule', link_rule, 'keys', link_keys, 'state', link_state, 'at', linked_at) AS row
        FROM asset_observation WHERE asset_id = ANY(${ids}::uuid[]) ORDER BY id`),
      relations: await rows(
        sql`SELECT to_jsonb(r) AS row FROM asset_relation r WHERE from_id = ANY(${ids}::uuid[]) OR to_id = ANY(${ids}::uuid[]) ORDER BY id`,
      ),
      duties: await rows(
        sql`SELECT to_jsonb(d) AS row FROM asset_duty d WHERE asset_id = ANY(${ids}::uuid[]) ORDER BY id`,
      ),
    };
  });

test('a merge is undone to the exact state before it, and holds against the rules until then', async () => {
  const left = await placeOf(
    seen('netbox', 'd1', { serial: 'CN00000001', vendor: 'Dell', hostNames: ['fs1'], addresses: ['10.1.0.1'] }),
  );
  const right = await placeOf(
    seen('cmdb', 'c1', { serial: 'CN00000002', vendor: 'Dell', hostNames: ['fs2'], addresses: ['10.1.0.2'] }),
  );
  assert.notEqual(left, right);
  const was = await stateOf([left, right]);
  const { id } = await mergeAssets(officer, { id: left, otherId: right, reason: '同一台机器换了主板' });
  assert.equal(
    await placeOf(
      seen('cmdb', 'c1', { serial: 'CN00000002', vendor: 'Dell', hostNames: ['fs2'], addresses: ['10.1.0.3'] }, 2),
    ),
    left,
  );
  await observe(platform.system, [
    seen('cmdb', 'c1', { serial: 'CN00000002', vendor: 'Dell', hostNames: ['fs2'], addresses: ['10.1.0.2'] }, 2),
  ]);
  await assert.rejects(mergeAssets(officer, { id: right, otherId: left, reason: 'x' }), isReason('asset.merged'));
  await undoChange(officer, { id, discardLater: true });
  assert.deepEqual(await stateOf([left, right]), was);
  await assert.rejects(undoChange(officer, { id }), isReason('asset.undo.done'));
});

test('a merge takes relations and responsibilities along without doubling any, and gives them back', async () => {
  const enter = async (name: string, said: Partial<z.input<typeof AssetInput>> = {}) => {
    const id = platform.system.ids.next();
    const facts = settleFacts(AssetInput.parse({ class: 'host', name, ...said }), 'confirmed', []);
    const holders = { supervisedBy: null, operatedBy: null, usedBy: null };
    await officer.transaction((tx) =>
      insertAssets(tx, [{ id, unitPath: UNIT, facts, holders, source: 'manual' }], { via: 'created' }),
    );
    return id;
  };
  const kept = await enter('留', { operatedBy: '信息中心' });
  const merged = await enter('并', { operatedBy: '另一家', usedBy: '卫健委', responsiblePerson: '覃二' });
  const [system, store] = [await enter('系统', { class: 'system' }), await enter('存储')];
  const relate = (fromId: string, toId: string, kind: 'runs_on' | 'depends_on') =>
    relateAssets(officer, { fromId, toId, kind });
  await relate(system, kept, 'runs_on');
  await relate(system, merged, 'runs_on');
  await relate(merged, store, 'depends_on');
  await relate(kept, merged, 'depends_on');
  await observeChangedRecords(platform.system);
  const all = [kept, merged, system, store];
  const was = await stateOf(all);
  const { id } = await mergeAssets(officer, { id: kept, otherId: merged, reason: '重复登记' });
  const now = await platform.system.read(async (db) => ({
    relations: await db
      .selectFrom('asset_relation')
      .select(['from_id', 'to_id', 'kind'])
      .where('ended_at', 'is', null)
      .where(({ or, eb }) => or([eb('from_id', 'in', all), eb('to_id', 'in', all)]))
      .orderBy('kind')
      .execute(),
    duties: await db
      .selectFrom('asset_duty')
      .select(['asset_id', 'role', 'holder_name', 'person'])
      .where('ended_at', 'is', null)
      .where('asset_id', 'in', all)
      .orderBy('role')
      .execute(),
    asset: await db
      .selectFrom('asset')
      .select(['operated_by_name', 'used_by_name', 'responsible_person', 'duty'])
      .where('id', '=', kept)
      .executeTakeFirstOrThrow(),
  }));
  assert.deepEqual(now.relations, [
    { from_id: kept, to_id: store, kind: 'depends_on' },
    { from_id: system, to_id: kept, kind: 'runs_on' },
  ]);
  assert.deepEqual(now.duties, [
    { asset_id: kept, role: 'operated', holder_name: '信息中心', person: '' },
    { asset_id: kept, role: 'used', holder_name: '卫健委', person: '覃二' },
  ]);
  assert.deepEqual(now.asset, {
    operated_by_name: '信息中心',
    used_by_name: '卫健委',
    responsible_person: '覃二',
    duty: 'confirmed',
  });
  await undoChange(officer, { id });
  assert.deepEqual(await stateOf(all), was);
});

test('a split is for good, whatever the rules say, and is undone exactly', async () => {
  const a = await placeOf(
    seen('netbox', 'd9', { serial: 'CN00000009', vendor: 'Dell', hostNames: ['db9'], addresses: ['10.9.0.1'] }),
  );
  assert.equal(await placeOf(seen('cmdb', 'c9', { serial: 'CN00000009', vendor: 'Dell', addresses: ['10.9.0.9'] })), a);
  const was = await stateOf([a]);
  const { observations } = await platform.system.read((db) => identityOf(db, a, at(9)));
  const leaving = observations.find(({ source }) => source === 'cmdb')?.id ?? '';
  const { id: made } = await splitAsset(officer, { id: a, observationIds: [leaving], reason: '贴错了序列号' });
  assert.notEqual(made, a);
  // The rules would link it by its serial again.
  assert.equal(
    await placeOf(seen('cmdb', 'c9', { serial: 'CN00000009', vendor: 'Dell', addresses: ['10.9.0.8'] }, 3)),
    made,
  );
  assert.equal(
    await placeOf(seen('ipam', 'i9', { serial: 'CN00000009', vendor: 'Dell' }, 3)),
    await placeOf(seen('ipam', 'i9', { serial: 'CN00000009', vendor: 'Dell' }, 4)),
  );
  await assert.rejects(
    splitAsset(officer, { id: a, observationIds: [leaving], reason: 'x' }),
    (error: unknown) => error instanceof AppError && error.code === 'not_found',
  );
  const change = await platform.system.read((db) =>
    db.selectFrom('asset_identity_change').select('id').where('other_id', '=', made).executeTakeFirstOrThrow(),
  );
  await undoChange(officer, { id: change.id, discardLater: true });
  const now = await stateOf([a]);
  assert.deepEqual(now.assets, was.assets);
  assert.deepEqual(now.keys, was.keys);
});

test('undoing a split brings back what a person had decided before it: what was merged against the rules stays merged', async () => {
  const uuid = '11111111-2222-4333-8444-5555555555aa';
  const a = await placeOf(seen('wazuh', 'w1', { agentId: 'w1', uuid, hostNames: ['twin-1'], addresses: ['10.9.7.1'] }));
  const b = await placeOf(seen('wazuh', 'w2', { agentId: 'w2', uuid, hostNames: ['twin-2'], addresses: ['10.9.7.2'] }));
  assert.notEqual(a, b, 'two agents of one source are two machines to the rules');
  await mergeAssets(officer, { id: a, otherId: b, reason: '重装了代理' });
  const was = await stateOf([a]);
  platform.clock.advanceMs(60_000);
  const { observations } = await platform.system.read((db) => identityOf(db, a, at(9)));
  const leaving = observations.find(({ nativeKey }) => nativeKey === 'w2')?.id ?? '';
  const { id: made } = await splitAsset(officer, { id: a, observationIds: [leaving], reason: '其实是两台' });
  const changes = await platform.system.read((db) =>
    db.selectFrom('asset_identity_change').select('id').where('other_id', '=', made).execute(),
  );
  await undoChange(officer, { id: changes[0]?.id ?? '' });
  // Looked at again, both links say that a person decided; until then one still said how it had come.
  const { links, ...rest } = await stateOf([a]);
  const { links: linksWere, ...restWas } = was;
  assert.deepEqual(rest, restWas);
  assert.equal(links.length, linksWere.length);
  assert.equal(await placeOf(seen('wazuh', 'w2', { agentId: 'w2', uuid, hostNames: ['twin-2'] }, 3)), a);
});

test('what looks alike is asked about once, and a decision settles it', async () => {
  const left = await placeOf(seen('wazuh', '1', { agentId: '1', uuid: '564d1234-0000-4000-8000-00000000aaaa' }, 1));
  const right = await placeOf(seen('wazuh', '2', { agentId: '2', uuid: '564d1234-0000-4000-8000-00000000aaaa' }, 1));
  await observe(platform.system, [
    seen('wazuh', '1', { agentId: '1', uuid: '564d1234-0000-4000-8000-00000000aaaa' }, 5),
  ]);
  const open = async () =>
    (await officer.read((db) => listDuplicates(db, { page: 1, pageSize: 50 }))).items.filter(({ keys }) =>
      keys.some((key) => key.includes('00000000aaaa')),
    );
  const [pair] = await open();
  assert.deepEqual([pair?.left.id, pair?.right.id].sort(), [left, right].sort());
  assert.ok(pair?.vetoes.some((key) => key.startsWith('agent|wazuh|')));
  await keepApart(officer, { leftId: left, rightId: right, reason: '克隆的虚拟机' });
  assert.deepEqual(await open(), []);
});

test('a key that spreads is quarantined; a person who vouches for it brings it back', async () => {
  const uuid = '564d1234-0000-4000-8000-00000000bbbb';
  const clones = [1, 2, 3, 4].map((number) =>
    seen('vcenter', `vm-${number}`, { uuid, hostNames: [`vm${number}`], addresses: [`10.5.0.${number}`] }),
  );
  const places = await observe(platform.system, clones);
  assert.equal(new Set(places.map(({ assetId }) => assetId)).size, 4);
  const held = await platform.system.read((db) => db.selectFrom('asset_key_quarantine').selectAll().execute());
  assert.deepEqual(
    held.map(({ key, holders }) => [key, holders]),
    [[`uuid||${uuid}`, 4]],
  );
  await releaseKey(platform.as({ roles: ['analyst'], path: '/450000/' }), { key: `uuid||${uuid}`, reason: '确为一台' });
  const again = await platform.system.read((db) =>
    db.selectFrom('asset_observation').select('asset_id').where('source', '=', 'vcenter').execute(),
  );
  assert.equal(new Set(again.map(({ asset_id }) => asset_id)).size, 1);
});

test('an event of March belongs to whoever had the address in March', async () => {
  const first = await placeOf(
    seen('dhcp', 'm1', { macs: ['a4:bb:6d:00:00:01'], hostNames: ['pc1'], addresses: ['10.7.0.7'] }, 60),
  );
  const second = await placeOf(
    seen('dhcp', 'm2', { macs: ['a4:bb:6d:00:00:02'], hostNames: ['pc2'], addresses: ['10.7.0.7'] }, 160),
  );
  const asked = (day: number) =>
    platform.system.read((db) => resolveAsset(db, { addresses: ['10.7.0.7'], unitPath: UNIT, at: at(day) }));
  assert.equal((await asked(70))?.id, first);
  assert.equal((await asked(170))?.id, second);
});

test('what people entered takes part: observations join it, and it is never merged by rules', async () => {
  const facts = settleFacts(
    AssetInput.parse({ class: 'host', name: '门户服务器', hosts: ['web01'], addresses: ['10.8.0.1'] }),
    'confirmed',
    [],
  );
  const id = platform.platform.ids.next();
  const nobody = { supervisedBy: null, operatedBy: null, usedBy: null };
  await platform.system.transaction((tx) =>
    insertAssets(tx, [{ id, unitPath: UNIT, facts, holders: nobody, source: 'manual' }], { via: 'created' }),
  );
  await observeChangedRecords(platform.system);
  assert.equal(await placeOf(seen('syslog', 'h', { hostNames: ['WEB01'], addresses: ['10.8.0.1'] }, 70)), id);
  assert.equal(await placeOf(seen('nessus', 's', { addresses: ['10.8.0.1'], operatingSystem: 'Kylin' }, 70)), id);
  await lockValue(officer, { id, field: 'operatingSystem', value: 'UOS 20' });
  const view = await officer.read((db) => identityOf(db, id, at(71)));
  assert.deepEqual(
    view.observations.map(({ source, state, rule }) => [source, state, rule]),
    [
      ['ledger', 'linked', 'two-weak-keys'],
      ['nessus', 'presumed', 'declared-address'],
      ['syslog', 'linked', 'two-weak-keys'],
    ],
  );
  const os = view.attributes.find(({ field }) => field === 'operatingSystem');
  assert.deepEqual(
    [os?.value, os?.source, os?.losing.map(({ value, why }) => `${value} ${why}`)],
    ['UOS 20', '', ['Kylin locked']],
  );
});

test('a person of another unit sees and changes nothing of it', async () => {
  const stranger = platform.as({ roles: ['unit_officer'], path: '/450000/450200/lz-health/' });
  const { id } = await platform.system.read((db) =>
    db.selectFrom('asset').select('id').limit(1).executeTakeFirstOrThrow(),
  );
  await assert.rejects(mergeAssets(stranger, { id, otherId: id, reason: 'x' }), AppError);
  assert.equal((await stranger.read((db) => listDuplicates(db, { page: 1, pageSize: 50 }))).total, 0);
});

test('observations are found by any part of what names them, each by those who may see it', async () => {
  const facts = { hostNames: ['Print-07.lz.gov'], addresses: ['10.77.0.7'], serial: 'CN77777777', vendor: 'HP' };
  const [{ observationId = '' } = {}] = await observe(platform.system, [seen('cmdb', 'asset/P-0007', facts)]);
  const listed = async (ctx: Ctx, asked: Record<string, string>) => {
    const query = ObservationQuery.parse(asked);
    const { items, total, all } = await ctx.read((db) => listObservations(db, query, ctx.scope.path));
    assert.equal(total, all);
    return items.map(({ id }) => id);
  };
  for (const text of ['print-07', 'INT-07.lz', '.77.0', 'n7777', 'et/p-0', 'P-0007', 'pr', '07.lz.gov']) {
    assert.deepEqual(await listed(officer, { text }), [observationId], text);
  }
  assert.deepEqual(await listed(officer, { text: 'p-0007', source: 'cmdb' }), [observationId]);
  for (const asked of [
    { text: 'int_07' },
    { text: 'pri%07' },
    { text: "p-0007' OR 'a" },
    { text: '\\' },
    { text: '-' },
    { text: 'p-0007', source: 'wazuh' },
  ]) {
    assert.deepEqual(await listed(officer, asked), [], JSON.stringify(asked));
  }
  const stranger = platform.as({ roles: ['unit_officer'], path: '/450000/450200/lz-health/' });
  assert.deepEqual(await listed(stranger, { text: 'print-07' }), []);
  assert.ok((await listed(officer, { source: 'cmdb' })).includes(observationId));
  assert.ok((await listed(officer, {})).includes(observationId));
});
