import { type RawBuilder, sql } from 'kysely';
import { earlier, type Moment, type MomentPage, moment, newestFirst } from '#platform/moment.ts';
import type { Db } from '#platform/postgres/database.ts';
import { viewsOf } from './list.ts';

/** Alerts in the life of assets: their own, and those of everything that belongs to a system among them. */

const isAbout = (assetIds: readonly string[]): RawBuilder<boolean> =>
  sql<boolean>`(a.asset_id = ANY(${[...assetIds]}::uuid[]) OR a.system_id = ANY(${[...assetIds]}::uuid[]))`;

interface MomentRow {
  readonly at: Date;
  readonly key: string;
  readonly what: string;
  readonly by: string;
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly level: string;
  readonly note: string;
}

/** When alerts were raised, closed and opened again. */
export async function alertMoments(db: Db, assetIds: readonly string[], page: MomentPage): Promise<Moment[]> {
  const { rows } = await sql<MomentRow>`
    SELECT * FROM (
      SELECT a.raised_at AS at, a.id::text AS key, 'raised' AS what, '' AS by, a.id, a.rule_title_zh AS zh,
        a.rule_title_en AS en, a.level, '' AS note
      FROM alert a WHERE ${isAbout(assetIds)}
      UNION ALL
      SELECT n.at, n.id::text, n.kind, n.author_name, a.id, a.rule_title_zh, a.rule_title_en, a.level, n.text
      FROM alert a JOIN alert_note n ON n.alert_id = a.id WHERE ${isAbout(assetIds)} AND n.kind IN ('close', 'reopen')
    ) m
    WHERE ${earlier(sql`m.at`, sql`m.key`, page)}
    ORDER BY ${newestFirst(sql`m.at`, sql`m.key`)} LIMIT ${page.limit}`.execute(db);
  return rows.map(({ at, key, what, by, id, zh, en, level, note }) =>
    moment({ at, key, what, by, level, note, title: { zh, en }, object: { kind: 'alert', id } }),
  );
}

/** Alerts that were active since a moment: how many of each level, how many are open, and the newest. */
export async function alertTally(db: Db, assetIds: readonly string[], since: Date, shown: number) {
  const recent = db.selectFrom('alert as a').where(isAbout(assetIds)).where('a.active_at', '>=', since);
  const counts = await recent
    .select([
      'a.level',
      sql<number>`count(*)::int`.as('count'),
      sql<number>`(count(*) FILTER (WHERE a.state <> 'closed'))::int`.as('open'),
    ])
    .groupBy('a.level')
    .execute();
  const rows = await recent
    .selectAll('a')
    .orderBy('a.active_at', 'desc')
    .orderBy('a.id', 'desc')
    .limit(shown)
    .execute();
  return {
    total: counts.reduce((sum, { count }) => sum + count, 0),
    open: counts.reduce((sum, { open }) => sum + open, 0),
    levels: counts.map(({ level, count }) => ({ level, count })),
    newest: await viewsOf(db, rows),
  };
}

const INCIDENTS_MAX = 500;

/** Incidents that alerts of the asset belong to, the newest first. */
export async function incidentsOfAlerts(db: Db, assetIds: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('alert as a')
    .select('a.incident_id')
    .distinct()
    .where(isAbout(assetIds))
    .where('a.incident_id', 'is not', null)
    .orderBy('a.incident_id', 'desc')
    .limit(INCIDENTS_MAX)
    .execute();
  return rows.flatMap(({ incident_id }) => incident_id ?? []);
}
