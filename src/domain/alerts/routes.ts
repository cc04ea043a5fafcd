import { z } from 'zod';
import { holdersOf } from '#domain/identity/index.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError, notFound } from '#platform/errors.ts';
import { listOf } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { acknowledgeAlert, assignAlert, closeAlert, commentAlert, reopenAlert, revealAlert } from './actions.ts';
import { AlertCounts, CountsQuery, countAlerts } from './counts.ts';
import { AlertDetail, alertDetail, RelatedList, relatedDetail } from './detail.ts';
import { ENTITY_KINDS } from './detection-input.ts';
import { proposeIncident, relatedAlerts } from './incident-link.ts';
import { AlertItem, AlertQuery, listAlerts } from './list.ts';
import { changeSettings, SettingsInput, shownSettings } from './settings.ts';
import { createSuppression, endSuppression, SuppressionInput } from './suppression-actions.ts';
import { listSuppressions, SuppressionQuery, SuppressionView } from './suppression-list.ts';
import { VERDICTS } from './workflow.ts';

const Id = z.object({ id: z.uuid() });
const Changed = z.object({ id: z.uuid() });
const Reason = z.object({ reason: z.string() });
const CloseBody = z.object({ verdict: z.enum(VERDICTS), reason: z.string() });
const AssignBody = z.object({
  assigneeId: z.string().max(60).nullable().describe('id of a person, `me`, or null for nobody'),
});
const BULK_MAX = 200;

const BulkBody = z.discriminatedUnion('action', [
  z.object({ action: z.literal('acknowledge'), ids: z.array(z.uuid()).min(1).max(BULK_MAX) }),
  z.object({ action: z.literal('close'), ids: z.array(z.uuid()).min(1).max(BULK_MAX), ...CloseBody.shape }),
  z.object({ action: z.literal('reopen'), ids: z.array(z.uuid()).min(1).max(BULK_MAX), ...Reason.shape }),
  z.object({ action: z.literal('assign'), ids: z.array(z.uuid()).min(1).max(BULK_MAX), ...AssignBody.shape }),
]);

const BulkResult = z.object({
  done: z.array(z.uuid()),
  failed: z.array(z.object({ id: z.uuid(), detail: z.string(), reason: z.string() })),
});

const Person = z.object({ id: z.string(), name: z.string() });

const Proposal = z.object({
  title: z.string(),
  category: z.string(),
  impact: z.object({
    importance: z.enum(['especially_important', 'important', 'general']),
    loss: z.enum(['especially_severe', 'severe', 'considerable', 'slight']),
    harm: z.enum(['especially_severe', 'severe', 'considerable', 'slight']),
  }),
  reasons: z.array(z.object({ input: z.string(), value: z.string(), because: z.string(), of: z.string() })),
  techniques: z.array(z.string()),
  entities: z.array(z.object({ kind: z.enum(ENTITY_KINDS), value: z.string() })),
  unitPaths: z.array(z.string()),
  assetIds: z.array(z.uuid()),
  alertIds: z.array(z.uuid()),
  discoveredAt: z.string(),
  together: z.array(z.uuid()).describe('open alerts that share an entity with the first one and are not chosen yet'),
});

/** The person with this id, who must be able to work on the alert. */
async function assigneeOf(ctx: Ctx, alertId: string, assigneeId: string | null) {
  if (assigneeId === null) return null;
  if (assigneeId === 'me' || assigneeId === ctx.actor.id) return { id: ctx.actor.id, name: ctx.actor.name };
  const person = (await holders(ctx, alertId)).find(({ id }) => id === assigneeId);
  if (person === undefined) throw notFound('A person who can work on this alert');
  return { id: person.id, name: person.name };
}

const holders = (ctx: Ctx, alertId: string) =>
  ctx.read(async (db) => {
    const alert = await db.selectFrom('alert').select('unit_path').where('id', '=', alertId).executeTakeFirst();
    if (alert === undefined) throw notFound('The alert');
    return holdersOf(db, 'alert.triage', alert.unit_path);
  });

