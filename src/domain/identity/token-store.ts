import type { Selectable } from 'kysely';
import type { Database, Db } from '#platform/postgres/database.ts';
import './tables.ts';

export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly path: string;
  readonly permissions: readonly string[];
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

const tokenOf = (row: Selectable<Database['api_token']> & { account_name: string }): ApiToken => ({
  id: row.id,
  name: row.name,
  accountId: row.account_id,
  accountName: row.account_name,
  path: row.unit_path,
  permissions: row.permissions,
  createdAt: row.created_at,
  createdBy: row.created_by,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
});

const selectTokens = (db: Db) =>
  db
    .selectFrom('api_token')
    .innerJoin('account', 'account.id', 'api_token.account_id')
    .selectAll('api_token')
    .select('account.name as account_name');

export async function tokenByHash(db: Db, hash: string): Promise<ApiToken | undefined> {
  const row = await selectTokens(db)
    .innerJoin('api_token_secret', 'api_token_secret.token_id', 'api_token.id')
    .where('api_token_secret.token_hash', '=', hash)
    .executeTakeFirst();
  return row && tokenOf(row);
}

export async function tokenById(db: Db, id: string): Promise<ApiToken | undefined> {
  const row = await selectTokens(db).where('api_token.id', '=', id).executeTakeFirst();
  return row && tokenOf(row);
}

/** Newest first. */
export async function pageOfTokens(
  db: Db,
  page: { offset: number; limit: number },
): Promise<{ items: ApiToken[]; total: number }> {
  const rows = await selectTokens(db)
    .orderBy('api_token.created_at', 'desc')
    .orderBy('api_token.id')
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  const { total } = await db
    .selectFrom('api_token')
    .select((select) => select.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return { items: rows.map(tokenOf), total: Number(total) };
}

export async function insertToken(
  db: Db,
  token: Omit<ApiToken, 'accountName' | 'lastUsedAt' | 'revokedAt'>,
): Promise<void> {
  await db
    .insertInto('api_token')
    .values({
      id: token.id,
      name: token.name,
      account_id: token.accountId,
      unit_path: token.path,
      permissions: [...token.permissions],
      created_at: token.createdAt,
      created_by: token.createdBy,
      expires_at: token.expiresAt,
      last_used_at: null,
      revoked_at: null,
    })
    .execute();
}

/** Call it across scopes. */
export const insertTokenSecret = (db: Db, tokenId: string, hash: string) =>
  db.insertInto('api_token_secret').values({ token_id: tokenId, token_hash: hash }).execute();

export const touchToken = (db: Db, id: string, at: Date) =>
  db.updateTable('api_token').set({ last_used_at: at }).where('id', '=', id).execute();

/** @returns false when it was revoked already */
export async function revokeToken(db: Db, id: string, at: Date): Promise<boolean> {
  const result = await db
    .updateTable('api_token')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}
