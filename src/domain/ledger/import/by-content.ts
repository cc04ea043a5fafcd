import { type ColumnMeaning, isAmbiguous, isFree } from './mapping.ts';
import type { SheetRow } from './read.ts';
import { readRow } from './row.ts';

/** Rows that are looked at for what a column holds. */
const LOOKED_AT = 200;

/** Network addresses and names are known by their form; whatever else a place is called is where the asset stands. */
const BY_FORM = ['addresses', 'domains'] as const satisfies readonly ColumnMeaning[];
const KEYS = ['addresses', 'segments', 'domains'] as const;

/** Whether a text as a whole is what a column of this meaning holds. */
function reads(text: string, meaning: (typeof BY_FORM)[number]): boolean {
  const { record, faults } = readRow([text], [meaning], new Map());
  return KEYS.some((key) => record.said[key] !== undefined) && !faults.some(({ field }) => field !== 'name');
}

/** What most values of a column are. */
function meaningOf(values: readonly string[]): ColumnMeaning {
  if (values.length === 0) return '';
  return (
    BY_FORM.find((meaning) => values.filter((text) => reads(text, meaning)).length * 2 > values.length) ?? 'location'
  );
}

/**
 * Gives columns whose heading may mean several things (地址: in the network, on the web, or on the map) the meaning that what
 * they hold has. What another column means already is not given again.
 */
export function settleByContent(
  guessed: readonly ColumnMeaning[],
  headings: readonly string[],
  rows: readonly SheetRow[],
): ColumnMeaning[] {
  const settled = [...guessed];
  for (const [column, heading] of headings.entries()) {
    if (settled[column] !== '' || !isAmbiguous(heading)) continue;
    const values = rows.slice(0, LOOKED_AT).flatMap(({ cells }) => cells[column] || []);
    const meaning = meaningOf(values);
    if (isFree(meaning, settled)) settled[column] = meaning;
  }
  return settled;
}
