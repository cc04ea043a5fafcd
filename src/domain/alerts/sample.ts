import type { FieldValue, SecurityEvent } from '#engine/fields/event.ts';
import { mask } from '#engine/sensitive/find.ts';
import type { Detection, MatchedValue } from './detection-input.ts';

export interface SampleLimits {
  readonly perAlert: number;
  readonly rawCharsMax: number;
  readonly valueCharsMax: number;
}

/** An event kept with its alert: whole, or cut where a single text is enormous. */
export interface Sample {
  readonly event: SecurityEvent;
  readonly matched: readonly MatchedValue[];
  readonly relatedEventIds: readonly string[];
  readonly at: Date;
}

const CUT = '… (cut)';

/** At most `max` characters, with a mark where something was left out; NUL has no place in the record store. */
function bounded(text: string, max: number): string {
  const clean = text.replaceAll('\0', '␀').toWellFormed();
  return clean.length > max ? clean.slice(0, max).toWellFormed() + CUT : clean;
}

const eachText = (value: FieldValue, change: (text: string) => string): FieldValue =>
  typeof value === 'string' ? change(value) : value.map(change);

const RELATED_MAX = 200;

export function sampleOf(detection: Detection, limits: SampleLimits): Sample {
  const { event, matched, relatedEventIds, atMs } = detection;
  const value = (text: string): string => bounded(text, limits.valueCharsMax);
  const fields = Object.entries(event.fields).map(([name, field]) => [value(name), eachText(field, value)] as const);
  return {
    event: {
      ...event,
      fields: Object.fromEntries(fields),
      raw: bounded(event.raw, limits.rawCharsMax),
      problem: value(event.problem),
    },
    matched: matched.map((hit) => ({ field: hit.field, value: value(hit.value), condition: value(hit.condition) })),
    relatedEventIds: relatedEventIds.slice(0, RELATED_MAX),
    at: new Date(atMs),
  };
}

/** The same event with every personal identifier in its texts masked. */
export function maskedEvent(event: SecurityEvent): SecurityEvent {
  const fields = Object.entries(event.fields).map(([name, value]) => [name, eachText(value, mask)] as const);
  return { ...event, fields: Object.fromEntries(fields), raw: mask(event.raw) };
}

export const maskedMatches = (matched: readonly MatchedValue[]): MatchedValue[] =>
  matched.map((hit) => ({ ...hit, value: mask(hit.value) }));
