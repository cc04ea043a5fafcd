import { sql } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';
import type { Refusal } from './refusals.ts';
import './tables.ts';

const ADD = sql`ON CONFLICT (endpoint, address, reason) DO UPDATE SET refused = r.refused + excluded.refused,
  first_at = least(r.first_at, excluded.first_at), last_at = greatest(r.last_at, excluded.last_at)`;

/**
 * Adds refusals to the record of all processes. Of each endpoint the `rememberedMax` most recent keep their address; the rest
 * is counted on without one.
 */
export async function addRefusals(db: Db, refusals: readonly Refusal[], rememberedMax: number): Promise<void> {
  // Several processes add at a time: one after the other, since each may take rows of another away.
  await sql`LOCK TABLE telemetry_refusal IN SHARE ROW EXCLUSIVE MODE`.execute(db);
  await sql`
    INSERT INTO telemetry_refusal AS r (endpoint, address, reason, refused, first_at, last_at)
    SELECT endpoint, address, reason, refused, "firstAt", "lastAt"
    FROM jsonb_to_recordset(${JSON.stringify(refusals)}::jsonb)
      AS given (endpoint text, address text, reason text, refused bigint, "firstAt" timestamptz, "lastAt" timestamptz)
    ${ADD}`.execute(db);
  await sql`
    WITH ranked AS (
      SELECT endpoint, address, reason,
        row_number() OVER (PARTITION BY endpoint ORDER BY last_at DESC, address, reason) AS place
      FROM telemetry_refusal WHERE address <> ''
    ), dropped AS (
      DELETE FROM telemetry_refusal AS r USING ranked
      WHERE place > ${rememberedMax}::int
        AND (r.endpoint, r.address, r.reason) = (ranked.endpoint, ranked.address, ranked.reason)
      RETURNING r.*
    )
    INSERT INTO telemetry_refusal AS r (endpoint, address, reason, refused, first_at, last_at)
    SELECT endpoint, '', reason, sum(refused), min(first_at), max(last_at) FROM dropped GROUP BY endpoint, reason
    ${ADD}`.execute(db);
}

/** Refusals since `since`, the most recent first; those without address, of which there are few, are all there. */
export async function listRefusals(
  db: Db,
  since: Date,
  limit: number,
): Promise<{ refusals: Refusal[]; others: Refusal[]; total: number }> {
  const select = sql`SELECT endpoint, address, reason, refused::float8 AS refused, first_at AS "firstAt",
    last_at AS "lastAt" FROM telemetry_refusal WHERE last_at >= ${since}::timestamptz`;
  const refusals = await sql<Refusal & { total: number }>`
    SELECT listed.*, (count(*) OVER ())::float8 AS total FROM (${select}) AS listed WHERE address <> ''
    ORDER BY "lastAt" DESC, endpoint, address, reason LIMIT ${limit}::int`.execute(db);
  const others = await sql<Refusal>`
    SELECT * FROM (${select}) AS listed WHERE address = '' ORDER BY "lastAt" DESC, endpoint, reason`.execute(db);
  return {
    refusals: refusals.rows.map(({ total: _, ...refusal }) => refusal),
    others: others.rows,
    total: refusals.rows[0]?.total ?? 0,
  };
}

/** Removes what was last seen before `before`. */
export async function forgetRefusals(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('telemetry_refusal').where('last_at', '<', before).execute();
}
