import type { ChangeLine } from './change-lines.tsx';
import { toldBy } from './told.ts';
import type { TrailWords } from './words.ts';

/** Stands for a value that is nothing to read, such as an identifier, where it matters that it changed. */
const UNREADABLE = '…';

/** What the facts of an entry tell, as lines: fields that have a name, and values that can be read. */
export function linesOf(data: unknown, { nameOf, textOf }: TrailWords): ChangeLine[] {
  const { changes, said } = toldBy(data);
  const changed = changes.flatMap(({ field, from, to }) => {
    const name = nameOf(field);
    if (name === undefined) return [];
    return [{ key: field, name, from: textOf(field, from) ?? UNREADABLE, to: textOf(field, to) ?? UNREADABLE }];
  });
  const words = said.flatMap(({ field, to }) => {
    const name = nameOf(field);
    const text = textOf(field, to);
    return name === undefined || text === undefined ? [] : [{ key: `said ${field}`, name, to: text }];
  });
  return [...changed, ...words];
}
