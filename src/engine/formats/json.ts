import { boundText, LIMITS, type Parsed, RecordBuilder, reportOnce } from './record.ts';

/** A JSON object as it was written. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** True for an object that is neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whole numbers beyond 2^53 (Windows keywords, flow ids) would change when read as numbers. */
const LONG_NUMBER = /[:[,]\s*-?\d{16,}/;

/**
 * Reads one JSON object. Numbers too long for a double keep their digits as text.
 *
 * @returns undefined and a problem when the text is no JSON object
 */
export function parseJsonObject(text: string): Parsed<JsonObject | undefined> {
  const problems: string[] = [];
  const bounded = boundText(text, problems);
  if (problems.length > 0) return { record: undefined, problems };
  try {
    const value: unknown = LONG_NUMBER.test(bounded) ? JSON.parse(bounded, keepDigits) : JSON.parse(bounded);
    if (isJsonObject(value)) return { record: value, problems };
    return { record: undefined, problems: ['JSON, but no object'] };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 120) : 'unreadable';
    return { record: undefined, problems: [`not JSON: ${reason}`] };
  }
}

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
