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

/** Begins what IIS calls itself; its version follows. */
export const IIS_SOFTWARE = 'Microsoft Internet Information Services';
/** How its logs begin: the software that writes it, then its columns. */
export const IIS_HEAD = `#Software: ${IIS_SOFTWARE}`;

/** Field orders that IIS writes by number of columns: the default of IIS 8 and later, with and without site and server. */
export const IIS_ORDERS: readonly string[] = [
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken',
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status',
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken',
  'date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken',
];

/**
 * A log of IIS, line by line. Its `#Fields` line says which columns it has, and comes again where an operator chose others.
 * A line whose columns cannot be known by their number alone becomes JSON that names them; the others stay as they are.
 */
export class IisTable {
  readonly #directives = new Map<string, string>();
  #software = '';
  #names: readonly string[] = [];
  #isKnown = false;

  /** The lines that say how records are read from here on. */
  get directives(): readonly string[] {
    return [...this.#directives.values()];
  }

  /**
   * @param line without its line break
   * @returns the line, or JSON of its named columns; undefined for a directive
   */
  read(line: string): string | undefined {
    if (line.startsWith('#')) {
      this.#direct(line);
      return undefined;
    }
    const cells = line.trim().split(' ');
    // Nothing is lost over a line that is cut off: it is kept, as unread.
    if (this.#isKnown || cells.length !== this.#names.length) return line;
    const named = this.#names.map((name, index) => [name, cells[index] ?? '']);
    return JSON.stringify(Object.fromEntries([['software', this.#software], ...named]));
  }

  #direct(line: string): void {
    const [, name = '', value = ''] = /^#(Software|Fields): (.*)$/.exec(line.trim()) ?? [];
    if (name !== '') this.#directives.set(name, line);
    if (name === 'Software') this.#software = value;
    if (name !== 'Fields') return;
    this.#names = value.split(' ');
    this.#isKnown = IIS_ORDERS.includes(value);
  }
}
