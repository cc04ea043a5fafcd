import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import { initialsOf } from '#platform/initials.ts';
import { acrossScopes } from '#platform/postgres/across-scopes.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import { divisionPath } from './division.ts';
import type { Duty, UnitKind, UnitState } from './unit.ts';
import './tables.ts';

export interface Person {
  readonly id: string;
  readonly unitId: string;
  readonly duty: Duty;
  readonly name: string;
  readonly post: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly sinceAt: Date;
}

export interface Unit {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly shortName: string;
  readonly kind: UnitKind;
  readonly sector: string;
  readonly divisionCode: string;
  readonly divisionName: string;
  readonly path: string;
  readonly parentId: string | null;
  readonly uscc: string | null;
  readonly state: UnitState;
  readonly closedReason: string | null;
  readonly createdAt: Date;
  readonly changedAt: Date;
  readonly version: number;
}

export interface UnitFilter {
  /** Part of a name, of the initials of its pinyin, of code or identifier. */
  readonly search?: string | undefined;
  /** Everything in this division and below. */
  readonly division?: string | undefined;
  readonly kind?: UnitKind | undefined;
  readonly sector?: string | undefined;
  readonly parentId?: string | undefined;
  readonly state?: UnitState | undefined;
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
  readonly sort?: 'name' | 'code' | 'division' | 'changedAt' | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
}

const SORT_COLUMNS = {
  name: 'unit.name',
  code: 'unit.code',
  division: 'unit.unit_path',
  changedAt: 'unit.changed_at',
} as const;

