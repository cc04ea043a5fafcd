import type { BinaryRows } from './row-binary.ts';

/** What an answer is written as: lines of JSON, or of tab-separated values. */
type AnswerFormat = 'JSONEachRow' | 'TSV';
/** With names, the first line says which columns follow. */
type InsertFormat = 'JSONEachRow' | 'TSVWithNames';

/** Finished rows that wait for their insert: in a file, or in memory where the store is another machine. */
export interface HeldRows {
  readonly columns: BinaryRows['columns'];
  readonly place: string | Uint8Array;
}

/** One way to talk ClickHouse's SQL, whatever is behind it. Values of `params` are bound by name and type. */
export interface EventConnection {
  /** Runs a statement and gives its whole answer as text. Aborting ends the statement in the store too. */
  query(text: string, params: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<string>;
  /** Gives the answer as lines of tab-separated values, in pieces as the store makes them. Ending the iteration ends the statement. */
  stream(text: string, params: Readonly<Record<string, unknown>>): AsyncIterable<Uint8Array>;
  /** Changes data or tables; runs apart from the readers. */
  command(text: string, params: Readonly<Record<string, unknown>>): Promise<string>;
  /** Inserts lines as they are. @param settings the part after SETTINGS, our own text */
  insert(
    table: string,
    lines: Uint8Array,
    settings: Readonly<Record<string, string | number>>,
    format?: InsertFormat,
  ): Promise<void>;
  /** Takes finished rows over: their memory is free when this resolves. */
  hold(rows: BinaryRows): Promise<HeldRows>;
  /** Inserts held rows, all of the same columns, as one block. @param settings as for `insert` */
  insertHeld(
    table: string,
    rows: readonly HeldRows[],
    settings: Readonly<Record<string, string | number>>,
  ): Promise<void>;
  /** The rows are not wanted any more. */
  drop(rows: readonly HeldRows[]): Promise<void>;
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** Settings as they stand in a statement. */
export const settingsText = (settings: Readonly<Record<string, string | number>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${typeof value === 'number' ? value : `'${value.replace(/[^\w.:-]/g, '_')}'`}`)
    .join(', ');

/** Statements one after the other, at most `waitingMax` waiting. A chDB connection runs one at a time anyway. */
export class Lane {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  get waiting(): number {
    return this.#waiting;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const result = this.#tail.then(work, work).finally(() => {
      this.#waiting -= 1;
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

/** `FORMAT` belongs before the settings that end a statement. */
export function withFormat(text: string, format: AnswerFormat): string {
  const at = text.lastIndexOf('\nSETTINGS ');
  const [query, settings] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
  return `${query}\nFORMAT ${format}${settings}`;
}
