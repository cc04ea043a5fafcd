import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemContext } from '#app/context.ts';
import { AlertQuery, listAlerts } from '#domain/alerts/list.ts';
import { appendEntries } from '#domain/journal/index.ts';
import { createAsset, relateAssets } from '#domain/ledger/index.ts';

import { encodeParcels } from '#domain/telemetry/parcel.ts';
import { searchEvents } from '#domain/telemetry/search/events.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits } from '../../../test/support/units.ts';
import { DetectionEngine } from './engine.ts';

const RULE = `
title: Something Happens On The Office System
id: 20000000-0000-4000-8000-000000000001
level: high
logsource: { product: windows, category: process_creation }
detection: { sel: { tongan.system.name: 办公系统 }, condition: sel }
`;

let site: TestPlatform;
let engine: DetectionEngine;
let folder: string;
let host = '';
let unitPath = '';
let system = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tongan-enrich-'));
  await writeFile(join(folder, 'rules.yml'), RULE);
  const opened = await openTestPlatform({ append: appendEntries, events: true });
  const { config } = opened.platform;
  const platform = { ...opened.platform, config: { ...config, rules: { ...config.rules, directories: [folder] } } };
  site = { ...opened, platform, system: systemContext(platform) };
  const [unit] = await seedUnits(site, [{ code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' }]);
  unitPath = unit?.path ?? assert.fail('no unit');
  const asset = { unitPath, operatedBy: '信息中心' };
  ({ id: system } = await createAsset(site.system, { ...asset, class: 'system', name: '办公系统' }));
  const made = await createAsset(site.system, { ...asset, class: 'host', name: 'oa-web', hosts: ['pc-1'] });
  host = made.id;
  await relateAssets(site.system, { fromId: system, toId: host, kind: 'runs_on' });
  engine = await DetectionEngine.start(site.system);
});
after(async () => {
  await engine.stop();
  await site.close();
  await rm(folder, { recursive: true, force: true });
});

test('an event comes in with its asset, unit, system and who runs it; rules, searches and alerts know them', async () => {
  const lines = ['pc-1', 'pc-2'].map((Hostname) =>
    JSON.stringify({ Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1, Hostname, CommandLine: 'whoami' }),
  );
  const now = site.clock.now();
  const parcel = {
    sourceId: 'test',
    unitPath,
    sourceHint: '',
    sender: '10.1.1.1',
    receivedAtMs: now.getTime(),
    lines: lines.map((text) => Buffer.from(text)),
  };
  const id = 'batch-1';
  const records = [...encodeParcels(parcel)].map((payload, index) => ({ id: `${id}-${index}`, payload }));
  const { rows, commit } = await engine.workBatch({ id, records });
  const { writer } = site.platform.events;
  await writer.insertHeld('event', [await writer.hold(rows)], id);
  await commit();
  const searched = async (query: string) => {
    const range = { from: new Date(now.getTime() - 3_600_000), to: new Date(now.getTime() + 3_600_000) };
    const columns = ['host', 'asset_id', 'asset_name', 'asset_unit', 'system_name', 'operated_by'];
    const asked = { query, ...range, columns, order: 'desc', limit: 10, cursor: undefined } as const;
    const { items } = await searchEvents(site.system, asked, AbortSignal.timeout(20_000));
    return items.map((item) => columns.map((column) => item[column]));
  };
  const known = ['pc-1', host, 'oa-web', unitPath, '办公系统', '信息中心'];
  for (const query of ['系统:办公系统', '资产:oa-*', `asset_id:${host}`, '信息中心', 'operated_by:信息中心']) {
    assert.deepEqual(await searched(query), [known], query);
  }
  assert.deepEqual(await searched('not system:*'), [['pc-2', '', '', '', '', '']]);
  const filters = [{ system: '办公' }, { system }, { asset: host }, { unit: unitPath }];
  for (const filter of filters) {
    const query = AlertQuery.parse(filter);
    assert.equal((await site.system.read((db) => listAlerts(db, query, ''))).total, 1, JSON.stringify(filter));
  }
  const none = AlertQuery.parse({ system: '别的系统' });
  assert.equal((await site.system.read((db) => listAlerts(db, none, ''))).total, 0);
  const alerts = await site.system.read((db) =>
    db.selectFrom('alert').select(['asset_name', 'system_name', 'entity_value']).execute(),
  );
  assert.deepEqual(alerts, [{ asset_name: 'oa-web', system_name: '办公系统', entity_value: 'pc-1' }]);
});
