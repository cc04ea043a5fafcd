import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { Postgres } from './open.ts';

/** A table as a backup names it: `alert`, `pgboss.job`. */
export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
}

export interface TableLines {
  readonly table: string;
  /** Rows as JSON, one a line; parsed by the database only, so that no value changes on the way. */
  readonly lines: readonly string[];
}

const ROWS_AT_ONCE = 1_000;

/** The queue of jobs belongs to its library; what waits there is part of the record all the same. */
const JOBS = 'pgboss.job';
const JOBS_WAITING = "WHERE state IN ('created', 'retry', 'active')";

/** Written by `migrate.ts` itself. */
const NOT_COPIED = 'platform_migration';

/**
 * Copies all rows of all tables as they are at one moment.
 *
 * @param sink takes the rows, table after table
 * @param onSnapshot called when that moment is fixed, to read more of it; what changes afterwards is not part of the copy
 * @throws Error when row-level security would hide rows: the owner must be a superuser or have BYPASSRLS
 */
export async function copyTables(
  postgres: Postgres,
  sink: (part: TableLines) => Promise<void>,
  onSnapshot: (db: Db) => Promise<void>,
): Promise<CopiedTable[]> {
  return postgres.asOwner(async (tx) => {
    await sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`.execute(tx);
    // Not silently fewer rows, but an error, where a policy would hide some.
    await sql`SELECT set_config('row_security', 'off', true), set_config('timezone', 'UTC', true)`.execute(tx);
    const tables = await tablesOf(tx);
    await onSnapshot(tx);
    const copied: CopiedTable[] = [];
    for (const table of tables) copied.push({ table, rows: await copyTable(tx, table, sink) });
    return copied;
  });
}

async function tablesOf(tx: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`SELECT relname AS name FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ${NOT_COPIED}
    ORDER BY relname`.execute(tx);
  const { rows: jobs } = await sql<{ there: boolean }>`SELECT to_regclass(${JOBS}) IS NOT NULL AS there`.execute(tx);
  return [...rows.map(({ name }) => name), ...(jobs[0]?.there ? [JOBS] : [])];
}

async function copyTable(tx: Db, table: string, sink: (part: TableLines) => Promise<void>): Promise<number> {
  const where = sql.raw(table === JOBS ? JOBS_WAITING : '');
  await sql`DECLARE copied NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS line FROM ${sql.table(table)} AS t ${where}`.execute(
    tx,
  );
  let count = 0;
  for (;;) {
    const { rows } = await sql<{ line: string }>`FETCH ${sql.raw(String(ROWS_AT_ONCE))} FROM copied`.execute(tx);
    if (rows.length === 0) break;
    count += rows.length;
    await sink({ table, lines: rows.map(({ line }) => line) });
  }
  await sql`CLOSE copied`.execute(tx);
  return count;
}

interface Constraint {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/**
 * Puts copied rows into the fresh tables of the same schema, all or nothing. References between tables are checked at the
 * end, when all rows are there.
 */
export async function loadTables(postgres: Postgres, parts: AsyncIterable<TableLines>): Promise<void> {
  await postgres.asOwner(async (tx) => {
    await sql`SELECT set_config('row_security', 'off', true)`.execute(tx);
    const references = await referencesOf(tx);
    for (const { table, name } of references) {
      await sql`ALTER TABLE ${sql.id(table)} DROP CONSTRAINT ${sql.id(name)}`.execute(tx);
    }
    // What triggers would make of these rows is among the rows.
    const triggered = await triggeredTables(tx);
    for (const table of triggered) await sql`ALTER TABLE ${sql.table(table)} DISABLE TRIGGER USER`.execute(tx);
    // Migrations put first rows into some tables; the backup has its own.
    for (const table of await tablesOf(tx)) await sql`DELETE FROM ${sql.table(table)}`.execute(tx);
    const columns = new Map<string, readonly string[]>();
    for await (const { table, lines } of parts) {
      const known = columns.get(table) ?? (await columnsOf(tx, table));
      columns.set(table, known);
      const list = sql.join(known.map((name) => sql.id(name)));
      await sql`INSERT INTO ${sql.table(table)} (${list}) OVERRIDING SYSTEM VALUE
        SELECT ${list} FROM json_populate_recordset(NULL::${sql.table(table)}, ${`[${lines.join(',')}]`}::json)`.execute(
        tx,
      );
    }
    for (const { table, name, definition } of references) {
      await sql`ALTER TABLE ${sql.id(table)} ADD CONSTRAINT ${sql.id(name)} ${sql.raw(definition)}`.execute(tx);
    }
    for (const table of triggered) await sql`ALTER TABLE ${sql.table(table)} ENABLE TRIGGER USER`.execute(tx);
    await setSequences(tx);
  });
}

/** Tables with triggers of the migrations; those that hold references belong to their constraints. */
async function triggeredTables(tx: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`SELECT DISTINCT relname AS name FROM pg_trigger
    JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace ORDER BY relname`.execute(tx);
  return rows.map(({ name }) => name);
}

async function referencesOf(tx: Db): Promise<Constraint[]> {
  const { rows } = await sql<Constraint>`SELECT conrelid::regclass::text AS "table", conname AS name,
      pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conname`.execute(tx);
  return rows;
}

/** Columns that hold values of their own: what the database computes it computes again. */
async function columnsOf(tx: Db, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`SELECT attname AS name FROM pg_attribute
    WHERE attrelid = ${table}::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY attnum`.execute(tx);
  if (rows.length === 0) throw new Error(`the backup has a table ${table}, which this version does not know`);
  return rows.map(({ name }) => name);
}

/** Numbers given next must be larger than those that were copied. */
async function setSequences(tx: Db): Promise<void> {
  const { rows } = await sql<{ sequence: string; table: string; column: string }>`
    SELECT s.oid::regclass::text AS sequence, d.refobjid::regclass::text AS "table", a.attname AS "column"
    FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace`.execute(tx);
  for (const { sequence, table, column } of rows) {
    await sql`SELECT setval(${sequence}::regclass, coalesce(max(${sql.id(column)}), 0) + 1, false)
      FROM ${sql.table(table)}`.execute(tx);
  }
}

/** How many rows each table has now. */
export async function countTables(postgres: Postgres, tables: readonly string[]): Promise<CopiedTable[]> {
  return postgres.asOwner(async (tx) => {
    await sql`SELECT set_config('row_security', 'off', true)`.execute(tx);
    const counted: CopiedTable[] = [];
    for (const table of tables) {
      const where = sql.raw(table === JOBS ? JOBS_WAITING : '');
      const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(table)} ${where}`.execute(tx);
      counted.push({ table, rows: Number(rows[0]?.n ?? 0) });
    }
    return counted;
  });
}

/** Whether the database holds nothing of a platform yet. */
export async function isEmpty(postgres: Postgres): Promise<boolean> {
  return postgres.asOwner(async (tx) => {
    const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM pg_class
      WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`.execute(tx);
    return rows[0]?.n === 0;
  });
}
