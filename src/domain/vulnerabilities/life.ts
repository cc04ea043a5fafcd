import { sql } from 'kysely';
import { earlier, type Moment, type MomentPage, type MomentThing, moment, newestFirst } from '#platform/moment.ts';
import type { Db } from '#platform/postgres/database.ts';
import { stepTitle } from './detail.ts';
import { issueViews, SORTS } from './list.ts';
import { isOrderable, ordersWithoutEffect } from './overdue.ts';
import { ACTIVE } from './workflow.ts';

/** Vulnerabilities in the life of an asset. Ids are those of the asset and, for a system, of what belongs to it. */

const idsSql = (ids: readonly string[]) => sql`ANY(${[...ids]}::uuid[])`;

/** Issues named with one moment. */
const NAMED = 5;

interface StepsRow {
  readonly at: Date;
  readonly key: string;
  readonly action: string;
  readonly by: string;
  readonly count: number;
  readonly things: readonly MomentThing[];
  readonly note: string;
}

/**
 * What happened to the vulnerabilities of assets. Steps of one kind by one person within a minute are one moment, so that
 * a scan which finds three hundred is one line and not three hundred.
 */
export async function issueMoments(db: Db, assetIds: readonly string[], page: MomentPage): Promise<Moment[]> {
  const [at, key] = [sql`max(at)`, sql`(action || ' ' || md5(by_name))`];
  // A minute more than asked for, so that one which is only partly before the place is known whole, and left out.
  const { rows } = await sql<StepsRow>`
    WITH step AS (
      SELECT s.at, date_trunc('minute', s.at) AS minute, s.action, s.by_name, s.text, i.id, i.title, i.grade, i.target,
        ${SORTS.grade} AS rank
      FROM vulnerability_step s JOIN vulnerability_issue i ON i.id = s.issue_id
      WHERE i.asset_id = ${idsSql(assetIds)} AND s.at <= ${page.at}::timestamptz + interval '1 minute')
    SELECT max(at) AS at, ${key} AS key, action, by_name AS by, count(*)::int AS count, max(text) AS note,
      to_jsonb((array_agg(jsonb_build_object('id', id, 'title', title, 'level', grade, 'of', target)
        ORDER BY rank, title, id))[1:${sql.lit(NAMED)}]) AS things
    FROM step GROUP BY minute, action, by_name HAVING ${earlier(at, key, page)}
    ORDER BY ${newestFirst(at, key)} LIMIT ${page.limit}`.execute(db);
  return rows.map(({ at: last, key: of, action, by, count, things, note }) => {
    const [first] = things;
    return moment({
      at: last,
      key: of,
      what: action,
      verb: stepTitle(action),
      by,
      count,
      note,
      level: first?.level ?? '',
      object: first !== undefined && count === 1 ? { kind: 'vulnerability', id: first.id } : null,
      things,
    });
  });
}

/** The open vulnerabilities of assets: how many of each grade, how many are late, and the worst of them. */
export async function openIssues(db: Db, assetIds: readonly string[], now: Date, shown: number) {
  const open = db
    .selectFrom('vulnerability_issue')
    .where(sql<boolean>`asset_id = ${idsSql(assetIds)}`)
    .where('state', 'in', [...ACTIVE]);
  const ended = await ordersWithoutEffect(db, now);
  const counts = await open
    .select([
      'grade',
      sql<number>`count(*)::int`.as('count'),
      sql<number>`(count(*) FILTER (WHERE deadline_at < ${now}))::int`.as('overdue'),
      sql<number>`(count(*) FILTER (WHERE deadline_at < ${now} AND ${isOrderable(ended)}))::int`.as('orderable'),
    ])
    .groupBy('grade')
    .execute();
  const rows = await open
    .selectAll()
    .orderBy('priority')
    .orderBy(SORTS.grade)
    .orderBy('deadline_at')
    .orderBy('id')
    .limit(shown)
    .execute();
  const sum = (pick: (row: (typeof counts)[number]) => number): number =>
    counts.reduce((total, row) => total + pick(row), 0);
  return {
    total: sum(({ count }) => count),
    overdue: sum(({ overdue }) => overdue),
    orderable: sum(({ orderable }) => orderable),
    grades: counts.map(({ grade, count }) => ({ grade, count })),
    worst: await issueViews(db, rows),
  };
}

const ORDERS_MAX = 500;

/** Orders that speak of vulnerabilities of these assets, the newest first. */
export async function ordersOfIssues(db: Db, assetIds: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('vulnerability_issue')
    .select('order_id')
    .distinct()
    .where(sql<boolean>`asset_id = ${idsSql(assetIds)}`)
    .where('order_id', 'is not', null)
    .orderBy('order_id', 'desc')
    .limit(ORDERS_MAX)
    .execute();
  return rows.flatMap(({ order_id }) => order_id ?? []);
}
