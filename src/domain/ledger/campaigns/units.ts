import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import type { Ctx } from '#platform/context.ts';
import { invalid } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { EXPORT_MAX, type Sheet } from '../export.ts';

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

const COLUMNS: readonly (readonly [string, (one: Exported) => string | number])[] = [
  ['台账确认', ({ title }) => title],
  ['下发时间', ({ startedAt }) => startedAt],
  ['截止日期', ({ dueOn }) => dueOn],
  ['单位', ({ unit }) => unit.name || unit.path],
  ['状态', ({ state }) => UNIT_STATES[state]],
  ['资产数', ({ assets }) => assets],
  ['已确认', ({ confirmed }) => confirmed],
  ['已驳回', ({ rejected }) => rejected],
  ['待核对', ({ assets, confirmed, rejected }) => assets - confirmed - rejected],
  ['催办次数', ({ reminders }) => reminders],
  ['最近催办', ({ remindedAt }) => remindedAt ?? ''],
  ['完成时间', ({ finishedAt }) => finishedAt ?? ''],
];

/**
 * The units that were asked, campaign by campaign, the newest first, read while they are written.
 *
 * @param campaign only of this one
 * @throws AppError `invalid_input` when more fit than one export holds
 */
export async function campaignSheet(ctx: Ctx, campaign: string | undefined): Promise<Sheet<Exported>> {
  const ids = await ctx.read(async (db) => {
    let asked = db.selectFrom('asset_campaign').select('id');
    if (campaign !== undefined) asked = asked.where('id', '=', campaign);
    const rows = await asked
      .orderBy('started_at', 'desc')
      .orderBy('id')
      .limit(EXPORT_MAX + 1)
      .execute();
    return rows.map(({ id }) => id);
  });
  if (ids.length > EXPORT_MAX) throw invalid(`More than ${EXPORT_MAX} campaigns: export them one by one`);
  return {
    name: '台账确认',
    headings: COLUMNS.map(([heading]) => heading),
    cells: (one) => COLUMNS.map(([, of]) => of(one)),
    record: (one) => one,
    rows: exportedUnits(ctx, ids),
  };
}

async function* exportedUnits(ctx: Ctx, ids: readonly string[]): AsyncGenerator<Exported> {
  for (const campaignId of ids) {
    for (let after = ''; ; ) {
      const page = await ctx.read((db) => unitViews(db, { campaignId, after }));
      yield* page;
      after = page.at(-1)?.unit.path ?? '';
      if (page.length < UNITS_MAX) break;
    }
  }
}
