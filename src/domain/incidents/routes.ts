import { z } from 'zod';
import { alertsById } from '#domain/alerts/index.ts';
import { diagram } from '#engine/workflow/diagram.ts';
import { allowedActions } from '#engine/workflow/workflow.ts';
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { parseInput } from '#platform/input.ts';
import {
  addNote,
  closeIncident,
  containIncident,
  gradeIncident,
  markReport,
  openIncident,
  reopenIncident,
  resolveIncident,
  takeIncident,
} from './actions.ts';
import { mustBeReported, propose } from './grading.ts';
import { FactsInput, GRADES, GradeIncident, ImpactInput, OpenIncident, Reason, Text } from './incident.ts';
import { linkAlerts, mergeIncident, unlinkAlerts } from './linking.ts';
import { incidentStandards } from './standards.ts';
import {
  entitiesOf,
  entriesOf,
  incidentById,
  liveAlertIds,
  ordersOf,
  pageOfIncidents,
  reportsOf,
  unitsOf,
} from './store.ts';
import { detailOf, IncidentDetail, IncidentView, StandardsView, viewOf } from './view.ts';
import { INCIDENT_STATES, incidentWorkflow } from './workflow.ts';

const Id = z.object({ id: z.uuid() });
const Created = z.object({ id: z.uuid() });
const Done = z.object({ id: z.uuid(), state: z.enum(INCIDENT_STATES) });

const Query = Paging.extend({
  search: z.string().trim().max(100).optional(),
  state: z.string().max(200).optional().describe('states, comma separated; `alive` = neither closed nor merged'),
  grade: z.enum(GRADES).optional(),
  category: z.string().max(60).optional().describe('category or sub-category'),
  path: z.string().max(200).optional().describe('incidents that concern this unit or area'),
  reportOverdue: z.enum(['true', 'false']).optional(),
  sort: z.enum(['openedAt', 'discoveredAt', 'grade', 'state']).optional(),
  order: z.enum(['asc', 'desc']).optional(),
});

function statesOf(text: string | undefined) {
  if (!text) return undefined;
  const asked = text.split(',');
  return INCIDENT_STATES.filter(
    (state) => asked.includes(state) || (asked.includes('alive') && state !== 'closed' && state !== 'merged'),
  );
}

const list = route({
  method: 'GET',
  url: '/api/incidents',
  permission: 'incident.read',
  summary: 'Incidents in scope',
  query: Query,
  response: listOf(IncidentView),
  handler: (ctx, { query }) =>
    ctx.read(async (db) => {
      const now = ctx.clock.now();
      const filter = {
        search: query.search,
        state: statesOf(query.state),
        grade: query.grade,
        category: query.category,
        path: query.path,
        reportOverdueAt: query.reportOverdue === 'true' ? now : undefined,
      };
      const page = { offset: offsetOf(query), limit: query.pageSize, sort: query.sort, order: query.order };
      const { items, total } = await pageOfIncidents(db, filter, page);
      const reports = await reportsOf(
        db,
        items.map((item) => item.id),
      );
      return { items: items.map((row) => viewOf(row, reports, now)), total };
    }),
});

const detail = route({
  method: 'GET',
  url: '/api/incidents/:id',
  permission: 'incident.read',
  summary: 'One incident with its timeline, grades, legal clock, alerts and orders',
  params: Id,
  response: IncidentDetail,
  handler: (ctx, { params }) => readDetail(ctx, params.id),
});

const readDetail = (ctx: Ctx, id: string): Promise<z.input<typeof IncidentDetail>> =>
  ctx.read(async (db) => {
    const row = await incidentById(db, id);
    if (!row) throw notFound('The incident');
    return detailOf({
      row,
      now: ctx.clock.now(),
      reports: await reportsOf(db, [id]),
      entries: await entriesOf(db, id),
      alerts: await alertsById(db, await liveAlertIds(db, id)),
      orders: await ordersOf(db, id),
      entities: await entitiesOf(db, id),
      units: await unitsOf(db, id),
      allowed: allowedActions(incidentWorkflow, row.state, { side: ctx.scope.side, may: ctx.may }),
    });
  });

const standards = route({
  method: 'GET',
  url: '/api/incidents/standards',
  permission: 'incident.read',
  summary: 'Categories, grades, reporting criteria and duties in force, with their sources',
  response: StandardsView,
  handler: () => {
    const { grades, criteria, legalClocks, categories, version } = incidentStandards();
    const { nodes, edges } = diagram(incidentWorkflow);
    return Promise.resolve({
      version,
      grades,
      criteria,
      legalClocks,
      categories,
      diagram: { nodes: [...nodes], edges: [...edges] },
    });
  },
});

