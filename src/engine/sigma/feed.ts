import { valuesOf } from '#engine/condition/evaluate.ts';
import { fieldNames } from '#engine/fields/aliases.ts';
import type { FieldValue, SecurityEvent } from '#engine/fields/event.ts';
import type { SigmaCorrelation } from './rule.ts';

/** Gives the id of a rule or correlation that a correlation names. */
export type IdOf = (name: string) => string | undefined;

/** The names under which a field is looked for, its own first. */
type FieldWithNames = readonly string[];

/** What one of a correlation's rules gives it. */
export interface Feed {
  readonly correlation: SigmaCorrelation;
  /** Position in the correlation's rules. */
  readonly rule: number;
  /** Fields to read for group-by, in its order, and for the counted values: each with its names of the same meaning. */
  readonly groupFields: readonly FieldWithNames[];
  readonly valueFields: readonly FieldWithNames[];
}

/** By the id of a rule or correlation: who counts its hits. */
export function feedsOf(correlations: readonly SigmaCorrelation[], idOf: IdOf): Map<string, Feed[]> {
  const feeds = new Map<string, Feed[]>();
  for (const correlation of correlations) {
    correlation.rules.forEach((name, rule) => {
      const id = idOf(name);
      if (id === undefined) return;
      const fieldOf = (field: string): FieldWithNames => {
        const alias = correlation.aliases[field];
        return fieldNames(alias?.[name] ?? alias?.[id] ?? field);
      };
      const groupFields = correlation.groupBy.map(fieldOf);
      const feed = { correlation, rule, groupFields, valueFields: correlation.valueFields.map(fieldOf) };
      feeds.set(id, [...(feeds.get(id) ?? []), feed]);
    });
  }
  return feeds;
}

type Fields = SecurityEvent['fields'];

function textOf(fields: Fields, names: FieldWithNames | undefined): string {
  for (const name of names ?? []) {
    const value = fields[name];
    if (value === undefined || !Object.hasOwn(fields, name)) continue;
    return typeof value === 'string' ? value : valuesOf(value).join(', ');
  }
  return '';
}

/** The values of the group-by fields by the name written there; undefined when one is missing. */
export function groupOf({ correlation, groupFields }: Feed, fields: Fields): Record<string, string> | undefined {
  const group: Record<string, string> = {};
  for (let index = 0; index < groupFields.length; index += 1) {
    const value = textOf(fields, groupFields[index]);
    if (value === '') return undefined;
    group[correlation.groupBy[index] ?? ''] = value;
  }
  return group;
}

const BETWEEN = '\u0000';

/** The values of the group-by fields in one text, by which a group is found; undefined when one is missing. */
export function joinedValues({ groupFields }: Feed, fields: Fields): string | undefined {
  let joined = '';
  for (let index = 0; index < groupFields.length; index += 1) {
    const value = textOf(fields, groupFields[index]);
    if (value === '') return undefined;
    joined = index === 0 ? value : joined + BETWEEN + value;
  }
  return joined;
}

/** The same text from the values. */
export const joinValues = (values: readonly string[]): string => values.join(BETWEEN);

/** Parts of a counted value that has several fields. */
const JOINT = '\u001f';

/** The counted value, '' when nothing is counted; undefined when the event has none. */
export function countedValue({ valueFields }: Feed, fields: Fields): string | undefined {
  const [only] = valueFields;
  if (only === undefined) return '';
  if (valueFields.length === 1) return textOf(fields, only) || undefined;
  const parts = valueFields.map((field) => textOf(fields, field));
  return parts.every((part) => part === '') ? undefined : parts.join(JOINT);
}

/** The event a correlation stands for where others count its hits: its last event, with the group's values as fields. */
export function withGroup(event: SecurityEvent, group: Readonly<Record<string, string>>): SecurityEvent {
  const fields: Record<string, FieldValue> = { ...event.fields, ...group };
  return { ...event, fields };
}

/**
 * By rule: the fields of its events that any correlation can come to read, also through the correlations between. Enough
 * to repeat what a hit did without keeping the event.
 */
export function fieldsNeeded(feeds: ReadonlyMap<string, readonly Feed[]>): Map<string, readonly string[]> {
  const needs = new Map<string, readonly string[]>();
  const read = (id: string): readonly string[] => {
    const known = needs.get(id);
    if (known) return known;
    needs.set(id, []);
    const own = (feeds.get(id) ?? []).flatMap(({ correlation, groupFields, valueFields }) => [
      ...[...groupFields, ...valueFields].map(([field = '']) => field),
      ...read(correlation.id),
    ]);
    const fields = [...new Set(own)];
    needs.set(id, fields);
    return fields;
  };
  for (const id of feeds.keys()) read(id);
  return needs;
}
