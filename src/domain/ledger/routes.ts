import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { allowedActions } from '#engine/workflow/workflow.ts';
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import { type Route, route } from '#platform/http/route.ts';
import { ExportFormat, sendSheet } from '#platform/sheet.ts';
import { CreateAsset, changeAsset, createAsset } from './actions.ts';
import { exportedAssets } from './all.ts';
import { AssetInput } from './asset.ts';
import { campaignRoutes } from './campaigns/routes.ts';
import { assetFacets, Facets } from './facets.ts';
import { countGaps, GapQuery, GapView, gapSheet } from './gaps/gaps.ts';
import { GapOrder, GapOrderQuery, gapOrder } from './gaps/order.ts';
import { countUnresolved, UNRESOLVED, UnresolvedView } from './gaps/unresolved.ts';
import { historyRoutes } from './history/routes.ts';
import { importRoutes } from './import/routes.ts';
import { importsOfAsset } from './import/store.ts';
import { AssetCounts, AssetList, AssetQuery, AssetView, assetView, countAssets, listAssets } from './list.ts';
import { BulkChange, changeMany, undoMany } from './model/bulk.ts';
import { ASSET_MOVES, assetLifecycle } from './model/lifecycle.ts';
import { MoveInput, moveAsset } from './model/moves.ts';
import { endRelation, NewRelation, relateAssets } from './model/relation-actions.ts';
import { modelRoutes } from './model/routes.ts';
import { type Asked, AssetFilter } from './query.ts';
import { askingRoutes } from './resolution/asking.ts';
import { identityRoutes } from './resolution/routes.ts';
import { responsibilityRoutes } from './responsibility/routes.ts';
import { findAsset } from './store.ts';
import { zoneRoutes } from './zones/routes.ts';

const askedBy = (ctx: Ctx): Asked => ({ path: ctx.scope.path, now: ctx.clock.now() });

const Id = z.object({ id: z.uuid() });
const Changed = z.object({ id: z.uuid() });

const IMPORTS_SHOWN = 50;
const ImportOfAsset = z.object({
  importId: z.uuid(),
  fileName: z.string(),
  by: z.string(),
  at: z.string(),
  rowNumber: z.number().int(),
  created: z.boolean(),
  changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
});

const ExportQuery = AssetFilter.extend({ format: ExportFormat });

const AssetDetail = AssetView.extend({
  moves: z.array(
    z.object({
      move: z.enum(ASSET_MOVES),
      title: z.object({ zh: z.string(), en: z.string() }),
      guards: z.array(z.enum(['reason', 'unit'])).describe('what has to be said with it'),
      main: z.boolean(),
    }),
  ),
});

