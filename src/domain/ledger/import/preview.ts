import type { Db } from '#platform/postgres/database.ts';
import type { Attribute } from '../model/attribute.ts';
import { ATTRIBUTES } from '../model/attributes.ts';
import { fieldsAt, ofClass } from '../model/fields.ts';
import { assetsSought, type Sought } from '../store.ts';
import { indexOf, type Judging, judgeRow, type UnitOf } from './judge.ts';
import type { ColumnMeaning } from './mapping.ts';
import type { SheetRow } from './read.ts';
import { type RowReading, readRow } from './row.ts';
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

/** Rows that are compared with the ledger at a time. */
const ROWS_AT_ONCE = 2000;

const soughtOf = (readings: readonly RowReading[]): Sought => {
  const said = readings.map(({ record }) => record.said);
  return {
    codes: said.flatMap(({ code }) => code ?? []),
    names: said.flatMap(({ name }) => name ?? []),
    keys: said.flatMap(({ addresses = [], hosts = [], domains = [] }) => [...addresses, ...hosts, ...domains]),
  };
};

/**
 * What would become of rows of a sheet, compared with the ledger as it is now. Only assets that a row could be about are
 * read, so that a long sheet and a large ledger need little memory.
 *
 * @param importPath the unit or area the sheet is imported for: nothing outside it is read or written
 */
export async function judgeRows(
  db: Db,
  importPath: string,
  rows: readonly SheetRow[],
  mapping: readonly ColumnMeaning[],
): Promise<PreviewRow[]> {
  const names = await unitNamesBelow(db, importPath);
  const fields = await fieldsAt(db, importPath);
  const known = await attributesAt(db, importPath);
  const seen = { rows: new Map<string, number>() };
  const judged: PreviewRow[] = [];
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const chunk = rows.slice(from, from + ROWS_AT_ONCE);
    const readings = chunk.map(({ cells }) => readRow(cells, mapping, known));
    const judging: Judging = {
      unitOf: unitFinder(names, importPath),
      index: indexOf(await assetsSought(db, importPath, soughtOf(readings))),
      seen,
      own: (name) => ofClass(fields, name),
      // What a unit lists is its own; what a centre lists for a unit, the unit has to claim.
      begin: new Set(names.values()).has(importPath) ? 'confirmed' : 'to_claim',
    };
    for (const [at, { number, cells }] of chunk.entries()) {
      const reading = readings[at];
      if (reading !== undefined) judged.push({ number, cells, ...judgeRow(reading, number, judging) });
    }
  }
  return judged;
}