const proposal = route({
  method: 'POST',
  url: '/api/incidents/propose-grades',
  permission: 'incident.read',
  summary: 'What both graders would propose; changes nothing',
  body: z.strictObject({ impact: ImpactInput, facts: FactsInput }),
  response: z.object({
    grade: z.enum(GRADES),
    reportGrade: z.enum(GRADES),
    mustBeReported: z.boolean(),
    reasons: z.array(z.looseObject({ fact: z.string() })),
    reportReasons: z.array(z.looseObject({ fact: z.string() })),
  }),
  handler: (_ctx, { body }) => {
    const { impact, reporting } = propose(body.impact, body.facts);
    return Promise.resolve({
      grade: impact.grade,
      reportGrade: reporting.grade,
      mustBeReported: mustBeReported(reporting.grade),
      reasons: impact.reasons.map((reason) => ({ ...reason })),
      reportReasons: reporting.reasons.map((reason) => ({ ...reason })),
    });
  },
});

const open = route({
  method: 'POST',
  url: '/api/incidents',
  permission: 'incident.open',
  summary: 'Open an incident from alerts or from a report',
  body: OpenIncident,
  response: Created,
  handler: (ctx, { body }) => openIncident(ctx, body),
});

const stateAfter = async (ctx: Ctx, id: string): Promise<z.input<typeof Done>> => {
  const row = await ctx.read((db) => incidentById(db, id));
  if (!row) throw notFound('The incident');
  return { id, state: row.state };
};

/** A route that runs one action on the incident of its address and answers with the state after it. */
function change<Body extends z.ZodType>(
  path: string,
  permission: string,
  summary: string,
  body: Body,
  run: (ctx: Ctx, id: string, body: z.output<Body>) => Promise<void>,
): Route {
  return route({
    method: 'POST',
    url: `/api/incidents/:id/${path}`,
    permission,
    summary,
    params: Id,
    body,
    response: Done,
    handler: async (ctx, input) => {
      await run(ctx, input.params.id, parseInput(body, input.body));
      return stateAfter(ctx, input.params.id);
    },
  });
}

const Note = z.strictObject({ note: z.string().trim().max(2000).default('') });
const AlertIds = z.strictObject({ alertIds: z.array(z.uuid()).min(1).max(500) });

export const incidentRoutes: readonly Route[] = [
  list,
  standards,
  proposal,
  detail,
  open,
  change('take', 'incident.manage', 'Start handling', Note, (ctx, id, body) => takeIncident(ctx, { id, ...body })),
  change('contain', 'incident.manage', 'Mark as contained', Note, (ctx, id, body) =>
    containIncident(ctx, { id, ...body }),
  ),
  change('resolve', 'incident.manage', 'Handling has ended', Note, (ctx, id, body) =>
    resolveIncident(ctx, { id, ...body }),
  ),
  change('reopen', 'incident.manage', 'Open again', Note, (ctx, id, body) => reopenIncident(ctx, { id, ...body })),
  change(
    'close',
    'incident.close',
    'Close; open orders need a reason',
    z.strictObject({ reason: z.string().trim().max(2000).default('') }),
    (ctx, id, body) => closeIncident(ctx, { id, ...body }),
  ),
  change('grade', 'incident.grade', 'Confirm both grades', GradeIncident.omit({ id: true }), (ctx, id, body) =>
    gradeIncident(ctx, { id, ...body }),
  ),
  change('notes', 'incident.manage', 'Add a note', z.strictObject({ text: Text }), (ctx, id, body) =>
    addNote(ctx, { id, ...body }),
  ),
  change('alerts', 'incident.manage', 'Add alerts', AlertIds, (ctx, id, body) => linkAlerts(ctx, { id, ...body })),
  change('alerts/unlink', 'incident.manage', 'Take alerts out', AlertIds, (ctx, id, body) =>
    unlinkAlerts(ctx, { id, ...body }),
  ),
  change(
    'merge',
    'incident.manage',
    'Merge into another incident',
    z.strictObject({ intoId: z.uuid(), reason: Reason }),
    (ctx, id, body) => mergeIncident(ctx, { id, ...body }),
  ),
  change(
    'reports',
    'incident.manage',
    'Note that a report of the legal clock was made',
    z.strictObject({ dutyId: z.string().max(60), reportedAt: z.iso.datetime().optional(), note: Text }),
    (ctx, id, body) => markReport(ctx, { id, ...body }),
  ),
];
