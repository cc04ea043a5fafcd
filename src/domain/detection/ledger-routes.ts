import { z } from 'zod';
import { CORRELATION_LIMITS } from '#engine/sigma/correlator-part.ts';
import { LEVELS } from '#engine/sigma/rule.ts';
import type { Ctx } from '#platform/context.ts';
import { csvCell } from '#platform/csv.ts';
import { invalid, notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { partitionsOf, readLoad } from './correlation-load.ts';
import { engineOf } from './engine.ts';
import { FaultList, listFaults } from './faults.ts';
import {
  type FieldSeen,
  fieldsNeverSeen,
  GAPS,
  hoursOf,
  type LedgerFacts,
  LedgerHour,
  LedgerSums,
  readFields,
  readLedger,
  type Span,
  sumOf,
} from './ledger.ts';
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

const LedgerRow = LedgerSums.extend({
  ruleId: z.string(),
  kind: z.enum(['rule', 'correlation']),
  title: z.object({ zh: z.string(), en: z.string() }),
  level: z.enum(LEVELS),
  gaps: z.array(z.enum(GAPS)).describe('reasons of gaps that no run over history has filled since'),
  backfilled: z.number().int().describe('hours with gaps that a run over history has looked at since'),
  fieldsNeverSeen: z.array(z.string()),
});
type LedgerRowView = z.input<typeof LedgerRow>;

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

const NUMBERS = ['events', 'evaluated', 'candidates', 'hits', 'suppressed', 'cut', 'skipped', 'errors'] as const;

const cell = (value: string | number): string => (typeof value === 'number' ? String(value) : csvCell(value));

function csvOf(rows: readonly LedgerRowView[]): string {
  const head = [
    'rule',
    'title',
    'title_zh',
    'level',
    ...NUMBERS,
    ...CORRELATION_LIMITS,
    'gaps',
    'backfilled_hours',
    'fields_never_seen',
  ];
  const lines = rows.map((row) => [
    ...[row.ruleId, row.title.en, row.title.zh, row.level],
    ...NUMBERS.map((name) => row[name]),
    ...CORRELATION_LIMITS.map((kind) => row.limits.find((limit) => limit.kind === kind)?.reached ?? 0),
    ...[row.gaps.join(' '), row.backfilled, row.fieldsNeverSeen.join(' ')],
  ]);
  return `\u{feff}${[head, ...lines].map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;
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
    summary: 'The evaluation ledger of all rules as CSV',
    query: LedgerQuery,
    response: null,
    handler: async (ctx, { query, reply }) => {
      const rows = await ledgerRows(ctx, query);
      reply.send(Buffer.from(csvOf(rows)), 'text/csv; charset=utf-8', 'evaluation-ledger.csv');
    },
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
