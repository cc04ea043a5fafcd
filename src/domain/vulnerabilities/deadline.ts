import { deadlineIn } from '#domain/orders/index.ts';
import type { Priority } from '#engine/vulnerability/priority.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { MendingPolicy } from './standards.ts';

/** What an issue keeps of its deadline: how it was computed stays with it, and nothing computes it anew on reading. */
export interface DeadlinePatch {
  readonly deadline_at: Date;
  readonly deadline_days: number;
  readonly deadline_provisional: boolean;
  readonly calendar_version: string;
}

/** The deadline for a priority from this day on, in the working time of the unit. */
export async function deadlineOf(
  db: Db,
  policy: MendingPolicy,
  unitPath: string,
  priority: Priority,
  from: Date,
): Promise<DeadlinePatch> {
  const days = policy.workingDays[priority];
  const { at, provisional, calendarVersion } = await deadlineIn(db, unitPath, from, days);
  return {
    deadline_at: at,
    deadline_days: days,
    deadline_provisional: provisional,
    calendar_version: calendarVersion,
  };
}
