import type { Db } from '#platform/postgres/database.ts';
import type { Attribute } from '../model/attribute.ts';
import { ATTRIBUTES } from '../model/attributes.ts';
import { fieldsAt, ofClass } from '../model/fields.ts';
import { assetsBelow } from '../store.ts';
import { indexOf, type Judging, judgeRow, type UnitOf } from './judge.ts';
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

/** Every attribute that a column of a sheet for this path may mean, by key. */
export async function attributesAt(db: Db, unitPath: string): Promise<ReadonlyMap<string, Attribute>> {
  const own = (await fieldsAt(db, unitPath)).map(({ attribute }) => [attribute.key, attribute] as const);
  return new Map([...ATTRIBUTES, ...own]);
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
  const names = await unitNamesBelow(db, importPath);
  const fields = await fieldsAt(db, importPath);
  const known = await attributesAt(db, importPath);
  const judging: Judging = {
    unitOf: unitFinder(names, importPath),
    index,
    seen: { rows: new Map() },
    own: (name) => ofClass(fields, name),
    // What a unit lists is its own; what a centre lists for a unit, the unit has to claim.
    begin: new Set(names.values()).has(importPath) ? 'confirmed' : 'to_claim',
  };
  return rows.map(({ number, cells }) => ({
    number,
    cells,
    ...judgeRow(readRow(cells, mapping, known), number, judging),
  }));
}