async function runBulk(ctx: Ctx, body: z.output<typeof BulkBody>): Promise<z.input<typeof BulkResult>> {
  const one = async (id: string): Promise<unknown> => {
    switch (body.action) {
      case 'acknowledge':
        return acknowledgeAlert(ctx, { id });
      case 'close':
        return closeAlert(ctx, { id, verdict: body.verdict, reason: body.reason });
      case 'reopen':
        return reopenAlert(ctx, { id, reason: body.reason });
      case 'assign':
        return assignAlert(ctx, { id, assignee: await assigneeOf(ctx, id, body.assigneeId) });
    }
  };
  const result: z.input<typeof BulkResult> = { done: [], failed: [] };
  for (const id of new Set(body.ids)) {
    try {
      await one(id);
      result.done.push(id);
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'forbidden' || error.code === 'internal') throw error;
      result.failed.push({ id, detail: error.public, reason: error.reason ?? error.code });
    }
  }
  return result;
}

const reading: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/alerts',
    permission: 'alert.read',
    summary: 'Alerts, by state, level, rule, unit, technique, person, time and text',
    query: AlertQuery,
    response: listOf(AlertItem),
    handler: (ctx, { query }) => ctx.read((db) => listAlerts(db, query, ctx.actor.id)),
  }),
  route({
    method: 'GET',
    url: '/api/alerts/counts',
    permission: 'alert.read',
    summary: 'Numbers of alerts: totals, per hour and level, per city, unit and rule',
    query: CountsQuery,
    response: AlertCounts,
    handler: (ctx, { query }) => ctx.read((db) => countAlerts(db, query, ctx.clock.now())),
  }),
  route({
    method: 'GET',
    url: '/api/alerts/:id',
    permission: 'alert.read',
    summary: 'One alert with its events, why the rule fired, entities and history',
    params: Id,
    response: AlertDetail,
    handler: (ctx, { params }) => ctx.read((db) => alertDetail(ctx, db, params.id, false)),
  }),
  route({
    method: 'GET',
    url: '/api/alerts/:id/related',
    permission: 'alert.read',
    summary: 'Alerts that share a host, user or address with this one',
    params: Id,
    response: RelatedList,
    handler: (ctx, { params }) => ctx.read((db) => relatedDetail(db, params.id)),
  }),
  route({
    method: 'GET',
    url: '/api/alerts/:id/assignees',
    permission: 'alert.assign',
    summary: 'Persons the alert can be given to',
    params: Id,
    response: z.object({ items: z.array(Person) }),
    handler: async (ctx, { params }) => ({
      items: (await holders(ctx, params.id)).map(({ id, name }) => ({ id, name })),
    }),
  }),
  route({
    method: 'POST',
    url: '/api/alerts/proposal',
    permission: 'incident.open',
    summary: 'The incident that some alerts would make: title, category and grade inputs with their reasons',
    body: z.object({ alertIds: z.array(z.uuid()).min(1).max(BULK_MAX) }),
    response: Proposal,
    handler: (ctx, { body }) =>
      ctx.read(async (db) => {
        const proposal = await proposeIncident(db, body.alertIds);
        const [first = ''] = body.alertIds;
        const related = await relatedAlerts(db, first, true);
        const together = related.map(({ id }) => id).filter((id) => !body.alertIds.includes(id));
        return {
          ...proposal,
          reasons: [...proposal.reasons],
          techniques: [...proposal.techniques],
          entities: proposal.entities.map((entity) => ({ ...entity })),
          unitPaths: [...proposal.unitPaths],
          assetIds: [...proposal.assetIds],
          alertIds: [...proposal.alertIds],
          together,
        };
      }),
  }),
];

