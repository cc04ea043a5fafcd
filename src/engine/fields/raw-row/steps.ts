import { COLUMN_FIELDS, isLedgerField } from '../aliases.ts';
import { placeOf, STORED_COLUMNS } from '../stored.ts';
import { type Memory, memoryOf } from './bytes.ts';
import { Out } from './out.ts';

/** What is written of a row next. */
export type Step =
  /** What is the same in all rows: empty columns and constants, as they are stored. */
  | { readonly kind: 'piece'; readonly piece: Memory }
  /** A value that does not come from the line. */
  | { readonly kind: 'given'; readonly place: number; readonly isNumber: boolean }
  | { readonly kind: 'value'; readonly member: number }
  | { readonly kind: 'decimal'; readonly member: number }
  | { readonly kind: Own };
/** Columns with a way of their own. */
type Own = 'message' | 'rest' | 'template';

/** A member that becomes a column. */
interface Column {
  readonly member: number;
  readonly place: number;
  readonly decimal: boolean;
}

const OWN = new Map<number, Own>([
  [placeOf('message_text'), 'message'],
  [placeOf('rest'), 'rest'],
  [placeOf('template'), 'template'],
]);
/** Room for a piece without its texts: an empty column takes a byte, a number four. */
const PIECE_BYTES = 4 * STORED_COLUMNS.length;
const UNIT_BYTES_MAX = 3;

/** Columns that no field of an event fills: they are told by the platform and its ledger. */
const isGiven = (column: string): boolean =>
  !Object.hasOwn(COLUMN_FIELDS, column) || (COLUMN_FIELDS[column] ?? []).some(isLedgerField);

/**
 * How a row is written, column by column. Most columns of most rows are empty, and a few say the same in all rows of a kind:
 * what lies side by side of these is one piece.
 *
 * @param columns that take a value of the line
 * @param constants by place
 */
export function stepsOf(columns: readonly Column[], constants: ReadonlyMap<number, string>): Step[] {
  const byPlace = new Map(columns.map((column) => [column.place, column]));
  const steps: Step[] = [];
  let same: string[] = [];
  const cut = (): void => {
    if (same.length > 0) steps.push({ kind: 'piece', piece: pieceOf(same) });
    same = [];
  };
  for (const [place, { column: name, kind }] of STORED_COLUMNS.entries()) {
    const column = byPlace.get(place);
    const own = OWN.get(place);
    const constant = constants.get(place);
    if (own === undefined && column === undefined && (constant !== undefined || !isGiven(name))) {
      same.push(constant ?? '');
      continue;
    }
    cut();
    if (own !== undefined) steps.push({ kind: own });
    else if (column === undefined) steps.push({ kind: 'given', place, isNumber: kind === 'number' });
    else steps.push({ kind: column.decimal ? 'decimal' : 'value', member: column.member });
  }
  cut();
  return steps;
}

function pieceOf(texts: readonly string[]): Memory {
  const out = new Out();
  const units = texts.reduce((sum, text) => sum + text.length, 0);
  out.bytes = new Uint8Array(PIECE_BYTES + units * UNIT_BYTES_MAX);
  for (const text of texts) out.text(text);
  return memoryOf(out.bytes.slice(0, out.at));
}
