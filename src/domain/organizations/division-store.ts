import type { Selectable } from 'kysely';
import type { Database, Db } from '#platform/postgres/database.ts';
import { type DivisionStandard, divisionPath, levelOfDivision, parentDivision } from './division.ts';
import type { CentreLevel } from './unit.ts';
import './tables.ts';

export interface Division {
  readonly code: string;
  readonly name: string;
  readonly nameEn: string | null;
  readonly level: CentreLevel;
  readonly parentCode: string | null;
  readonly path: string;
}

export interface Centre {
  readonly id: string;
  readonly name: string;
  readonly level: CentreLevel;
  readonly divisionCode: string;
  readonly divisionName: string;
  readonly path: string;
}

const divisionOf = (row: Selectable<Database['division']>): Division => ({
  code: row.code,
  name: row.name,
  nameEn: row.name_en,
  level: row.level,
  parentCode: row.parent_code,
  path: row.path,
});

export async function allDivisions(db: Db): Promise<Division[]> {
  const rows = await db.selectFrom('division').selectAll().where('abolished', '=', false).orderBy('path').execute();
  return rows.map(divisionOf);
}

export async function divisionByCode(db: Db, code: string): Promise<Division | undefined> {
  const row = await db
    .selectFrom('division')
    .selectAll()
    .where('code', '=', code)
    .where('abolished', '=', false)
    .executeTakeFirst();
  return row && divisionOf(row);
}

/** Active units the caller sees, counted by the division they stand in directly. */
export async function unitsPerDivision(db: Db): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('unit')
    .where('state', '=', 'active')
    .groupBy('division_code')
    .select((select) => ['division_code', select.fn.countAll<number>().as('units')])
    .execute();
  return new Map(rows.map((row) => [row.division_code, Number(row.units)]));
}

export async function divisionVersion(db: Db): Promise<string | undefined> {
  const row = await db
    .selectFrom('division')
    .select((select) => select.fn.max('standard_version').as('version'))
    .executeTakeFirst();
  return row?.version ?? undefined;
}

/** Puts a version of the divisions in place of the one before; those that are gone are marked, never deleted. */
export async function putDivisions(db: Db, standard: DivisionStandard): Promise<void> {
  await db
    .insertInto('division')
    .values(
      standard.divisions.map(({ code, name, nameEn }) => ({
        code,
        name,
        name_en: nameEn ?? null,
        level: levelOfDivision(code),
        parent_code: parentDivision(code) ?? null,
        path: divisionPath(code),
        standard_version: standard.version,
        abolished: false,
      })),
    )
    .onConflict((conflict) =>
      conflict.column('code').doUpdateSet((given) => ({
        name: given.ref('excluded.name'),
        name_en: given.ref('excluded.name_en'),
        standard_version: given.ref('excluded.standard_version'),
        abolished: false,
      })),
    )
    .execute();
  await db.updateTable('division').set({ abolished: true }).where('standard_version', '!=', standard.version).execute();
}

export async function allCentres(db: Db): Promise<Centre[]> {
  const rows = await db
    .selectFrom('centre')
    .innerJoin('division', 'division.code', 'centre.division_code')
    .selectAll('centre')
    .select('division.name as division_name')
    .orderBy('centre.unit_path')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    level: row.level,
    divisionCode: row.division_code,
    divisionName: row.division_name,
    path: row.unit_path,
  }));
}

export async function insertCentre(db: Db, centre: Centre, createdAt: Date): Promise<boolean> {
  const result = await db
    .insertInto('centre')
    .values({
      id: centre.id,
      name: centre.name,
      level: centre.level,
      division_code: centre.divisionCode,
      unit_path: centre.path,
      created_at: createdAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}
