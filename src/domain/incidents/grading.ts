import { atLeast, dueReports, type Grade } from '#engine/clocks/legal.ts';
import {
  type Facts,
  type GradeProposal,
  gradeByCriteria,
  gradeByImpact,
  type Impact,
} from '#engine/grading/grading.ts';
import { invalid } from '#platform/errors.ts';
import type { Operator } from './incident.ts';
import { incidentStandards } from './standards.ts';
import type { ReportRow } from './store.ts';

export interface Proposals {
  /** GB/T 20986-2023. */
  readonly impact: GradeProposal;
  /** 国家网络安全事件报告管理办法, annex. */
  readonly reporting: GradeProposal;
}

/**
 * What both graders propose.
 * @throws AppError `invalid_input` for a fact that no criterion knows
 */
export function propose(impact: Impact, facts: Facts): Proposals {
  const { grades, criteria } = incidentStandards();
  const known = new Set(criteria.criteria.map(({ fact }) => fact));
  const faults = Object.keys(facts)
    .filter((fact) => !known.has(fact))
    .map((fact) => ({ at: `/facts/${fact}`, message: 'no reporting criterion has this name' }));
  if (faults.length > 0) throw invalid('Some facts are not known to the reporting criteria', faults);
  return { impact: gradeByImpact(impact, grades.matrix), reporting: gradeByCriteria(facts, criteria.criteria) };
}

/** From which grade on an incident has to be reported (art. 4: 较大 and above). */
const REPORTED_FROM: Grade = 'III';
export const mustBeReported = (grade: Grade): boolean => atLeast(grade, REPORTED_FROM);

/** The reports due by the grade in force: the confirmed one, or the proposed one as long as nobody confirmed. */
export function reportsDue(incident: {
  readonly operator: Operator;
  readonly discovered_at: Date;
  readonly resolved_at: Date | null;
  readonly report_grade: Grade | null;
  readonly report_grade_proposed: Grade;
  readonly reports: readonly Pick<ReportRow, 'duty_id' | 'reported_at'>[];
}): readonly { dutyId: string; dueAt: Date | null }[] {
  const marks: Record<string, Date> = {};
  for (const { duty_id, reported_at } of incident.reports) if (reported_at) marks[duty_id] = reported_at;
  if (incident.resolved_at) marks.handling_ended = incident.resolved_at;
  return dueReports(
    incidentStandards().legalClocks.duties,
    incident.report_grade ?? incident.report_grade_proposed,
    incident.operator,
    incident.discovered_at,
    marks,
  );
}
