import { sql } from 'kysely';
import { z } from 'zod';
import type { Db } from '#platform/postgres/database.ts';
import { RuleProblem } from './detail.ts';
import { readFacts, viewOf } from './list.ts';
import type { Catalogue } from './rule.ts';

const PROBLEMS_MAX = 500;
const DAY_MS = 86_400_000;

export const RuleReport = z.object({
  rules: z.number().int().describe('rules that are loaded, correlations included'),
  correlations: z.number().int(),
  off: z.number().int(),
  cannotFire: z.object({ noSource: z.number().int(), noField: z.number().int(), notSeen: z.number().int() }),
  fired24h: z.number().int().describe('rules that fired in the last 24 hours'),
  events24h: z.number().int().describe('events the rules were asked about in the last 24 hours'),
  errors24h: z.number().int(),
  loadMs: z.number().int(),
  problemsTotal: z.number().int(),
  problemsByCode: z.array(z.object({ code: z.string(), count: z.number().int() })),
  problems: z.array(RuleProblem).describe(`the first ${PROBLEMS_MAX}`),
});

/** What is loaded, what is not and why, what was evaluated. */
export async function ruleReport(db: Db, catalogue: Catalogue, now: Date): Promise<z.input<typeof RuleReport>> {
  const facts = await readFacts(db, now);
  const sums = await db
    .selectFrom('detection_scope_hour')
    .select([sql<string | null>`sum(events)`.as('events'), sql<string | null>`sum(errors)`.as('errors')])
    .where('hour_at', '>', new Date(now.getTime() - DAY_MS))
    .executeTakeFirst();
  const reasons = catalogue.rules.map((rule) => viewOf(catalogue, facts, rule).cannotFire?.reason);
  const count = (reason: string): number => reasons.filter((one) => one === reason).length;
  const byCode = Map.groupBy(catalogue.problems, ({ code }) => code);
  return {
    rules: catalogue.rules.length,
    correlations: catalogue.correlations.length,
    off: facts.off.size,
    cannotFire: { noSource: count('no-source'), noField: count('no-field'), notSeen: count('not-seen') },
    fired24h: [...facts.hits.values()].filter((hits) => hits > 0).length,
    events24h: Number(sums?.events ?? 0),
    errors24h: Number(sums?.errors ?? 0),
    loadMs: catalogue.loadMs,
    problemsTotal: catalogue.problems.length,
    problemsByCode: [...byCode].map(([code, list]) => ({ code, count: list.length })),
    problems: catalogue.problems.slice(0, PROBLEMS_MAX).map((problem) => ({ ...problem })),
  };
}
