import { sql } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';

/** What a path is called: a unit, or a division and the centre's area that it stands for. */
export interface PlaceName {
  readonly path: string;
  readonly name: string;
  readonly shortName: string;
  /** Null for divisions. */
  readonly unitId: string | null;
}

/** The names of many paths at once. Paths outside the caller's scope and unknown ones are left out. */
export async function namesAtPaths(db: Db, paths: readonly string[]): Promise<Map<string, PlaceName>> {
  const wanted = [...new Set(paths)];
  if (wanted.length === 0) return new Map();
  const divisions = await db
    .selectFrom('division')
    .select(['path', 'name'])
    .where(sql<boolean>`path = ANY(${wanted}::text[])`)
    .execute();
  const units = await db
    .selectFrom('unit')
    .select(['id', 'unit_path', 'name', 'short_name'])
    .where(sql<boolean>`unit_path = ANY(${wanted}::text[])`)
    .execute();
  const places: PlaceName[] = [
    ...divisions.map(({ path, name }) => ({ path, name, shortName: name, unitId: null })),
    ...units.map((unit) => ({ path: unit.unit_path, name: unit.name, shortName: unit.short_name, unitId: unit.id })),
  ];
  return new Map(places.map((place) => [place.path, place]));
}
