import { sql } from 'kysely';
import { earlier, type Moment, type MomentPage, moment, newestFirst, plain } from '#platform/moment.ts';
import type { Db } from '#platform/postgres/database.ts';
import './tables.ts';

/** When incidents were opened, graded, contained, resolved and closed. */
export async function incidentMoments(db: Db, ids: readonly string[], page: MomentPage): Promise<Moment[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{
    at: Date;
    key: string;
    what: string;
    by: string;
    id: string;
    title: string;
    grade: string;
    note: string;
  }>`
    SELECT m.at, i.id::text || m.n AS key, m.what, m.by, i.id, i.title, coalesce(i.grade, i.grade_proposed) AS grade, m.note
    FROM incident i CROSS JOIN LATERAL (VALUES
      ('0', i.opened_at, 'opened', i.opened_by_name, ''), ('1', i.graded_at, 'graded', i.graded_by_name, ''),
      ('2', i.contained_at, 'contained', '', ''), ('3', i.resolved_at, 'resolved', '', ''),
      ('4', i.closed_at, 'closed', '', i.close_reason)) AS m (n, at, what, by, note)
    WHERE i.id = ANY(${[...ids]}::uuid[]) AND m.at IS NOT NULL AND ${earlier(sql`m.at`, sql`i.id::text || m.n`, page)}
    ORDER BY ${newestFirst(sql`m.at`, sql`i.id::text || m.n`)} LIMIT ${page.limit}`.execute(db);
  return rows.map(({ at, key, what, by, id, title, grade, note }) =>
    moment({ at, key, what, by, note, level: grade, title: plain(title), object: { kind: 'incident', id } }),
  );
}

const ORDERS_MAX = 500;

/** Orders that came of these incidents, the newest first. */
export async function ordersOfIncidents(db: Db, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('incident_order')
    .select('order_id')
    .where('incident_id', 'in', ids)
    .orderBy('order_id', 'desc')
    .limit(ORDERS_MAX)
    .execute();
  return rows.map(({ order_id }) => order_id);
}
