import { lookUp } from '#engine/fields/lookup.ts';
import type { Detection, EntityKind } from './detection-input.ts';

/** The conditions of a suppression rule. All that are set must hold. */
export interface SuppressionRule {
  readonly id: string;
  /** Where it holds: events of units below. */
  readonly unitPath: string;
  /** '' = every rule. */
  readonly ruleId: string;
  readonly entityKind: EntityKind | null;
  readonly entityValue: string;
  /** '' = no condition on a field. */
  readonly field: string;
  /** May hold `*` for any run of characters; case does not count. */
  readonly fieldValue: string;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
}

const same = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

/** Whether a text fits a pattern in which only `*` is special. Linear in the text for each part of the pattern. */
export function fitsPattern(text: string, pattern: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const value = text.toLowerCase();
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return value === first;
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
  let at = first.length;
  const end = value.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Whether the rule holds at `now` for this detection. An ended or expired rule holds for nothing. */
export function suppresses(rule: SuppressionRule, detection: Detection, now: Date): boolean {
  if (rule.endedAt !== null || rule.expiresAt <= now) return false;
  if (!detection.event.unitPath.startsWith(rule.unitPath)) return false;
  if (rule.ruleId !== '' && rule.ruleId !== detection.ruleId) return false;
  if (rule.entityKind !== null) {
    const { kind, value } = detection.entity;
    if (rule.entityKind !== kind || !same(rule.entityValue, value)) return false;
  }
  if (rule.field === '') return true;
  const value = lookUp(detection.event.fields, rule.field);
  if (value === undefined) return false;
  const values = typeof value === 'string' ? [value] : value;
  return values.some((text) => fitsPattern(text, rule.fieldValue));
}
