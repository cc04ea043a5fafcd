import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { GroupWindow } from './grouping.ts';

/** How alerts are grouped and tied together. */
export interface AlertSettings {
  readonly group: GroupWindow;
  readonly incidentWindowMs: number;
}

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** The same as people set it, in seconds. */
export const SettingsInput = z
  .object({
    groupWindowSeconds: z.number().int().min(60).max(DAY_SECONDS).describe('gap that ends a group of detections'),
    groupSpanSeconds: z
      .number()
      .int()
      .min(60)
      .max(7 * DAY_SECONDS)
      .describe('longest time one alert covers'),
    incidentWindowSeconds: z
      .number()
      .int()
      .min(60)
      .max(30 * DAY_SECONDS)
      .describe('alerts that share an entity within it are proposed as one incident'),
  })
  .refine((input) => input.groupSpanSeconds >= input.groupWindowSeconds, {
    message: 'A group covers at least one window',
    path: ['groupSpanSeconds'],
  });

const rowOf = (db: Db) => db.selectFrom('alert_setting').selectAll().where('id', '=', 1).executeTakeFirstOrThrow();

export async function readSettings(db: Db): Promise<AlertSettings> {
  const row = await rowOf(db);
  return {
    group: { windowMs: row.group_window_seconds * 1000, spanMs: row.group_span_seconds * 1000 },
    incidentWindowMs: row.incident_window_seconds * 1000,
  };
}

export async function shownSettings(db: Db): Promise<z.input<typeof SettingsInput>> {
  const row = await rowOf(db);
  return {
    groupWindowSeconds: row.group_window_seconds,
    groupSpanSeconds: row.group_span_seconds,
    incidentWindowSeconds: row.incident_window_seconds,
  };
}

/** Changes how later detections are grouped; alerts that are there stay as they are. */
export const changeSettings = action('setting.manage', SettingsInput, async (tx, input) => {
  const before = await shownSettings(tx.db);
  await tx.db
    .updateTable('alert_setting')
    .set({
      group_window_seconds: input.groupWindowSeconds,
      group_span_seconds: input.groupSpanSeconds,
      incident_window_seconds: input.incidentWindowSeconds,
    })
    .where('id', '=', 1)
    .execute();
  tx.record({
    object: { type: 'setting', id: 'alerts' },
    unitPath: tx.scope.path,
    data: { before, after: input },
  });
  return input;
});
