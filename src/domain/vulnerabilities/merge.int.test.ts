import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { appendEntries } from '#domain/journal/index.ts';
import { createAsset } from '#domain/ledger/index.ts';
import { mergeAssets, undoChange } from '#domain/ledger/resolution/actions.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits } from '../../../test/support/units.ts';
import { applyImport, runImport, uploadReport } from './import/actions.ts';
import { ImportOptions } from './import/import.ts';
import { vulnerabilitiesSlice } from './index.ts';

let platform: TestPlatform;
before(async () => {
  platform = await openTestPlatform({ append: appendEntries, jobs: vulnerabilitiesSlice.jobs ?? [] });
});
after(() => platform.close());

/** A Trivy report of a host's packages. */
const report = (ids: readonly string[]): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      SchemaVersion: 2,
      ArtifactName: 'host',
      ArtifactType: 'vm',
      CreatedAt: '2026-02-10T10:00:00+08:00',
      Results: [
        {
          Target: 'host',
          Class: 'os-pkgs',
          Type: 'debian',
          Packages: [{ Name: 'openssl', Version: '1.1.1n-0+deb11u3' }],
          Vulnerabilities: ids.map((id) => ({
            VulnerabilityID: id,
            PkgName: 'openssl',
            InstalledVersion: '1.1.1n-0+deb11u3',
            FixedVersion: '1.1.1w-0+deb11u1',
            Severity: 'HIGH',
            Title: id,
          })),
        },
      ],
    }),
  );

test('what was found on a merged asset is the other one’s, once, and goes back with the undoing', async () => {
  const [unit] = await seedUnits(platform, [{ code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' }]);
  const officer = platform.as({ roles: ['unit_officer'], path: unit?.path ?? assert.fail('no unit') });
  const scan = async (assetId: string, ids: readonly string[]) => {
    const options = ImportOptions.parse({ assetId });
    const { id } = await uploadReport(officer, 'trivy.json', report(ids), options);
    await applyImport(officer, { id });
    await runImport(platform.system, id);
  };
  const make = (name: string, host: string) => createAsset(officer, { class: 'host', name, hosts: [host] });
  const { id: kept } = await make('留', 'web01');
  const { id: merged } = await make('并', 'web02');
  await scan(kept, ['CVE-2022-0778']);
  await scan(merged, ['CVE-2022-0778', 'CVE-2023-0286']);
  const state = () =>
    platform.system.read(async (db) => {
      const rows = async (text: ReturnType<typeof sql<{ row: unknown }>>) =>
        (await text.execute(db)).rows.map(({ row }) => row);
      return {
        issues: await rows(
          sql`SELECT to_jsonb(i) - 'version' - 'changed_at' AS row FROM vulnerability_issue i ORDER BY id`,
        ),
        findings: await rows(sql`SELECT to_jsonb(f) AS row FROM vulnerability_finding f ORDER BY id`),
        coverage: await rows(sql`SELECT to_jsonb(c) AS row FROM vulnerability_coverage c ORDER BY import_id, position`),
        software: await rows(sql`SELECT to_jsonb(s) AS row FROM vulnerability_software s ORDER BY target_key, name`),
      };
    });
  const open = () =>
    platform.system.read((db) =>
      db
        .selectFrom('vulnerability_issue')
        .select(['asset_id', 'primary_id', 'state'])
        .where('state', '<>', 'closed')
        .orderBy('primary_id')
        .execute(),
    );
  assert.equal((await open()).length, 3);
  const was = await state();
  const { id } = await mergeAssets(officer, { id: kept, otherId: merged, reason: '同一台主机' });
  assert.deepEqual(await open(), [
    { asset_id: kept, primary_id: 'CVE-2022-0778', state: 'open' },
    { asset_id: kept, primary_id: 'CVE-2023-0286', state: 'open' },
  ]);
  const software = (await state()).software;
  assert.deepEqual([was.software.length, software.length], [2, 1]);
  await undoChange(officer, { id });
  assert.deepEqual(await state(), was);
});
