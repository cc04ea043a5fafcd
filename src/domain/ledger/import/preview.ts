import type { Db } from '#platform/postgres/database.ts';
import { assetsBelow } from '../store.ts';
import { indexOf, judgeRow, type SeenRows, type UnitOf } from './judge.ts';
import type { ColumnMeaning } from './mapping.ts';
import type { SheetRow } from './read.ts';
import { readRow } from './row.ts';
import { type PreviewRow, unitNamesBelow } from './store.ts';

/** Which unit a row belongs to: the one it names, or the only one the importer answers for. */
function unitFinder(names: ReadonlyMap<string, string>, importPath: string): UnitOf {
  const paths = new Set(names.values());
  return (unit) => {
    if (unit === '') return paths.has(importPath) ? { path: importPath } : { reason: 'unit.missing' };
    const path = names.get(unit);
    return path === undefined ? { reason: 'unit.unknown' } : { path };
  };
}

/**
 * What would become of rows of a sheet, compared with the ledger as it is now.
 *
 * @param importPath the unit or area the sheet is imported for: nothing outside it is read or written
 */
export async function judgeRows(
  db: Db,
  importPath: string,
  rows: readonly SheetRow[],
  mapping: readonly ColumnMeaning[],
): Promise<PreviewRow[]> {
  const index = indexOf(await assetsBelow(db, importPath));
  const unitOf = unitFinder(await unitNamesBelow(db, importPath), importPath);
  const seen: SeenRows = { rows: new Map() };
  return rows.map(({ number, cells }) => ({
    number,
    cells,
    ...judgeRow(readRow(cells, mapping), number, unitOf, index, seen),
  }));
}
