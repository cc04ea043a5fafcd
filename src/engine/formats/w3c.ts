/** Column names by number of columns: lines are read alone, so the `#Fields` line of their file is not at hand. */
export type W3cColumns = ReadonlyMap<number, readonly string[]>;

/** Builds the table from field orders as a `#Fields` directive has them (W3C extended log file format, 1996). */
export function w3cColumns(orders: readonly string[]): W3cColumns {
  return new Map(
    orders.map((order) => {
      const names = order.split(' ');
      return [names.length, names] as const;
    }),
  );
}

const START = /(?:^|\s)(?=\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} )/;
/** More than the widest order of columns. */
const CELLS_MAX = 40;

/** The cells of a line by name; undefined when the line has not as many as one of the known orders, or no date first. */
export function w3cCells(text: string, columns: W3cColumns): Record<string, string> | undefined {
  const head = START.exec(text.slice(0, 256));
  if (head === null) return undefined;
  const cells = text.slice(head.index).trim().split(' ', CELLS_MAX);
  const names = columns.get(cells.length);
  if (names === undefined) return undefined;
  return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
}
