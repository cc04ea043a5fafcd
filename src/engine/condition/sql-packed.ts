import type { ValueTest } from './condition.ts';
import { hasWideCase } from './fold.ts';
import { comparable, shapeOf } from './pattern.ts';

/*
 * Many conditions in one query. What costs the store is understanding the query, by the number of its parts, however few events
 * there are. So the values of a field are made ready once, in a subquery: folded, and each between two marks, one behind the other.
 * All alternatives of a condition on that field are then one search for a list of texts, wherever in a value they must stand.
 */

/** They stand for where a value begins and ends. In values another one stands for them, and no text that is looked for has any. */
const START = '\u0001';
const END = '\u0002';
const INSTEAD = '\u0003';
const hasMark = (text: string): boolean => [START, END, INSTEAD].some((mark) => text.includes(mark));

/** SQL of a value between its marks. */
export const framedSql = (value: string): string =>
  `concat('\\x01', translate(lower(${value}), '\\x01\\x02', '\\x03\\x03'), '\\x02')`;

/** What stands in the framed values exactly when one of them passes the test; undefined when no text says that. */
export function framedTextOf(test: ValueTest): string | undefined {
  if (test.op !== 'text' || test.cased) return undefined;
  const shape = shapeOf(comparable(test.pattern, false));
  if (shape.form === 'segments' || hasWideCase(shape.text) || hasMark(shape.text)) return undefined;
  switch (shape.form) {
    case 'equals':
      return `${START}${shape.text}${END}`;
    case 'starts':
      return `${START}${shape.text}`;
    case 'ends':
      return `${shape.text}${END}`;
    case 'contains':
      return shape.text === '' ? START : shape.text;
  }
}

/** The store searches for at most 255 texts at once. */
const LIST_MAX = 250;

/** One of the texts stands in `framed`. */
export function searchSql(
  framed: string,
  texts: readonly string[],
  bind: (value: string) => string,
  bindList: (values: readonly string[]) => string,
): string {
  const [only, another] = texts;
  if (only !== undefined && another === undefined)
    return `${framed} LIKE ${bind(`%${only.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`)}`;
  return Array.from(
    { length: Math.ceil(texts.length / LIST_MAX) },
    (_, index) => `multiSearchAny(${framed}, ${bindList(texts.slice(index * LIST_MAX, (index + 1) * LIST_MAX))})`,
  ).join(' OR ');
}

/** Expressions of the subquery, each under a short name of its own. */
export class Prepared {
  private readonly names = new Map<string, string>();

  nameOf(expression: string): string {
    const name = this.names.get(expression) ?? `v${this.names.size}`;
    this.names.set(expression, name);
    return name;
  }

  /** `expression AS name`, in the order of need. */
  get selected(): readonly string[] {
    return Array.from(this.names, ([expression, name]) => `${expression} AS ${name}`);
  }
}
