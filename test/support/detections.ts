import type { Detection } from '#domain/alerts/detection-input.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';

export const NANNING_UNIT = '/450000/450100/nn-health/';
export const LIUZHOU_UNIT = '/450000/450200/lz-health/';
/** An hour before the standing clock of the test platform. */
export const START_MS = Date.parse('2026-03-02T01:00:00Z');
export const HOUR_MS = 3_600_000;

/** Gives each call new ids, so that tests of one file never repeat a detection by accident. */
export function detectionMaker(prefix: string) {
  let serial = 0;
  const anEvent = (change: Partial<SecurityEvent> = {}): SecurityEvent => {
    serial += 1;
    return {
      id: `${prefix}-${serial}`,
      timeMs: START_MS,
      receivedAtMs: START_MS,
      source: 'microsoft-windows',
      logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
      unitPath: NANNING_UNIT,
      fields: { Computer: 'web01', User: 'CORP\\zhang', CommandLine: 'whoami' },
      raw: '{"EventID":1}',
      problem: '',
      ...change,
    };
  };
  const aDetection = (change: Partial<Detection> = {}): Detection => {
    const event = change.event ?? anEvent();
    return {
      id: `${change.ruleId ?? 'rule-1'}:${event.id}`,
      ruleId: 'rule-1',
      ruleTitle: { zh: '可疑命令', en: 'Suspicious command' },
      level: 'medium',
      techniques: ['T1033'],
      tactics: ['discovery'],
      category: '',
      event,
      relatedEventIds: [],
      matched: [{ field: 'CommandLine', value: 'whoami', condition: 'equals whoami' }],
      entity: { kind: 'host', value: 'WEB01' },
      atMs: START_MS,
      ...change,
    };
  };
  return { anEvent, aDetection };
}
