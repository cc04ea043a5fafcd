import type { Answer } from '#api/types.ts';

export type Advisory = Answer<'/api/vulnerabilities/advisories/{id}'>;
export type Match = Answer<'/api/vulnerabilities/advisories/{id}/matches'>['items'][number];
export type Question = Answer<'/api/vulnerabilities/questions'>['items'][number];

export const VERDICTS = ['affected', 'unknown', 'not_affected'] as const;
export const VERDICT_TONE = { affected: 'overdue', unknown: 'waiting', not_affected: 'done' } as const;
export const ANSWERS = ['not_affected', 'fixed', 'at_risk'] as const;
export const ANSWER_TONE = { not_affected: 'done', fixed: 'done', at_risk: 'overdue' } as const;
