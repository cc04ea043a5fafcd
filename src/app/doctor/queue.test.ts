import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PartitionReport } from '#platform/queue/nats/inspect.ts';
import { judgeOwnQueue, judgeQueue } from './queue.ts';

const NOW = new Date('2026-11-25T12:00:00Z');
const GOOD: PartitionReport = {
  stream: 'tongan_events_0',
  replicas: 3,
  current: 2,
  bytes: 1_000_000,
  bytesMax: 100_000_000,
  ownedAt: new Date('2026-11-25T11:59:55Z'),
};

const CASES: readonly {
  readonly what: string;
  readonly change: Partial<PartitionReport>;
  readonly version?: string;
  readonly says?: RegExp;
}[] = [
  { what: 'three copies, an owner, room: nothing to say', change: {} },
  { what: 'one copy', change: { replicas: 1, current: 0 }, says: /fewer than 3 copies/ },
  { what: 'a copy that is down', change: { current: 1 }, says: /behind or down: tongan_events_0/ },
  { what: 'a server that cannot sync', change: {}, version: '2.9.10', says: /acknowledges before its disk/ },
  { what: 'nearly full', change: { bytes: 90_000_000 }, says: /more than 80 % full/ },
  { what: 'nobody owns it', change: { ownedAt: undefined }, says: /nobody works on 1 of 1/ },
  {
    what: 'an owner that is silent',
    change: { ownedAt: new Date('2026-11-25T11:50:00Z') },
    says: /nobody works on 1 of 1/,
  },
];

for (const { what, change, version = '2.11.4', says } of CASES) {
  test(`the queue: ${what}`, () => {
    const found = judgeQueue({ serverVersion: version, partitions: [{ ...GOOD, ...change }] }, 10, NOW);
    const wrong = found.filter(({ state }) => state !== 'ok');
    assert.equal(wrong.length, says === undefined ? 0 : 1);
    if (says) assert.match(wrong[0]?.sentence ?? '', says);
    assert.ok(wrong.every(({ mend }) => mend));
  });
}

const OWN = { bytes: 1e6, bytesMax: 1e9, backlogBytes: 5e5, damages: [] };
const DAMAGE = { segment: 1, offset: 0, bytes: 2e6, reason: 'the checksum does not fit' } as const;

const OWN_CASES: readonly {
  readonly what: string;
  readonly change: Partial<Parameters<typeof judgeOwnQueue>[0]>;
  readonly freeBytes?: number;
  readonly says: [state: string, sentence: RegExp];
}[] = [
  { what: 'little waits, room', change: {}, says: ['ok', /0\.5 MB wait/] },
  { what: 'nearly full', change: { bytes: 9e8 }, says: ['warn', /more than 80 % full/] },
  { what: 'a disk that is nearly full', change: {}, freeBytes: 9e7, says: ['fail', /90\.0 MB are free.*refused/] },
  {
    what: 'a damaged segment',
    change: { damages: [{ ...DAMAGE, kind: 'corrupt' }] },
    says: ['warn', /2\.0 MB .*1 places.*quarantine/],
  },
  {
    what: 'two damaged records',
    change: {
      damages: [
        { ...DAMAGE, bytes: 600, kind: 'corrupt' },
        { ...DAMAGE, offset: 900, bytes: 700, kind: 'corrupt' },
      ],
    },
    says: ['warn', /1\.3 KB .*2 places.*quarantine/],
  },
  {
    what: 'the torn end of a killed process is no fault',
    change: { damages: [{ ...DAMAGE, kind: 'torn' }] },
    says: ['ok', /wait/],
  },
];

for (const { what, change, freeBytes = 1e10, says } of OWN_CASES) {
  test(`the own queue: ${what}`, () => {
    const [found] = judgeOwnQueue({ ...OWN, ...change }, freeBytes, 1e8);
    assert.equal(found?.state, says[0]);
    assert.match(found?.sentence ?? '', says[1]);
  });
}
