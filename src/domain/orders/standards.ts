import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type CalendarLayer, type WorkCalendar, workCalendar } from '#engine/clocks/calendar.ts';
import { faultsOf } from '#platform/input.ts';
import type { OrderKind } from './order.ts';

const FOLDER = join(import.meta.dirname, '../../../content/standards');

const Layer = z.strictObject({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  cover: z.enum(['yearly', 'occasional']),
  season: z.strictObject({ from: z.string().regex(/^\d{2}-\d{2}$/), to: z.string().regex(/^\d{2}-\d{2}$/) }).optional(),
  note: z.string(),
  years: z.array(
    z.strictObject({
      year: z.number().int(),
      standing: z.enum(['published', 'expected']),
      source: z.string(),
      confidence: z.string(),
      days: z.array(
        z.strictObject({
          day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
          kind: z.enum(['off', 'work']),
          name: z.string(),
        }),
      ),
    }),
  ),
});

const Hours = z.strictObject({
  version: z.string(),
  source: z.string(),
  confidence: z.string(),
  spans: z.array(z.strictObject({ from: z.number().int(), to: z.number().int() })),
});

const ByGrade = z.strictObject({ I: z.number(), II: z.number(), III: z.number(), IV: z.number() });

const Working = z.strictObject({
  version: z.string(),
  source: z.string(),
  confidence: z.string(),
  workingDays: z.strictObject({ notice: ByGrade, handling: ByGrade, rectification: ByGrade }),
  reminders: z.array(z.strictObject({ id: z.string(), percent: z.number().positive() })),
  escalation: z.array(
    z.strictObject({ id: z.string(), afterPercent: z.number().min(100), zh: z.string(), en: z.string() }),
  ),
});

const Documents = z.strictObject({
  version: z.string(),
  source: z.string(),
  confidence: z.string(),
  basis: z.string(),
  authorities: z.array(z.strictObject({ division: z.string(), code: z.string(), name: z.string() })).min(1),
  kinds: z.array(
    z.strictObject({
      id: z.enum(['notice', 'handling', 'rectification']),
      code: z.string(),
      zh: z.string(),
      en: z.string(),
    }),
  ),
});

const Advice = z.strictObject({
  version: z.string(),
  source: z.string(),
  confidence: z.string(),
  byCategory: z.record(z.string(), z.array(z.string())),
});

export interface OrderStandards {
  readonly layers: readonly CalendarLayer[];
  readonly hours: z.output<typeof Hours>;
  readonly working: z.output<typeof Working>;
  readonly documents: z.output<typeof Documents>;
  readonly advice: z.output<typeof Advice>;
  /** The State Council's days, 三月三 and office hours laid over each other. */
  readonly calendar: WorkCalendar;
}

function read<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));
  if (result.success) return result.data;
  const faults = faultsOf(result.error).map((fault) => `${fault.at}: ${fault.message}`);
  throw new Error(`${join(FOLDER, file)}: ${faults.join('; ')}`);
}

let loaded: OrderStandards | undefined;

/**
 * The tables in force, read once.
 * @throws Error naming the file and every fault in it
 */
export function orderStandards(): OrderStandards {
  if (loaded !== undefined) return loaded;
  const layers = [read('calendars/state-council.json', Layer), read('calendars/sanyuesan.json', Layer)];
  const hours = read('calendars/hours.json', Hours);
  loaded = {
    layers,
    hours,
    working: read('clocks/working.json', Working),
    documents: read('documents/orders.json', Documents),
    advice: read('documents/advice.json', Advice),
    calendar: workCalendar(layers, hours),
  };
  return loaded;
}

/** One day of a unit's own. */
export interface UnitDay {
  readonly day: string;
  readonly kind: 'off' | 'work';
  readonly name: string;
}

/** The calendar in force with a unit's own days on top. @param revision of those days, kept in the version */
export function calendarWith(days: readonly UnitDay[], revision: number): WorkCalendar {
  const { layers, hours, calendar } = orderStandards();
  if (days.length === 0) return calendar;
  const years = [...Map.groupBy(days, ({ day }) => Number(day.slice(0, 4)))].map(([year, own]) => ({
    year,
    standing: 'published' as const,
    source: 'unit',
    days: own,
  }));
  const layer = { id: 'unit', name: 'unit', version: String(revision), cover: 'occasional' as const, years };
  return workCalendar([...layers, layer], hours);
}

/**
 * Who issues for a centre, by the division code in its path. A county without an entry of its own uses its city's code
 * with the last two digits of its division, so that no two centres give the same number.
 */
export function authorityOf(centrePath: string): { readonly code: string; readonly name: string } {
  const { authorities } = orderStandards().documents;
  const divisions = centrePath.split('/').filter((part) => part !== '');
  const own = divisions.at(-1) ?? '';
  for (const division of divisions.toReversed()) {
    const found = authorities.find((authority) => authority.division === division);
    if (found) return { code: division === own ? found.code : `${found.code}${own.slice(-2)}`, name: found.name };
  }
  const [first] = authorities;
  return { code: first?.code ?? '', name: first?.name ?? '' };
}

export function kindOf(kind: OrderKind): { readonly code: string; readonly zh: string; readonly en: string } {
  return orderStandards().documents.kinds.find(({ id }) => id === kind) ?? { code: kind, zh: kind, en: kind };
}

/** General advice for a category or sub-category of GB/T 20986. */
export function adviceFor(category: string): readonly string[] {
  const { byCategory } = orderStandards().advice;
  return byCategory[category.split('.')[0] ?? ''] ?? byCategory.other ?? [];
}
