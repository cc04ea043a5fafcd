import { sql } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';
import { permissionsOf } from './permissions.ts';

/** A person to whom work can be given. */
export interface Holder {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

/** More persons than this do not fit into a choice; the first by name are given. */
const HOLDERS_MAX = 500;

/**
 * Active accounts that hold a permission and whose area contains `unitPath`, by name. Limited to the caller's scope.
 */
export async function holdersOf(db: Db, permission: string, unitPath: string): Promise<Holder[]> {
  const rows = await db
    .selectFrom('account')
    .select(['id', 'name', 'roles'])
    .where('state', '=', 'active')
    .where(sql<boolean>`starts_with(${unitPath}, unit_path)`)
    .orderBy('name')
    .orderBy('id')
    .limit(HOLDERS_MAX)
    .execute();
  return rows.filter(({ roles }) => permissionsOf(roles).has(permission));
}