const likePattern = (text: string): string => `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;

type UnitRow = Selectable<Database['unit']> & { division_name: string };

const unitOf = (row: UnitRow): Unit => ({
  id: row.id,
  code: row.code,
  name: row.name,
  shortName: row.short_name,
  kind: row.kind,
  sector: row.sector,
  divisionCode: row.division_code,
  divisionName: row.division_name,
  path: row.unit_path,
  parentId: row.parent_id,
  uscc: row.uscc,
  state: row.state,
  closedReason: row.closed_reason,
  createdAt: row.created_at,
  changedAt: row.changed_at,
  version: row.version,
});

const personOf = (row: Selectable<Database['unit_person']>): Person => ({
  id: row.id,
  unitId: row.unit_id,
  duty: row.duty,
  name: row.name,
  post: row.post,
  phone: row.phone,
  email: row.email,
  sinceAt: row.since_at,
});

const selectUnits = (db: Db) =>
  db
    .selectFrom('unit')
    .innerJoin('division', 'division.code', 'unit.division_code')
    .selectAll('unit')
    .select('division.name as division_name');

type UnitExpressions = ExpressionBuilder<Database, 'unit' | 'division'>;

function conditions(filter: UnitFilter) {
  return (where: UnitExpressions) => {
    const all = [];
    if (filter.search) {
      const pattern = likePattern(filter.search);
      const initials = pattern.toLowerCase();
      all.push(
        where.or([
          where('unit.name', 'ilike', pattern),
          where('unit.short_name', 'ilike', pattern),
          where('unit.code', 'ilike', pattern),
          where('unit.uscc', 'ilike', pattern),
          where('unit.name_initials', 'like', initials),
          where('unit.short_name_initials', 'like', initials),
        ]),
      );
    }
    if (filter.division) all.push(sql<boolean>`starts_with(unit.unit_path, ${divisionPath(filter.division)})`);
    if (filter.kind) all.push(where('unit.kind', '=', filter.kind));
    if (filter.sector) all.push(where('unit.sector', '=', filter.sector));
    if (filter.parentId) all.push(where('unit.parent_id', '=', filter.parentId));
    if (filter.state) all.push(where('unit.state', '=', filter.state));
    return where.and(all);
  };
}

export async function pageOfUnits(db: Db, filter: UnitFilter, page: Page): Promise<{ items: Unit[]; total: number }> {
  const rows = await selectUnits(db)
    .where(conditions(filter))
    .orderBy(SORT_COLUMNS[page.sort ?? 'division'], page.order ?? 'asc')
    .orderBy('unit.id')
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  const { total } = await db
    .selectFrom('unit')
    .innerJoin('division', 'division.code', 'unit.division_code')
    .where(conditions(filter))
    .select((select) => select.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return { items: rows.map(unitOf), total: Number(total) };
}

export async function unitById(db: Db, id: string): Promise<Unit | undefined> {
  const row = await selectUnits(db).where('unit.id', '=', id).executeTakeFirst();
  return row && unitOf(row);
}

export async function unitAtPath(db: Db, path: string): Promise<Unit | undefined> {
  const row = await selectUnits(db).where('unit.unit_path', '=', path).executeTakeFirst();
  return row && unitOf(row);
}

/** The active unit whose code, identifier, name or short name is exactly this; undefined when none or several are. */
export async function unitCalled(db: Db, text: string): Promise<Unit | undefined> {
  const rows = await selectUnits(db)
    .where('unit.state', '=', 'active')
    .where((where) =>
      where.or([
        where('unit.code', '=', text.toLowerCase()),
        where('unit.uscc', '=', text),
        where('unit.name', '=', text),
        where('unit.short_name', '=', text),
      ]),
    )
    .limit(2)
    .execute();
  const [row] = rows;
  return rows.length === 1 && row ? unitOf(row) : undefined;
}

/** Persons in office of the units, first and directly responsible first. */
export async function personsOf(db: Db, unitIds: readonly string[]): Promise<Person[]> {
  if (unitIds.length === 0) return [];
  const rows = await db
    .selectFrom('unit_person')
    .selectAll()
    .where('unit_id', 'in', unitIds)
    .where('until_at', 'is', null)
    .orderBy(sql`array_position(array['first_responsible','directly_responsible','security_officer','contact'], duty)`)
    .orderBy('since_at')
    .execute();
  return rows.map(personOf);
}

export async function personById(db: Db, unitId: string, id: string): Promise<Person | undefined> {
  const row = await db
    .selectFrom('unit_person')
    .selectAll()
    .where('id', '=', id)
    .where('unit_id', '=', unitId)
    .where('until_at', 'is', null)
    .executeTakeFirst();
  return row && personOf(row);
}

/** @returns false when the code or the identifier is taken, also by a unit the caller cannot see */
export async function insertUnit(
  db: Db,
  unit: Omit<Unit, 'divisionName' | 'version' | 'closedReason'>,
): Promise<boolean> {
  const inserted = await db
    .insertInto('unit')
    .values({
      id: unit.id,
      code: unit.code,
      name: unit.name,
      name_initials: initialsOf(unit.name),
      short_name: unit.shortName,
      short_name_initials: initialsOf(unit.shortName),
      kind: unit.kind,
      sector: unit.sector,
      division_code: unit.divisionCode,
      unit_path: unit.path,
      parent_id: unit.parentId,
      uscc: unit.uscc,
      state: unit.state,
      created_at: unit.createdAt,
      changed_at: unit.changedAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

export async function usccTaken(db: Db, uscc: string, exceptId: string): Promise<boolean> {
  const row = await acrossScopes(db, () =>
    db.selectFrom('unit').select('id').where('uscc', '=', uscc).where('id', '!=', exceptId).executeTakeFirst(),
  );
  return row !== undefined;
}

export interface UnitUpdate {
  readonly name?: string | undefined;
  readonly shortName?: string | undefined;
  readonly kind?: UnitKind | undefined;
  readonly sector?: string | undefined;
  readonly parentId?: string | null | undefined;
  readonly uscc?: string | null | undefined;
  readonly state?: UnitState | undefined;
  readonly closedReason?: string | undefined;
}

/** @returns false when the unit is not at `version` any more */
export async function updateUnit(
  db: Db,
  id: string,
  version: number,
  update: UnitUpdate,
  changedAt: Date,
): Promise<boolean> {
  const result = await db
    .updateTable('unit')
    .set({
      ...(update.name === undefined ? {} : { name: update.name, name_initials: initialsOf(update.name) }),
      ...(update.shortName === undefined
        ? {}
        : { short_name: update.shortName, short_name_initials: initialsOf(update.shortName) }),
      ...(update.kind === undefined ? {} : { kind: update.kind }),
      ...(update.sector === undefined ? {} : { sector: update.sector }),
      ...(update.parentId === undefined ? {} : { parent_id: update.parentId }),
      ...(update.uscc === undefined ? {} : { uscc: update.uscc }),
      ...(update.state === undefined ? {} : { state: update.state }),
      ...(update.closedReason === undefined ? {} : { closed_reason: update.closedReason }),
      changed_at: changedAt,
      version: version + 1,
    })
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Fills in by what units are found that were there before it was kept: derived from their names, it changes nothing of them. */
export async function fillInitials(db: Db): Promise<void> {
  const units = await db
    .selectFrom('unit')
    .select(['id', 'name', 'short_name'])
    .where('name_initials', '=', '')
    .execute();
  for (const { id, name, short_name } of units) {
    await db
      .updateTable('unit')
      .set({ name_initials: initialsOf(name), short_name_initials: initialsOf(short_name) })
      .where('id', '=', id)
      .execute();
  }
}

export async function insertPerson(db: Db, person: Person, unitPath: string): Promise<void> {
  await db
    .insertInto('unit_person')
    .values({
      id: person.id,
      unit_id: person.unitId,
      unit_path: unitPath,
      duty: person.duty,
      name: person.name,
      post: person.post,
      phone: person.phone,
      email: person.email,
      since_at: person.sinceAt,
      until_at: null,
    })
    .execute();
}

/** Ends a person's time in office. @returns false when there is no such person in office */
export async function endPerson(db: Db, unitId: string, id: string, untilAt: Date): Promise<boolean> {
  const result = await db
    .updateTable('unit_person')
    .set({ until_at: untilAt })
    .where('id', '=', id)
    .where('unit_id', '=', unitId)
    .where('until_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Whoever holds one of the two responsible duties makes room for the next. */
export async function endDuty(db: Db, unitId: string, duty: Duty, untilAt: Date): Promise<void> {
  await db
    .updateTable('unit_person')
    .set({ until_at: untilAt })
    .where('unit_id', '=', unitId)
    .where('duty', '=', duty)
    .where('until_at', 'is', null)
    .execute();
}
