import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import { listOf } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { RuleState, setRuleState } from './actions.ts';
import { RuleDetail, ruleDetail } from './detail.ts';
import { engineOf } from './engine.ts';
import { readHistoryRules } from './history-rules.ts';
import { listRules, RuleItem, RuleQuery, readFacts } from './list.ts';
import { RuleReport, ruleReport } from './report.ts';
import { RetroInput, RetroResult, retroHunt } from './retro.ts';

const Id = z.object({ id: z.string().max(300) });

async function ruleOf(ctx: Ctx, id: string) {
  const engine = await engineOf(ctx.asSystem());
  const rule = engine.catalogue.rules.find((one) => one.id === id);
  if (!rule) throw notFound('The rule');
  return { engine, rule, catalogue: engine.catalogue };
}

export const ruleRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/rules',
    permission: 'rule.read',
    summary: 'Rules with their state, hits of the last 24 hours, and why a rule cannot fire here',
    query: RuleQuery,
    response: listOf(RuleItem),
    handler: async (ctx, { query }) => {
      const { catalogue } = await engineOf(ctx.asSystem());
      const facts = await ctx.read((db) => readFacts(db, ctx.clock.now()));
      return listRules(catalogue, facts, query);
    },
  }),
  route({
    method: 'GET',
    url: '/api/rules/report',
    permission: 'rule.read',
    summary: 'What is loaded, what could not be and why, what was evaluated',
    response: RuleReport,
    handler: async (ctx) => {
      const { catalogue } = await engineOf(ctx.asSystem());
      return ctx.read((db) => ruleReport(db, catalogue, ctx.clock.now()));
    },
  }),
  route({
    method: 'GET',
    url: '/api/rules/:id',
    permission: 'rule.read',
    summary: 'A rule: text, problems, recent hits, evaluation ledger',
    params: Id,
    response: RuleDetail,
    handler: async (ctx, { params }) => {
      const { catalogue, rule } = await ruleOf(ctx, params.id);
      return ctx.read((db) => ruleDetail(db, catalogue, rule, ctx.clock.now()));
    },
  }),
  route({
    method: 'POST',
    url: '/api/rules/:id/state',
    permission: 'rule.manage',
    summary: 'Switch a rule on or off',
    params: Id,
    body: RuleState,
    response: z.object({ enabled: z.boolean() }),
    handler: async (ctx, { params, body }) => {
      const { engine, rule } = await ruleOf(ctx, params.id);
      await setRuleState(ctx, { ruleId: rule.id, title: rule.title, ...body });
      await engine.readState();
      return { enabled: body.enabled };
    },
  }),
  route({
    method: 'POST',
    url: '/api/rules/:id/retro',
    permission: 'event.search',
    summary: 'What the rule would have found in stored events; changes nothing',
    params: Id,
    body: RetroInput,
    response: RetroResult,
    ratePerMinute: 20,
    handler: async (ctx, { params, body }) => {
      const { catalogue, rule } = await ruleOf(ctx, params.id);
      const { rules } = await readHistoryRules(ctx.config, catalogue, rule.kind === 'rule' ? [rule.id] : []);
      return retroHunt(ctx, rules[0], body);
    },
  }),
];
