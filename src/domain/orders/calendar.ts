import { z } from 'zod';
import { getUnit } from '#domain/organizations/index.ts';
import { addDays, type Day, type WorkCalendar } from '#engine/clocks/calendar.ts';
import { action } from '#platform/action.ts';
import type { Db } from '#platform/postgres/database.ts';
import { Reason } from './order.ts';
import { calendarWith, orderStandards, type UnitDay } from './standards.ts';

/** Own days of a unit that are still of use; older ones no deadline can reach. */
const DAYS_MAX = 2000;

/** The working calendar of a unit: State Council, 三月三, and the unit's own days on top. */
export async function unitCalendar(db: Db, unitPath: string): Promise<WorkCalendar> {
  const rows = await db
    .selectFrom('order_calendar_day')
    .select(['day', 'kind', 'name', 'revision'])
    .where('unit_path', '=', unitPath)
    .orderBy('day', 'desc')
    .limit(DAYS_MAX)
    .execute();
  const revision = rows.reduce((sum, row) => sum + row.revision, 0);
  const days = rows.flatMap(({ day, kind, name }): UnitDay[] => (kind === 'none' ? [] : [{ day, kind, name }]));
  return calendarWith(days, revision);
}

/** Which days of a span are off. */
export interface DaysOff {
  /** Those of every unit that does not say otherwise. */
  readonly common: readonly Day[];
  /** Where a unit's own days say so. */
  readonly own: readonly { readonly unitPath: string; readonly day: Day; readonly off: boolean }[];
  isOff(unitPath: string, day: Day): boolean;
}

/** Days off of all units in sight, both ends included. */
export async function daysOff(db: Db, from: Day, to: Day): Promise<DaysOff> {
  const { calendar } = orderStandards();
  const common: Day[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) if (!calendar.meaningOf(day).working) common.push(day);
  const rows = await db
    .selectFrom('order_calendar_day')
    .select(['unit_path', 'day', 'kind'])
    .where('day', '>=', from)
    .where('day', '<=', to)
    .where('kind', '<>', 'none')
    .execute();
  const own = rows.map(({ unit_path, day, kind }) => ({ unitPath: unit_path, day, off: kind === 'off' }));
  const usual = new Set(common);
  const ofUnits = new Map(own.map(({ unitPath, day, off }) => [`${unitPath} ${day}`, off]));
  return { common, own, isOff: (unitPath, day) => ofUnits.get(`${unitPath} ${day}`) ?? usual.has(day) };
}

export const CalendarDay = z.strictObject({
  unitId: z.uuid(),
  day: z.iso.date(),
  kind: z.enum(['off', 'work', 'none']).describe('`none` gives the day back to the calendars below'),
  name: z.string().trim().min(1).max(60),
  reason: Reason,
});

/** Gives a unit a day of its own. Deadlines that were given before stay as they are. */
export const setCalendarDay = action('setting.manage', CalendarDay, async (tx, input): Promise<void> => {
  const unit = await getUnit(tx, input.unitId);
  const now = tx.clock.now();
  const change = {
    kind: input.kind,
    name: input.name,
    reason: input.reason,
    set_by: tx.actor.id,
    set_by_name: tx.actor.name,
    set_at: now,
  };
  await tx.db
    .insertInto('order_calendar_day')
    .values({ unit_path: unit.path, day: input.day, revision: 1, ...change })
    .onConflict((conflict) =>
      conflict
        .columns(['unit_path', 'day'])
        .doUpdateSet((row) => ({ ...change, revision: row('order_calendar_day.revision', '+', 1) })),
    )
    .execute();
  tx.record({
    object: { type: 'unit', id: unit.id },
    unitPath: unit.path,
    data: { change: 'calendar', day: input.day, kind: input.kind, name: input.name, reason: input.reason },
  });
  tx.publish({ topic: 'unit', id: unit.id, action: 'calendar', unitPath: unit.path, side: 'both' });
});
