import { type Selectable, sql } from 'kysely';
import type { Database, Db } from '#platform/postgres/database.ts';
import type { Account } from './account.ts';
import { ROLES, type Role } from './permissions.ts';
import './tables.ts';

/** Accounts: what everybody in scope may see of them. Secrets and sessions are in `secret-store.ts`. */

type AccountRow = Selectable<Database['account']> & {
  unit_name: string | null;
  unit_state: string | null;
  centre_name: string | null;
};

const rolesOf = (names: readonly string[]): Role[] => ROLES.filter((role) => names.includes(role));

const accountOf = (row: AccountRow): Account => ({
  id: row.id,
  login: row.login,
  name: row.name,
  unitId: row.unit_id,
  centreId: row.centre_id,
  path: row.unit_path,
  home: row.unit_name ?? row.centre_name ?? '',
  roles: rolesOf(row.roles),
  // The people of a closed unit have nothing left to do here.
  state: row.unit_state === 'closed' ? 'disabled' : row.state,
  mustChangePassword: row.must_change_password,
  totpEnabled: row.totp_enabled,
  lastSignInAt: row.last_sign_in_at,
  createdAt: row.created_at,
});

const selectAccounts = (db: Db) =>
  db
    .selectFrom('account')
    .leftJoin('unit', 'unit.id', 'account.unit_id')
    .leftJoin('centre', 'centre.id', 'account.centre_id')
    .selectAll('account')
    .select(['unit.name as unit_name', 'unit.state as unit_state', 'centre.name as centre_name']);

export async function accountById(db: Db, id: string): Promise<Account | undefined> {
  const row = await selectAccounts(db).where('account.id', '=', id).executeTakeFirst();
  return row && accountOf(row);
}

export async function accountByLogin(db: Db, login: string): Promise<Account | undefined> {
  const row = await selectAccounts(db).where('account.login', '=', login).executeTakeFirst();
  return row && accountOf(row);
}

export interface AccountFilter {
  /** Part of the name or login. */
  readonly search?: string | undefined;
  readonly unitId?: string | undefined;
  readonly role?: Role | undefined;
  readonly state?: Account['state'] | undefined;
}

export async function pageOfAccounts(
  db: Db,
  filter: AccountFilter,
  page: { offset: number; limit: number },
): Promise<{ items: Account[]; total: number }> {
  const pattern = `%${(filter.search ?? '').replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
  const matching = db
    .selectFrom('account')
    .$if(filter.search !== undefined, (query) =>
      query.where((where) => where.or([where('login', 'ilike', pattern), where('account.name', 'ilike', pattern)])),
    )
    .$if(filter.unitId !== undefined, (query) => query.where('unit_id', '=', filter.unitId ?? null))
    .$if(filter.role !== undefined, (query) => query.where(sql<boolean>`${filter.role} = ANY (account.roles)`))
    .$if(filter.state !== undefined, (query) => query.where('account.state', '=', filter.state ?? 'active'));
  const rows = await matching
    .leftJoin('unit', 'unit.id', 'account.unit_id')
    .leftJoin('centre', 'centre.id', 'account.centre_id')
    .selectAll('account')
    .select(['unit.name as unit_name', 'unit.state as unit_state', 'centre.name as centre_name'])
    .orderBy('account.unit_path')
    .orderBy('account.login')
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  const { total } = await matching
    .select((select) => select.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return { items: rows.map(accountOf), total: Number(total) };
}

export interface NewAccount {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly unitId: string | null;
  readonly centreId: string | null;
  readonly path: string;
  readonly roles: readonly Role[];
  readonly mustChangePassword: boolean;
  readonly createdAt: Date;
}

/** @returns false when the login name is taken, also by an account the caller cannot see */
export async function insertAccount(db: Db, account: NewAccount): Promise<boolean> {
  const result = await db
    .insertInto('account')
    .values({
      id: account.id,
      login: account.login,
      name: account.name,
      unit_id: account.unitId,
      centre_id: account.centreId,
      unit_path: account.path,
      roles: [...account.roles],
      state: 'active',
      must_change_password: account.mustChangePassword,
      last_sign_in_at: null,
      created_at: account.createdAt,
      changed_at: account.createdAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

export interface AccountUpdate {
  readonly name?: string | undefined;
  readonly state?: Account['state'] | undefined;
  readonly roles?: readonly Role[] | undefined;
  readonly mustChangePassword?: boolean | undefined;
  readonly totpEnabled?: boolean | undefined;
  readonly lastSignInAt?: Date | undefined;
}

export async function updateAccount(db: Db, id: string, update: AccountUpdate, changedAt: Date): Promise<void> {
  await db
    .updateTable('account')
    .set({
      ...(update.name === undefined ? {} : { name: update.name }),
      ...(update.state === undefined ? {} : { state: update.state }),
      ...(update.roles === undefined ? {} : { roles: [...update.roles] }),
      ...(update.mustChangePassword === undefined ? {} : { must_change_password: update.mustChangePassword }),
      ...(update.totpEnabled === undefined ? {} : { totp_enabled: update.totpEnabled }),
      ...(update.lastSignInAt === undefined ? {} : { last_sign_in_at: update.lastSignInAt }),
      changed_at: changedAt,
    })
    .where('id', '=', id)
    .execute();
}

/** How many other active accounts hold the role. Counts those in sight only: call it across scopes. */
export async function otherHolders(db: Db, role: Role, exceptId: string): Promise<number> {
  const { holders } = await db
    .selectFrom('account')
    .where('state', '=', 'active')
    .where('id', '!=', exceptId)
    .where(sql<boolean>`${role} = ANY (roles)`)
    .select((select) => select.fn.countAll<number>().as('holders'))
    .executeTakeFirstOrThrow();
  return Number(holders);
}

export async function anyAccount(db: Db): Promise<boolean> {
  return (await db.selectFrom('account').select('id').limit(1).executeTakeFirst()) !== undefined;
}

export interface Installation {
  readonly name: string;
  readonly path: string;
}

export async function installation(db: Db): Promise<Installation | undefined> {
  const row = await db.selectFrom('installation').select(['name', 'unit_path']).executeTakeFirst();
  return row && { name: row.name, path: row.unit_path };
}

/** @returns false when the installation exists already */
export async function insertInstallation(db: Db, value: Installation, createdAt: Date): Promise<boolean> {
  const result = await db
    .insertInto('installation')
    .values({ id: 1, name: value.name, unit_path: value.path, created_at: createdAt })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}
