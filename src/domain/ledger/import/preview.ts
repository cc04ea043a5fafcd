import { setImmediate } from 'node:timers/promises';
import type { Db } from '#platform/postgres/database.ts';
import type { Attribute } from '../model/attribute.ts';
import { ATTRIBUTES } from '../model/attributes.ts';
import type { AssetClass } from '../model/classes.ts';
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

/** Rows that are judged without letting anything else go on: statements that are under way wait for their next one. */
const ROWS_WITHOUT_PAUSE = 200;

interface Read {
  readonly rows: readonly SheetRow[];
  readonly readings: readonly RowReading[];
  readonly sought: ReturnType<typeof assetsSought>;
}

/**
 * What would become of rows of a sheet, compared with the ledger as it is now, part by part. Only assets that a row could be
 * about are read, so that a long sheet and a large ledger need little memory; those of the next part are looked for while
 * one is judged.
 *
 * @param importPath the unit or area the sheet is imported for: nothing outside it is read or written
 */
export async function* judgedParts(
  db: Db,
  importPath: string,
  rows: readonly SheetRow[],
  mapping: readonly ColumnMeaning[],
): AsyncGenerator<PreviewRow[]> {
  const names = await unitNamesBelow(db, importPath);
  const fields = await fieldsAt(db, importPath);
  const known = await attributesAt(db, importPath);
  const about = {
    unitOf: unitFinder(names, importPath),
    seen: { rows: new Map<string, number>() },
    own: (name: AssetClass) => ofClass(fields, name),
    // What a unit lists is its own; what a centre lists for a unit, the unit has to claim.
    begin: new Set(names.values()).has(importPath) ? 'confirmed' : 'to_claim',
  } as const;
  const readFrom = (from: number): Read | undefined => {
    if (from >= rows.length) return undefined;
    const part = rows.slice(from, from + ROWS_AT_ONCE);
    const readings = part.map(({ cells }) => readRow(cells, mapping, known));
    const sought = assetsSought(db, importPath, soughtOf(readings));
    // Awaited when its turn comes; a fault before then would end the process.
    sought.catch(() => undefined);
    return { rows: part, readings, sought };
  };
  let next = readFrom(0);
  for (let from = ROWS_AT_ONCE; next !== undefined; from += ROWS_AT_ONCE) {
    const part = next;
    const judging = { ...about, index: indexOf(await part.sought) };
    next = readFrom(from);
    yield await judgePart(part, judging);
  }
}

async function judgePart({ rows, readings }: Read, judging: Judging): Promise<PreviewRow[]> {
  const judged: PreviewRow[] = [];
  for (const [at, { number, cells }] of rows.entries()) {
    if (at % ROWS_WITHOUT_PAUSE === 0) await setImmediate();
    const reading = readings[at];
    if (reading !== undefined) judged.push({ number, cells, ...judgeRow(reading, number, judging) });
  }
  return judged;
}

/** All parts of what `judgedParts` says. */
export async function judgeRows(...asked: Parameters<typeof judgedParts>): Promise<PreviewRow[]> {
  return (await Array.fromAsync(judgedParts(...asked))).flat();
}
