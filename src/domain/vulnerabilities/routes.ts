import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { listOf } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { ExportFormat, sendSheet } from '#platform/sheet.ts';
import { AcceptanceWish, approveAcceptance, askAcceptance, denyAcceptance } from './acceptance.ts';
import { AcceptanceQuery, AcceptanceView, listAcceptances } from './acceptance-list.ts';
import { PERSON_MOVES, personMoves } from './actions.ts';
import { advisoryRoutes } from './advisory/routes.ts';
import { IssueDetail, issueDetail } from './detail.ts';
import { issueSheet } from './export.ts';
import { FEED_BYTES_MAX, loadFeed } from './feeds.ts';
import { importRoutes } from './import/routes.ts';
import { withUpload } from './import/upload.ts';
import { IssueFacets, IssueFilter, IssueQuery, IssueView, issueFacets, listIssues } from './list.ts';
import { OverdueChoice, orderOverdue } from './overdue.ts';
import { changePolicy, PolicyChange, PolicyView, shownPolicy } from './policy.ts';
import { issueWorkflow } from './workflow.ts';

const Id = z.object({ id: z.uuid() });
const Reason = z.object({ reason: z.string().trim().max(2000).default('') });

const permissionOf = (move: (typeof PERSON_MOVES)[number]): string => personMoves[move].permission;
const titleOf = (move: string): string =>
  issueWorkflow.transitions.find((transition) => transition.action === move)?.title.en ?? move;

const FeedView = z.object({
  kind: z.enum(['kev', 'epss']),
  version: z.string(),
  publishedAt: z.string().nullable(),
  entries: z.number().int(),
  loadedAt: z.string(),
  loadedBy: z.string(),
});

export const vulnerabilityRoutes: readonly Route[] = [
  ...importRoutes,
  ...advisoryRoutes,
  route({
    method: 'GET',
    url: '/api/vulnerabilities',
    permission: 'vulnerability.read',
    summary: 'Vulnerabilities, by state, grade, priority, exploitation, deadline, unit and text',
    query: IssueQuery,
    response: listOf(IssueView),
    handler: (ctx, { query }) => ctx.read((db) => listIssues(db, query, ctx.clock.now())),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/facets',
    permission: 'vulnerability.read',
    summary: 'Numbers behind each choice of the filters',
    query: IssueFilter,
    response: IssueFacets,
    handler: (ctx, { query }) => ctx.read((db) => issueFacets(db, query, ctx.clock.now())),
  }),
  route({
    method: 'POST',
    url: '/api/vulnerabilities/overdue/order',
    permission: 'vulnerability.order',
    summary:
      'Drafts rectification orders for what is overdue now (all, chosen ones, or those of an asset) and in no order yet, one for each unit',
    body: OverdueChoice,
    response: z.object({
      drafts: z.array(
        z.object({ orderId: z.uuid(), unitName: z.string(), issues: z.number().int().describe('named in it') }),
      ),
    }),
    handler: async (ctx, { body }) => ({ drafts: await orderOverdue(ctx, body) }),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/export',
    permission: 'vulnerability.read',
    summary: 'The vulnerabilities that fit, as .csv, .xlsx or lines of JSON',
    query: IssueFilter.extend({ format: ExportFormat.unwrap().default('csv') }),
    response: null,
    ratePerMinute: 20,
    handler: async (ctx, { query: { format, ...filter }, reply }) => sendSheet(reply, issueSheet(ctx, filter), format),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/policy',
    permission: 'vulnerability.read',
    summary: 'How soon weaknesses are to be mended, where priorities draw their lines, and every change of it',
    response: PolicyView,
    handler: (ctx) => ctx.read((db) => shownPolicy(db)),
  }),
  route({
    method: 'PUT',
    url: '/api/vulnerabilities/policy',
    permission: 'vulnerability.policy',
    summary: 'Change it; open vulnerabilities are rated anew, deadlines that were given stay',
    body: PolicyChange,
    response: z.object({ revision: z.number().int() }),
    handler: (ctx, { body }) => changePolicy(ctx, body),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/feeds',
    permission: 'vulnerability.read',
    summary: 'Which files of exploitation (KEV, EPSS) were brought in',
    response: z.object({ items: z.array(FeedView) }),
    handler: (ctx) =>
      ctx.read(async (db) => {
        const rows = await db.selectFrom('vulnerability_feed').selectAll().orderBy('kind').execute();
        const items = rows.map((row) => ({
          kind: row.kind,
          version: row.version,
          publishedAt: row.published_at?.toISOString() ?? null,
          entries: row.entries,
          loadedAt: row.loaded_at.toISOString(),
          loadedBy: row.loaded_by_name,
        }));
        return { items };
      }),
  }),
  route({
    method: 'POST',
    url: '/api/vulnerabilities/feeds',
    permission: 'vulnerability.feed',
    summary: 'Bring in a catalogue of known exploited vulnerabilities (KEV, JSON) or EPSS scores (CSV), also as .gz',
    upload: true,
    response: z.object({
      kind: z.enum(['kev', 'epss']),
      version: z.string(),
      entries: z.number().int(),
      skipped: z.number().int(),
    }),
    ratePerMinute: 10,
    uploadBytesMax: FEED_BYTES_MAX,
    handler: (ctx, { uploads }) =>
      withUpload(uploads(), FEED_BYTES_MAX, async ({ path }) => loadFeed(ctx, await readFile(path))),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/acceptances',
    permission: 'vulnerability.read',
    summary: 'Requests to accept a risk: the own ones, and those the own unit has to decide as the supervising holder',
    query: AcceptanceQuery,
    response: listOf(AcceptanceView),
    handler: (ctx, { query }) => ctx.read((db) => listAcceptances(ctx, db, query)),
  }),
  route({
    method: 'POST',
    url: '/api/vulnerabilities/acceptances/:id/approve',
    permission: 'vulnerability.approve',
    summary: 'Accept the risk, as the unit that supervises the asset',
    params: Id,
    body: Reason,
    response: Id,
    handler: (ctx, { params, body }) => approveAcceptance(ctx, { ...params, ...body }),
  }),
  route({
    method: 'POST',
    url: '/api/vulnerabilities/acceptances/:id/deny',
    permission: 'vulnerability.approve',
    summary: 'Do not accept the risk',
    params: Id,
    body: Reason,
    response: Id,
    handler: (ctx, { params, body }) => denyAcceptance(ctx, { ...params, ...body }),
  }),
  route({
    method: 'POST',
    url: '/api/vulnerabilities/:id/ask_acceptance',
    permission: 'vulnerability.fix',
    summary: 'Ask the supervising unit to accept the risk, with what is done instead and until when',
    params: Id,
    body: AcceptanceWish,
    response: Id,
    handler: (ctx, { params, body }) => askAcceptance(ctx, { ...params, ...body }),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/:id',
    permission: 'vulnerability.read',
    summary: 'One vulnerability with what each tool says, its history and what may be done',
    params: Id,
    response: IssueDetail,
    handler: (ctx, { params }) => ctx.read((db) => issueDetail(ctx, db, params.id)),
  }),
  ...PERSON_MOVES.map((move) =>
    route({
      method: 'POST',
      url: `/api/vulnerabilities/:id/${move}`,
      permission: permissionOf(move),
      summary: titleOf(move),
      params: Id,
      body: Reason,
      response: Id,
      handler: (ctx, { params, body }) => personMoves[move](ctx, { ...params, ...body }),
    }),
  ),
];
