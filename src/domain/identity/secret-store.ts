import { type Selectable, sql } from 'kysely';
import type { Database, Db } from '#platform/postgres/database.ts';
import type { Attempts } from './lockout.ts';
import './tables.ts';

/** Hashes, sealed secrets, sessions and counters. Readable for the platform only: call these across scopes. */

export type Secrets = Selectable<Database['account_secret']>;

export const secretsOf = (db: Db, accountId: string): Promise<Secrets | undefined> =>
  db.selectFrom('account_secret').selectAll().where('account_id', '=', accountId).executeTakeFirst();

/** Sets the password and remembers it. */
export async function putPassword(db: Db, accountId: string, hash: string, at: Date): Promise<void> {
  await db
    .insertInto('account_secret')
    .values({
      account_id: accountId,
      password_hash: hash,
      password_set_at: at,
      totp_sealed: null,
      totp_pending_sealed: null,
    })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ password_hash: hash, password_set_at: at }))
    .execute();
  await db
    .insertInto('account_password_history')
    .values({ account_id: accountId, password_hash: hash, set_at: at })
    .execute();
}

/** The newest hashes, newest first. */
export async function passwordHistory(db: Db, accountId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('account_password_history')
    .select('password_hash')
    .where('account_id', '=', accountId)
    .orderBy('set_at', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => row.password_hash);
}

export async function putTotp(
  db: Db,
  accountId: string,
  values: { sealed?: string | null; pending?: string | null },
): Promise<void> {
  await db
    .updateTable('account_secret')
    .set({
      ...(values.sealed === undefined ? {} : { totp_sealed: values.sealed }),
      ...(values.pending === undefined ? {} : { totp_pending_sealed: values.pending }),
    })
    .where('account_id', '=', accountId)
    .execute();
}

/** Marks a time step as used. @returns false when it, or a later one, was used in the meantime */
export async function useTotpStep(db: Db, accountId: string, step: number): Promise<boolean> {
  const result = await db
    .updateTable('account_secret')
    .set({ totp_step: step })
    .where('account_id', '=', accountId)
    .where('totp_step', '<', step)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Puts new recovery codes in place of all old ones. */
export async function putRecoveryCodes(db: Db, accountId: string, hashes: readonly string[]): Promise<void> {
  await db.deleteFrom('account_recovery_code').where('account_id', '=', accountId).execute();
  if (hashes.length === 0) return;
  await db
    .insertInto('account_recovery_code')
    .values(hashes.map((code_hash) => ({ code_hash, account_id: accountId, used_at: null })))
    .execute();
}

/** @returns false when the code is unknown or was used */
export async function useRecoveryCode(db: Db, accountId: string, hash: string, at: Date): Promise<boolean> {
  const result = await db
    .updateTable('account_recovery_code')
    .set({ used_at: at })
    .where('account_id', '=', accountId)
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

export const insertSession = (db: Db, session: Selectable<Database['session']>) =>
  db.insertInto('session').values(session).execute();

export const sessionByHash = (db: Db, tokenHash: string) =>
  db
    .selectFrom('session')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('ended_at', 'is', null)
    .executeTakeFirst();

export const touchSession = (db: Db, id: string, at: Date) =>
  db.updateTable('session').set({ last_seen_at: at }).where('id', '=', id).execute();

export const endSession = (db: Db, tokenHash: string, at: Date) =>
  db
    .updateTable('session')
    .set({ ended_at: at })
    .where('token_hash', '=', tokenHash)
    .where('ended_at', 'is', null)
    .execute();

/** Ends all sessions of an account. */
export const endSessions = (db: Db, accountId: string, at: Date) =>
  db
    .updateTable('session')
    .set({ ended_at: at })
    .where('account_id', '=', accountId)
    .where('ended_at', 'is', null)
    .execute();

/** Forgets sessions that ended before `before`. */
export const forgetSessions = (db: Db, before: Date) =>
  db.deleteFrom('session').where('expires_at', '<', before).execute();

/** Holds the counters until the transaction ends, also those that have no row yet. */
export async function holdAttempts(db: Db, keyHashes: readonly string[]): Promise<void> {
  for (const key of [...keyHashes].sort()) {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(db);
  }
}

export async function attemptsOf(db: Db, keyHashes: readonly string[]): Promise<Map<string, Attempts>> {
  if (keyHashes.length === 0) return new Map();
  const rows = await db.selectFrom('sign_in_guard').selectAll().where('key_hash', 'in', keyHashes).execute();
  return new Map(
    rows.map((row) => [
      row.key_hash,
      { failures: row.failures, locks: row.locks, lockedUntil: row.locked_until, lastAt: row.last_at },
    ]),
  );
}

export async function putAttempts(db: Db, keyHash: string, attempts: Attempts): Promise<void> {
  const values = {
    failures: attempts.failures,
    locks: attempts.locks,
    locked_until: attempts.lockedUntil,
    last_at: attempts.lastAt,
  };
  await db
    .insertInto('sign_in_guard')
    .values({ key_hash: keyHash, ...values })
    .onConflict((conflict) => conflict.column('key_hash').doUpdateSet(values))
    .execute();
}

export const forgetAttempts = (db: Db, keyHash: string) =>
  db.deleteFrom('sign_in_guard').where('key_hash', '=', keyHash).execute();

/** Forgets counters nobody touched since `before`. */
export const forgetOldAttempts = (db: Db, before: Date) =>
  db.deleteFrom('sign_in_guard').where('last_at', '<', before).execute();
