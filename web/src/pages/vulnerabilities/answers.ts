import type { Answer } from '#api/types.ts';
import type { AlertLevel } from '#parts/tags.tsx';

export type Issue = Answer<'/api/vulnerabilities'>['items'][number];
export type IssueDetail = Answer<'/api/vulnerabilities/{id}'>;
export type Facets = Answer<'/api/vulnerabilities/facets'>;
export type ReportImport = Answer<'/api/vulnerabilities/imports/{id}'>;
export type ReportTarget = Answer<'/api/vulnerabilities/imports/{id}/targets'>['items'][number];
export type Acceptance = Answer<'/api/vulnerabilities/acceptances'>['items'][number];
export type Feed = Answer<'/api/vulnerabilities/feeds'>['items'][number];
export type Meaning = ReportImport['columns'][number]['meaning'];

export const GRADES = ['critical', 'high', 'medium', 'low'] as const;
export const PRIORITIES = [1, 2, 3, 4] as const;
export const CONFIDENCES = ['verified', 'version', 'banner', 'unknown'] as const;
export const STATES = [
  'active',
  'open',
  'fixing',
  'retest',
  'acceptance',
  'accepted',
  'false_positive',
  'out_of_scope',
  'closed',
  'undone',
] as const;

export const MEANINGS = [
  'host',
  'name',
  'url',
  'port',
  'protocol',
  'rule',
  'title',
  'ids',
  'grade',
  'cvss3',
  'cvss2',
  'threat',
  'evidence',
  'solution',
  'package',
  'installed',
  'fixed',
  'seenAt',
] as const satisfies readonly Meaning[];

/** How each state looks. */
export const TONE = {
  open: 'waiting',
  fixing: 'moving',
  retest: 'waiting',
  acceptance: 'waiting',
  accepted: 'done',
  false_positive: 'done',
  out_of_scope: 'done',
  closed: 'done',
  undone: 'waiting',
} as const;

export const LEVEL: Readonly<Record<string, AlertLevel>> = {
  critical: 'critical',
  high: 'high',
  medium: 'medium',
  low: 'low',
  info: 'informational',
};
