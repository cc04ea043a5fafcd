import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import type { Db } from '#platform/postgres/database.ts';
import { ExportFormat, sendSheet } from '#platform/sheet.ts';
import { AssetView, assetView } from '../list.ts';
import { withKeys } from '../store.ts';
import {
  AnswerCampaign,
  answerCampaign,
  closeCampaign,
  finishCampaign,
  remindCampaign,
  StartCampaign,
  startCampaign,
} from './actions.ts';
import { campaignSheet, UnitView, unitViews } from './units.ts';

const Id = z.object({ id: z.uuid() });
const Changed = z.object({ id: z.uuid() });
const Place = z.object({ path: z.string(), name: z.string() });

const Progress = z.object({
  units: z.number().int(),
  unitsDone: z.number().int(),
  assets: z.number().int(),
  confirmed: z.number().int(),
  rejected: z.number().int(),
});

const CampaignView = z.object({
  id: z.uuid(),
  unit: Place,
  title: z.string(),
  instructions: z.string(),
  state: z.enum(['running', 'closed']),
  gap: z.string(),
  dueOn: z.string(),
  startedAt: z.string(),
  startedBy: z.string(),
  progress: Progress,
});

const ItemView = z.object({
  asset: AssetView,
  answer: z.enum(['', 'confirmed', 'rejected']),
  note: z.string(),
  answeredBy: z.string(),
});

async function campaignViews(db: Db, where: { readonly id?: string }, limit: number, offset: number) {
  let query = db.selectFrom('asset_campaign').selectAll();
  if (where.id !== undefined) query = query.where('id', '=', where.id);
  const rows = await query.orderBy('started_at', 'desc').limit(limit).offset(offset).execute();
  const ids = rows.map(({ id }) => id);
  const progress = await db
    .selectFrom('asset_campaign_unit')
    .select([
      'campaign_id',
      sql<number>`count(*)::int`.as('units'),
      sql<number>`count(*) FILTER (WHERE state = 'done')::int`.as('done'),
      sql<number>`sum(assets)::int`.as('assets'),
      sql<number>`sum(confirmed)::int`.as('confirmed'),
      sql<number>`sum(rejected)::int`.as('rejected'),
    ])
    .where(sql<boolean>`campaign_id = ANY(${ids}::uuid[])`)
    .groupBy('campaign_id')
    .execute();
  const names = await namesAtPaths(
    db,
    rows.map((row) => row.unit_path),
  );
  return rows.map((row): z.input<typeof CampaignView> => {
    const found = progress.find(({ campaign_id }) => campaign_id === row.id);
    return {
      id: row.id,
      unit: { path: row.unit_path, name: names.get(row.unit_path)?.name ?? '' },
      title: row.title,
      instructions: row.instructions,
      state: row.state,
      gap: row.gap,
      dueOn: row.due_on,
      startedAt: row.started_at.toISOString(),
      startedBy: row.started_by_name,
      progress: {
        units: found?.units ?? 0,
        unitsDone: found?.done ?? 0,
        assets: found?.assets ?? 0,
        confirmed: found?.confirmed ?? 0,
        rejected: found?.rejected ?? 0,
      },
    };
  });
}

const ItemQuery = Paging.extend({
  answer: z.enum(['open', 'confirmed', 'rejected']).optional(),
  unit: z.string().max(300).optional(),
});

async function itemViews(db: Db, id: string, query: z.output<typeof ItemQuery>) {
  const matching = () => {
    let items = db.selectFrom('asset_campaign_item as i').where('i.campaign_id', '=', id);
    if (query.answer !== undefined) items = items.where('i.answer', '=', query.answer === 'open' ? '' : query.answer);
    if (query.unit !== undefined) items = items.where('i.unit_path', '=', query.unit);
    return items;
  };
  // What went to another unit since is no longer in sight of the one that was asked, and is not in its list.
  const rows = await matching()
    .innerJoin('asset as a', 'a.id', 'i.asset_id')
    .selectAll('a')
    .select(['i.answer', 'i.note', 'i.answered_by_name'])
    .orderBy('i.answer')
    .orderBy('a.name')
    .orderBy('a.id')
    .limit(query.pageSize)
    .offset(offsetOf(query))
    .execute();
  const { total } = await matching().select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  const assets = await withKeys(db, rows);
  const names = await namesAtPaths(
    db,
    assets.map(({ unitPath }) => unitPath),
  );
  const items = rows.flatMap((row, index): z.input<typeof ItemView>[] => {
    const asset = assets[index];
    if (asset === undefined) return [];
    return [{ asset: assetView(asset, names), answer: row.answer, note: row.note, answeredBy: row.answered_by_name }];
  });
  return { items, total };
}

