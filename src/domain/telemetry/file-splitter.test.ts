import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { evtxFile, SYSMON_START, sysmonValues } from '../../../test/support/evtx-writer.ts';
import { importFile } from './import-file.ts';
import { normaliser } from './normalise.ts';
import { loadSources } from './sources.ts';

test('a packed EVTX file is imported record by record, and its records are Windows events', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-evtx-'));
  try {
    const path = join(folder, 'Sysmon.evtx.gz');
    const records = ['one', 'two'].map((line) => ({ xml: SYSMON_START, values: sysmonValues('C:\\a.exe', line) }));
    await writeFile(path, gzipSync(evtxFile(records)));
    const lines: string[] = [];
    const result = await importFile(path, 'Sysmon.evtx.gz', async (portion) => {
      lines.push(...portion.lines.map((line) => line.toString('utf8')));
    });
    assert.deepEqual([result.accepted, result.rejected], [2, 0]);
    const normalise = normaliser(await loadSources());
    const events = lines.map((text) =>
      normalise({ id: '1', text, receivedAtMs: 0, unitPath: '/', sourceHint: '', sender: '' }),
    );
    assert.deepEqual(
      events.map(({ source, logsource, fields }) => [source, logsource.category, fields.CommandLine, fields.LogonId]),
      [
        ['microsoft-windows', 'process_creation', 'one', '0x3e7'],
        ['microsoft-windows', 'process_creation', 'two', '0x3e7'],
      ],
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
