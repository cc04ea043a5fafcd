import { z } from 'zod';
import { canonicalAddress } from '#engine/identity/address.ts';
import { holdersAt } from '#engine/identity/holders.ts';
import { invalid } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { ExportFormat, sendSheet } from '#platform/sheet.ts';
import { staysAt } from '../holders/store.ts';
import { readExport } from '../observations/exports.ts';
import { observe } from '../observations/observe.ts';
import {
  DifferentInput,
  keepApart,
  LockInput,
  lockValue,
  MergeInput,
  mergeAssets,
  ReleaseInput,
  releaseKey,
  SplitInput,
  splitAsset,
  UndoInput,
  undoChange,
} from './actions.ts';
import {
  listObservations,
  ObservationFilter,
  ObservationList,
  ObservationQuery,
  observationSheet,
} from './observation-list.ts';
import {
  ChangeOfIdentityView,
  DuplicateView,
  IdentityView,
  identityOf,
  listDuplicates,
  listIdentityChanges,
} from './views.ts';

const Id = z.object({ id: z.uuid() });
const STAYS_MAX = 500;
const EXPORT_BYTES_MAX = 64 * 1024 * 1024;

export const identityRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/assets/observations',
    permission: 'asset.read',
    summary: 'What sources saw, by state, source and the beginning of a key',
    query: ObservationQuery,
    response: ObservationList,
    handler: (ctx, { query }) => ctx.read((db) => listObservations(db, query, ctx.scope.path)),
  }),
  route({
    method: 'GET',
    url: '/api/assets/observations/export',
    permission: 'asset.read',
    summary: 'The observations that fit, the newest first, as .xlsx, .csv or lines of JSON',
    query: ObservationFilter.extend({ format: ExportFormat }),
    response: null,
    ratePerMinute: 20,
    handler: async (ctx, { query, reply }) => {
      const { format, ...filter } = query;
      sendSheet(reply, await observationSheet(ctx, filter), format);
    },
  }),
  route({
    method: 'POST',
    url: '/api/assets/observations',
    permission: 'asset.observe',
    summary: "Take in another system's export: its format is told by its content",
    bodyBytesMax: EXPORT_BYTES_MAX,
    body: z.object({
      text: z.string().max(EXPORT_BYTES_MAX).describe('the file: JSON, or NDJSON of a centre'),
      unitPath: z.string().max(300).optional().describe('whose assets it lists; default: the own unit or area'),
      instance: z
        .string()
        .regex(/^[a-z0-9][a-z0-9_.-]{0,40}$/)
        .optional()
        .describe('which of several systems of this kind'),
    }),
    response: z.object({
      format: z.string(),
      taken: z.number().int(),
      linked: z.number().int(),
      presumed: z.number().int(),
      unresolved: z.number().int(),
      leftOut: z.number().int().describe('records that could not be used'),
      faults: z.array(z.object({ at: z.string(), message: z.string() })).describe('the first 200 of them, and why'),
    }),
    handler: async (ctx, { body }) => {
      const unitPath = body.unitPath ?? ctx.scope.path;
      if (!unitPath.startsWith(ctx.scope.path)) {
        throw invalid('Outside your area', [{ at: '/unitPath', message: 'Choose a unit of your area' }]);
      }
      const { format, observations, faults } = readExport(body.text, {
        unitPath,
        instance: body.instance,
        now: ctx.clock.now(),
        scope: ctx.scope.path,
      });
      const places = await observe(ctx, observations);
      const count = (state: string) => places.filter((place) => place.state === state).length;
      return {
        format,
        taken: places.length,
        linked: count('linked'),
        presumed: count('presumed'),
        unresolved: count('unresolved'),
        leftOut: faults.length,
        faults: faults.slice(0, 200),
      };
    },
  }),
  route({
    method: 'GET',
    url: '/api/assets/:id/identity',
    permission: 'asset.read',
    summary: 'Why an asset is what it is: its observations, by which rules and keys, and which values lost',
    params: Id,
    response: IdentityView,
    handler: (ctx, { params }) => ctx.read((db) => identityOf(db, params.id, ctx.clock.now())),
  }),
  route({
    method: 'GET',
    url: '/api/assets/duplicates',
    permission: 'asset.read',
    summary: 'Pairs of assets that share keys and were kept apart, for a person to decide',
    query: Paging,
    response: listOf(DuplicateView),
    handler: (ctx, { query }) => ctx.read((db) => listDuplicates(db, query)),
  }),
  route({
    method: 'POST',
    url: '/api/assets/duplicates/different',
    permission: 'asset.resolve',
    summary: 'Decide that two assets are two, for good',
    body: DifferentInput,
    response: Id,
    handler: (ctx, { body }) => keepApart(ctx, body),
  }),
  route({
    method: 'GET',
    url: '/api/assets/identity-changes',
    permission: 'asset.read',
    summary: 'Merges and splits, by rules and by people, the newest first',
    query: Paging,
    response: listOf(ChangeOfIdentityView),
    handler: (ctx, { query }) => ctx.read((db) => listIdentityChanges(db, query)),
  }),
  route({
    method: 'POST',
    url: '/api/assets/identity-changes/:id/undo',
    permission: 'asset.resolve',
    summary: 'Take a merge or split back exactly',
    params: Id,
    body: UndoInput.omit({ id: true }),
    response: Id,
    handler: (ctx, { params, body }) => undoChange(ctx, { ...params, ...body }),
  }),
  route({
    method: 'POST',
    url: '/api/assets/:id/merge',
    permission: 'asset.resolve',
    summary: 'Make another asset a part of this one; the id is that of the change, by which it can be undone',
    params: Id,
    body: MergeInput.omit({ id: true }),
    response: Id,
    handler: (ctx, { params, body }) => mergeAssets(ctx, { ...params, ...body }),
  }),
  route({
    method: 'POST',
    url: '/api/assets/:id/split',
    permission: 'asset.resolve',
    summary: 'Make an asset of its own out of some observations; the id is that of the new asset',
    params: Id,
    body: SplitInput.omit({ id: true }),
    response: Id,
    handler: (ctx, { params, body }) => splitAsset(ctx, { ...params, ...body }),
  }),
  route({
    method: 'PUT',
    url: '/api/assets/:id/locks',
    permission: 'asset.resolve',
    summary: 'Fix a value against every source, or give it free with null',
    params: Id,
    body: LockInput.omit({ id: true }),
    response: Id,
    handler: (ctx, { params, body }) => lockValue(ctx, { ...params, ...body }),
  }),
  route({
    method: 'GET',
    url: '/api/assets/quarantine',
    permission: 'asset.read',
    summary: 'Keys that too many records have, and those that a person vouched for; for centres only',
    query: Paging,
    response: listOf(
      z.object({
        key: z.string(),
        holders: z.number().int(),
        foundAt: z.string(),
        releasedAt: z.string().nullable(),
        releasedBy: z.string(),
        reason: z.string(),
      }),
    ),
    handler: (ctx, { query }) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom('asset_key_quarantine')
          .selectAll()
          .orderBy('found_at', 'desc')
          .orderBy('key')
          .limit(query.pageSize)
          .offset(offsetOf(query))
          .execute();
        const { n } = await db
          .selectFrom('asset_key_quarantine')
          .select(({ fn }) => fn.countAll<number>().as('n'))
          .executeTakeFirstOrThrow();
        const items = rows.map((row) => ({
          key: row.key,
          holders: row.holders,
          foundAt: row.found_at.toISOString(),
          releasedAt: row.released_at?.toISOString() ?? null,
          releasedBy: row.released_by_name,
          reason: row.reason,
        }));
        return { items, total: Number(n) };
      }),
  }),
  route({
    method: 'POST',
    url: '/api/assets/quarantine/release',
    permission: 'asset.resolve',
    summary: 'Vouch for a key: it counts again',
    body: ReleaseInput,
    response: z.object({ key: z.string() }),
    handler: (ctx, { body }) => releaseKey(ctx, body),
  }),
  route({
    method: 'GET',
    url: '/api/assets/holders',
    permission: 'asset.read',
    summary: 'Who had an address when, and who had it at one time',
    query: z.object({ address: z.string().max(64), at: z.iso.datetime({ offset: true }).optional() }),
    response: z.object({
      holders: z
        .array(z.uuid())
        .describe('assets that had it at that time; several in different networks or when shared'),
      stays: z.array(z.object({ assetId: z.uuid(), zone: z.string(), firstAt: z.string(), lastAt: z.string() })),
    }),
    handler: (ctx, { query }) =>
      ctx.read(async (db) => {
        const address = canonicalAddress(query.address.trim());
        if (address === undefined) {
          throw invalid('Not an address', [{ at: '/address', message: 'An address such as 10.1.2.3' }]);
        }
        const stays = await staysAt(db, address, STAYS_MAX);
        const atMs = query.at === undefined ? ctx.clock.now().getTime() : Date.parse(query.at);
        const zones = [...Map.groupBy(stays, ({ zone }) => zone).values()];
        return {
          holders: [...new Set(zones.flatMap((all) => holdersAt(all, atMs)))],
          stays: stays.map(({ assetId, zone, firstMs, lastMs }) => ({
            assetId,
            zone,
            firstAt: new Date(firstMs).toISOString(),
            lastAt: new Date(lastMs).toISOString(),
          })),
        };
      }),
  }),
];
