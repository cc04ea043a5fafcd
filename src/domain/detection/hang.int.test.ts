import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemContext } from '#app/context.ts';
import { appendEntries } from '#domain/journal/index.ts';
import type { WorkedBatch } from '#domain/telemetry/index.ts';
import { encodeParcels } from '#domain/telemetry/parcel.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import type { QueueBatch } from '#platform/queue/queue.ts';
import { NANNING_UNIT } from '../../../test/support/detections.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { DetectionEngine } from './engine.ts';
import { FaultList, listFaults } from './faults.ts';

let site: TestPlatform;
let engine: DetectionEngine;
before(async () => {
  const opened = await openTestPlatform({ append: appendEntries });
  site = { ...opened, system: systemContext(opened.platform) };
  const script = new URL('../../../test/support/hanging-thread.ts', import.meta.url);
  engine = await DetectionEngine.start(site.system, undefined, { hangMs: 400, script });
});
after(async () => {
  await engine.stop();
  await site.close();
});

const line = (commandLine: string): string =>
  JSON.stringify({
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventID: 1,
    Hostname: 'pc-1',
    CommandLine: commandLine,
  });

function batchOf(id: string, lines: readonly string[]): QueueBatch {
  const parcel = {
    sourceId: 'test',
    unitPath: NANNING_UNIT,
    sourceHint: '',
    sender: '10.1.1.1',
    receivedAtMs: site.clock.now().getTime(),
    lines: lines.map((text) => Buffer.from(text)),
  };
  return { id, records: [...encodeParcels(parcel)].map((payload, index) => ({ id: `${id}-${index}`, payload })) };
}

const sumOf = ({ sums }: WorkedBatch): number => sums.reduce((total, { events }) => total + events, 0);

const faults = async () =>
  FaultList.parse(await site.as({ roles: ['analyst'], path: '/' }).read((db) => listFaults(db, undefined))).items;

test('lines at which a thread hangs are set aside and counted; the others of the batch, and other batches, go on', async () => {
  const bad = batchOf('hang-1', [
    line('first'),
    line('hang-in-reading'),
    line('third'),
    line('hang-in-matching'),
    line('last'),
  ]);
  const behind = batchOf('hang-2', [line('waits behind the one that hangs')]);
  const [worked, other] = await Promise.allSettled([engine.workBatch(bad), engine.workBatch(behind)]);
  assert(worked.status === 'fulfilled');
  assert.equal(sumOf(worked.value), 5, 'nothing is lost');
  await worked.value.commit();
  const shown = await faults();
  assert.deepEqual(shown.map(({ stage, error }) => [stage, error]).sort(), [
    ['match', 'the event kept a detection thread busy for more than 0.4 s'],
    ['match', 'the event kept a detection thread busy for more than 0.4 s'],
  ]);
  // The batch behind was in the same thread: tried again it is read as ever.
  assert.equal(other.status, 'rejected');
  const again = await engine.workBatch(behind);
  assert.equal(sumOf(again), 1);
  await again.commit();
  assert.equal((await faults()).length, 2);
});

test('events that are matched by themselves are found in the same way', async () => {
  const event = (id: string, raw: string): SecurityEvent => ({
    id,
    timeMs: site.clock.now().getTime(),
    receivedAtMs: site.clock.now().getTime(),
    source: 'test',
    logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
    unitPath: NANNING_UNIT,
    fields: { CommandLine: raw },
    raw,
    problem: '',
  });
  await engine.handle(
    [event('a', 'x'), event('b', 'hang-in-matching'), event('c', 'x'), event('d', 'hang-in-matching')],
    'hang-3',
  );
  const own = (await faults()).map(({ eventId }) => eventId).filter((id) => !id.startsWith('hang-1'));
  assert.deepEqual(own.sort(), ['b', 'd']);
  const { errors } = await site.system.read((db) =>
    db
      .selectFrom('detection_scope_hour')
      .select((expression) => expression.fn.sum<string>('errors').as('errors'))
      .executeTakeFirstOrThrow(),
  );
  assert.equal(Number(errors), 4, 'the ledger counts them all');
});
