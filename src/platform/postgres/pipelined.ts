import { Kysely, PostgresDialect } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { Database, Db } from './database.ts';

/**
 * Queries over one connection that do not wait for each other: each is sent at once, and the server answers in order. Kysely's
 * own transaction sends a statement when the answer to the one before has come, so the server would stand still while this
 * process computes.
 */
function over(client: PoolClient, isOver: () => boolean): Db {
  const held = { query: client.query.bind(client), release: () => undefined };
  const connect = async () => {
    // It would run as the owner, and perhaps in somebody else's transaction.
    if (isOver()) throw new Error('the transaction has ended: await every statement of it');
    return held;
  };
  const pool = { connect, end: async () => undefined, options: {} };
  const db: Kysely<Database> = new Kysely({ dialect: new PostgresDialect({ pool }) });
  return db as Db;
}

/**
 * Runs `fn` in a transaction on a connection of the pool, whose clients are opened with `pipeline`. `fn` awaits what it sends
 * before it ends.
 *
 * @throws what `fn` throws, after everything was rolled back; an Error where the server rolled back although `fn` had no fault
 */
export async function inTransaction<T>(pool: Pool, fn: (db: Db) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isOver = false;
  let isLost = false;
  try {
    // Waited for: what followed a BEGIN that failed would stand outside any transaction.
    await client.query('BEGIN');
    const result = await fn(over(client, () => isOver));
    isOver = true;
    const { command } = await client.query('COMMIT');
    if (command === 'ROLLBACK') throw new Error('the transaction was rolled back: one of its statements failed');
    return result;
  } catch (error) {
    isOver = true;
    await client.query('ROLLBACK').catch(() => {
      isLost = true;
    });
    throw error;
  } finally {
    client.release(isLost);
  }
}
