import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { Ctx } from '#platform/context.ts';
import { contentOf, type Sheet } from '#platform/sheet.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../test/support/units.ts';
import { createAsset } from './actions.ts';
import { eachAsset } from './all.ts';
import { startCampaign } from './campaigns/actions.ts';
import { campaignSheet } from './campaigns/units.ts';
import { observe } from './observations/observe.ts';
import { observationSheet } from './resolution/observation-list.ts';

let site: TestPlatform;
let unit: TestUnit;
let dispatcher: Ctx;
before(async () => {
  site = await openTestPlatform();
  const [first] = await seedUnits(site, [{ code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' }]);
  assert.ok(first);
  unit = first;
  dispatcher = site.as({ roles: ['dispatcher'], path: '/450000/' });
});
after(() => site.close());

/** The lines of an export, parsed. */
async function linesOf<Row>(sheet: Sheet<Row>): Promise<Readonly<Record<string, string>>[]> {
  const lines = (await text(contentOf(sheet, 'ndjson'))).split('\n').filter((line) => line !== '');
  return lines.map((line): Record<string, string> => JSON.parse(line));
}

test('an export of observations goes over pages to the last: each once, the newest first, only what fits and is in sight', async () => {
  await observe(site.system, [
    {
      source: 'edr',
      nativeKey: 'first',
      class: 'host',
      unitPath: unit.path,
      seenAt: site.clock.now(),
      facts: { hostNames: ['first'] },
    },
  ]);
  await site.asOwner(`INSERT INTO asset_observation SELECT (jsonb_populate_record(o, jsonb_build_object(
    'id', gen_random_uuid(), 'native_key', 'copy ' || n, 'source', CASE WHEN n % 2 = 0 THEN 'edr' ELSE 'cmdb' END))).*
    FROM asset_observation o, generate_series(1, 2300) n`);
  const idsOf = async (ctx: Ctx, filter: object) =>
    (await linesOf(await observationSheet(ctx, filter))).map(({ id }) => id);
  const all = await idsOf(dispatcher, {});
  assert.equal(all.length, 2301);
  assert.deepEqual(all, [...new Set(all)].sort().toReversed());
  assert.equal((await idsOf(dispatcher, { source: 'cmdb' })).length, 1150);
  assert.deepEqual(await idsOf(site.as({ roles: ['dispatcher'], path: '/450000/450200/' }), {}), []);
});

test('an export of confirmations goes over pages of campaigns that began in the same moment: each once', async () => {
  await createAsset(site.system, { class: 'system', name: '门户网站', unitPath: unit.path });
  await startCampaign(dispatcher, { title: '三月核对', instructions: '', dueOn: '2026-03-20' });
  await site.asOwner(`
    INSERT INTO asset_campaign SELECT (jsonb_populate_record(c, jsonb_build_object(
      'id', gen_random_uuid(), 'started_at', c.started_at - (n % 3) * interval '1 day 1 microsecond'))).*
      FROM asset_campaign c, generate_series(1, 2200) n;
    INSERT INTO asset_campaign_unit SELECT (jsonb_populate_record(u, jsonb_build_object(
      'campaign_id', c.id, 'started_at', c.started_at))).*
      FROM asset_campaign_unit u, asset_campaign c WHERE c.id <> u.campaign_id`);
  const rows = await linesOf(campaignSheet(dispatcher, undefined));
  assert.equal(rows.length, 2201);
  assert.equal(new Set(rows.map(({ campaignId }) => campaignId)).size, 2201);
  const moments = rows.map(({ startedAt }) => startedAt);
  assert.deepEqual(moments, moments.toSorted().toReversed(), 'the newest first');
  const [one] = rows;
  assert.ok(one);
  assert.equal((await linesOf(campaignSheet(dispatcher, one.campaignId))).length, 1);
});

test('an export of assets has each once, also of those that are renamed while it is written', async () => {
  await createAsset(site.system, { class: 'host', name: '一号机', unitPath: unit.path });
  await site.asOwner(`INSERT INTO asset SELECT (jsonb_populate_record(a, jsonb_build_object(
    'id', gen_random_uuid(), 'name', '机 ' || lpad(n::text, 5, '0'), 'name_key', '机 ' || lpad(n::text, 5, '0')))).*
    FROM asset a, generate_series(1, 2300) n WHERE a.name = '一号机'`);
  const names: string[] = [];
  const ids = new Set<string>();
  for await (const { id, facts } of eachAsset(dispatcher, { class: 'host' })) {
    if (ids.size === 500) {
      // One that was told already would come again, one that is to come would be left out.
      await site.asOwner(`UPDATE asset SET name = '机 99999', name_key = '机 99999' WHERE name = '机 00003';
        UPDATE asset SET name = '机 00000', name_key = '机 00000' WHERE name = '机 02000'`);
    }
    ids.add(id);
    names.push(facts.name);
  }
  assert.deepEqual([names.length, ids.size], [2301, 2301]);
  assert.deepEqual(names.slice(0, 1000), names.slice(0, 1000).toSorted(), 'by name within a unit');
});
