import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { SavedChange, SavedInput, type SavedSearch, Schedule } from './saved.ts';
import { changeSearch, removeSearch, saveSearch, scheduleSearch } from './saved-actions.ts';
import { listRuns, pageOfSaved, savedById } from './saved-store.ts';

const Id = z.object({ id: z.uuid() });
const Version = z.object({ version: z.int() });

const SavedView = SavedInput.extend({
  id: z.string(),
  ownerName: z.string(),
  own: z.boolean().describe('the caller may change it'),
  changedAt: z.string(),
  version: z.int(),
  schedule: Schedule.nullable(),
  countsFrom: z.string().nullable().describe('of a scheduled one: what was received before raises no alert'),
  dueAt: z.string().nullable(),
  failures: z.int().describe('runs in a row that failed'),
});

const viewOf = (ctx: Ctx, saved: SavedSearch): z.input<typeof SavedView> => ({
  id: saved.id,
  name: saved.name,
  query: saved.query,
  columns: [...saved.columns],
  span: saved.span,
  shared: saved.shared,
  ownerName: saved.ownerName,
  own: saved.ownerId === ctx.actor.id,
  changedAt: saved.changedAt.toISOString(),
  version: saved.version,
  schedule: saved.schedule,
  countsFrom: saved.countsFrom?.toISOString() ?? null,
  dueAt: saved.dueAt?.toISOString() ?? null,
  failures: saved.failures,
});

const list = route({
  method: 'GET',
  url: '/api/searches',
  permission: 'event.search',
  summary: 'Saved searches by name: the own ones and those shared in the own centre',
  query: Paging.extend({
    id: z.uuid().optional().describe('only this one'),
    state: z.enum(['failing']).optional().describe('only scheduled ones whose last run failed'),
  }),
  response: listOf(SavedView),
  handler: async (ctx, { query }) => {
    const filter = {
      ownerId: ctx.actor.id,
      unitPath: ctx.scope.path,
      id: query.id,
      failing: query.state === 'failing',
    };
    const page = { offset: offsetOf(query), limit: query.pageSize };
    const { items, total } = await ctx.read((db) => pageOfSaved(db, filter, page));
    return { items: items.map((one) => viewOf(ctx, one)), total };
  },
});

const save = route({
  method: 'POST',
  url: '/api/searches',
  permission: 'search.manage',
  summary: 'Keep a search under a name',
  body: SavedInput,
  response: SavedView,
  handler: async (ctx, { body }) => viewOf(ctx, await saveSearch(ctx, body)),
});

const change = route({
  method: 'PATCH',
  url: '/api/searches/:id',
  permission: 'search.manage',
  summary: 'Change an own saved search',
  params: Id,
  body: Version.extend({ change: SavedChange }),
  response: null,
  handler: async (ctx, { params, body }) => {
    await changeSearch(ctx, { ...params, ...body });
  },
});

const remove = route({
  method: 'POST',
  url: '/api/searches/:id/remove',
  permission: 'search.manage',
  summary: 'Take an own search out of the lists; its schedule ends',
  params: Id,
  body: Version,
  response: null,
  handler: async (ctx, { params, body }) => {
    await removeSearch(ctx, { ...params, ...body });
  },
});

const schedule = route({
  method: 'PUT',
  url: '/api/searches/:id/schedule',
  permission: 'search.schedule',
  summary:
    'Let an own search run by itself and raise alerts, it becomes shared; or end that, also of one that others share',
  params: Id,
  body: Version.extend({ schedule: Schedule.nullable() }),
  response: null,
  handler: async (ctx, { params, body }) => {
    await scheduleSearch(ctx, { ...params, ...body });
  },
});

const runs = route({
  method: 'GET',
  url: '/api/searches/:id/runs',
  permission: 'event.search',
  summary: 'The latest 50 runs of a scheduled search, newest first, or one of them',
  params: Id,
  query: z.object({ run: z.uuid().optional().describe('only this one, however old') }),
  response: z.object({
    items: z.array(
      z.object({
        id: z.string(),
        ranAt: z.string(),
        from: z.string(),
        to: z.string(),
        tookMs: z.number(),
        state: z.enum(['done', 'failed']),
        found: z.number(),
        raised: z.number(),
        grown: z.number(),
        leftOut: z.number(),
        problem: z.string(),
      }),
    ),
  }),
  handler: async (ctx, { params, query }) => {
    const items = await ctx.read(async (db) => {
      const saved = await savedById(db, params.id);
      const visible = saved && (saved.ownerId === ctx.actor.id || (saved.shared && saved.unitPath === ctx.scope.path));
      if (!visible) throw notFound('The search');
      return listRuns(db, params.id, query.run);
    });
    return {
      items: items.map((run) => ({
        ...run,
        ranAt: run.ranAt.toISOString(),
        from: run.from.toISOString(),
        to: run.to.toISOString(),
      })),
    };
  },
});

export const savedRoutes: readonly Route[] = [list, save, change, remove, schedule, runs];
