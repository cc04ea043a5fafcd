import type { Kysely, Transaction } from 'kysely';

/**
 * The tables of the record store. Each slice adds its own in `tables.ts` by declaration merging:
 * `declare module '#platform/postgres/database.ts' { interface Database { incident: IncidentTable } }`
 */
export interface Database {
  /** Applied migrations, written by `migrate.ts` only. */
  platform_migration: { name: string; sha256: string; applied_at: Date };
}

/** A transaction under the application role with the caller's scope set: row-level security holds inside. */
export type Db = Transaction<Database>;

/** The pool as its owner. Only `migrate.ts`, `doctor` and test set-up may use it. */
export type OwnerDb = Kysely<Database>;
