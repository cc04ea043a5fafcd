import { isLedgerField } from '#engine/fields/aliases.ts';
import type { FieldValue, SecurityEvent } from '#engine/fields/event.ts';
import { lookUp } from '#engine/fields/lookup.ts';
import { addressBytes, inNetwork, parseNetwork } from './address.ts';
import type { Condition, ValueTest } from './condition.ts';
import { foldCase } from './fold.ts';
import { type Piece, shapeOf, textTester } from './pattern.ts';
import { Automaton } from './regex/automaton.ts';
import { compare, numberOf, timeOf, timePart } from './values.ts';

const TESTERS = new WeakMap<ValueTest, (value: string) => boolean>();

/** The test of a single value, prepared once. */
export function valueTester(test: ValueTest): (value: string) => boolean {
  const known = TESTERS.get(test);
  if (known) return known;
  const tester = prepare(test);
  TESTERS.set(test, tester);
  return tester;
}

function prepare(test: ValueTest): (value: string) => boolean {
  switch (test.op) {
    case 'text': {
      const tester = textTester(test.pattern, test.cased);
      return test.cased ? tester.test : (value) => tester.test(foldCase(value));
    }
    case 'regex': {
      const automaton = new Automaton(test.regex);
      return (value) => automaton.test(value);
    }
    case 'number':
      return (value) => {
        const number = numberOf(value);
        return number !== undefined && compare(number, test.compare, test.value);
      };
    case 'time':
      return (value) => {
        const ms = timeOf(value);
        return ms !== undefined && compare(timePart(ms, test.part, test.zone), test.compare, test.value);
      };
    case 'cidr': {
      const network = parseNetwork(test.network);
      return (value) => {
        const bytes = addressBytes(value);
        return bytes !== undefined && network !== undefined && inNetwork(bytes, network);
      };
    }
  }
}

export const valuesOf = (value: FieldValue | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value : [];

/** All texts of an event in which a keyword is searched: every value that its source gave, and the original text. */
export function keywordTexts(event: SecurityEvent): string[] {
  const texts: string[] = [];
  for (const [name, value] of Object.entries(event.fields)) if (!isLedgerField(name)) texts.push(...valuesOf(value));
  texts.push(event.raw);
  return texts;
}

/** How two values of a reference relate. Both are folded already unless cased. */
export function related(value: string, other: string, how: 'equals' | 'starts' | 'ends' | 'contains'): boolean {
  switch (how) {
    case 'equals':
      return value === other;
    case 'starts':
      return value.startsWith(other);
    case 'ends':
      return value.endsWith(other);
    case 'contains':
      return value.includes(other);
  }
}

/**
 * The meaning of a condition, spelled out without any shortcut. Slow on purpose: the compiled matcher and the SQL are held
 * against it, and explanations of single events come from it.
 */
export function evaluate(condition: Condition, event: SecurityEvent): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.of.every((part) => evaluate(part, event));
    case 'or':
      return condition.of.some((part) => evaluate(part, event));
    case 'not':
      return !evaluate(condition.of, event);
    case 'constant':
      return condition.value;
    case 'field':
      return valuesOf(lookUp(event.fields, condition.field)).some(valueTester(condition.test));
    case 'keyword':
      return keywordTexts(event).some(valueTester(condition.test));
    case 'absent':
      return lookUp(event.fields, condition.field) === undefined;
    case 'reference': {
      const fold = condition.cased ? (text: string) => text : foldCase;
      const others = valuesOf(lookUp(event.fields, condition.other)).map(fold);
      const values = valuesOf(lookUp(event.fields, condition.field)).map(fold);
      return values.some((value) => others.some((other) => related(value, other, condition.how)));
    }
  }
}

/** One thing a rule found: the field ('' = the whole event), its value, and what was asked of it. */
export interface Match {
  readonly field: string;
  readonly value: string;
  readonly condition: string;
}

/** The modifiers' words for how two texts relate. */
export const REFERENCE_WORDS = {
  equals: 'equals',
  starts: 'startswith',
  ends: 'endswith',
  contains: 'contains',
} as const;

/** A test in Sigma's own words: `endswith \cmd.exe`. The first word is stable, so that the console can translate it. */
export function describeTest(test: ValueTest): string {
  switch (test.op) {
    case 'text': {
      const shape = shapeOf(test.pattern);
      if (shape.form !== 'segments') return `${REFERENCE_WORDS[shape.form]} ${shape.text === '' ? "''" : shape.text}`;
      const piece = (part: Piece): string =>
        'text' in part ? part.text : { any: '*', one: '?', dash: '-' }[part.wild];
      return `like ${test.pattern.map(piece).join('')}`;
    }
    case 'regex':
      return `re ${test.regex.source}`;
    case 'number':
      return `${test.compare} ${test.value}`;
    case 'time':
      return `${test.part} ${test.compare} ${test.value} (${test.zone})`;
    case 'cidr':
      return `cidr ${test.network}`;
  }
}

/** Longest value kept in an explanation, in characters. */
const VALUE_MAX = 500;

/** Which tests of a condition that is true of the event made it true. Negated parts explain nothing and are left out. */
export function explain(condition: Condition, event: SecurityEvent): Match[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.filter((part) => evaluate(part, event)).flatMap((part) => explain(part, event));
    case 'field':
    case 'keyword': {
      const isField = condition.kind === 'field';
      const texts = isField ? valuesOf(lookUp(event.fields, condition.field)) : keywordTexts(event);
      const found = texts.find(valueTester(condition.test)) ?? '';
      return [
        {
          field: isField ? condition.field : '',
          value: found.slice(0, VALUE_MAX),
          condition: describeTest(condition.test),
        },
      ];
    }
    case 'reference': {
      const value = valuesOf(lookUp(event.fields, condition.field))[0] ?? '';
      return [
        {
          field: condition.field,
          value: value.slice(0, VALUE_MAX),
          condition: `${REFERENCE_WORDS[condition.how]} ${condition.other}`,
        },
      ];
    }
    default:
      return [];
  }
}
