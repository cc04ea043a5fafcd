import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import type { Ctx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { type Columns, pagesAfter, type Sheet, tabled } from '#platform/sheet.ts';

export const UnitView = z.object({
  campaignId: z.uuid(),
  unit: z.object({ path: z.string(), name: z.string() }),
  title: z.string(),
  instructions: z.string(),
  dueOn: z.string(),
  state: z.enum(['asked', 'answering', 'done', 'closed']),
  startedAt: z.string(),
  assets: z.number().int(),
  confirmed: z.number().int(),
  rejected: z.number().int(),
  reminders: z.number().int(),
  remindedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});

const UNITS_MAX = 1000;

interface UnitsWanted {
  readonly campaignId?: string;
  readonly open?: boolean;
  /** Those behind this path, by path; default: from the beginning, by state. */
  readonly after?: string;
}

export async function unitViews(db: Db, where: UnitsWanted) {
  let query = db.selectFrom('asset_campaign_unit').selectAll();
  if (where.campaignId !== undefined) query = query.where('campaign_id', '=', where.campaignId);
  if (where.open === true) query = query.where('state', 'in', ['asked', 'answering']);
  query = where.after === undefined ? query.orderBy('state') : query.where('unit_path', '>', where.after);
  const rows = await query.orderBy('unit_path').limit(UNITS_MAX).execute();
  const names = await namesAtPaths(
    db,
    rows.map((row) => row.unit_path),
  );
  return rows.map(
    (row): z.input<typeof UnitView> => ({
      campaignId: row.campaign_id,
      unit: { path: row.unit_path, name: names.get(row.unit_path)?.name ?? '' },
      title: row.title,
      instructions: row.instructions,
      dueOn: row.due_on,
      state: row.state,
      startedAt: row.started_at.toISOString(),
      assets: row.assets,
      confirmed: row.confirmed,
      rejected: row.rejected,
      reminders: row.reminders,
      remindedAt: row.reminded_at?.toISOString() ?? null,
      finishedAt: row.finished_at?.toISOString() ?? null,
    }),
  );
}

const UNIT_STATES = { asked: '已下发', answering: '核对中', done: '已完成', closed: '已结束' } as const;

type Exported = z.input<typeof UnitView>;

const COLUMNS: Columns<Exported> = [
  ['台账确认', ({ title }) => title],
  ['下发时间', ({ startedAt }) => startedAt],
  ['截止日期', ({ dueOn }) => dueOn],
  ['单位', ({ unit }) => unit.name || unit.path],
  ['状态', ({ state }) => UNIT_STATES[state]],
  ['资产数', ({ assets }) => assets],
  ['已确认', ({ confirmed }) => confirmed],
  ['已退回', ({ rejected }) => rejected],
  ['待核对', ({ assets, confirmed, rejected }) => assets - confirmed - rejected],
  ['催办次数', ({ reminders }) => reminders],
  ['最近催办', ({ remindedAt }) => remindedAt ?? ''],
  ['完成时间', ({ finishedAt }) => finishedAt ?? ''],
];

const CAMPAIGNS_PAGE = 1000;

/** Campaigns that fit, the newest first. @param campaign only this one */
const campaignPages = (ctx: Ctx, campaign: string | undefined) =>
  pagesAfter<{ readonly id: string; readonly started: string }>(
    (after) =>
      ctx.read((db) => {
        // A moment of the store is finer than one of ours, so that it goes back as text.
        let asked = db.selectFrom('asset_campaign').select(['id', sql<string>`started_at::text`.as('started')]);
        if (campaign !== undefined) asked = asked.where('id', '=', campaign);
        if (after !== undefined)
          asked = asked.where(
            sql<boolean>`(started_at < ${after.started}::timestamptz
              OR (started_at = ${after.started}::timestamptz AND id > ${after.id}::uuid))`,
          );
        return asked.orderBy('started_at', 'desc').orderBy('id').limit(CAMPAIGNS_PAGE).execute();
      }),
    CAMPAIGNS_PAGE,
  );

async function* exportedUnits(ctx: Ctx, campaign: string | undefined): AsyncGenerator<Exported> {
  for await (const campaigns of campaignPages(ctx, campaign)) {
    for (const { id: campaignId } of campaigns) {
      const units = pagesAfter<Exported>(
        (after) => ctx.read((db) => unitViews(db, { campaignId, after: after?.unit.path ?? '' })),
        UNITS_MAX,
      );
      for await (const page of units) yield* page;
    }
  }
}

/**
 * The units that were asked, campaign by campaign, the newest first, however many: read while they are written.
 *
 * @param campaign only of this one
 */
export const campaignSheet = (ctx: Ctx, campaign: string | undefined): Sheet<Exported> => ({
  name: '台账确认',
  ...tabled(COLUMNS),
  record: (one) => one,
  rows: exportedUnits(ctx, campaign),
});
