/** The signs of a template and the forms of values in it, for those who make templates and those who read them. */
export const MARK_START = '\u0001';
export const MARK_END = '\u0002';
/** Around the rendered message, when it is left out of its column because the text has it. */
export const MESSAGE_START = `${MARK_START}(${MARK_END}`;
export const MESSAGE_END = `${MARK_START})${MARK_END}`;

/** A value that stands in a column or in `rest`. */
export interface Held {
  readonly name: string;
  readonly value: string;
}

/** Control characters other than tab and line ends. */
export const CONTROL = /[^\P{Cc}\t\n\r]/u;
/** A sign that JSON escapes, and all control characters. */
export const ESCAPED = /["\\\p{Cc}]/u;

/** JSON's form of a value without its quotes, as `JSON.stringify` writes it; SQL does the same by replacing. */
export const jsonForm = (value: string): string => (ESCAPED.test(value) ? JSON.stringify(value).slice(1, -1) : value);
