import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { appendEntries } from '#domain/journal/index.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { changeView, chooseDefault, discardView, removeView, saveView, shareView, takeView } from './actions.ts';
import { viewRoutes } from './routes.ts';
import { insertView, listViews } from './store.ts';

const HR = '/450000/450100/nn-hr/';
const VIEW = { list: 'assets', name: '无责任人', search: 'holder=none&sort=name' };
const is = (code: string, reason?: string) => (error: unknown) =>
  error instanceof AppError && error.code === code && (reason === undefined || error.reason === reason);

describe('views of lists', () => {
  let site: TestPlatform;
  let officer: Ctx;
  let leader: Ctx;
  let stranger: Ctx;
  let centre: Ctx;

  before(async () => {
    site = await openTestPlatform({ append: appendEntries });
    officer = site.as({ roles: ['unit_officer'], path: HR, id: 'officer', name: '韦安' });
    leader = site.as({ roles: ['unit_leader'], path: HR, id: 'leader' });
    stranger = site.as({ roles: ['unit_officer'], path: '/450000/450200/lz-hr/', id: 'stranger' });
    centre = site.as({ roles: ['analyst'], path: '/450000/450100/', id: 'analyst' });
  });
  after(() => site.close());

  const names = async (ctx: Ctx, list = 'assets') =>
    (await ctx.read((db) => listViews(db, list, ctx.actor.id, ctx.scope.path))).map(({ name }) => name);
  const beginning = async (ctx: Ctx) => {
    const route = viewRoutes.find(({ method, url }) => method === 'GET' && url === '/api/views');
    const answer = await route?.handler(ctx, { params: {}, query: { list: 'assets' }, body: undefined } as never);
    return (answer as { defaultId: string | null }).defaultId;
  };
  const keep = (ctx: Ctx, name: string) => saveView(ctx, { ...VIEW, name });

  it('are their owner’s alone until shared, then the unit’s: never another unit’s, nor the centre’s above', async () => {
    const { id } = await saveView(officer, VIEW);
    assert.deepEqual([await names(officer), await names(leader)], [['无责任人'], []]);
    await assert.rejects(changeView(leader, { id, version: 1, change: { name: 'x' } }), is('not_found'));
    await shareView(officer, { id, version: 1, shared: true });
    assert.deepEqual([await names(leader), await names(stranger), await names(centre)], [['无责任人'], [], []]);
    await assert.rejects(changeView(leader, { id, version: 2, change: { name: 'x' } }), is('forbidden', 'view.owner'));
    await assert.rejects(removeView(stranger, { id, version: 2 }), is('not_found'));
    await shareView(officer, { id, version: 2, shared: false });
    assert.deepEqual(await names(leader), []);
    await removeView(officer, { id, version: 3 });
    assert.deepEqual(await names(officer), []);
  });

  it('are kept from other units and from the centre above by the store itself, also without any condition', async () => {
    await keep(officer, '留给自己');
    const { id } = await keep(officer, '给本单位');
    await shareView(officer, { id, version: 1, shared: true });
    await chooseDefault(officer, { list: 'assets', viewId: id });
    for (const table of ['list_view', 'list_view_default'] as const) {
      const rows = (ctx: Ctx) => ctx.read((db) => db.selectFrom(table).select('owner_id').execute());
      assert.ok((await rows(officer)).length > 0, table);
      assert.deepEqual([await rows(stranger), await rows(centre)], [[], []], table);
    }
  });

  it('are written in nobody else’s name, and private ones not even read by colleagues, whatever the program asks for', async () => {
    const { id } = await keep(officer, '只给自己');
    const seen = () =>
      leader.read((db) => db.selectFrom('list_view').select('owner_id').where('id', '=', id).execute());
    const change = (set: { name?: string; owner_id?: string }) =>
      leader.transaction(({ db }) => db.updateTable('list_view').set(set).where('id', '=', id).executeTakeFirst());
    assert.deepEqual(await seen(), []);
    assert.equal((await change({ owner_id: 'leader' })).numUpdatedRows, 0n, 'what is not seen cannot be taken');
    await shareView(officer, { id, version: 1, shared: true });
    assert.equal((await seen()).length, 1);
    await assert.rejects(change({ name: 'x' }), /row-level security/, 'shared, and still its owner’s');
    const stolen = { ...VIEW, id: leader.ids.next(), unitPath: HR, ownerId: 'officer', ownerName: '', shared: true };
    const forge = leader.transaction(({ db }) => insertView(db, { ...stolen, changedAt: new Date(), version: 1 }));
    await assert.rejects(forge, /row-level security/);
    const choose = leader.transaction(({ db }) =>
      db
        .insertInto('list_view_default')
        .values({ owner_id: 'officer', list: 'x', unit_path: HR, view_id: null })
        .execute(),
    );
    await assert.rejects(choose, /row-level security/, 'nobody chooses where another begins');
    await removeView(officer, { id, version: 2 });
  });

  it('that were shared by somebody who left are taken over or deleted by who may, once, as the journal says', async () => {
    const gone = site.as({ roles: ['unit_officer'], path: HR, id: 'gone', name: '已离任' });
    const viewer = site.as({ roles: ['analyst'], path: HR, id: 'looker' });
    const [first, second, secret] = [
      await keep(gone, '留下的'),
      await keep(gone, '不要的'),
      await keep(gone, '私人的'),
    ];
    for (const { id } of [first, second]) await shareView(gone, { id, version: 1, shared: true });
    await assert.rejects(takeView(viewer, { id: first.id, version: 2 }), is('forbidden'));
    await assert.rejects(takeView(stranger, { id: first.id, version: 2 }), is('not_found'));
    await assert.rejects(takeView(leader, { id: secret.id, version: 1 }), is('not_found'));
    await assert.rejects(takeView(leader, { id: first.id, version: 1 }), is('conflict', 'view.stale'));
    await takeView(leader, { id: first.id, version: 2 });
    await discardView(leader, { id: second.id, version: 2 });
    await assert.rejects(takeView(leader, { id: first.id, version: 3 }), is('conflict', 'view.mine'));
    await changeView(leader, { id: first.id, version: 3, change: { name: '接手的' } });
    assert.deepEqual(
      (await names(officer)).filter((name) => /接手|不要|留下/.test(name)),
      ['接手的'],
      'still shared, under its new name',
    );
    await assert.rejects(
      changeView(gone, { id: first.id, version: 4, change: { name: 'x' } }),
      is('forbidden', 'view.owner'),
    );
    const entries = await site.system.read((db) =>
      db.selectFrom('journal_entry').select('data').where('action', '=', 'view.take').orderBy('seq').execute(),
    );
    const told = entries.map(({ data }) => JSON.parse(data) as { change: string; ownerName: string; name: string });
    assert.deepEqual(
      told.map(({ change, ownerName, name }) => [change, ownerName, name]),
      [
        ['taken over', '已离任', '留下的'],
        ['removed', '已离任', '不要的'],
      ],
    );
  });

  it('get another name and show something else, but never two of a name, nor what somebody changed meanwhile', async () => {
    const first = await keep(leader, '甲');
    await keep(leader, '乙');
    await assert.rejects(keep(leader, '乙'), is('conflict', 'view.taken'));
    const change = { name: '乙' };
    await assert.rejects(changeView(leader, { id: first.id, version: 1, change }), is('conflict', 'view.taken'));
    await changeView(leader, { id: first.id, version: 1, change: { name: '丙', search: 'kind=host' } });
    await assert.rejects(
      changeView(leader, { id: first.id, version: 1, change: { name: '丁' } }),
      is('conflict', 'view.stale'),
    );
    assert.deepEqual((await names(leader)).slice(0, 2).sort(), ['丙', '乙']);
    await saveView(leader, { ...VIEW, list: 'orders', name: '乙' });
    assert.deepEqual(await names(leader, 'orders'), ['乙'], 'each list has names of its own');
  });

  it('begin a list for one person; a view that is gone begins nothing', async () => {
    const shared = await keep(officer, '共同起点');
    await shareView(officer, { id: shared.id, version: 1, shared: true });
    await chooseDefault(leader, { list: 'assets', viewId: shared.id });
    assert.equal(await beginning(leader), shared.id);
    await assert.rejects(chooseDefault(stranger, { list: 'assets', viewId: shared.id }), is('not_found'));
    await assert.rejects(chooseDefault(leader, { list: 'orders', viewId: shared.id }), is('not_found'));
    await shareView(officer, { id: shared.id, version: 2, shared: false });
    assert.equal(await beginning(leader), null, 'no longer shared');
    await chooseDefault(officer, { list: 'assets', viewId: shared.id });
    await removeView(officer, { id: shared.id, version: 3 });
    assert.equal(await beginning(officer), null, 'removed');
    await chooseDefault(officer, { list: 'assets', viewId: null });
    assert.equal(await beginning(officer), null);
  });

  it('are an address’s part and nothing else, and no more than a menu holds', async () => {
    for (const search of ['a=b#c', 'a b', '?a=b', 'x'.repeat(2001)]) {
      await assert.rejects(saveView(centre, { ...VIEW, search }), is('invalid_input'), search.slice(0, 10));
    }
    await assert.rejects(saveView(centre, { ...VIEW, name: '  ' }), is('invalid_input'));
    for (let number = 1; number <= 50; number += 1) await keep(centre, `视图 ${number}`);
    await assert.rejects(keep(centre, '一个太多'), is('conflict', 'view.many'));
  });

  it('are not shared by who only looks on', async () => {
    const viewer = site.as({ roles: ['authority_viewer'], path: '/450000/450100/', id: 'viewer' });
    const { id } = await keep(viewer, '我的');
    await assert.rejects(shareView(viewer, { id, version: 1, shared: true }), is('forbidden'));
    assert.deepEqual(await names(viewer), ['我的']);
  });
});
