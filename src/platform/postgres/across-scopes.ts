import { sql } from 'kysely';
import type { Db } from './database.ts';

/**
 * Runs `fn` with the whole tree in sight, inside the caller's transaction and under the caller's name. For what must
 * hold across scopes (a code is unique everywhere) and for secrets that no scope shows. What it finds may decide, but
 * must not be shown.
 */
export async function acrossScopes<T>(db: Db, fn: () => Promise<T>): Promise<T> {
  const { rows } = await sql<{ scope: string }>`SELECT current_setting('tongan.scope', true) AS scope`.execute(db);
  const scope = rows[0]?.scope ?? '';
  await sql`SELECT set_config('tongan.scope', '/', true)`.execute(db);
  // When fn throws, the transaction is rolled back and takes the setting with it.
  const result = await fn();
  await sql`SELECT set_config('tongan.scope', ${scope}, true)`.execute(db);
  return result;
}
