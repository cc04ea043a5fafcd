import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { invalid, notFound } from '#platform/errors.ts';
import { listOf } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { CreateAsset, changeAsset, createAsset } from './actions.ts';
import { AssetInput } from './asset.ts';
import { exportCsv, exportXlsx } from './import/export.ts';
import { importRoutes } from './import/routes.ts';
import { importsOfAsset } from './import/store.ts';
import {
  AssetCounts,
  AssetFilter,
  AssetQuery,
  AssetView,
  allAssets,
  assetView,
  countAssets,
  listAssets,
} from './list.ts';
import { findAsset } from './store.ts';

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

/** More assets than this are exported in parts, by filter. */
const EXPORT_MAX = 50_000;

const ExportQuery = AssetFilter.extend({ format: z.enum(['xlsx', 'csv']).default('xlsx') });

export const ledgerRoutes: readonly Route[] = [
  ...importRoutes,
  route({
    method: 'GET',
    url: '/api/assets',
    permission: 'asset.read',
    summary: 'Assets, by kind, state, importance, 等保 level, unit and text',
    query: AssetQuery,
    response: listOf(AssetView),
    handler: (ctx, { query }) => ctx.read((db) => listAssets(db, query)),
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
    summary: 'The assets that fit, as .xlsx or .csv, in the form that the import takes',
    query: ExportQuery,
    response: null,
    ratePerMinute: 20,
    handler: async (ctx, { query, reply }) => {
      const { format, ...filter } = query;
      const assets = await ctx.read(async (db) => {
        const found = await allAssets(db, filter, EXPORT_MAX + 1);
        if (found.length > EXPORT_MAX) {
          throw invalid(`More than ${EXPORT_MAX} assets fit: narrow the filter and export in parts`);
        }
        const names = await namesAtPaths(
          db,
          found.map(({ unitPath }) => unitPath),
        );
        return found.map(({ unitPath, facts }) => ({ unit: names.get(unitPath)?.name ?? '', facts }));
      });
      if (format === 'csv') reply.send(exportCsv(assets), 'text/csv; charset=utf-8', '资产.csv');
      else {
        const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
        reply.send(await exportXlsx(assets), type, '资产.xlsx');
      }
    },
  }),
  route({
    method: 'GET',
    url: '/api/assets/:id',
    permission: 'asset.read',
    summary: 'One asset',
    params: Id,
    response: AssetView,
    handler: (ctx, { params }) =>
      ctx.read(async (db) => {
        const asset = await findAsset(db, params.id);
        if (asset === undefined) throw notFound('The asset');
        return assetView(asset, await namesAtPaths(db, [asset.unitPath]));
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
];
