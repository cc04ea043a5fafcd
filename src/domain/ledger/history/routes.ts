import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { notFound } from '#platform/errors.ts';
import { listOf } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { ASSET_CLASSES } from '../model/classes.ts';
import { graphAround } from '../model/graph.ts';
import { ASSET_STATES } from '../model/lifecycle.ts';
import { RELATION_KINDS } from '../model/relations.ts';
import { DUTY_STATES, dayOfMoment } from '../responsibility/store.ts';
import { DutyView, dutyView, SystemView } from '../responsibility/view.ts';
import { findAsset } from '../store.ts';
import { AsOfView, asOfView, assetAsOf } from './as-of.ts';
import { endOfDay, notYet } from './at.ts';
import { DiffCounts, DiffItem, DiffQuery, ledgerDiff } from './changes.ts';
import { DayList, DayQuery, ledgerOn } from './list.ts';
import { responsibilityAt } from './responsibility.ts';
import { changesOf } from './store.ts';

const Id = z.object({ id: z.uuid() });

const CHANGES_SHOWN = 500;

const ChangeView = z.object({
  version: z.number().int(),
  at: z.string(),
  by: z.string(),
  via: z.string(),
  reference: z.string(),
  changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
});

const GraphView = z.object({
  nodes: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      class: z.enum(ASSET_CLASSES),
      state: z.enum(ASSET_STATES),
      unit: z.object({ path: z.string(), name: z.string() }),
      distance: z.number().int().describe('steps from the asset'),
    }),
  ),
  edges: z.array(z.object({ id: z.uuid(), fromId: z.uuid(), toId: z.uuid(), kind: z.enum(RELATION_KINDS) })),
  truncated: z.boolean(),
});

const AssetOnDay = AsOfView.extend({
  duties: z
    .array(
      DutyView.extend({
        state: z.enum(DUTY_STATES).nullable().describe('null: of that day only role and unit are known'),
      }),
    )
    .describe('who answered for it, own or inherited by the relations and segments of that day'),
  systems: z.array(SystemView).describe('information systems that it belonged to, the main one first'),
});

export const historyRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/assets/diff',
    permission: 'asset.read',
    summary: 'What differs between the ledger of two days: created, changed and gone assets',
    query: DiffQuery,
    response: listOf(DiffItem).extend({
      counts: DiffCounts,
      countedFrom: z
        .string()
        .nullable()
        .describe('too much changed to look through it all: what changed after this moment is told; null = all of it'),
    }),
    handler: (ctx, { query }) => ctx.read((db) => ledgerDiff(db, query)),
  }),
  route({
    method: 'GET',
    url: '/api/assets/as-of',
    permission: 'asset.read',
    summary: 'The assets of the ledger as it stood at the end of a day (Asia/Shanghai), by name',
    query: DayQuery,
    response: DayList,
    handler: (ctx, { query }) => ctx.read((db) => ledgerOn(db, query, { path: ctx.scope.path, now: ctx.clock.now() })),
  }),
  route({
    method: 'GET',
    url: '/api/assets/:id/as-of',
    permission: 'asset.read',
    summary: 'The asset as it stood at the end of a day (Asia/Shanghai); 400 asset.not_yet before it was in the ledger',
    params: Id,
    query: z.object({ day: z.iso.date().optional().describe('default: today') }),
    response: AssetOnDay,
    handler: (ctx, { params, query }) =>
      ctx.read(async (db) => {
        const day = query.day ?? dayOfMoment(ctx.clock.now());
        const asset = await assetAsOf(db, params.id, day);
        const { duties, systems } = await responsibilityAt(db, asset, endOfDay(day));
        return {
          ...asOfView(asset, await namesAtPaths(db, [asset.unitPath])),
          duties: duties.map(dutyView),
          systems: [...systems],
        };
      }),
  }),
  route({
    method: 'GET',
    url: '/api/assets/:id/changes',
    permission: 'asset.read',
    summary: 'Every change of every attribute, the newest first',
    params: Id,
    response: z.object({ items: z.array(ChangeView) }),
    handler: (ctx, { params }) =>
      ctx.read(async (db) => {
        if ((await findAsset(db, params.id)) === undefined) throw notFound('The asset');
        const changes = (await changesOf(db, params.id)).slice(0, CHANGES_SHOWN);
        return {
          items: changes.map(({ version, at, by, via, reference, changes: all }) => ({
            version,
            at: at.toISOString(),
            by,
            via,
            reference,
            changes: [...all],
          })),
        };
      }),
  }),
  route({
    method: 'GET',
    url: '/api/assets/:id/graph',
    permission: 'asset.read',
    summary: 'What the asset is connected with, at most three steps away; or was at the end of a day',
    params: Id,
    query: z.object({ day: z.iso.date().optional().describe('default: now') }),
    response: GraphView,
    handler: (ctx, { params, query: { day } }) =>
      ctx.read(async (db) => {
        const asset = await findAsset(db, params.id);
        if (asset === undefined) throw notFound('The asset');
        const at = day === undefined ? undefined : endOfDay(day);
        if (at !== undefined && asset.createdAt > at) throw notYet(asset.createdAt);
        const { nodes, edges, truncated } = await graphAround(db, params.id, at);
        const names = await namesAtPaths(
          db,
          nodes.map(({ unitPath }) => unitPath),
        );
        const named = nodes.map(({ unitPath, ...node }) => ({
          ...node,
          unit: { path: unitPath, name: names.get(unitPath)?.name ?? '' },
        }));
        return { nodes: named, edges, truncated };
      }),
  }),
];
