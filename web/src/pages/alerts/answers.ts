import type { Answer } from '#api/types.ts';

export type Alert = Answer<'/api/alerts'>['items'][number];
export type AlertDetail = Answer<'/api/alerts/{id}'>;
export type AlertEvent = AlertDetail['events'][number];
export type RelatedAlert = Answer<'/api/alerts/{id}/related'>['items'][number];
export type Proposal = Answer<'/api/alerts/proposal', 'post'>;
export type Suppression = Answer<'/api/suppressions'>['items'][number];
export type Standards = Answer<'/api/incidents/standards'>;

export const STATES = ['new', 'acknowledged', 'closed'] as const;
export const LEVELS = ['critical', 'high', 'medium', 'low', 'informational'] as const;
export const VERDICTS = ['true', 'false', 'benign'] as const;

/** How each state looks: waiting for somebody, moving, done. */
export const TONE = { new: 'waiting', acknowledged: 'moving', closed: 'done' } as const;
