import { z } from 'zod';
import { SEARCH_LIMITS } from '#engine/search/query.ts';

export const ENTITY_COLUMNS = ['host', 'user_name', 'source_ip'] as const;
const SCHEDULE_LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;

/** How a saved search runs by itself. */
export const Schedule = z.object({
  everyMinutes: z.int().min(5).max(1440).describe('length of the spans that are counted, and how often it runs'),
  threshold: z.int().min(1).max(1_000_000).describe('events of one entity in one span from which an alert is raised'),
  entity: z.enum(ENTITY_COLUMNS).describe('what an alert is about'),
  level: z.enum(SCHEDULE_LEVELS),
});
export type Schedule = z.output<typeof Schedule>;

export const SavedInput = z.object({
  name: z.string().trim().min(2).max(80),
  query: z.string().trim().max(SEARCH_LIMITS.length),
  columns: z.array(z.string().max(64)).max(60).default([]),
  span: z
    .string()
    .regex(/^\d{1,3}[mhd]$/)
    .default('24h'),
  shared: z.boolean().default(false),
});

/** What may be changed of a saved search; what is not named stays as it is. */
export const SavedChange = z.object({
  name: SavedInput.shape.name.optional(),
  query: SavedInput.shape.query.optional(),
  columns: SavedInput.shape.columns.unwrap().optional(),
  span: SavedInput.shape.span.unwrap().optional(),
  shared: SavedInput.shape.shared.unwrap().optional(),
});

export interface SavedSearch extends z.output<typeof SavedInput> {
  readonly id: string;
  readonly unitPath: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly createdAt: Date;
  readonly changedAt: Date;
  readonly version: number;
  readonly schedule: Schedule | null;
  /** Of a scheduled one: events received before this were looked at. */
  readonly lookedUntil: Date | null;
  /** Of a scheduled one: nothing that was received before this raises an alert. Null for one that began long ago. */
  readonly countsFrom: Date | null;
  readonly dueAt: Date | null;
  readonly failures: number;
}

export interface SearchRun {
  readonly id: string;
  readonly ranAt: Date;
  readonly from: Date;
  readonly to: Date;
  readonly tookMs: number;
  readonly state: 'done' | 'failed';
  readonly found: number;
  readonly raised: number;
  readonly grown: number;
  readonly leftOut: number;
  readonly problem: string;
}

const MINUTE_MS = 60_000;
/** Events reach the store a little after their receipt: a span is counted only then. */
const SETTLE_MS = MINUTE_MS;
/** What reached the store later than that is found by later runs, which look back so far. */
export const LOOK_BACK_MS = 60 * MINUTE_MS;
/** After a longer silence what lies further back is left out, and said to be. */
export const CATCH_UP_MS = 24 * 60 * MINUTE_MS;

/** When a schedule is due next: once the span that runs now is over and has settled. */
export function nextDue(schedule: Schedule, now: Date): Date {
  const length = schedule.everyMinutes * MINUTE_MS;
  return new Date((Math.floor(now.getTime() / length) + 1) * length + SETTLE_MS);
}

/** End of the newest span that is over and has settled. */
export function settledUntil(schedule: Schedule, now: Date): Date {
  const length = schedule.everyMinutes * MINUTE_MS;
  return new Date(Math.floor((now.getTime() - SETTLE_MS) / length) * length);
}
