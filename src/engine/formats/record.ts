import type { FieldValue } from '#engine/fields/event.ts';

/** Field names and values read from a text, before a source gives them Sigma's names. */
export type TextRecord = Record<string, FieldValue>;

/** What a format parser gives back: always a record (perhaps empty) and what was wrong with the text. */
export interface Parsed<R = TextRecord> {
  readonly record: R;
  /** One short English sentence per fault; empty when the whole text was understood. */
  readonly problems: readonly string[];
}

/** Bounds of every parser here: outside input can make them report a problem, never make them slow or large. */
export const LIMITS = {
  textChars: 262_144,
  fields: 512,
  keyChars: 128,
  valueChars: 65_536,
  listItems: 256,
  jsonDepth: 12,
  csvColumns: 512,
  structuredElements: 32,
} as const;

/** Cuts a text to the bound of all parsers; the cut is a problem, the beginning is still read. */
export function boundText(text: string, problems: string[]): string {
  if (text.length <= LIMITS.textChars) return text;
  problems.push(`text longer than ${LIMITS.textChars} characters: the rest is only in the original`);
  return text.slice(0, LIMITS.textChars);
}

/** Cuts one value to its bound, reporting once per record. */
export function boundValue(value: string, problems: string[]): string {
  if (value.length <= LIMITS.valueChars) return value;
  reportOnce(problems, `a value longer than ${LIMITS.valueChars} characters was cut`);
  return value.slice(0, LIMITS.valueChars);
}

/** Adds a problem unless the same sentence is there already. */
export function reportOnce(problems: string[], problem: string): void {
  if (!problems.includes(problem)) problems.push(problem);
}

/** Gathers the fields of one record within the bounds; a name that comes again makes a list. */
export class RecordBuilder {
  readonly record: TextRecord = {};
  readonly #problems: string[];
  #count = 0;

  constructor(problems: string[]) {
    this.#problems = problems;
  }

  /** `__proto__` is refused: as a key of a plain object it would not be a field. */
  add(name: string, value: string): void {
    if (name === '' || name === '__proto__' || name.length > LIMITS.keyChars) {
      reportOnce(this.#problems, 'a field name that is empty, reserved or too long was left out');
      return;
    }
    const bounded = boundValue(value, this.#problems);
    const before = Object.hasOwn(this.record, name) ? this.record[name] : undefined;
    if (before !== undefined) this.#append(name, before, bounded);
    else if (this.#count >= LIMITS.fields) {
      reportOnce(this.#problems, `more than ${LIMITS.fields} fields: the rest is only in the original`);
    } else {
      this.#count++;
      this.record[name] = bounded;
    }
  }

  #append(name: string, before: FieldValue, value: string): void {
    const list = typeof before === 'string' ? [before] : before;
    if (list.length < LIMITS.listItems) this.record[name] = [...list, value];
    else
      reportOnce(this.#problems, `more than ${LIMITS.listItems} values of one field: the rest is only in the original`);
  }
}
