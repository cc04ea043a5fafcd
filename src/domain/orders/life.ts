import { sql } from 'kysely';
import { earlier, type Moment, type MomentPage, moment, newestFirst, plain } from '#platform/moment.ts';
import type { Db } from '#platform/postgres/database.ts';
import { OPEN_STATES } from './store.ts';
import { stepTitle, viewOf } from './view.ts';
import './tables.ts';

/** Steps that only carry talk and papers. */
const TALK = ['edit', 'comment', 'attach'];

/** What happened to orders; a unit sees what was done from the delivery on. */
export async function orderMoments(db: Db, ids: readonly string[], page: MomentPage): Promise<Moment[]> {
  if (ids.length === 0) return [];
  const [at, key] = [sql`s.at`, sql`lpad(s.position::text, 20, '0')`];
  const rows = await db
    .selectFrom('order_step as s')
    .innerJoin('order_record as o', 'o.id', 's.order_id')
    .select(['s.at', 's.action', 's.by_name', 's.text', 'o.id', 'o.title', 'o.grade', sql<string>`${key}`.as('key')])
    .where('s.order_id', 'in', ids)
    .where('s.action', 'not in', TALK)
    .where(earlier(at, key, page))
    .orderBy(newestFirst(at, key))
    .limit(page.limit)
    .execute();
  return rows.map((row) =>
    moment({
      at: row.at,
      key: row.key,
      what: row.action,
      verb: stepTitle(row.action),
      by: row.by_name,
      level: row.grade,
      title: plain(row.title),
      note: row.text,
      object: { kind: 'order', id: row.id },
    }),
  );
}

/** Of these orders those that are not over, the one with the nearest deadline first. */
export async function openOrders(db: Db, ids: readonly string[], now: Date, shown: number) {
  if (ids.length === 0) return { total: 0, items: [] };
  const open = db.selectFrom('order_record').where('id', 'in', ids).where('state', 'in', OPEN_STATES);
  const rows = await open
    .selectAll()
    .orderBy('deadline_at', (sort) => sort.asc().nullsLast())
    .orderBy('id')
    .limit(shown)
    .execute();
  const { total } = await open.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  return { total, items: rows.map((row) => viewOf(row, now)) };
}

/** States in which nothing is asked any more; what was merged or superseded is asked by another order. */
const ENDED = ['revoked', 'closed'] as const;

/** Of these orders those that ask nothing any more. */
export async function endedOrders(db: Db, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('order_record')
    .select('id')
    .where('id', 'in', ids)
    .where('state', 'in', ENDED)
    .execute();
  return rows.map(({ id }) => id);
}

/** Of these orders those that were written to one of the units named: an incident may have spread to others. */
export async function ordersToUnits(db: Db, ids: readonly string[], units: OrderReceivers): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('order_record')
    .select('id')
    .where('id', 'in', ids)
    .where((where) => where.or([where('unit_path', '=', units.path), where('unit_name', 'in', ['', ...units.names])]))
    .execute();
  return rows.map(({ id }) => id);
}

interface OrderReceivers {
  readonly path: string;
  readonly names: readonly string[];
}
