import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../test/support/units.ts';
import { createAsset } from './actions.ts';
import type { AssetFacts } from './asset.ts';
import { lockAssets } from './store.ts';
import { updatesOf } from './triple.ts';
import { updateAssets } from './update.ts';

let platform: TestPlatform;
let unit: TestUnit;
let officer: Ctx;
before(async () => {
  platform = await openTestPlatform();
  const [own] = await seedUnits(platform, [{ code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' }]);
  assert.ok(own);
  unit = own;
  officer = platform.as({ roles: ['unit_officer'], path: unit.path });
});
after(() => platform.close());

/** Assets of which each is another one, numbered from 0 on in the range of the set. */
async function made(set: number, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const facts = {
      class: nth % 3 === 0 ? ('system' as const) : ('host' as const),
      name: `资产${nth}`,
      addresses: nth % 3 === 0 ? [] : [`10.${set}.0.${nth + 1}`],
      responsiblePerson: nth % 2 === 0 ? '张三' : '',
      usedBy: nth % 4 === 0 ? '' : unit.name,
    };
    ids.push((await createAsset(officer, facts)).id);
  }
  return ids;
}

/** What becomes of the nth: written off, given to another unit and person, renamed, or nothing. */
const becomes = (facts: AssetFacts, nth: number): AssetFacts =>
  [
    { ...facts, state: 'written_off' as const, code: '', addresses: [] },
    { ...facts, usedBy: '别的单位', responsiblePerson: '李四' },
    {
      ...facts,
      name: `${facts.name}（改）`,
      addresses: facts.addresses.map((address) => address.replace('.0.', '.1.')),
    },
    facts,
  ][nth % 4] ?? facts;

const Together = z.object({ ids: z.array(z.uuid()), each: z.boolean() });
let statements = 0;
const update = action('asset.manage', Together, async (tx, { ids, each }) => {
  const counted = tx.db.withPlugin({
    transformQuery: ({ node }) => {
      statements += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const counting: Tx = Object.create(tx, { db: { value: counted } });
  const locked = new Map((await lockAssets(counted, ids)).map((asset) => [asset.id, asset]));
  const after = ids.map((id, nth) => {
    const before = locked.get(id) ?? assert.fail();
    return { before, facts: becomes(before.facts, nth) };
  });
  const updates = await updatesOf(counting, after, new Map());
  const parts = each ? updates.map((one) => [one]) : [updates];
  const changed: number[] = [];
  for (const part of parts) changed.push((await updateAssets(counting, part, { via: 'bulk', reference: 'x' })).size);
  tx.record({ object: { type: 'asset_bulk', id: tx.ids.next() }, unitPath: unit.path, data: {} });
  return changed.reduce((sum, one) => sum + one, 0);
});

/** Everything that is kept of some assets, in their order, without what tells two sets apart. */
const keptOf = (ids: readonly string[]) =>
  officer.read(async (db) => {
    const { rows } = await sql<{ kept: unknown }>`
      SELECT jsonb_build_object('asset', to_jsonb(a) - 'id',
        'keys', (SELECT jsonb_agg(k.kind || ' ' || k.value ORDER BY k.value) FROM asset_key k WHERE k.asset_id = a.id),
        'duties', (SELECT jsonb_agg(to_jsonb(d) - 'id' - 'asset_id' ORDER BY d.role, d.created_at, d.ended_at)
          FROM asset_duty d WHERE d.asset_id = a.id),
        'before', (SELECT jsonb_agg(to_jsonb(b) - 'asset_id' ORDER BY b.at) FROM asset_standing_before b
          WHERE b.asset_id = a.id),
        'history', (SELECT jsonb_agg(to_jsonb(c) - 'asset_id' ORDER BY c.version) FROM asset_change c
          WHERE c.asset_id = a.id)) AS kept
      FROM unnest(${[...ids]}::uuid[]) WITH ORDINALITY q (id, nth) JOIN asset a ON a.id = q.id ORDER BY q.nth`.execute(
      db,
    );
    return JSON.stringify(rows, undefined, 1).replace(/10\.\d\./g, '10.n.');
  });

test('many assets are written with as many statements as a few, and become what each by itself becomes', async () => {
  const [few, many, single] = [await made(1, 4), await made(2, 24), await made(3, 24)];
  platform.clock.advanceMs(86_400_000);
  const counted = async (ids: string[], each: boolean) => {
    statements = 0;
    const changed = await update(officer, { ids, each });
    return { statements, changed };
  };
  const [ofFew, ofMany, ofSingle] = [
    await counted(few, false),
    await counted(many, false),
    await counted(single, true),
  ];
  assert.equal(ofMany.statements, ofFew.statements);
  assert.ok(ofMany.statements < 15 && ofSingle.statements > 100, `${ofMany.statements}, ${ofSingle.statements}`);
  assert.deepEqual([ofMany.changed, ofSingle.changed], [18, 18], 'a quarter stays as it is');
  assert.equal(await keptOf(many), await keptOf(single));
  const kept = await keptOf(many);
  for (const told of ['written_off', '李四', '（改）']) assert.ok(kept.includes(told), told);
});
