import { parseNetwork } from '#engine/condition/address.ts';
import type { Comparison, Condition, TimePart } from '#engine/condition/condition.ts';
import { any } from '#engine/condition/condition.ts';
import { ANY, type Pattern, tidy } from '#engine/condition/pattern.ts';
import { parseRegex } from '#engine/condition/regex/parse.ts';
import type { RegexFlags } from '#engine/condition/regex/syntax.ts';
import { numberOf } from '#engine/condition/values.ts';
import type { ProblemCode } from './problem.ts';
import { base64, base64Offsets, parseText, plainOf, utf8Bytes, utf16Bytes, windash } from './text.ts';

type How = 'equals' | 'starts' | 'ends' | 'contains';

/** A value of a detection item on its way through the modifiers. */
export type Draft =
  /** `bytes`: the text stands for bytes, one character each. `anchored`: contains, startswith or endswith was applied. */
  | {
      readonly as: 'text';
      readonly pattern: Pattern;
      readonly cased: boolean;
      readonly bytes: boolean;
      readonly anchored: boolean;
    }
  | {
      readonly as: 'number';
      readonly value: number;
      readonly text: string;
      readonly compare?: Comparison;
      /** A part of a time, and the zone of its clock. */
      readonly part?: { readonly name: TimePart; readonly zone: string };
    }
  | { readonly as: 'boolean'; readonly value: boolean }
  | { readonly as: 'null' }
  | { readonly as: 'regex'; readonly source: string; readonly flags: RegexFlags }
  | { readonly as: 'cidr'; readonly network: string }
  | { readonly as: 'reference'; readonly other: string; readonly how: How; readonly cased: boolean }
  | { readonly as: 'exists'; readonly value: boolean };

