import { z } from 'zod';
import { incidentFacts } from '#domain/incidents/index.ts';
import { diagram } from '#engine/workflow/diagram.ts';
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { commentOrder, draftOrder } from './actions.ts';
import { CalendarDay, setCalendarDay } from './calendar.ts';
import { computeDeadline } from './deadline.ts';
import { fileRoutes } from './file-routes.ts';
import { guardCase, permissionOf } from './move.ts';
import { MOVES } from './moves.ts';
import { DraftInput, Evidence, GRADES, ORDER_KINDS } from './order.ts';
import { proposalFrom } from './proposal.ts';
import {
  attachmentsOf,
  countOrders,
  deadlinesOf,
  type OrderFilter,
  type OrderRow,
  orderById,
  pageOfOrders,
  pausesOf,
  stepsOf,
} from './store.ts';
import { detailOf, movesFor, OrderDetail, OrderView, viewOf } from './view.ts';
import { ORDER_STATES, type OrderMove, orderWorkflow } from './workflow.ts';

const Id = z.object({ id: z.uuid() });

const Query = Paging.extend({
  search: z.string().trim().max(100).optional(),
  state: z.string().max(300).optional().describe('states, comma separated; `open` = everything not over'),
  kind: z.enum(ORDER_KINDS).optional(),
  path: z.string().max(200).optional().describe('orders of this unit or area'),
  incidentId: z.uuid().optional(),
  overdue: z.enum(['true', 'false']).optional(),
  deadlineBefore: z.iso.datetime().optional(),
  sort: z.enum(['changedAt', 'deadlineAt', 'issuedAt', 'grade', 'number']).optional(),
  order: z.enum(['asc', 'desc']).optional(),
});

function filterOf(query: z.output<typeof Query>, now: Date): OrderFilter {
  const asked = query.state?.split(',') ?? [];
  return {
    search: query.search,
    state: ORDER_STATES.filter((state) => asked.includes(state)),
    open: asked.includes('open'),
    kind: query.kind,
    path: query.path,
    incidentId: query.incidentId,
    overdueAt: query.overdue === 'true' ? now : undefined,
    deadlineBefore: query.deadlineBefore ? new Date(query.deadlineBefore) : undefined,
  };
}

const list = route({
  method: 'GET',
  url: '/api/orders',
  permission: 'order.read',
  summary: 'Orders in scope; a unit sees its own from their delivery on',
  query: Query,
  response: listOf(OrderView),
  handler: (ctx, { query }) =>
    ctx.read(async (db) => {
      const now = ctx.clock.now();
      const page = { offset: offsetOf(query), limit: query.pageSize, sort: query.sort, order: query.order };
      const { items, total } = await pageOfOrders(db, filterOf(query, now), page);
      return { items: items.map((row) => viewOf(row, now)), total };
    }),
});

const Task = OrderView.extend({
  next: z
    .object({ action: z.string(), title: z.object({ zh: z.string(), en: z.string() }) })
    .nullable()
    .describe('the one thing to do; null when it is the other side’s turn'),
});

const tasks = route({
  method: 'GET',
  url: '/api/tasks',
  permission: 'order.read',
  summary: 'What waits for this person, by deadline, each with the one next action',
  query: Paging.extend({ all: z.enum(['true', 'false']).default('false').describe('also what waits for others') }),
  response: listOf(Task),
  handler: (ctx, { query }) =>
    ctx.read(async (db) => {
      const now = ctx.clock.now();
      const ofUnit = ctx.scope.side === 'unit';
      const filter = { open: true, unitTurn: ofUnit && query.all === 'false' };
      const page = {
        offset: offsetOf(query),
        limit: query.pageSize,
        sort: 'deadlineAt' as const,
        order: 'asc' as const,
      };
      const { items, total } = await pageOfOrders(db, filter, page);
      const found = items.map((order) => {
        const move = movesFor(ctx, { order, actor: ctx.actor, scope: ctx.scope, evidenceCount: 0 }).find(
          ({ main }) => main,
        );
        return { ...viewOf(order, now), next: move ? { action: move.action, title: move.title } : null };
      });
      return { items: found, total };
    }),
});

const Bucket = z.object({
  overdue: z.number().int(),
  today: z.number().int(),
  week: z.number().int(),
  later: z.number().int(),
});

const counts = route({
  method: 'GET',
  url: '/api/orders/counts',
  permission: 'order.read',
  summary: 'Open orders that wait for units, by deadline; and those that wait for the centre',
  response: z.object({
    byDeadline: Bucket,
    open: z.number().int(),
    toVerify: z.number().int(),
    toReview: z.number().int(),
  }),
  handler: (ctx) =>
    ctx.read(async (db) => {
      const now = ctx.clock.now();
      const until = (hours: number): OrderFilter => ({
        unitTurn: true,
        deadlineBefore: new Date(now.getTime() + hours * 3_600_000),
      });
      const overdue = await countOrders(db, { overdueAt: now });
      const day = await countOrders(db, until(24));
      const week = await countOrders(db, until(24 * 7));
      const all = await countOrders(db, { unitTurn: true });
      return {
        byDeadline: { overdue, today: day - overdue, week: week - day, later: all - week },
        open: await countOrders(db, { open: true }),
        toVerify: await countOrders(db, { state: ['submitted', 'verifying'] }),
        toReview: await countOrders(db, { state: ['under_review'] }),
      };
    }),
});

const found = (order: OrderRow | undefined): OrderRow => {
  if (!order) throw notFound('The order');
  return order;
};

const readDetail = (ctx: Ctx, id: string): Promise<z.input<typeof OrderDetail>> =>
  ctx.read(async (db) => {
    const order = found(await orderById(db, id));
    return detailOf(ctx, {
      order,
      steps: await stepsOf(db, id),
      deadlines: await deadlinesOf(db, id),
      pauses: await pausesOf(db, id),
      attachments: await attachmentsOf(db, id),
      facts: await guardCase({ db, actor: ctx.actor, scope: ctx.scope }, order),
    });
  });

