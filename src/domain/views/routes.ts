import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { type Route, route } from '#platform/http/route.ts';
import {
  changeView,
  chooseDefault,
  discardView,
  ListName,
  removeView,
  saveView,
  shareView,
  takeView,
  ViewChange,
  ViewInput,
} from './actions.ts';
import { defaultOf, listViews, type View } from './store.ts';

const Id = z.object({ id: z.uuid() });
const Version = z.object({ version: z.int() });

const ViewAnswer = ViewInput.omit({ list: true }).extend({
  id: z.string(),
  shared: z.boolean().describe('everybody of the own unit or centre sees it'),
  ownerName: z.string(),
  own: z.boolean().describe('the caller may change it'),
  changedAt: z.string(),
  version: z.int(),
});

const answerOf = (ctx: Ctx, view: View): z.input<typeof ViewAnswer> => ({
  id: view.id,
  name: view.name,
  search: view.search,
  shared: view.shared,
  ownerName: view.ownerName,
  own: view.ownerId === ctx.actor.id,
  changedAt: view.changedAt.toISOString(),
  version: view.version,
});

const list = route({
  method: 'GET',
  url: '/api/views',
  permission: 'signed-in',
  summary: 'Saved views of a list: the own ones and those shared in the own unit or centre, at most 200',
  query: z.object({ list: ListName }),
  response: z.object({
    items: z.array(ViewAnswer),
    defaultId: z.string().nullable().describe('with which of them the list begins for the caller'),
  }),
  handler: async (ctx, { query }) => {
    const { views, chosen } = await ctx.read(async (db) => ({
      views: await listViews(db, query.list, ctx.actor.id, ctx.scope.path),
      chosen: await defaultOf(db, ctx.actor.id, query.list),
    }));
    // A view that was removed or is shared no longer is nobody's beginning.
    const defaultId = views.some(({ id }) => id === chosen) ? chosen : null;
    return { items: views.map((view) => answerOf(ctx, view)), defaultId };
  },
});

const save = route({
  method: 'POST',
  url: '/api/views',
  permission: 'view.manage',
  summary: 'Keep a view of a list under a name',
  body: ViewInput,
  response: ViewAnswer,
  handler: async (ctx, { body }) => answerOf(ctx, await saveView(ctx, body)),
});

const change = route({
  method: 'PATCH',
  url: '/api/views/:id',
  permission: 'view.manage',
  summary: 'Give an own view another name, or let it show something else',
  params: Id,
  body: Version.extend({ change: ViewChange }),
  response: null,
  handler: async (ctx, { params, body }) => {
    await changeView(ctx, { ...params, ...body });
  },
});

const remove = route({
  method: 'POST',
  url: '/api/views/:id/remove',
  permission: 'view.manage',
  summary: 'Take an own view out of all menus',
  params: Id,
  body: Version,
  response: null,
  handler: async (ctx, { params, body }) => {
    await removeView(ctx, { ...params, ...body });
  },
});

const share = route({
  method: 'PUT',
  url: '/api/views/:id/shared',
  permission: 'view.share',
  summary: 'Show an own view to everybody of the own unit or centre, or end that',
  params: Id,
  body: Version.extend({ shared: z.boolean() }),
  response: null,
  handler: async (ctx, { params, body }) => {
    await shareView(ctx, { ...params, ...body });
  },
});

const take = route({
  method: 'POST',
  url: '/api/views/:id/take',
  permission: 'view.take',
  summary: 'Make a view that a colleague shared the own one, which stays shared',
  params: Id,
  body: Version,
  response: null,
  handler: async (ctx, { params, body }) => {
    await takeView(ctx, { ...params, ...body });
  },
});

const discard = route({
  method: 'POST',
  url: '/api/views/:id/discard',
  permission: 'view.take',
  summary: 'Take a view that a colleague shared out of all menus',
  params: Id,
  body: Version,
  response: null,
  handler: async (ctx, { params, body }) => {
    await discardView(ctx, { ...params, ...body });
  },
});

const begin = route({
  method: 'PUT',
  url: '/api/views/default',
  permission: 'view.manage',
  summary: 'Choose with which view a list begins for the caller; null: with everything',
  body: z.object({ list: ListName, viewId: z.uuid().nullable() }),
  response: null,
  handler: async (ctx, { body }) => {
    await chooseDefault(ctx, body);
  },
});

export const viewRoutes: readonly Route[] = [list, save, change, remove, share, take, discard, begin];
