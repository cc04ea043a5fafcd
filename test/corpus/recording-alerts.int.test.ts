import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'node:test';
import { createSource } from '#domain/telemetry/index.ts';
import { openTestApp } from '../support/app.ts';
import { until } from '../support/demo.ts';
import { referenceData, withoutReferenceData } from '../support/reference-data.ts';
import { openSession } from '../support/session.ts';

const recordings = referenceData('windows-attacks');
const rules = referenceData('sigma');

/** Recordings whose names say the technique, and the technique (ATT&CK) that its alerts must name. */
const CASES = [
  ['atomic/windows/credential_access/host/psh_lsass_memory_dump_comsvcs.zip', 'T1003.001'],
  ['atomic/windows/persistence/host/empire_schtasks_creation_standard_user.zip', 'T1053.005'],
  ['atomic/windows/credential_access/host/empire_shell_reg_dump_sam.zip', 'T1003.002'],
] as const;

const IMPORT_PATH = '/450000/450100/nn-hr/';
const WITHIN_MS = 180_000;

interface AlertList {
  readonly items: readonly { readonly techniques: readonly string[] }[];
}

test('recorded attacks, imported with the public rules, alert on the technique that their names say', {
  skip: recordings && rules ? false : withoutReferenceData('windows-attacks, sigma'),
}, async () => {
  assert.ok(recordings && rules);
  const { app, address, stop } = await openTestApp({
    listen: true,
    holds: 'region',
    settings: { rules: { directories: [join(rules, 'rules', 'windows')] } },
  });
  try {
    const input = { name: '导入的攻击记录', kind: '', unitPath: IMPORT_PATH, listener: 'import' as const };
    const { source } = await createSource(app.system, input);
    const analyst = await openSession(address, 'analyst');
    const importer = await openSession(address, 'sysadmin');
    for (const [path, technique] of CASES) {
      const form = new FormData();
      form.set('file', await openAsBlob(join(recordings, path)), basename(path));
      const answer = await importer.send('POST', `/api/sources/${source.id}/import`, form);
      assert.equal(answer.status, 200, await answer.text());
      await until(
        `an alert with ${technique} from ${basename(path)}`,
        async () => {
          const list = await analyst.get<AlertList>(`/api/alerts?technique=${technique}&pageSize=5`);
          return list.items.length > 0 ? list : undefined;
        },
        WITHIN_MS,
      );
    }
  } finally {
    await stop();
  }
});
