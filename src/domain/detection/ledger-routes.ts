import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { invalid, notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { ExportFormat, sendSheet } from '#platform/sheet.ts';
import { partitionsOf, readLoad } from './correlation-load.ts';
import { engineOf } from './engine.ts';
import { FaultList, listFaults } from './faults.ts';
import {
  type FieldSeen,
  fieldsNeverSeen,
  hoursOf,
  type LedgerFacts,
  LedgerHour,
  LedgerSums,
  readFields,
  readLedger,
  type Span,
  sumOf,
} from './ledger.ts';
import { LedgerRow, type LedgerRowView, ledgerSheet } from './ledger-sheet.ts';
import type { Catalogue, RuleSummary } from './rule.ts';

const DAY_MS = 86_400_000;
const SPAN_MAX_DAYS = 31;

const time = z.iso.datetime({ offset: true });
const SpanQuery = z.object({
  from: time.optional().describe('default: 24 hours before `to`'),
  to: time.optional().describe(`default: now; at most ${SPAN_MAX_DAYS} days after \`from\``),
});

/** @throws AppError `invalid_input` */
function spanOf(ctx: Ctx, { from, to }: z.output<typeof SpanQuery>): Span {
  const end = to === undefined ? ctx.clock.now() : new Date(to);
  const start = from === undefined ? new Date(end.getTime() - DAY_MS) : new Date(from);
  if (start >= end || end.getTime() - start.getTime() > SPAN_MAX_DAYS * DAY_MS) {
    throw invalid(`The time range must be at most ${SPAN_MAX_DAYS} days`, [{ at: '/to', message: 'out of range' }]);
  }
  return { from: start, to: end };
}

const LedgerQuery = Paging.extend({
  ...SpanQuery.shape,
  text: z.string().trim().max(200).optional().describe('in the title or id of the rule'),
  only: z
    .enum(['gaps', 'limits', 'errors', 'fields', 'hits'])
    .optional()
    .describe('rules with gaps, with bounds reached, with errors, with fields never seen, with hits'),
  sort: z.enum(['hits', 'events', 'errors', 'suppressed', 'skipped']).default('hits'),
  order: z.enum(['asc', 'desc']).default('desc'),
});

function rowOf(facts: LedgerFacts, fields: readonly FieldSeen[], catalogue: Catalogue, rule: RuleSummary, span: Span) {
  const hours = hoursOf(facts, catalogue, rule);
  return {
    ruleId: rule.id,
    kind: rule.kind,
    title: { zh: rule.extra.title_zh || rule.title, en: rule.title },
    level: rule.level,
    ...sumOf(hours),
    gaps: [...new Set(hours.flatMap(({ gaps, backfilled }) => (backfilled ? [] : gaps)))],
    backfilled: hours.filter(({ gaps, backfilled }) => backfilled && gaps.length > 0).length,
    fieldsNeverSeen: fieldsNeverSeen(fields, catalogue, rule, span),
  };
}

const WANTED: Readonly<Record<string, (row: LedgerRowView) => boolean>> = {
  gaps: ({ gaps }) => gaps.length > 0,
  limits: ({ limits }) => limits.length > 0,
  errors: ({ errors }) => errors > 0,
  fields: (row) => row.fieldsNeverSeen.length > 0,
  hits: ({ hits }) => hits > 0,
};

/** The ledger of all rules in a span of time, one row each. */
async function ledgerRows(ctx: Ctx, query: z.output<typeof LedgerQuery>): Promise<LedgerRowView[]> {
  const { catalogue } = await engineOf(ctx.asSystem());
  const span = spanOf(ctx, query);
  const [facts, fields] = await ctx.read(async (db) => [await readLedger(db, span), await readFields(db)] as const);
  const text = query.text?.toLowerCase() ?? '';
  const wanted = WANTED[query.only ?? ''] ?? (() => true);
  const rows = catalogue.rules
    .filter(({ id, title, extra }) =>
      [id, title, extra.title_zh ?? ''].some((part) => part.toLowerCase().includes(text)),
    )
    .map((rule) => rowOf(facts, fields, catalogue, rule, span))
    .filter(wanted);
  const direction = query.order === 'asc' ? 1 : -1;
  return rows.sort(
    (left, right) =>
      direction * (left[query.sort] - right[query.sort]) ||
      right.events - left.events ||
      left.title.en.localeCompare(right.title.en, 'en'),
  );
}

export const ledgerRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/rules/ledger',
    permission: 'rule.read',
    summary: 'The evaluation ledger: what each rule was asked, what it found, what it was not asked and why',
    query: LedgerQuery,
    response: listOf(LedgerRow),
    handler: async (ctx, { query }) => {
      const rows = await ledgerRows(ctx, query);
      const from = offsetOf(query);
      return { items: rows.slice(from, from + query.pageSize), total: rows.length };
    },
  }),
  route({
    method: 'GET',
    url: '/api/rules/ledger/export',
    permission: 'rule.read',
    summary: 'The same as .xlsx, .csv or lines of JSON, all rules',
    query: LedgerQuery.extend({ format: ExportFormat }),
    response: null,
    handler: async (ctx, { query, reply }) => sendSheet(reply, ledgerSheet(await ledgerRows(ctx, query)), query.format),
  }),
  route({
    method: 'GET',
    url: '/api/rules/faults',
    permission: 'rule.read',
    summary: 'Events and alerts that detection failed on and set aside, the latest 200 within the scope of the caller',
    query: z.object({ ruleId: z.string().max(300).optional() }),
    response: FaultList,
    handler: (ctx, { query }) => ctx.read((db) => listFaults(db, query.ruleId)),
  }),
  route({
    method: 'GET',
    url: '/api/rules/correlation-state',
    permission: 'rule.read',
    summary: 'What correlation rules remember at the moment in all processes together, against their bounds',
    response: z.object({
      limits: z.object({
        groupsMax: z.number().int(),
        entriesMax: z.number().int(),
        latenessSeconds: z.number().int(),
      }),
      items: z.array(z.object({ correlationId: z.string(), groups: z.number().int(), entries: z.number().int() })),
    }),
    handler: async (ctx) => {
      const system = ctx.asSystem();
      const { catalogue } = await engineOf(system);
      const partitions = partitionsOf(ctx.config);
      const load = await system.read((db) => readLoad(db, partitions));
      const { groupsMax, entriesMax, latenessSeconds } = ctx.config.detect.correlation;
      return {
        limits: { groupsMax: groupsMax * partitions, entriesMax: entriesMax * partitions, latenessSeconds },
        items: catalogue.correlations.map(({ id }) => ({
          correlationId: id,
          ...(load[id] ?? { groups: 0, entries: 0 }),
        })),
      };
    },
  }),
  route({
    method: 'GET',
    url: '/api/rules/:id/ledger',
    permission: 'rule.read',
    summary: 'The evaluation ledger of one rule, hour by hour',
    params: z.object({ id: z.string().max(300) }),
    query: SpanQuery,
    response: z.object({ sums: LedgerSums, hours: z.array(LedgerHour), fieldsNeverSeen: z.array(z.string()) }),
    handler: async (ctx, { params, query }) => {
      const { catalogue } = await engineOf(ctx.asSystem());
      const rule = catalogue.rules.find(({ id }) => id === params.id);
      if (!rule) throw notFound('The rule');
      const span = spanOf(ctx, query);
      const [facts, fields] = await ctx.read(
        async (db) => [await readLedger(db, span, [rule.id]), await readFields(db)] as const,
      );
      const hours = hoursOf(facts, catalogue, rule);
      return { sums: sumOf(hours), hours, fieldsNeverSeen: fieldsNeverSeen(fields, catalogue, rule, span) };
    },
  }),
];