/** Thrown by a modifier that cannot work on a value; becomes a problem at the value's place. */
export class ValueProblem extends Error {
  readonly code: ProblemCode;
  readonly hint: string;
  constructor(code: ProblemCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** Values for `%name%` in rules with the modifier `expand`, by name without the percent signs. */
export type Placeholders = Readonly<Record<string, readonly string[]>>;

/** What the reading of values needs to know beside the rule. */
export interface ValueOptions {
  readonly placeholders: Placeholders;
  /** IANA zone in which `minute` … `year` are counted. */
  readonly timeZone: string;
}

/** Most values that placeholders of one value may multiply to. */
const EXPANSION_MAX = 10_000;

type Apply = (draft: Draft, options: ValueOptions) => Draft[];

const wrong = (what: string, hint: string): ValueProblem => new ValueProblem('modifier.value', what, hint);

/** Text of a draft: numbers and booleans as written. */
function asText(draft: Draft, modifier: string): Extract<Draft, { as: 'text' }> {
  if (draft.as === 'text') return draft;
  if (draft.as === 'number' && draft.compare === undefined && draft.part === undefined) {
    return { as: 'text', pattern: [{ text: draft.text }], cased: false, bytes: false, anchored: false };
  }
  if (draft.as === 'boolean')
    return { as: 'text', pattern: [{ text: String(draft.value) }], cased: false, bytes: false, anchored: false };
  throw wrong(`"${modifier}" works on text, not on ${draft.as}`, 'give a text, or change the order of the modifiers');
}

/** Text without wildcards. */
function fixed(draft: Draft, modifier: string): Extract<Draft, { as: 'text' }> & { readonly plain: string } {
  const text = asText(draft, modifier);
  const plain = plainOf(text.pattern);
  if (plain === undefined) throw wrong(`"${modifier}" cannot encode a wildcard`, 'write \\* or \\? for the character');
  return { ...text, plain };
}

const anchor =
  (modifier: string, how: How, before: boolean, after: boolean): Apply =>
  (draft) => {
    if (draft.as === 'reference') return [{ ...draft, how }];
    if (draft.as === 'regex' && how === 'contains') return [draft];
    const text = asText(draft, modifier);
    const pattern = tidy([...(before ? [ANY] : []), ...text.pattern, ...(after ? [ANY] : [])]);
    return [{ ...text, pattern, anchored: true }];
  };

const utf16 =
  (modifier: string, order: 'little' | 'big', mark: string): Apply =>
  (draft) => {
    const text = fixed(draft, modifier);
    return [{ ...text, pattern: [{ text: mark + utf16Bytes(text.plain, order) }], bytes: true }];
  };

const encodeBase64 =
  (modifier: string, encode: (bytes: string) => string[]): Apply =>
  (draft) => {
    const text = fixed(draft, modifier);
    const bytes = text.bytes ? text.plain : utf8Bytes(text.plain);
    if (bytes === '') throw wrong(`"${modifier}" of an empty text`, 'give a text');
    return encode(bytes).map((encoded) => ({ ...text, pattern: [{ text: encoded }], cased: true, bytes: false }));
  };

function numberDraft(draft: Draft, modifier: string): Extract<Draft, { as: 'number' }> {
  if (draft.as === 'number') return draft;
  const plain = draft.as === 'text' ? plainOf(draft.pattern) : undefined;
  const value = plain === undefined ? undefined : numberOf(plain);
  if (value === undefined || plain === undefined) throw wrong(`"${modifier}" needs a number`, 'write for example 10');
  return { as: 'number', value, text: plain };
}

const comparing =
  (modifier: Comparison): Apply =>
  (draft) => [{ ...numberDraft(draft, modifier), compare: modifier }];

const timing =
  (part: TimePart): Apply =>
  (draft, { timeZone }) => [{ ...numberDraft(draft, part), part: { name: part, zone: timeZone } }];

const flagging =
  (modifier: string, flag: keyof RegexFlags): Apply =>
  (draft) => {
    if (draft.as !== 'regex')
      throw new ValueProblem('modifier.order', `"${modifier}" is a flag of "re"`, 'write |re|i');
    return [{ ...draft, flags: { ...draft.flags, [flag]: true } }];
  };

function expand(draft: Draft, { placeholders }: ValueOptions): Draft[] {
  const text = asText(draft, 'expand');
  let patterns: Pattern[] = [[]];
  for (const piece of text.pattern) {
    const parts: Pattern[][] =
      'text' in piece
        ? piece.text
            .split(/(%[\w.-]+%)/)
            .map((part, index) => (index % 2 === 0 ? [[{ text: part }]] : replacements(part, placeholders)))
        : [[[piece]]];
    for (const choices of parts) {
      if (patterns.length * choices.length > EXPANSION_MAX) {
        throw wrong(`placeholders multiply to more than ${EXPANSION_MAX} values`, 'use one placeholder in a value');
      }
      patterns = patterns.flatMap((head) => choices.map((choice) => [...head, ...choice]));
    }
  }
  return patterns.map((pattern) => ({ ...text, pattern: tidy(pattern) }));
}

function replacements(placeholder: string, placeholders: Placeholders): Pattern[] {
  const name = placeholder.slice(1, -1);
  const values = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined;
  if (values === undefined || values.length === 0) {
    throw new ValueProblem(
      'placeholder.unresolved',
      `nothing is known for ${placeholder}`,
      `define the list "${name}" or leave the rule off`,
    );
  }
  return values.map(parseText);
}

/** Which of contains, startswith and endswith was applied to a plain text. */
function anchorOf(pattern: Pattern): How {
  const isAny = (piece: Pattern[number] | undefined): boolean =>
    piece !== undefined && 'wild' in piece && piece.wild === 'any';
  if (isAny(pattern[0])) return isAny(pattern.at(-1)) ? 'contains' : 'ends';
  return 'starts';
}

function toRegex(draft: Draft, text: string | undefined): Draft[] {
  if (text === undefined) throw wrong('"re" needs a text', 'write the expression in quotes');
  if (draft.as !== 'text' && draft.as !== 'number') throw wrong('"re" needs a text', 'write the expression in quotes');
  return [{ as: 'regex', source: text, flags: { ignoreCase: false, multiline: false, dotAll: false } }];
}

/** Modifiers that change a value, in the order they are written (Sigma 2.1, appendix on modifiers). */
const VALUE_MODIFIERS: Readonly<Record<string, Apply>> = {
  contains: anchor('contains', 'contains', true, true),
  startswith: anchor('startswith', 'starts', false, true),
  endswith: anchor('endswith', 'ends', true, false),
  windash: (draft) => {
    const text = asText(draft, 'windash');
    return [{ ...text, pattern: windash(text.pattern) }];
  },
  wide: utf16('wide', 'little', ''),
  utf16le: utf16('utf16le', 'little', ''),
  utf16be: utf16('utf16be', 'big', ''),
  utf16: utf16('utf16', 'little', '\xff\xfe'),
  base64: encodeBase64('base64', (bytes) => [base64(bytes)]),
  base64offset: encodeBase64('base64offset', base64Offsets),
  cased: (draft) => {
    if (draft.as === 'text' || draft.as === 'reference') return [{ ...draft, cased: true }];
    if (draft.as === 'number') return [draft];
    throw wrong('"cased" works on text', 'leave it out');
  },
  lt: comparing('lt'),
  lte: comparing('lte'),
  gt: comparing('gt'),
  gte: comparing('gte'),
  minute: timing('minute'),
  hour: timing('hour'),
  day: timing('day'),
  week: timing('week'),
  month: timing('month'),
  year: timing('year'),
  i: flagging('i', 'ignoreCase'),
  ignorecase: flagging('ignorecase', 'ignoreCase'),
  m: flagging('m', 'multiline'),
  multiline: flagging('multiline', 'multiline'),
  s: flagging('s', 'dotAll'),
  dotall: flagging('dotall', 'dotAll'),
  expand,
  cidr: (draft) => {
    const network = plainOf(asText(draft, 'cidr').pattern);
    if (network === undefined || !parseNetwork(network))
      throw wrong('"cidr" needs a network', 'write for example 10.0.0.0/8 or fe80::/10');
    return [{ as: 'cidr', network }];
  },
  fieldref: (draft) => {
    const { pattern, cased, anchored } = asText(draft, 'fieldref');
    const other = plainOf(pattern.filter((piece) => !(anchored && 'wild' in piece && piece.wild === 'any')));
    if (!other) throw wrong('"fieldref" needs the name of a field', 'write for example SubjectUserName');
    return [{ as: 'reference', other, how: anchored ? anchorOf(pattern) : 'equals', cased }];
  },
  exists: (draft) => {
    const plain = draft.as === 'text' ? plainOf(draft.pattern) : undefined;
    if (draft.as === 'boolean') return [{ as: 'exists', value: draft.value }];
    if (plain === 'true' || plain === 'false') return [{ as: 'exists', value: plain === 'true' }];
    throw wrong('"exists" needs true or false', 'write true or false without quotes');
  },
};

/** Modifiers about the whole item: link the values with "and", or turn the item round. */
const ITEM_MODIFIERS = new Set(['all', 'neq']);

export const isModifier = (name: string): boolean =>
  Object.hasOwn(VALUE_MODIFIERS, name) || ITEM_MODIFIERS.has(name) || name === 're';

/** Every modifier, for hints. */
export const MODIFIERS: readonly string[] = [...Object.keys(VALUE_MODIFIERS), ...ITEM_MODIFIERS, 're'].sort();

/**
 * Sends one value through the modifiers.
 * @param text the value as written, which `re` takes without reading escapes
 * @throws ValueProblem
 */
export function applyModifiers(
  draft: Draft,
  text: string | undefined,
  modifiers: readonly string[],
  options: ValueOptions,
): Draft[] {
  let drafts: Draft[] = [draft];
  for (const modifier of modifiers) {
    if (modifier === 're') {
      if (modifier !== modifiers[0])
        throw new ValueProblem(
          'modifier.order',
          '"re" takes the text as it is written',
          'write |re as the first modifier',
        );
      drafts = drafts.flatMap((one) => toRegex(one, text));
    } else {
      const apply = Object.hasOwn(VALUE_MODIFIERS, modifier) ? VALUE_MODIFIERS[modifier] : undefined;
      if (apply) drafts = drafts.flatMap((one) => apply(one, options));
    }
  }
  return drafts;
}

/** The condition of a finished value on a field. @throws ValueProblem */
export function draftCondition(field: string, draft: Draft): Condition {
  switch (draft.as) {
    case 'null':
      return { kind: 'absent', field };
    case 'exists':
      return draft.value ? { kind: 'not', of: { kind: 'absent', field } } : { kind: 'absent', field };
    case 'reference':
      return { kind: 'reference', field, other: draft.other, how: draft.how, cased: draft.cased };
    case 'cidr':
      return { kind: 'field', field, test: { op: 'cidr', network: draft.network } };
    case 'boolean':
      return textCondition(field, [{ text: String(draft.value) }], false);
    case 'text':
      return textCondition(field, draft.pattern, draft.cased);
    case 'regex':
      return { kind: 'field', field, test: { op: 'regex', regex: checkedRegex(draft) } };
    case 'number':
      return numberCondition(field, draft);
  }
}

function textCondition(field: string, pattern: Pattern, cased: boolean): Condition {
  return { kind: 'field', field, test: { op: 'text', pattern, cased } };
}

/** A plain number is compared as text: as written, and as a decimal (`0x10` also finds 16). */
function numberCondition(field: string, draft: Extract<Draft, { as: 'number' }>): Condition {
  const { value, text, compare, part } = draft;
  if (part)
    return {
      kind: 'field',
      field,
      test: { op: 'time', part: part.name, zone: part.zone, compare: compare ?? 'eq', value },
    };
  if (compare) return { kind: 'field', field, test: { op: 'number', compare, value } };
  const forms = new Set([text, String(value)]);
  return any([...forms].map((form) => textCondition(field, [{ text: form }], false)));
}

export function checkedRegex(draft: Extract<Draft, { as: 'regex' }>) {
  const parsed = parseRegex(draft.source, draft.flags);
  if (parsed.problem) {
    const { message, at, hint } = parsed.problem;
    throw new ValueProblem('regex.refused', `${message} (character ${at + 1} of the expression)`, hint);
  }
  return parsed.regex;
}
