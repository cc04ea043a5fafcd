import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';

const PERSONS_MAX = 300;

/** Assets that name a person, be it for the asset as a whole or for one of its roles, by identifier. */
export const assetsOfPerson = (person: string): RawBuilder<unknown> => sql`
  SELECT id FROM asset WHERE responsible_person = ${person} AND responsible_person <> ''
  UNION SELECT asset_id FROM asset_duty WHERE person = ${person} AND person <> '' AND ended_at IS NULL`;

export interface Named {
  readonly person: string;
  readonly assets: number;
  readonly units: number;
}

/** Who is named for assets in use, as a whole or in a role, those with the most first. @param unit its path, or that of an area */
export async function listPersons(db: Db, unit: string): Promise<Named[]> {
  const { rows } = await sql<Named>`
    WITH here AS (SELECT id, unit_path, responsible_person FROM asset
      WHERE starts_with(unit_path, ${unit}) AND state NOT IN ('retired', 'written_off') AND merged_into IS NULL)
    SELECT person, count(*)::int AS assets, count(DISTINCT unit_path)::int AS units FROM (
      SELECT id, unit_path, responsible_person AS person FROM here WHERE responsible_person <> ''
      UNION ALL SELECT DISTINCT h.id, h.unit_path, d.person FROM here h JOIN asset_duty d ON d.asset_id = h.id
        WHERE d.ended_at IS NULL AND d.person <> '' AND d.person <> h.responsible_person) n
    GROUP BY person ORDER BY assets DESC, person LIMIT ${PERSONS_MAX}`.execute(db);
  return rows;
}
