import { COLUMNS } from './dictionary.ts';

/** How a value is written: text; a time as in `EventRow`; a whole number. */
type StoredKind = 'text' | 'time' | 'number';

/** A column of table `event` that is written, as against those that are computed when they are read. */
export interface StoredColumn {
  readonly column: string;
  readonly kind: StoredKind;
  /** Few different values: stored as LowCardinality. */
  readonly low: boolean;
}

const text = (column: string): StoredColumn => ({ column, kind: 'text', low: false });
const low = (column: string): StoredColumn => ({ column, kind: 'text', low: true });
const time = (column: string): StoredColumn => ({ column, kind: 'time', low: false });

/** Every written column of table `event`, in its order there. */
export const STORED_COLUMNS: readonly StoredColumn[] = [
  text('event_id'),
  time('time'),
  time('received_at'),
  low('source'),
  low('source_id'),
  low('sender'),
  { column: 'revision', kind: 'number', low: false },
  low('product'),
  low('category'),
  low('service'),
  low('unit_path'),
  // What is asked for as `message` is computed from this one or from the template.
  ...COLUMNS.map(
    ({ column, low: few = false }): StoredColumn =>
      column === 'message' ? text('message_text') : { column, kind: 'text', low: few },
  ),
  text('rest'),
  text('template'),
  low('encoding'),
  text('problem'),
];

const PLACES: ReadonlyMap<string, number> = new Map(STORED_COLUMNS.map(({ column }, index) => [column, index]));

/** The place of a column among the written ones. @throws Error when there is none of this name */
export function placeOf(column: string): number {
  const place = PLACES.get(column);
  if (place === undefined) throw new Error(`table event has no written column "${column}"`);
  return place;
}
