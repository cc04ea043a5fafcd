import { COLUMNS } from '#engine/fields/dictionary.ts';
import { invalid } from '#platform/errors.ts';

/** Columns that may be shown, counted and sorted by, besides the typed ones. */
export const FACT_COLUMNS = [
  'event_id',
  'time',
  'received_at',
  'source',
  'source_id',
  'product',
  'category',
  'service',
  'unit_path',
  'problem',
  'encoding',
] as const;

const KNOWN = new Set<string>([...FACT_COLUMNS, 'raw', 'rest', ...COLUMNS.map(({ column }) => column)]);

/** @throws AppError `invalid_input` for a name that is no column; columns become SQL text, so only known ones pass */
export function checkedColumn(column: string): string {
  if (KNOWN.has(column)) return column;
  throw invalid(
    `"${column}" is not a column`,
    [{ at: '/columns', message: `"${column}" is not a column` }],
    'search.column',
  );
}
