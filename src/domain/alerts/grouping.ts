import { ALERT_LEVELS, type AlertLevel, type Detection, type Entity } from './detection-input.ts';

/** How far apart in time detections of one alert may be. */
export interface GroupWindow {
  /** Sliding: from the nearest end of the group, milliseconds. */
  readonly windowMs: number;
  /** From the first to the last one, milliseconds. */
  readonly spanMs: number;
}

/** The time that a group covers, Unix milliseconds. */
export interface Span {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Whether a detection at `atMs` belongs to a group. Late ones may also stretch it backwards. */
export function fits({ firstMs, lastMs }: Span, atMs: number, { windowMs, spanMs }: GroupWindow): boolean {
  if (atMs < firstMs - windowMs || atMs > lastMs + windowMs) return false;
  return Math.max(lastMs, atMs) - Math.min(firstMs, atMs) <= spanMs;
}

const ENTITY_CHARS_MAX = 300;

/** The value of an entity as it is compared and kept: lower case, bounded, without what the record store refuses. */
export const entityText = ({ value }: Entity): string =>
  value.toLowerCase().replaceAll('\0', '').slice(0, ENTITY_CHARS_MAX).toWellFormed();

/** What the detections of one alert have in common. The unit is part of it: private addresses repeat between units. */
export const groupKey = (detection: Detection): string =>
  JSON.stringify([detection.ruleId, detection.entity.kind, entityText(detection.entity), detection.event.unitPath]);

/** A set of detections of one key that are close in time. */
export interface Cluster extends Span {
  readonly key: string;
  readonly detections: readonly Detection[];
}

/** Puts detections into groups that are already there or new ones, in the order of time. */
export function cluster<Existing extends Span & { readonly key: string }>(
  detections: readonly Detection[],
  existing: readonly Existing[],
  window: GroupWindow,
): { readonly joined: ReadonlyMap<Existing, Cluster>; readonly fresh: readonly Cluster[] } {
  interface Open {
    readonly key: string;
    readonly of: Existing | undefined;
    firstMs: number;
    lastMs: number;
    detections: Detection[];
  }
  const open: Open[] = existing.map((group) => ({
    key: group.key,
    of: group,
    firstMs: group.firstMs,
    lastMs: group.lastMs,
    detections: [],
  }));
  const byKey = Map.groupBy(open, (group) => group.key);
  for (const detection of [...detections].sort((left, right) => left.atMs - right.atMs)) {
    const key = groupKey(detection);
    const groups = byKey.get(key) ?? [];
    byKey.set(key, groups);
    let group = groups.findLast((candidate) => fits(candidate, detection.atMs, window));
    if (group === undefined) {
      group = { key, of: undefined, firstMs: detection.atMs, lastMs: detection.atMs, detections: [] };
      groups.push(group);
    }
    group.firstMs = Math.min(group.firstMs, detection.atMs);
    group.lastMs = Math.max(group.lastMs, detection.atMs);
    group.detections.push(detection);
  }
  const joined = new Map<Existing, Cluster>();
  const fresh: Cluster[] = [];
  for (const group of [...byKey.values()].flat()) {
    if (group.detections.length === 0) continue;
    if (group.of === undefined) fresh.push(group);
    else joined.set(group.of, group);
  }
  return { joined, fresh };
}

/** 0 informational … 4 critical. */
export const rankOf = (level: AlertLevel): number => ALERT_LEVELS.indexOf(level);

/** The highest level among detections. */
export function highestLevel(detections: readonly Detection[], floor: AlertLevel = 'informational'): AlertLevel {
  return detections.reduce<AlertLevel>(
    (highest, { level }) => (rankOf(level) > rankOf(highest) ? level : highest),
    floor,
  );
}