export const ledgerRoutes: readonly Route[] = [
  ...identityRoutes,
  ...askingRoutes,
  ...zoneRoutes,
  ...importRoutes,
  ...modelRoutes,
  ...responsibilityRoutes,
  ...campaignRoutes,
  ...historyRoutes,
  route({
    method: 'GET',
    url: '/api/assets',
    permission: 'asset.read',
    summary: 'Assets, by kind, state, importance, 等保 level, unit and text',
    query: AssetQuery,
    response: AssetList,
    handler: (ctx, { query }) => ctx.read((db) => listAssets(db, query, askedBy(ctx))),
  }),
  route({
    method: 'GET',
    url: '/api/assets/counts',
    permission: 'asset.read',
    summary: 'Numbers of assets in use by kind, and what is missing',
    response: AssetCounts,
    handler: (ctx) => ctx.read((db) => countAssets(db)),
  }),
  route({
    method: 'GET',
    url: '/api/assets/export',
    permission: 'asset.read',
    summary: 'All assets that fit, as .xlsx or .csv in the form that the import takes, or as lines of JSON',
    query: ExportQuery,
    response: null,
    ratePerMinute: 20,
    handler: async (ctx, { query, reply }) => {
      const { format, ...filter } = query;
      sendSheet(reply, await exportedAssets(ctx, filter), format);
    },
  }),
  route({
    method: 'GET',
    url: '/api/assets/:id',
    permission: 'asset.read',
    summary: 'One asset, and the moves the caller may make with it',
    params: Id,
    response: AssetDetail,
    handler: (ctx, { params }) =>
      ctx.read(async (db) => {
        const asset = await findAsset(db, params.id);
        if (asset === undefined) throw notFound('The asset');
        const asker = { side: ctx.scope.side, may: (permission: string) => ctx.may(permission) };
        const moves = allowedActions(assetLifecycle, asset.facts.state, asker);
        return {
          ...assetView(asset, await namesAtPaths(db, [asset.unitPath])),
          moves: moves.map(({ action, title, guards, main }) => ({
            move: action,
            title,
            guards: [...guards],
            main: main ?? false,
          })),
        };
      }),
  }),
  route({
    method: 'GET',
    url: '/api/assets/:id/imports',
    permission: 'asset.read',
    summary: 'Rows of imported sheets that made or changed the asset, the newest first',
    params: Id,
    response: z.object({ items: z.array(ImportOfAsset) }),
    handler: (ctx, { params }) =>
      ctx.read(async (db) => {
        if ((await findAsset(db, params.id)) === undefined) throw notFound('The asset');
        return { items: await importsOfAsset(db, params.id, IMPORTS_SHOWN) };
      }),
  }),
  route({
    method: 'POST',
    url: '/api/assets',
    permission: 'asset.manage',
    summary: 'Enter an asset by hand',
    body: CreateAsset,
    response: Changed,
    handler: (ctx, { body }) => createAsset(ctx, body),
  }),
  route({
    method: 'PUT',
    url: '/api/assets/:id',
    permission: 'asset.manage',
    summary: 'Change an asset; `version` is the one that was read',
    params: Id,
    body: z.object({ version: z.number().int(), facts: AssetInput }),
    response: Changed,
    handler: (ctx, { params, body }) => changeAsset(ctx, { ...params, ...body }),
  }),
  route({
    method: 'GET',
    url: '/api/assets/gaps',
    permission: 'asset.read',
    summary: 'What the ledger lacks, and how many assets lack it (counted up to 10,000)',
    query: GapQuery,
    response: z.object({
      items: z.array(GapView),
      unresolved: UnresolvedView.describe('what was seen and is of no asset: /api/assets/observations?unresolved=true'),
    }),
    handler: (ctx, { query: { unit } }) =>
      ctx.read(async (db) => ({
        items: await countGaps(db, ctx.clock.now(), unit),
        unresolved: await countUnresolved(db, unit),
      })),
  }),
  route({
    method: 'GET',
    url: '/api/assets/gaps/export',
    permission: 'asset.read',
    summary: 'The same as .xlsx, .csv or lines of JSON; the assets of a gap are exported by /api/assets/export',
    query: GapQuery.extend({ format: ExportFormat }),
    response: null,
    ratePerMinute: 20,
    handler: async (ctx, { query: { unit, format }, reply }) =>
      sendSheet(
        reply,
        gapSheet(
          await ctx.read(async (db) => [
            ...(await countGaps(db, ctx.clock.now(), unit)),
            { gap: UNRESOLVED, ...(await countUnresolved(db, unit)) },
          ]),
        ),
        format,
      ),
  }),
  route({
    method: 'GET',
    url: '/api/assets/gap-order',
    permission: 'order.draft',
    summary: 'An order about a gap of the ledger of a unit, with its assets, as the platform would write it',
    query: GapOrderQuery,
    response: GapOrder,
    handler: (ctx, { query }) => ctx.read((db) => gapOrder(db, query, askedBy(ctx))),
  }),
  route({
    method: 'GET',
    url: '/api/assets/facets',
    permission: 'asset.read',
    summary: 'How many assets have each class, state, level …, under the conditions of the list',
    query: AssetFilter,
    response: Facets,
    handler: (ctx, { query }) => ctx.read((db) => assetFacets(db, query, askedBy(ctx))),
  }),
  route({
    method: 'POST',
    url: '/api/assets/:id/moves/:move',
    permission: 'asset.read',
    summary: "One move of the asset's life: claim, confirm, reject, assign, retire …; each has a permission of its own",
    params: Id.extend({ move: z.enum(ASSET_MOVES) }),
    body: MoveInput,
    response: Changed,
    handler: (ctx, { params, body }) => moveAsset(ctx, { ...params, ...body }),
  }),
  route({
    method: 'POST',
    url: '/api/assets/bulk',
    permission: 'asset.manage',
    summary: 'Set the same on many assets',
    body: BulkChange,
    response: z.object({ id: z.uuid().describe('by which it is taken back'), changed: z.number().int() }),
    handler: (ctx, { body }) => changeMany(ctx, body),
  }),
  route({
    method: 'POST',
    url: '/api/assets/bulk/:id/undo',
    permission: 'asset.manage',
    summary: 'Take back what was set on many assets; those that were changed since stay',
    params: Id,
    response: z.object({ undone: z.number().int(), kept: z.number().int() }),
    handler: (ctx, { params }) => undoMany(ctx, params.id),
  }),
  route({
    method: 'POST',
    url: '/api/assets/relations',
    permission: 'asset.manage',
    summary: 'Say that one asset stands on another',
    body: NewRelation,
    response: Changed,
    handler: (ctx, { body }) => relateAssets(ctx, body),
  }),
  route({
    method: 'POST',
    url: '/api/assets/relations/:id/end',
    permission: 'asset.manage',
    summary: 'End a relation; that it was there stays in the record',
    params: Id,
    response: Changed,
    handler: (ctx, { params }) => endRelation(ctx, params),
  }),
];
