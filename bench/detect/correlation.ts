import type { SecurityEvent } from '#engine/fields/event.ts';
import { Correlator } from '#engine/sigma/correlator.ts';
import type { RuleHit } from '#engine/sigma/correlator-state.ts';
import { loadPack } from '#engine/sigma/pack.ts';

const RULES = `
title: Failed Logon
id: bench-failed
name: failed
logsource: { product: windows, service: security }
detection: { selection: { EventID: 4625 }, condition: selection }
---
title: Many Failed Logons
id: bench-many
name: many
correlation: { type: event_count, rules: [failed], group-by: [TargetUserName], timespan: 10m, condition: { gte: 12 } }
`;

const GROUPS = 100_000;
const BATCH = 4_000;
const UNITS = Array.from({ length: 20 }, (_, index) => `/450000/4501${String(index).padStart(2, '0')}/`);

export interface CorrelationSpeed {
  /** Hits taken into an event_count over `groups` groups, by processor time of one core. */
  readonly eventsPerSecond: number;
  /** The same events through JSON.parse, in the same run. */
  readonly jsonParsePerSecond: number;
  readonly ratioToJsonParse: number;
  readonly groups: number;
  readonly alerts: number;
  /** Memory of one group with about five entries, its key and event ids included. */
  readonly bytesPerGroup: number;
  /** Seconds to write everything down as JSON, and its size. */
  readonly snapshotSeconds: number;
  readonly snapshotMb: number;
}

/** Hits in batches, as a detector gets them. The groups come in an order that no cache could guess. */
function* batchesOf(from: number, count: number): Generator<RuleHit[]> {
  let state = 1 + from;
  for (let at = from; at < from + count; at += BATCH) {
    yield Array.from({ length: BATCH }, (_, index) => {
      state = (state * 48_271) % 2_147_483_647;
      return hitOf(at + index, state);
    });
  }
}

function hitOf(index: number, chance: number): RuleHit {
  const timeMs = Date.UTC(2026, 0, 1) + index;
  const event: SecurityEvent = {
    id: `segment-${index}`,
    timeMs,
    receivedAtMs: timeMs,
    source: 'microsoft-windows',
    logsource: { product: 'windows', category: '', service: 'security' },
    unitPath: UNITS[chance % UNITS.length] ?? '/',
    fields: {
      EventID: '4625',
      Computer: `pc-${chance % 5_000}.example`,
      TargetUserName: `User${chance % GROUPS}`,
      IpAddress: `10.1.${chance % 250}.${chance % 199}`,
      LogonType: '3',
      Status: '0xc000006d',
    },
    raw: '',
    problem: '',
  };
  return { ruleId: 'bench-failed', event, clockMs: timeMs };
}

const cpuSeconds = (since: NodeJS.CpuUsage): number => process.cpuUsage(since).user / 1e6;

function open(): Correlator {
  const pack = loadPack([{ file: 'bench', text: RULES }]);
  const ids = new Map([...pack.rules, ...pack.correlations].map((head) => [head.name, head.id]));
  return new Correlator(pack.correlations, (name) => ids.get(name));
}

interface Fed {
  readonly seconds: number;
  readonly alerts: number;
}

/** Only the feeding is timed, not the making of events. */
function feedAll(engine: Correlator, batches: Iterable<readonly RuleHit[]>): Fed {
  let seconds = 0;
  let alerts = 0;
  for (const batch of batches) {
    const since = process.cpuUsage();
    alerts += engine.feed(batch).hits.length;
    seconds += cpuSeconds(since);
  }
  return { seconds, alerts };
}

function parseRate(): number {
  let lines = 0;
  let seconds = 0;
  for (const batch of batchesOf(0, 200_000)) {
    const texts = batch.map(({ event }) => JSON.stringify(event));
    const since = process.cpuUsage();
    for (const text of texts) if (JSON.parse(text) !== null) lines += 1;
    seconds += cpuSeconds(since);
  }
  return lines / seconds;
}

/** Measures counting into many groups on one core. @param events how many hits are counted, after half as many to warm up */
export function measureCorrelation(events = 1_000_000): CorrelationSpeed {
  const memoryBefore = usedBytes();
  const engine = open();
  feedAll(engine, batchesOf(0, events / 2));
  const groups = engine.load[0]?.groups ?? 0;
  const bytesPerGroup = Math.round((usedBytes() - memoryBefore) / groups);
  const { seconds, alerts } = feedAll(engine, batchesOf(events / 2, events));
  const eventsPerSecond = Math.round(events / seconds);
  const jsonParsePerSecond = Math.round(parseRate());
  const since = process.cpuUsage();
  let snapshotBytes = 0;
  for (const chunk of engine.snapshot()) snapshotBytes += JSON.stringify(chunk).length;
  return {
    eventsPerSecond,
    jsonParsePerSecond,
    ratioToJsonParse: Number((eventsPerSecond / jsonParsePerSecond).toFixed(2)),
    groups,
    alerts,
    bytesPerGroup,
    snapshotSeconds: cpuSeconds(since),
    snapshotMb: Number((snapshotBytes / 1e6).toFixed(1)),
  };
}

/** Memory in use, after a collection where the process allows one (`--expose-gc`). */
function usedBytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
