import assert from 'node:assert/strict';
import { relative } from 'node:path';
import { test } from 'node:test';
import { normaliser, UNPARSED } from '#domain/telemetry/normalise.ts';
import { loadSources } from '#domain/telemetry/sources.ts';
import { recordedLines, recordingsIn } from '../support/recordings.ts';
import { referenceData, withoutReferenceData } from '../support/reference-data.ts';

const folder = referenceData('windows-attacks');
const skip = folder === undefined ? withoutReferenceData('windows-attacks') : false;
/** Zeek writes tables with a header, which no source of ours reads. */
const recordings = recordingsIn(folder ?? import.meta.dirname).filter((path) => !path.includes('zeek'));
const linesMax = 400;

test('recordings of attacks are all understood: source, log source and time', { skip }, async () => {
  const normalise = normaliser(await loadSources());
  const receivedAtMs = Date.UTC(2026, 0, 1);
  const seen = new Set<string>();
  assert.ok(recordings.length > 40);
  for (const path of recordings) {
    for await (const text of recordedLines(path, linesMax)) {
      const event = normalise({ id: 'r-0', text, receivedAtMs, unitPath: '/450000/', sourceHint: '', sender: '' });
      const where = `${relative(folder ?? '', path)}: ${text.slice(0, 200)}`;
      assert.notEqual(event.source, UNPARSED, where);
      assert.equal(event.problem, '', where);
      assert.ok(event.timeMs > Date.UTC(2019, 0, 1) && event.timeMs < receivedAtMs, where);
      // Every Sysmon event has its category; event 12 without any word on what was done stays registry_event.
      if (event.logsource.service === 'sysmon') assert.notEqual(event.logsource.category, '', where);
      if (event.logsource.category === 'registry_event') assert.equal(event.fields.EventType, undefined, where);
      seen.add(event.logsource.category || event.logsource.service);
    }
  }
  for (const kind of ['process_creation', 'registry_set', 'registry_add', 'ps_script', 'security', 'auditd']) {
    assert.ok(seen.has(kind), `${kind} among ${[...seen].join(', ')}`);
  }
});
