import type { SecurityEvent } from '#engine/fields/event.ts';
import { lookUp } from '#engine/fields/lookup.ts';
import type { Condition } from './condition.ts';
import { describeTest, evaluate, REFERENCE_WORDS, valuesOf } from './evaluate.ts';

/** A condition held against one event: what was asked, what was there, and whether it was true, part by part. */
export interface Outline {
  readonly holds: boolean;
  /** `all of`, `any of`, `not`, `always`, `never`, or the test in Sigma's words: `endswith \cmd.exe`. */
  readonly asked: string;
  /** Field that was looked at; '' for the whole event and for `all of` … `never`. */
  readonly field: string;
  /** What the event has there; undefined when it has no such field, or where no single field is asked. */
  readonly found: readonly string[] | undefined;
  readonly parts: readonly Outline[];
}

/** Longest value kept, in characters. */
const VALUE_MAX = 500;

const shortened = (values: readonly string[]): string[] =>
  values.map((value) => (value.length > VALUE_MAX ? `${value.slice(0, VALUE_MAX)}…` : value));

function found(event: SecurityEvent, field: string): readonly string[] | undefined {
  const value = lookUp(event.fields, field);
  return value === undefined ? undefined : shortened(valuesOf(value));
}

/** Holds a condition against an event and says of every part whether it was true. @see evaluate */
export function outline(condition: Condition, event: SecurityEvent): Outline {
  const leaf = { holds: evaluate(condition, event), field: '', found: undefined, parts: [] };
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const asked = condition.kind === 'and' ? 'all of' : 'any of';
      return { ...leaf, asked, parts: condition.of.map((part) => outline(part, event)) };
    }
    case 'not':
      return { ...leaf, asked: 'not', parts: [outline(condition.of, event)] };
    case 'constant':
      return { ...leaf, asked: condition.value ? 'always' : 'never' };
    case 'keyword':
      return { ...leaf, asked: describeTest(condition.test) };
    case 'field': {
      const { field, test } = condition;
      return { ...leaf, asked: describeTest(test), field, found: found(event, field) };
    }
    case 'absent':
      return { ...leaf, asked: 'is missing', field: condition.field, found: found(event, condition.field) };
    case 'reference': {
      const other = found(event, condition.other)?.join(', ');
      const asked = `${REFERENCE_WORDS[condition.how]} field ${condition.other} (${other ?? 'missing'})`;
      return { ...leaf, asked, field: condition.field, found: found(event, condition.field) };
    }
  }
}
