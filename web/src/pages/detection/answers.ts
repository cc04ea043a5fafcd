import type { Answer } from '#api/types.ts';

export type Rule = Answer<'/api/rules'>['items'][number];
export type RuleDetail = Answer<'/api/rules/{id}'>;
export type RuleReport = Answer<'/api/rules/report'>;
export type RuleProblem = RuleReport['problems'][number];
export type RuleHit = RuleDetail['hits'][number];
export type Retro = Answer<'/api/rules/{id}/retro', 'post'>;

export const LEVELS = ['critical', 'high', 'medium', 'low', 'informational'] as const;

/** Ids of rules without a UUID hold a file name. */
export const rulePath = (id: string): string => `/rules/${encodeURIComponent(id)}`;
export const ruleUrl = (id: string): string => `/api/rules/${encodeURIComponent(id)}`;
