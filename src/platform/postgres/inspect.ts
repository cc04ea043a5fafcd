import { sql } from 'kysely';
import type { Db } from './database.ts';

const VERSION_MIN = 150_000;

/**
 * Looks whether row-level security can be relied on: the application's role owns nothing and cannot pass it by, and
 * every table the role may touch has it enabled and forced.
 *
 * @returns one sentence for each thing that is wrong
 */
export async function inspectSecurity(db: Db): Promise<string[]> {
  const problems: string[] = [];
  const { rows: roles } = await sql<{
    rolsuper: boolean;
    rolbypassrls: boolean;
    rolcanlogin: boolean;
    owned: number;
    version: number;
  }>`SELECT rolsuper, rolbypassrls, rolcanlogin, current_setting('server_version_num')::int AS version,
      (SELECT count(*)::int FROM pg_class WHERE relowner = pg_roles.oid) AS owned
    FROM pg_roles WHERE rolname = 'tongan_app'`.execute(db);
  const [role] = roles;
  if (!role) return ['the role tongan_app does not exist: the migrations did not run'];
  if (role.version < VERSION_MIN) problems.push('the server is older than PostgreSQL 15');
  if (role.rolsuper || role.rolbypassrls) problems.push('the role tongan_app may pass row-level security by');
  if (role.rolcanlogin) problems.push('the role tongan_app may sign in on its own');
  if (role.owned > 0) problems.push(`the role tongan_app owns ${role.owned} table(s) or index(es)`);
  const { rows: tables } = await sql<{ relname: string }>`SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
      AND has_table_privilege('tongan_app', oid, 'SELECT, INSERT, UPDATE, DELETE')
      AND NOT (relrowsecurity AND relforcerowsecurity)
    ORDER BY relname`.execute(db);
  for (const { relname } of tables) problems.push(`row-level security is not forced on the table ${relname}`);
  return problems;
}

/** Seconds by which this machine's clock is ahead of the database server's. */
export async function clockAheadSeconds(db: Db): Promise<number> {
  const { rows } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(db);
  return (Date.now() - (rows[0]?.now.getTime() ?? Number.NaN)) / 1000;
}
