import { receivedText } from './received.ts';

/** How a log begins that Zeek writes as a table (its ASCII writer's default). */
export const ZEEK_HEAD = '#separator ';

/** `\x09`, as the writer spells separators and control characters. */
const unescaped = (text: string): string =>
  text.includes('\\x')
    ? receivedText(
        Buffer.from(
          text.replace(/\\x([0-9a-f]{2})|[^\0-\x7f]+/gi, (whole, hex: string | undefined) =>
            hex === undefined ? Buffer.from(whole).toString('latin1') : String.fromCharCode(Number.parseInt(hex, 16)),
          ),
          'latin1',
        ),
      )
    : text;

const DIRECTIVES: ReadonlySet<string> = new Set([
  'set_separator',
  'empty_field',
  'unset_field',
  'path',
  'fields',
  'types',
]);
const NUMBERS: ReadonlySet<string> = new Set(['count', 'int', 'double', 'port', 'time', 'interval']);

type Plain = string | number | boolean;
type Value = Plain | readonly Plain[];

/**
 * A log of Zeek in its table form, line by line: the directives at its head name the columns, so a line alone says little.
 * Each record becomes the JSON that Zeek itself writes with `LogAscii::use_json=T`, with the log's name as `_path`.
 */
export class ZeekTable {
  readonly #directives = new Map<string, string>();
  #separator = '\t';
  #setSeparator = ',';
  #empty = '(empty)';
  #unset = '-';
  #path = '';
  #fields: readonly string[] = [];
  #types: readonly string[] = [];

  /** The lines that say how records are read from here on. */
  get directives(): readonly string[] {
    return [...this.#directives.values()];
  }

  /**
   * @param line without its line break
   * @returns JSON of one record; undefined for a directive, and for a line before `#fields` named any column
   */
  read(line: string): string | undefined {
    if (line.startsWith('#')) {
      this.#direct(line);
      return undefined;
    }
    if (this.#fields.length === 0) return undefined;
    const cells = line.split(this.#separator);
    const record = new Map<string, Value>();
    if (this.#path !== '') record.set('_path', this.#path);
    this.#fields.forEach((name, index) => {
      const cell = cells[index];
      if (cell !== undefined && cell !== this.#unset)
        record.set(name, this.#value(cell, this.#types[index] ?? 'string'));
    });
    return JSON.stringify(Object.fromEntries(record));
  }

  #direct(line: string): void {
    if (line.startsWith(ZEEK_HEAD)) {
      this.#directives.set('separator', line);
      this.#separator = unescaped(line.slice(ZEEK_HEAD.length).trim()) || '\t';
      return;
    }
    const [name = '', ...values] = line.slice(1).split(this.#separator);
    const [first = ''] = values;
    if (DIRECTIVES.has(name)) this.#directives.set(name, line);
    if (name === 'set_separator') this.#setSeparator = unescaped(first) || ',';
    else if (name === 'empty_field') this.#empty = first;
    else if (name === 'unset_field') this.#unset = first;
    else if (name === 'path') this.#path = first;
    else if (name === 'fields') this.#fields = values;
    else if (name === 'types') this.#types = values;
  }

  /** Sets and vectors hold plain values only: the writer nests none in another. */
  #value(cell: string, type: string): Value {
    const inner = /^(?:set|vector)\[(.+)\]$/.exec(type)?.[1];
    if (inner === undefined) return this.#plain(cell, type);
    if (cell === this.#empty || cell === '') return [];
    return cell.split(this.#setSeparator).map((one) => this.#plain(one, inner));
  }

  #plain(cell: string, type: string): Plain {
    if (type === 'bool') return cell === 'T';
    // A number that is not written as one stays as it is: nothing is lost over a type.
    if (NUMBERS.has(type) && /^-?\d+(?:\.\d+)?$/.test(cell)) {
      const number = Number(cell);
      return Number.isSafeInteger(Math.trunc(number)) ? number : cell;
    }
    return cell === this.#empty ? '' : unescaped(cell);
  }
}
