import type { Answer } from '#api/types.ts';

export type RunList = Answer<'/api/rules/runs'>;
export type Run = RunList['items'][number];
export type RunDetail = Answer<'/api/rules/runs/{id}'>;
export type RunResult = RunDetail['results'][number];

export const RUNS_URL = '/api/rules/runs';
export const runUrl = (id: string): string => `${RUNS_URL}/${encodeURIComponent(id)}`;
export const runPath = (id: string): string => `/rules/runs/${encodeURIComponent(id)}`;
