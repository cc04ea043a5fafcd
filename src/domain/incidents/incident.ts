import { z } from 'zod';
import type { Impact } from '#engine/grading/grading.ts';
import { isCategory } from './standards.ts';

export type { IncidentState } from './workflow.ts';

export const GRADES = ['I', 'II', 'III', 'IV'] as const;

/** Which of the three reporting chains the operator belongs to (国家网络安全事件报告管理办法 art. 4). */
export const OPERATORS = ['critical', 'central', 'other'] as const;
export type Operator = (typeof OPERATORS)[number];

export type EntryKind =
  | 'opened'
  | 'linked'
  | 'unlinked'
  | 'merged'
  | 'state'
  | 'graded'
  | 'reported'
  | 'note'
  | 'order'
  | 'event';

const Severity = z.enum(['especially_severe', 'severe', 'considerable', 'slight']);

/** Inputs of the grader of GB/T 20986. */
export const ImpactInput = z.strictObject({
  importance: z.enum(['especially_important', 'important', 'general']),
  loss: Severity,
  harm: Severity,
});

/** Inputs of the reporting criteria: names as in content/standards/grades, numbers in the unit stated there. */
export const FactsInput = z.record(z.string().max(60), z.number().min(0).max(1e15));

/** What is assumed until a person says otherwise: an ordinary object with slight loss. */
export const UNKNOWN_IMPACT: Impact = { importance: 'general', loss: 'slight', harm: 'slight' };

export const Text = z.string().trim().min(1).max(4000);
export const Reason = z.string().trim().min(4, 'Give the reason in a few words').max(2000);

export const OpenIncident = z.strictObject({
  alertIds: z.array(z.uuid()).max(500).default([]),
  title: z.string().trim().min(2).max(200),
  summary: z.string().trim().max(4000).default(''),
  category: z
    .string()
    .max(60)
    .refine(isCategory, 'Not a category of GB/T 20986-2023 (see /api/incidents/standards)')
    .default(''),
  /** Where it happened; needed when there are no alerts to tell it. */
  unitPath: z
    .string()
    .regex(/^\/([^/]+\/)*$/)
    .optional(),
  discoveredAt: z.iso.datetime().optional(),
  operator: z.enum(OPERATORS).default('other'),
  impact: ImpactInput.optional(),
  facts: FactsInput.default({}),
});

export const GradeIncident = z.strictObject({
  id: z.uuid(),
  category: z.string().max(60).refine(isCategory, 'Not a category of GB/T 20986-2023').optional(),
  operator: z.enum(OPERATORS).optional(),
  impact: ImpactInput,
  facts: FactsInput,
  /** What the person confirms; may differ from the proposal, then with a reason. */
  grade: z.enum(GRADES),
  reportGrade: z.enum(GRADES),
  reason: z.string().trim().max(2000).default(''),
});

/**
 * The nearest place in the tree above all of some paths: the record belongs to the lowest area that contains them.
 * @returns `/` for no path at all
 */
export function commonPath(paths: readonly string[]): string {
  const [first = '/', ...others] = paths;
  const parts = first.split('/').slice(1, -1);
  const shared = parts.filter((_, index) => {
    const prefix = `/${parts.slice(0, index + 1).join('/')}/`;
    return others.every((path) => path.startsWith(prefix));
  });
  return shared.length === 0 ? '/' : `/${shared.join('/')}/`;
}
