/**
 * Two graders for one incident. The first classifies for statistics (GB/T 20986-2023), the second decides whether there
 * is a duty to report (annex of 国家网络安全事件报告管理办法). Both only propose: a person confirms.
 */
import { atLeast, type Grade } from '../clocks/legal.ts';

type Importance = 'especially_important' | 'important' | 'general';
type Severity = 'especially_severe' | 'severe' | 'considerable' | 'slight';

export type ImpactMatrix = Readonly<Record<Importance, Readonly<Record<Severity, Grade>>>>;

export interface Impact {
  /** How important the affected object is. */
  readonly importance: Importance;
  /** Loss to the work of the affected unit. */
  readonly loss: Severity;
  /** Harm to society. */
  readonly harm: Severity;
}

/** Why a grade is proposed: the fact, the limit it met, and how far that limit can be trusted. */
export interface GradeReason {
  readonly fact: string;
  readonly value: number | string;
  /** The limit in the table, or the column of the grid. */
  readonly limit: number | string;
  readonly grade: Grade;
  readonly confidence: string;
}

export interface GradeProposal {
  readonly grade: Grade;
  readonly reasons: readonly GradeReason[];
}

/**
 * Grade by the grid object importance × severity; the graver of loss and harm decides (GB/T 20986-2023, grading).
 */
export function gradeByImpact(impact: Impact, matrix: ImpactMatrix): GradeProposal {
  const row = matrix[impact.importance];
  const readings = (['loss', 'harm'] as const).map((fact) => ({ fact, value: impact[fact], grade: row[impact[fact]] }));
  const grade = gravest(readings.map((reading) => reading.grade));
  const reasons = readings
    .filter((reading) => reading.grade === grade)
    .map((reading) => ({ ...reading, limit: impact.importance, confidence: '' }));
  return { grade, reasons };
}

/** One numeric criterion of the annex; "以上" includes the number. */
export interface Criterion {
  readonly fact: string;
  readonly thresholds: readonly { readonly grade: Grade; readonly atLeast: number; readonly confidence: string }[];
}

/** What is known of an incident, by the criteria's own names. Missing = not known, which never lowers a grade. */
export type Facts = Readonly<Record<string, number>>;

/**
 * Grade by the annex: any single criterion suffices; nothing met = 一般 (IV), for which there is no duty to report.
 * @returns the gravest grade and, per criterion that reaches it, the limit it met
 */
export function gradeByCriteria(facts: Facts, criteria: readonly Criterion[]): GradeProposal {
  const met = criteria.flatMap((criterion): GradeReason[] => {
    const value = facts[criterion.fact];
    if (value === undefined) return [];
    const [gravestMet] = criterion.thresholds
      .filter((threshold) => value >= threshold.atLeast)
      .sort((a, b) => (atLeast(a.grade, b.grade) ? -1 : 1));
    if (gravestMet === undefined) return [];
    const { grade, confidence, atLeast: limit } = gravestMet;
    return [{ fact: criterion.fact, value, limit, grade, confidence }];
  });
  const grade = gravest(['IV', ...met.map((reason) => reason.grade)]);
  return { grade, reasons: met.filter((reason) => reason.grade === grade) };
}

/** The gravest of some grades; IV when there are none. */
export function gravest(grades: readonly Grade[]): Grade {
  return grades.reduce<Grade>((worst, grade) => (atLeast(grade, worst) ? grade : worst), 'IV');
}
