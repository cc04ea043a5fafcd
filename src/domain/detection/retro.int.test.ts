import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import { loadPack } from '#engine/sigma/pack.ts';
import { AppError } from '#platform/errors.ts';
import { LIUZHOU_UNIT, NANNING_UNIT } from '../../../test/support/detections.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { RetroResult, retroHunt } from './retro.ts';

const RULES = `
title: Old Trace
id: 20000000-0000-4000-8000-000000000001
name: old_trace
logsource: { product: windows, category: process_creation }
detection:
  sel: { CommandLine|contains: [old-trace, 'a\\*b'], Extra|re: '^x[0-9]{1,3}$' }
  no: { User: SYSTEM }
  condition: sel and not no
---
title: Counted
id: 20000000-0000-4000-8000-000000000002
correlation: { type: event_count, rules: [old_trace], timespan: 5m, condition: { gte: 2 } }
`;

let site: TestPlatform;
before(async () => {
  site = await openTestPlatform({ events: true });
});
after(() => site.close());

const AT = Date.parse('2026-03-01T10:00:00Z');
const event = (id: string, fields: Record<string, string>, unitPath = NANNING_UNIT): SecurityEvent => ({
  id,
  timeMs: AT,
  receivedAtMs: site.clock.now().getTime(),
  source: 'microsoft-windows',
  logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
  unitPath,
  fields: { Computer: `host-${id}`, Extra: 'x12', ...fields },
  raw: '',
  problem: '',
});

test('a rule finds in stored events what it would have found live, within the scope of who asks', async () => {
  const events = [
    event('1', { CommandLine: 'an OLD-TRACE' }),
    event('2', { CommandLine: 'old-trace', User: 'System' }),
    event('3', { CommandLine: 'a*b' }, LIUZHOU_UNIT),
    event('4', { CommandLine: 'axb' }),
    event('5', { CommandLine: 'old-trace', Extra: 'y' }),
  ];
  const lines = events.map((one) => JSON.stringify(toRow(one))).join('\n');
  await site.platform.events.writer.insert('event', Buffer.from(lines), 'retro-1');
  const [rule] = loadPack([{ file: 'r.yml', text: RULES }]).rules;
  assert(rule);
  const range = { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' };
  const all = RetroResult.parse(await retroHunt(site.as({ roles: ['analyst'], path: '/450000/' }), rule, range));
  assert.deepEqual([all.hits, all.hosts], [2, 2]);
  assert.deepEqual(all.samples.map(({ eventId }) => eventId).sort(), ['1', '3']);
  assert.deepEqual(all.hours, [{ hourAt: '2026-03-01T10:00:00Z', hits: 2 }]);
  const nanning = site.as({ roles: ['analyst'], path: '/450000/450100/' });
  assert.equal((await retroHunt(nanning, rule, range)).hits, 1);
  const isCode = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;
  await assert.rejects(retroHunt(nanning, undefined, range), isCode('conflict'));
  const tooLong = { from: '2026-01-01T00:00:00Z', to: '2026-03-02T00:00:00Z' };
  await assert.rejects(retroHunt(nanning, rule, tooLong), isCode('invalid_input'));
});
