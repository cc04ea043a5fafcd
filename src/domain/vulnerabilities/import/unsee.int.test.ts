import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { moveAsset } from '#domain/ledger/model/moves.ts';
import { nessusOf, openUndoing, type Undoing } from '../../../../test/support/undoing.ts';
import { findImport } from './store.ts';

let undoing: Undoing;
before(async () => {
  undoing = await openUndoing();
});
after(() => undoing.close());

/** A scan of a machine that is told apart by its network card, with a service at port 443 where there are items. */
const scan = (day: string, address: string, plugins: readonly string[] = ['22964']) =>
  nessusOf(
    day,
    plugins.map((plugin) => ({ plugin, severity: plugin === '22964' ? 0 : 3 })),
    address,
    {
      'mac-address': `a4:bb:6d:00:${address
        .split('.')
        .slice(2)
        .map((part) => Number(part).toString(16).padStart(2, '0'))
        .join(':')}`,
    },
  );

/** What is observed at an address, by class and state with the days, and the assets that it is or was of. */
const seen = (address: string) =>
  undoing.platform.system.read(async (db) => {
    const observations = await db
      .selectFrom('asset_observation')
      .select(['id', 'class', 'link_state', 'first_seen_at', 'last_seen_at', 'asset_id'])
      .where(sql<boolean>`native_key ~ ${`host/${address.replaceAll('.', '[.]')}( |$)`}`)
      .orderBy('class')
      .orderBy('id')
      .execute();
    const { rows: assets } = await sql<{ id: string; class: string; state: string }>`
      SELECT id, class, state FROM asset WHERE id = ANY(${observations.flatMap(({ asset_id }) => asset_id ?? [])}::uuid[])
        OR id IN (SELECT asset_id FROM asset_observation_link WHERE observation_id = ANY(${observations.map(({ id }) => id)}::uuid[]))
      ORDER BY class, id`.execute(db);
    const day = (at: Date) => at.toISOString().slice(0, 10);
    return {
      states: observations.map((one) => `${one.class} ${one.link_state}`),
      days: observations.map((one) => [day(one.first_seen_at), day(one.last_seen_at)]),
      assets: assets.map((one) => `${one.class} ${one.state}`),
      host: assets.find((one) => one.class === 'host')?.id ?? '',
    };
  });
const WITHDRAWN = ['host withdrawn', 'service withdrawn'];
const GONE = ['host written_off', 'service written_off'];
const LINKED = ['host linked', 'service linked'];
const FOUND = ['host discovered', 'service discovered'];
const found = (id: string) => undoing.officer.read((db) => findImport(db, id));

test('what only a report saw goes with it, with the assets that it alone made; the same report brings it back', async () => {
  const host = '10.9.20.1';
  const report = scan('2026-02-01', host);
  const id = await undoing.imported(report);
  const once = await seen(host);
  assert.deepEqual([once.states, once.assets], [LINKED, FOUND]);
  await undoing.takenBack(id);
  const gone = await seen(host);
  assert.deepEqual([gone.states, gone.assets], [WITHDRAWN, GONE]);
  const row = await found(id);
  assert.deepEqual([row?.undone_observations, row?.undone_assets, row?.kept_assets], [2, 2, 0]);

  await undoing.imported(report);
  const again = await seen(host);
  assert.deepEqual([...again.states].sort(), [...LINKED, ...WITHDRAWN].sort());
  assert.deepEqual([...again.assets].sort(), [...FOUND, ...GONE].sort());
});

test('what another report saw, too, stays with its time, whichever goes first', async () => {
  for (const [nth, order] of [[0, 1] as const, [1, 0] as const].entries()) {
    const host = `10.9.21.${nth + 1}`;
    const days = ['2026-02-01', '2026-02-08'];
    const imports = [
      await undoing.imported(scan(days[0] ?? '', host)),
      await undoing.imported(scan(days[1] ?? '', host)),
    ];
    await undoing.takenBack(imports[order[0]] ?? '');
    const left = await seen(host);
    const day = days[order[1]];
    assert.deepEqual(
      [left.states, left.assets, left.days],
      [
        LINKED,
        FOUND,
        [
          [day, day],
          [day, day],
        ],
      ],
    );
    await undoing.takenBack(imports[order[1]] ?? '');
    const gone = await seen(host);
    assert.deepEqual([gone.states, gone.assets], [WITHDRAWN, GONE]);
  }
  const host = '10.9.21.9';
  const report = scan('2026-02-01', host);
  const [first, second] = [await undoing.imported(report), await undoing.imported(report)];
  await undoing.takenBack(first);
  assert.deepEqual((await seen(host)).states, LINKED);
  await undoing.takenBack(second);
  assert.deepEqual((await seen(host)).states, WITHDRAWN);
});

test('an asset that somebody claimed, or of which a decision is told, stays with what was observed of it', async () => {
  const [claimed, dismissed] = ['10.9.22.1', '10.9.22.2'];
  const first = await undoing.imported(scan('2026-02-01', claimed, ['700']));
  await moveAsset(undoing.officer, { id: (await seen(claimed)).host, move: 'claim' });
  await undoing.takenBack(first);
  const left = await seen(claimed);
  assert.deepEqual(
    [left.states, left.assets[0]?.includes('written_off')],
    [['host linked', 'service withdrawn'], false],
  );
  assert.deepEqual([(await found(first))?.kept_assets, await undoing.issues(claimed)], [1, []]);

  const second = await undoing.imported(scan('2026-02-01', dismissed, ['701']));
  const { host } = await seen(dismissed);
  const issue = (await undoing.issues(dismissed)).find(({ asset_id }) => asset_id === host);
  await undoing.dismiss(issue?.id ?? '');
  await undoing.takenBack(second);
  assert.deepEqual((await seen(dismissed)).states, ['host linked', 'service withdrawn']);
});

test('what a report told to be gone is not, unless a later one did not see it either', async () => {
  const host = '10.9.23.1';
  await undoing.imported(scan('2026-02-01', host));
  const second = await undoing.imported(scan('2026-02-05', host, []));
  const gone = async () =>
    (
      await undoing.platform.system.read((db) =>
        db.selectFrom('asset_observation').select('gone_at').where('on_key', '=', `host/${host}`).execute(),
      )
    ).map(({ gone_at }) => gone_at?.toISOString().slice(0, 10) ?? null);
  assert.deepEqual(await gone(), ['2026-02-05']);
  const third = await undoing.imported(scan('2026-02-09', host, []));
  await undoing.takenBack(second);
  assert.deepEqual(await gone(), ['2026-02-09']);
  await undoing.takenBack(third);
  assert.deepEqual(await gone(), [null]);
});
