import { IIS_HEAD, IisTable } from './w3c.ts';
import { ZEEK_HEAD, ZeekTable } from './zeek-text.ts';

/** A text whose directives (lines that begin with `#`) name the columns of the lines after them. */
interface TextTable {
  /** The lines that say how records are read from here on: read first, they let a reader begin in the middle. */
  readonly directives: readonly string[];
  /** @returns the record as a text that can be read alone; undefined when the line is none */
  read(line: string): string | undefined;
}

/** The reader of a text that begins so; undefined when its lines can be read alone. */
export function textTableOf(head: string): TextTable | undefined {
  if (head.startsWith(ZEEK_HEAD)) return new ZeekTable();
  return head.startsWith(IIS_HEAD) ? new IisTable() : undefined;
}

/** Bytes of a text that tell whether it is a table. */
export const TABLE_HEAD_BYTES = 64;
