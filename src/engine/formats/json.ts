import { boundText, LIMITS, type Parsed, RecordBuilder, reportOnce } from './record.ts';

/** A JSON object as it was written. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** True for an object that is neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads one JSON object. Numbers too long for a double (Windows keywords, flow ids) keep their digits as text.
 *
 * @returns undefined and a problem when the text is no JSON object
 */
export function parseJsonObject(text: string): Parsed<JsonObject | undefined> {
  const problems: string[] = [];
  const bounded = boundText(text, problems);
  if (problems.length > 0) return { record: undefined, problems };
  try {
    const value: unknown = JSON.parse(bounded);
    if (!isJsonObject(value)) return { record: undefined, problems: ['JSON, but no object'] };
    const long = new LongNumbers(bounded);
    long.restore(value);
    return { record: long.lost && LONG_NUMBER.test(bounded) ? JSON.parse(bounded, keepDigits) : value, problems };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 120) : 'unreadable';
    return { record: undefined, problems: [`not JSON: ${reason}`] };
  }
}

/** Whole numbers from here on may have changed when they were read. */
const LONG_FROM = 1e15;
const LONG_NUMBER = /[:[,]\s*-?\d{16,}/;
const DIGITS = /-?\d+/y;

/**
 * Puts the digits of long numbers back where they were lost. Asking for the digits while the text is read (the third
 * argument of a reviver) costs several times as much as reading it, so they are looked up in the text by their key.
 */
class LongNumbers {
  readonly #text: string;
  /** True when some digits could not be told this way. */
  lost = false;

  constructor(text: string) {
    this.#text = text;
  }

  restore(value: object, depth = 0): void {
    // Deeper values are not read.
    if (depth > LIMITS.jsonDepth) return;
    for (const [key, item] of Object.entries(value)) {
      if (typeof item === 'object' && item !== null) this.restore(item, depth + 1);
      else if (!isLong(item)) continue;
      else if (Array.isArray(value)) this.lost = true;
      else Object.assign(value, { [key]: this.#digits(key, item) });
    }
  }

  /** The digits behind the key where it stands once in the text; a quote inside a text has a backslash before it. */
  #digits(key: string, value: number): string {
    const name = `"${key}":`;
    const at = this.#text.indexOf(name);
    DIGITS.lastIndex = at + name.length;
    const digits = at > 0 && this.#text[at - 1] !== '\\' ? DIGITS.exec(this.#text)?.[0] : undefined;
    if (digits === undefined || Number(digits) !== value || this.#text.includes(name, at + 1)) this.lost = true;
    return digits ?? '';
  }
}

const isLong = (value: unknown): value is number =>
  typeof value === 'number' && (value >= LONG_FROM || value <= -LONG_FROM);

interface ReviverContext {
  readonly source?: string;
}

function keepDigits(_key: string, value: unknown, context?: ReviverContext): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return context?.source ?? value;
}

/**
 * Flattens an object to dotted names with text values: `{"dns":{"id":7}}` → `dns.id` = `7`. Lists of scalars stay
 * lists; the values of lists of objects gather under one name. null is left out, true and false become words.
 */
export function flattenJson(value: JsonObject, prefix = ''): Parsed {
  const problems: string[] = [];
  const builder = new RecordBuilder(problems);
  flattenInto(value, prefix, 0, builder, problems);
  return { record: builder.record, problems };
}

function flattenInto(value: unknown, name: string, depth: number, builder: RecordBuilder, problems: string[]): void {
  if (value === null || value === undefined) return;
  if (typeof value !== 'object') {
    builder.add(name, String(value));
    return;
  }
  if (depth >= LIMITS.jsonDepth) {
    reportOnce(problems, `nested deeper than ${LIMITS.jsonDepth}: the rest is only in the original`);
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value.slice(0, LIMITS.listItems)) flattenInto(item, name, depth + 1, builder, problems);
    if (value.length > LIMITS.listItems) reportOnce(problems, `a list longer than ${LIMITS.listItems} was cut`);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    if (problems.length > 8) return;
    flattenInto(item, name === '' ? key : `${name}.${key}`, depth + 1, builder, problems);
  }
}