const changing: readonly Route[] = [
  route({
    method: 'POST',
    url: '/api/alerts/:id/acknowledge',
    permission: 'alert.triage',
    summary: 'Take the alert up',
    params: Id,
    response: Changed,
    handler: (ctx, { params }) => acknowledgeAlert(ctx, params),
  }),
  route({
    method: 'POST',
    url: '/api/alerts/:id/assign',
    permission: 'alert.assign',
    summary: 'Give the alert to a person or to nobody',
    params: Id,
    body: AssignBody,
    response: Changed,
    handler: async (ctx, { params, body }) =>
      assignAlert(ctx, { id: params.id, assignee: await assigneeOf(ctx, params.id, body.assigneeId) }),
  }),
  route({
    method: 'POST',
    url: '/api/alerts/:id/close',
    permission: 'alert.triage',
    summary: 'End triage with a verdict and a reason',
    params: Id,
    body: CloseBody,
    response: Changed,
    handler: (ctx, { params, body }) => closeAlert(ctx, { ...params, ...body }),
  }),
  route({
    method: 'POST',
    url: '/api/alerts/:id/reopen',
    permission: 'alert.triage',
    summary: 'Take a closed alert up again',
    params: Id,
    body: Reason,
    response: Changed,
    handler: (ctx, { params, body }) => reopenAlert(ctx, { ...params, ...body }),
  }),
  route({
    method: 'POST',
    url: '/api/alerts/:id/comment',
    permission: 'alert.comment',
    summary: 'Write a comment',
    params: Id,
    body: z.object({ text: z.string() }),
    response: Changed,
    handler: (ctx, { params, body }) => commentAlert(ctx, { ...params, ...body }),
  }),
  route({
    method: 'POST',
    url: '/api/alerts/:id/reveal',
    permission: 'alert.reveal',
    summary: 'The alert with personal identifiers unmasked; the reason is recorded',
    params: Id,
    body: Reason,
    response: AlertDetail,
    handler: async (ctx, { params, body }) => {
      await revealAlert(ctx, { ...params, ...body });
      return ctx.read((db) => alertDetail(ctx, db, params.id, true));
    },
  }),
  route({
    method: 'POST',
    url: '/api/alerts/bulk',
    permission: 'alert.triage',
    summary: 'Do the same with many alerts; each is done or refused on its own',
    body: BulkBody,
    response: BulkResult,
    handler: (ctx, { body }) => runBulk(ctx, body),
  }),
];

const suppressions: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/suppressions',
    permission: 'alert.read',
    summary: 'Suppression rules with what they kept from raising',
    query: SuppressionQuery,
    response: listOf(SuppressionView),
    handler: (ctx, { query }) => ctx.read((db) => listSuppressions(db, query, ctx.clock.now())),
  }),
  route({
    method: 'POST',
    url: '/api/suppressions',
    permission: 'alert.suppress',
    summary: 'Keep known and accepted detections from raising alerts, for a time',
    body: SuppressionInput,
    response: Changed,
    handler: (ctx, { body }) => createSuppression(ctx, body),
  }),
  route({
    method: 'DELETE',
    url: '/api/suppressions/:id',
    permission: 'alert.suppress',
    summary: 'End a suppression before its time; it stays in the list',
    params: Id,
    response: Changed,
    handler: (ctx, { params }) => endSuppression(ctx, params),
  }),
];

const settings: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/alerts/settings',
    permission: 'setting.manage',
    summary: 'How detections are grouped into alerts, and alerts into incidents',
    response: SettingsInput,
    handler: (ctx) => ctx.read((db) => shownSettings(db)),
  }),
  route({
    method: 'PUT',
    url: '/api/alerts/settings',
    permission: 'setting.manage',
    summary: 'Change how later detections are grouped',
    body: SettingsInput,
    response: SettingsInput,
    handler: (ctx, { body }) => changeSettings(ctx, body),
  }),
];

export const alertRoutes: readonly Route[] = [...reading, ...changing, ...suppressions, ...settings];
