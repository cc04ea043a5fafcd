/**
 * The legal clock: wall time from the moment of discovery, holidays and nights included. It never stops and a change of
 * grade never restarts it (国家网络安全事件报告管理办法 art. 4 and 8).
 */

/** Grades from I (特别重大) to IV (一般). */
export type Grade = 'I' | 'II' | 'III' | 'IV';

/** One row of the versioned table `content/standards/clocks`. */
export interface ReportingDuty {
  readonly id: string;
  readonly limitMinutes: number;
  /** The mildest grade for which the duty exists. */
  readonly fromGrade: Grade;
  /** `discovery` for a first report; the id of the report that must have arrived for a relay; `handling_ended` for the summary. */
  readonly startsAt: string;
  /** Which kind of operator the duty belongs to: `critical` infrastructure, `central` organs, `other`. */
  readonly operator: 'critical' | 'central' | 'other' | 'any';
}

export interface DueReport {
  readonly dutyId: string;
  /** Null as long as the moment it starts from has not come. */
  readonly dueAt: Date | null;
}

const RANK: Readonly<Record<Grade, number>> = { I: 1, II: 2, III: 3, IV: 4 };

/** True when `grade` is as grave as `limit` or graver. */
export const atLeast = (grade: Grade, limit: Grade): boolean => RANK[grade] <= RANK[limit];

/**
 * The reports that are due and when.
 * @param marks moments that have come: discovery always, `handling_ended`, and the time each report was made
 */
export function dueReports(
  duties: readonly ReportingDuty[],
  grade: Grade,
  operator: 'critical' | 'central' | 'other',
  discoveredAt: Date,
  marks: Readonly<Record<string, Date>> = {},
): readonly DueReport[] {
  return duties
    .filter((duty) => atLeast(grade, duty.fromGrade) && (duty.operator === 'any' || duty.operator === operator))
    .map((duty) => {
      const start = duty.startsAt === 'discovery' ? discoveredAt : marks[duty.startsAt];
      return {
        dutyId: duty.id,
        dueAt: start === undefined ? null : new Date(start.getTime() + duty.limitMinutes * 60_000),
      };
    });
}
