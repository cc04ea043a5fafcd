import { z } from 'zod';
import type { Title } from '#engine/workflow/workflow.ts';

/** What kind of value an attribute has. `list` is several lines of text, `choices` several of the choices. */
export const ATTRIBUTE_TYPES = ['text', 'integer', 'number', 'boolean', 'date', 'choice', 'choices', 'list'] as const;
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

export interface Choice {
  readonly value: string;
  readonly title: Title;
}

/**
 * One attribute, described once: form, table, filter, template, import, export, endpoint and documentation follow from
 * it. Keys are shared: an attribute that several classes have means the same in each.
 */
export interface Attribute {
  readonly key: string;
  readonly title: Title;
  readonly type: AttributeType;
  /** Shown behind the value: 条, GB. */
  readonly unit?: Title;
  /** One sentence for who fills it in. */
  readonly hint?: Title;
  readonly choices?: readonly Choice[];
  /** Longest text, or largest number. */
  readonly max?: number;
  /** Headings besides the Chinese title by which a sheet's column is recognised. */
  readonly headings?: readonly string[];
  /** Standard and clause that ask for it. */
  readonly source?: string;
  /** Only of the centre's own fields: has to be filled in by a person. */
  readonly required?: boolean;
}

export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

const TEXT_MAX = 200;
const LIST_MAX = 64;
const NUMBER_MAX = 1e15;

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'Control characters are not allowed');

const Day = z.iso.date();

/** Making a schema takes far longer than checking a value: each attribute has one. */
const schemas = new WeakMap<Attribute, z.ZodType<AttributeValue>>();

/** What a value of the attribute must be. Empty values are left out before: an attribute is there or it is not. */
export function schemaOf(attribute: Attribute): z.ZodType<AttributeValue> {
  const known = schemas.get(attribute);
  if (known !== undefined) return known;
  const made = makeSchema(attribute);
  schemas.set(attribute, made);
  return made;
}

function makeSchema({ type, choices = [], max }: Attribute): z.ZodType<AttributeValue> {
  switch (type) {
    case 'text':
      return line(max ?? TEXT_MAX);
    case 'integer':
      return z
        .int()
        .min(0)
        .max(max ?? NUMBER_MAX);
    case 'number':
      return z
        .number()
        .min(0)
        .max(max ?? NUMBER_MAX);
    case 'boolean':
      return z.boolean();
    case 'date':
      return Day;
    case 'choice':
      return z.enum(choices.map(({ value }) => value) as [string, ...string[]]);
    case 'choices':
      return z.array(z.enum(choices.map(({ value }) => value) as [string, ...string[]])).max(choices.length);
    case 'list':
      return z.array(line(max ?? TEXT_MAX)).max(LIST_MAX);
  }
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

export interface AttributeFault {
  readonly key: string;
  readonly message: string;
}

/** Checks values against attributes by key; empty ones say that there is none. Unknown keys are faults. */
export function checkAttributes(
  said: Readonly<Record<string, unknown>>,
  known: ReadonlyMap<string, Attribute>,
): { readonly attributes: Attributes; readonly faults: readonly AttributeFault[] } {
  const attributes: Record<string, AttributeValue> = {};
  const faults: AttributeFault[] = [];
  for (const [key, value] of Object.entries(said)) {
    if (isEmpty(value)) continue;
    const attribute = known.get(key);
    if (attribute === undefined) {
      faults.push({ key, message: `"${key.slice(0, 60)}" is not an attribute of this class` });
      continue;
    }
    const checked = schemaOf(attribute).safeParse(value);
    if (checked.success) attributes[key] = Array.isArray(checked.data) ? [...new Set(checked.data)] : checked.data;
    else faults.push({ key, message: `${attribute.title.en}: ${checked.error.issues[0]?.message ?? 'not valid'}` });
  }
  return { attributes, faults };
}

const plain = (text: string): string => text.normalize('NFKC').replace(/\s/g, '').toLowerCase();
const YES = /^(是|y|yes|true|1|√|✓|有|已.*)$/;
const NO = /^(否|n|no|false|0|×|x|无|没有|未.*)$/;

/** Days as people write them in sheets: 2026-3-5, 2026/03/05, 2026.3.5, 2026年3月5日, 20260305, 2026-03 (its last day). */
export function dayOf(text: string): string | undefined {
  const cleaned = plain(text)
    .replace(/[年月/.]/g, '-')
    .replace(/日.*$|t.*$/, '')
    .replace(/-$/, '');
  const match = /^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?$/.exec(cleaned) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(cleaned);
  if (match === null) return undefined;
  const [, year = '', month = '', day] = match;
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const text2 = (value: number): string => String(value).padStart(2, '0');
  const found = `${year}-${text2(Number(month))}-${text2(day === undefined ? last : Number(day))}`;
  return Day.safeParse(found).success ? found : undefined;
}

const MULTIPLES: Readonly<Record<string, number>> = { 万: 1e4, 亿: 1e8, k: 1e3, m: 1e6, g: 1e9 };

function numberOf(text: string): number | undefined {
  const match = /^([\d,]+(?:\.\d+)?)(万|亿|k|m|g)?/.exec(plain(text));
  if (match === null) return undefined;
  return Number((match[1] ?? '').replaceAll(',', '')) * (MULTIPLES[match[2] ?? ''] ?? 1);
}

const choiceOf = (attribute: Attribute, text: string): string | undefined =>
  (attribute.choices ?? []).find(({ value, title }) =>
    [value, title.zh, title.en].some((name) => plain(name) === plain(text)),
  )?.value;

const parts = (text: string): string[] =>
  text
    .split(/[,;，；、|\n]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/**
 * Reads a cell of a sheet.
 *
 * @returns undefined when the text cannot be a value of the attribute
 */
export function parseCell(attribute: Attribute, text: string): AttributeValue | undefined {
  switch (attribute.type) {
    case 'text':
      return text.trim();
    case 'integer': {
      const number = numberOf(text);
      return number === undefined ? undefined : Math.round(number);
    }
    case 'number':
      return numberOf(text);
    case 'boolean':
      return YES.test(plain(text)) ? true : NO.test(plain(text)) ? false : undefined;
    case 'date':
      return dayOf(text);
    case 'choice':
      return choiceOf(attribute, text);
    case 'choices': {
      const values = parts(text).map((part) => choiceOf(attribute, part));
      return values.some((value) => value === undefined) ? undefined : values.filter((value) => value !== undefined);
    }
    case 'list':
      return parts(text);
  }
}

/** A value as a sheet shows it, in Chinese, and `parseCell` understands it. */
export function cellOf(attribute: Attribute, value: AttributeValue | undefined): string {
  const named = (one: string): string =>
    (attribute.choices ?? []).find((choice) => choice.value === one)?.title.zh ?? one;
  if (value === undefined) return '';
  if (typeof value === 'boolean') return value ? '是' : '否';
  if (typeof value === 'object') return value.map(named).join('; ');
  return attribute.type === 'choice' ? named(String(value)) : String(value);
}