export const campaignRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/campaigns',
    permission: 'campaign.read',
    summary: 'Confirmations of ledgers that the centre asked for, with their progress',
    query: Paging,
    response: listOf(CampaignView),
    handler: (ctx, { query }) =>
      ctx.read(async (db) => ({
        items: await campaignViews(db, {}, query.pageSize, offsetOf(query)),
        total: (
          await db.selectFrom('asset_campaign').select(sql<number>`count(*)::int`.as('n')).executeTakeFirstOrThrow()
        ).n,
      })),
  }),
  route({
    method: 'GET',
    url: '/api/campaigns/export',
    permission: 'campaign.read',
    summary: 'Confirmations with the progress of each unit, a row for each unit, as .xlsx, .csv or lines of JSON',
    query: z.object({ campaign: z.uuid().optional().describe('only this one'), format: ExportFormat }),
    response: null,
    ratePerMinute: 20,
    handler: async (ctx, { query: { campaign, format }, reply }) =>
      sendSheet(reply, campaignSheet(ctx, campaign), format),
  }),
  route({
    method: 'POST',
    url: '/api/campaigns',
    permission: 'asset.campaign',
    summary: 'Ask units to confirm their assets, all or those with a gap',
    body: StartCampaign,
    response: Changed,
    handler: (ctx, { body }) => startCampaign(ctx, body),
  }),
  route({
    method: 'GET',
    url: '/api/campaigns/asked',
    permission: 'asset.claim',
    summary: 'What the own unit is asked to confirm',
    response: z.object({ items: z.array(UnitView) }),
    handler: (ctx) => ctx.read(async (db) => ({ items: await unitViews(db, { open: true }) })),
  }),
  route({
    method: 'GET',
    url: '/api/campaigns/:id',
    permission: 'campaign.read',
    summary: 'One confirmation with the progress of each unit',
    params: Id,
    response: CampaignView.extend({ unitsAsked: z.array(UnitView) }),
    handler: (ctx, { params }) =>
      ctx.read(async (db) => {
        const [campaign] = await campaignViews(db, { id: params.id }, 1, 0);
        if (campaign === undefined) throw notFound('The campaign');
        return { ...campaign, unitsAsked: await unitViews(db, { campaignId: params.id }) };
      }),
  }),
  route({
    method: 'GET',
    url: '/api/campaigns/:id/assets',
    permission: 'asset.read',
    summary: 'Assets that are asked about, with what was answered',
    params: Id,
    query: ItemQuery,
    response: listOf(ItemView),
    handler: (ctx, { params, query }) => ctx.read((db) => itemViews(db, params.id, query)),
  }),
  route({
    method: 'POST',
    url: '/api/campaigns/:id/answer',
    permission: 'asset.claim',
    summary: 'Confirm assets of the own list, or reject them',
    params: Id,
    body: AnswerCampaign,
    response: z.object({ answered: z.number().int() }),
    handler: (ctx, { params, body }) => answerCampaign(ctx, { ...params, ...body }),
  }),
  route({
    method: 'POST',
    url: '/api/campaigns/:id/finish',
    permission: 'asset.claim',
    summary: 'Say that the own list is complete',
    params: Id,
    response: Changed,
    handler: (ctx, { params }) => finishCampaign(ctx, params),
  }),
  route({
    method: 'POST',
    url: '/api/campaigns/:id/remind',
    permission: 'asset.campaign',
    summary: 'Remind the units that have not answered',
    params: Id,
    response: z.object({ units: z.number().int() }),
    handler: (ctx, { params }) => remindCampaign(ctx, params),
  }),
  route({
    method: 'POST',
    url: '/api/campaigns/:id/close',
    permission: 'asset.campaign',
    summary: 'End a confirmation',
    params: Id,
    response: Changed,
    handler: (ctx, { params }) => closeCampaign(ctx, params),
  }),
];