const detail = route({
  method: 'GET',
  url: '/api/orders/:id',
  permission: 'order.read',
  summary: 'One order: text, deadline with its computation, history, files and what this person may do',
  params: Id,
  response: OrderDetail,
  handler: (ctx, { params }) => readDetail(ctx, params.id),
});

const TitleView = z.object({ zh: z.string(), en: z.string() });

const workflow = route({
  method: 'GET',
  url: '/api/orders/workflow',
  permission: 'order.read',
  summary: 'The table of states and moves as a graph',
  response: z.object({
    nodes: z.array(
      z.object({ id: z.string(), title: TitleView, tone: z.string(), turn: z.string(), final: z.boolean() }),
    ),
    edges: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        action: z.string(),
        title: TitleView,
        who: z.string(),
        main: z.boolean(),
      }),
    ),
  }),
  handler: () => {
    const { nodes, edges } = diagram(orderWorkflow);
    return Promise.resolve({ nodes: [...nodes], edges: [...edges] });
  },
});

const Proposal = z.object({
  title: z.string(),
  body: z.string(),
  advice: z.string(),
  evidence: z.array(Evidence),
  grade: z.enum(GRADES),
  workingDays: z.number().int(),
  workingDaysSource: z.string(),
  deadlineAt: z.string(),
  deadlineProvisional: z.boolean(),
  units: z.array(z.object({ path: z.string(), name: z.string() })),
});

const propose = route({
  method: 'GET',
  url: '/api/orders/proposal',
  permission: 'order.draft',
  summary: 'A draft as the platform would write it for an incident; nothing is kept',
  query: z.object({ incidentId: z.uuid(), kind: z.enum(ORDER_KINDS) }),
  response: Proposal,
  handler: async (ctx, { query }) => {
    const proposal = proposalFrom(await incidentFacts(ctx, query.incidentId), query.kind);
    const deadline = computeDeadline(ctx.clock.now(), proposal.workingDays);
    return {
      ...proposal,
      evidence: proposal.evidence.map((line) => ({ ...line })),
      units: proposal.units.map((unit) => ({ ...unit })),
      deadlineAt: deadline.at.toISOString(),
      deadlineProvisional: deadline.provisional,
    };
  },
});

const previewDeadline = route({
  method: 'GET',
  url: '/api/orders/deadline',
  permission: 'order.read',
  summary: 'When a number of working days from now would end, and how that is counted',
  query: z.object({ workingDays: z.coerce.number().int().min(1).max(180) }),
  response: z.object({
    at: z.string(),
    provisional: z.boolean(),
    doubts: z.array(z.string()),
    calendarVersion: z.string(),
    trace: z.array(z.object({ day: z.string(), kind: z.string(), minutes: z.number(), name: z.string() })),
  }),
  handler: (ctx, { query }) => {
    const { at, provisional, doubts, trace, calendarVersion } = computeDeadline(ctx.clock.now(), query.workingDays);
    return Promise.resolve({
      at: at.toISOString(),
      provisional,
      doubts: [...doubts],
      calendarVersion,
      trace: trace.map((segment) => ({ ...segment })),
    });
  },
});

const calendarDay = route({
  method: 'POST',
  url: '/api/orders/calendar-days',
  permission: 'setting.manage',
  summary: 'Give a unit a day off or a working day of its own; deadlines given before stay',
  body: CalendarDay,
  response: null,
  handler: (ctx, { body }) => setCalendarDay(ctx, body),
});

const draft = route({
  method: 'POST',
  url: '/api/orders',
  permission: 'order.draft',
  summary: 'Write a draft',
  body: DraftInput,
  response: z.object({ id: z.uuid() }),
  handler: (ctx, { body }) => draftOrder(ctx, body),
});

const After = z.object({ id: z.uuid(), state: z.enum(ORDER_STATES), number: z.string().nullable() });

const comment = route({
  method: 'POST',
  url: '/api/orders/:id/comment',
  permission: 'order.comment',
  summary: 'Say something about an order',
  params: Id,
  body: z.strictObject({ text: z.string().trim().min(1).max(4000), internal: z.boolean().default(false) }),
  response: After,
  handler: async (ctx, { params, body }) => {
    await commentOrder(ctx, { id: params.id, ...body });
    const order = found(await ctx.read((db) => orderById(db, params.id)));
    return { id: order.id, state: order.state, number: order.number };
  },
});

interface Moved {
  readonly input: z.ZodObject;
  readonly run: (ctx: Ctx, input: { id: string; [field: string]: unknown }) => Promise<OrderRow>;
}

/** One endpoint per move of the table. */
function moveRoute(name: OrderMove, { input, run }: Moved): Route {
  const title = orderWorkflow.transitions.find((transition) => transition.action === name)?.title.en ?? name;
  return route({
    method: 'POST',
    url: `/api/orders/:id/${name}`,
    permission: permissionOf(name),
    summary: title,
    params: Id,
    body: z.strictObject(input.shape),
    response: After,
    handler: async (ctx, { params, body }) => {
      const { id, state, number } = await run(ctx, { ...body, id: params.id });
      return { id, state, number };
    },
  });
}

const moveRoutes = (Object.keys(MOVES) as (keyof typeof MOVES)[]).map((name) => moveRoute(name, MOVES[name]));

export const orderRoutes: readonly Route[] = [
  list,
  tasks,
  counts,
  workflow,
  propose,
  previewDeadline,
  calendarDay,
  detail,
  draft,
  comment,
  ...moveRoutes,
  ...fileRoutes,
];
