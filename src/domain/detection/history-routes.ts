import { sql } from 'kysely';
import { z } from 'zod';
import { LEVELS } from '#engine/sigma/rule.ts';
import type { Ctx } from '#platform/context.ts';
import { invalid, notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { engineOf } from './engine.ts';
import { RunInput, startRun, stopRun } from './history-actions.ts';
import type { RunRow } from './history-store.ts';
import type { Catalogue } from './rule.ts';

const RULES_SHOWN_MAX = 1_000;
const Id = z.object({ id: z.uuid() });
const count = z.number().int();
const Title = z.object({ zh: z.string(), en: z.string() });

const Run = z.object({
  id: z.uuid(),
  startedBy: z.string(),
  startedAt: z.string(),
  reason: z.string(),
  rules: count,
  only: Title.nullable().describe('title of the rule where it is only one'),
  from: z.string(),
  to: z.string(),
  unitPath: z.string(),
  state: z.enum(['running', 'done', 'stopped', 'failed']),
  stopping: z.boolean(),
  raises: z.boolean(),
  doneTo: z.string().describe('everything before this is done'),
  progress: z.number().describe('0 to 1'),
  events: count.describe('looked at, once for each query over many rules'),
  hits: count,
  raised: count,
  known: count.describe('hits that live detection or an earlier run had found already'),
  cut: count.describe('hits that were counted but not raised one by one'),
  workMs: count,
  error: z.string(),
  finishedAt: z.string().nullable(),
});

function runView(row: RunRow, catalogue: Catalogue): z.input<typeof Run> {
  const [fromMs, toMs, doneMs] = [row.from_at, row.to_at, row.done_to_at].map((at) => at.getTime());
  const [first, ...others] = row.rule_ids;
  const rule = others.length === 0 ? catalogue.rules.find(({ id }) => id === first) : undefined;
  const span = (toMs ?? 0) - (fromMs ?? 0);
  return {
    id: row.id,
    startedBy: row.started_by_name,
    startedAt: row.started_at.toISOString(),
    reason: row.reason,
    rules: row.rule_ids.length,
    only: rule ? { zh: rule.extra.title_zh || rule.title, en: rule.title } : null,
    from: row.from_at.toISOString(),
    to: row.to_at.toISOString(),
    unitPath: row.unit_path,
    state: row.state,
    stopping: row.state === 'running' && row.stop_asked_by !== '',
    raises: row.raises,
    doneTo: row.done_to_at.toISOString(),
    progress: span <= 0 ? 1 : Math.min(1, ((doneMs ?? 0) - (fromMs ?? 0)) / span),
    events: Number(row.events),
    hits: Number(row.hits),
    raised: Number(row.raised),
    known: Number(row.known),
    cut: Number(row.cut),
    workMs: Number(row.work_ms),
    error: row.error,
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}

const RunDetail = Run.extend({
  results: z
    .array(
      z.object({
        ruleId: z.string(),
        title: Title,
        level: z.enum(LEVELS),
        hits: count,
        raised: count,
        known: count,
        cut: count,
        error: z.string(),
      }),
    )
    .describe('rules with hits or errors, most hits first'),
});

async function runDetail(ctx: Ctx, id: string, catalogue: Catalogue): Promise<z.input<typeof RunDetail>> {
  return ctx.read(async (db) => {
    const row = await db.selectFrom('detection_run').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) throw notFound('The run');
    const results = await db
      .selectFrom('detection_run_rule')
      .selectAll()
      .where('run_id', '=', id)
      .orderBy('hits', 'desc')
      .orderBy('rule_id')
      .limit(RULES_SHOWN_MAX)
      .execute();
    const byId = new Map(catalogue.rules.map((rule) => [rule.id, rule]));
    return {
      ...runView(row, catalogue),
      results: results.map((result) => {
        const rule = byId.get(result.rule_id);
        return {
          ruleId: result.rule_id,
          title: { zh: rule?.extra.title_zh || rule?.title || result.rule_id, en: rule?.title ?? result.rule_id },
          level: rule?.level ?? 'informational',
          hits: Number(result.hits),
          raised: Number(result.raised),
          known: Number(result.known),
          cut: Number(result.cut),
          error: result.error,
        };
      }),
    };
  });
}

/** Rules that came or changed after the platform's first start and were not run over the past since. */
async function freshRules(ctx: Ctx, catalogue: Catalogue): Promise<string[]> {
  const rows = await ctx.read((db) =>
    db
      .selectFrom('detection_rule_version as version')
      .select(['rule_id', sql<Date>`max(loaded_at)`.as('loaded_at')])
      .where(sql<boolean>`loaded_at > (SELECT min(loaded_at) FROM detection_rule_version)`)
      .where(
        sql<boolean>`NOT EXISTS (SELECT 1 FROM detection_run
          WHERE version.rule_id = ANY(rule_ids) AND started_at >= version.loaded_at)`,
      )
      .groupBy('rule_id')
      .execute(),
  );
  const known = new Set(catalogue.rules.map(({ id }) => id));
  return rows.map((row) => row.rule_id).filter((id) => known.has(id));
}

const StartInput = RunInput.omit({ ruleIds: true }).extend({
  ruleIds: RunInput.shape.ruleIds.optional().describe('absent: all rules that are loaded'),
});

export const historyRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/rules/runs',
    permission: 'rule.read',
    summary: 'Runs of rules over stored events, the latest first',
    query: Paging,
    response: listOf(Run).extend({
      fresh: z.array(z.string()).describe('new or changed rules not yet run over the past'),
    }),
    handler: async (ctx, { query }) => {
      const { catalogue } = await engineOf(ctx.asSystem());
      const [rows, total] = await ctx.read(async (db) => {
        const page = db.selectFrom('detection_run').selectAll().orderBy('started_at', 'desc').orderBy('id');
        const sum = db.selectFrom('detection_run').select((expression) => expression.fn.countAll<string>().as('count'));
        return [
          await page.limit(query.pageSize).offset(offsetOf(query)).execute(),
          Number((await sum.executeTakeFirstOrThrow()).count),
        ] as const;
      });
      const items = rows.map((row) => runView(row, catalogue));
      return { items, total, fresh: await freshRules(ctx, catalogue) };
    },
  }),
  route({
    method: 'POST',
    url: '/api/rules/runs',
    permission: 'rule.run',
    summary: 'Run rules over stored events in the background',
    body: StartInput,
    response: z.object({ id: z.uuid() }),
    handler: async (ctx, { body }) => {
      const { catalogue } = await engineOf(ctx.asSystem());
      const known = new Set(catalogue.rules.map(({ id }) => id));
      const ruleIds = body.ruleIds ?? [...known];
      const unknown = ruleIds.find((id) => !known.has(id));
      if (unknown !== undefined) {
        throw invalid('There is no such rule', [{ at: '/ruleIds', message: `no rule ${unknown} is loaded` }]);
      }
      return startRun(ctx, { ...body, ruleIds });
    },
  }),
  route({
    method: 'GET',
    url: '/api/rules/runs/:id',
    permission: 'rule.read',
    summary: 'A run: progress, and what came of each rule',
    params: Id,
    response: RunDetail,
    handler: async (ctx, { params }) => {
      const { catalogue } = await engineOf(ctx.asSystem());
      return runDetail(ctx, params.id, catalogue);
    },
  }),
  route({
    method: 'POST',
    url: '/api/rules/runs/:id/stop',
    permission: 'rule.stop-run',
    summary: 'Stop a run before its next part; what it raised stays',
    params: Id,
    response: z.object({ stopping: z.boolean() }),
    handler: async (ctx, { params }) => {
      await stopRun(ctx, params);
      return { stopping: true };
    },
  }),
];
