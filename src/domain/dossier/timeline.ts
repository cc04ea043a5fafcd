import { z } from 'zod';
import { alertMoments, incidentsOfAlerts } from '#domain/alerts/index.ts';
import { incidentMoments, ordersOfIncidents } from '#domain/incidents/index.ts';
import { assetLife, bodyOf } from '#domain/ledger/index.ts';
import { orderMoments, ordersToUnits } from '#domain/orders/index.ts';
import { eventsPerDay } from '#domain/telemetry/index.ts';
import { issueMoments, ordersOfIssues } from '#domain/vulnerabilities/index.ts';
import type { Ctx } from '#platform/context.ts';
import { invalid } from '#platform/errors.ts';
import { KEY_MAX, type Moment, type MomentPage, moment } from '#platform/moment.ts';
import type { Db } from '#platform/postgres/database.ts';

type Body = Awaited<ReturnType<typeof bodyOf>>;

/** One kind of moment: who may see it, and where it comes from. */
interface Source {
  readonly permission: string;
  readonly moments: (
    db: Db,
    id: string,
    body: Body,
    page: MomentPage,
    led: readonly string[],
  ) => Promise<readonly Moment[]>;
}

/**
 * Orders that incidents of an asset led to. The way there leads through alerts and incidents, which a unit does not see, so
 * the platform goes it; who may read which of the orders is asked in `ordersAbout`. Not inside a reading of its own.
 */
export const ordersByIncidents = (ctx: Ctx, body: Body): Promise<string[]> =>
  ctx.asSystem().read(async (db) => ordersOfIncidents(db, await incidentsOfAlerts(db, body.own)));

/**
 * Orders about an asset that are in sight: those its vulnerabilities led to, and those to its units that its incidents led
 * to. What was written to a unit is the unit's to know, with what it is about.
 *
 * @param led what `ordersByIncidents` gave
 */
export async function ordersAbout(db: Db, body: Body, led: readonly string[]): Promise<string[]> {
  const spread = await ordersToUnits(db, led, { path: body.unitPath, names: body.holders });
  return [...new Set([...(await ordersOfIssues(db, body.whole)), ...spread])];
}

const SOURCES = {
  attribute: { permission: 'asset.read', moments: (db, id, _body, page) => assetLife.attribute(db, id, page) },
  identity: { permission: 'asset.read', moments: (db, id, _body, page) => assetLife.identity(db, id, page) },
  observation: { permission: 'asset.read', moments: (db, id, _body, page) => assetLife.observation(db, id, page) },
  duty: { permission: 'asset.read', moments: (db, id, _body, page) => assetLife.duty(db, id, page) },
  vulnerability: {
    permission: 'vulnerability.read',
    moments: (db, _id, { whole }, page) => issueMoments(db, whole, page),
  },
  alert: { permission: 'alert.read', moments: (db, _id, { own }, page) => alertMoments(db, own, page) },
  incident: {
    permission: 'incident.read',
    moments: async (db, _id, { own }, page) => incidentMoments(db, await incidentsOfAlerts(db, own), page),
  },
  order: {
    permission: 'order.read',
    moments: async (db, _id, body, page, led) => orderMoments(db, await ordersAbout(db, body, led), page),
  },
} as const satisfies Readonly<Record<string, Source>>;

/** Kinds in the order in which moments of the same time stand, the first above. Events are the last. */
const KINDS = [...(Object.keys(SOURCES) as (keyof typeof SOURCES)[]), 'event'] as const;
type Kind = (typeof KINDS)[number];

const permissionOf = (kind: Kind): string => (kind === 'event' ? 'event.search' : SOURCES[kind].permission);

const KindList = z
  .string()
  .max(200)
  .transform((text) => text.split(',').filter((part) => part !== ''))
  .pipe(z.array(z.enum(KINDS)).min(1));

export const TimelineQuery = z.object({
  kinds: KindList.optional().describe('kinds, separated by commas; default: all that the caller may see'),
  before: z.string().max(300).optional().describe('`next` of the page before'),
  pageSize: z.coerce.number().int().min(1).max(200).default(50),
});

export const TimelineView = z.object({
  items: z.array(
    z.object({
      key: z.string(),
      at: z.string(),
      kind: z.enum(KINDS),
      what: z.string().describe('what happened, a word of its kind'),
      verb: z
        .object({ zh: z.string(), en: z.string() })
        .nullable()
        .describe('the same in words, where a workflow has them'),
      by: z.string(),
      title: z.object({ zh: z.string(), en: z.string() }),
      object: z.object({ kind: z.string(), id: z.string() }).nullable(),
      count: z.number().int().describe('vulnerabilities, or events of the day'),
      things: z.array(z.object({ id: z.string(), title: z.string(), level: z.string(), of: z.string() })),
      level: z.string(),
      note: z.string(),
      changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
    }),
  ),
  next: z.string().nullable().describe('for the next page; null at the beginning of the life'),
  kinds: z.array(z.enum(KINDS)).describe('kinds that the caller may see'),
  eventsFrom: z.string().nullable().describe('events were counted from here on; null when they were not asked for'),
});

/** Milliseconds that a Date can hold (ECMA-262, Time Range). */
const TIME_MAX = 8.64e15;
const Cursor = z.tuple([
  z.number().int().min(-TIME_MAX).max(TIME_MAX),
  z.number().int().min(0).max(KINDS.length),
  z.string().max(200),
]);
type Place = z.output<typeof Cursor>;

const written = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/** @throws AppError `invalid_input` */
function placeOf(text: string): Place {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw invalid('The place to go on from is not one that a page gave', [
      { at: '/before', message: 'Give `next` of the page before' },
    ]);
  }
}

interface Found {
  readonly kind: Kind;
  readonly moment: Moment;
}

const rankOf = (kind: Kind): number => KINDS.indexOf(kind);

/** The newest first; at the same time by kind, then by key. */
const newest = (left: Found, right: Found): number =>
  right.moment.at.getTime() - left.moment.at.getTime() ||
  rankOf(left.kind) - rankOf(right.kind) ||
  (left.moment.key < right.moment.key ? 1 : -1);

/** Where a kind goes on: at the time of the place kinds above it are told, kinds below it are not. */
function pageOf(kind: Kind, [atMs, rank, key]: Place, limit: number): MomentPage {
  const own = rankOf(kind);
  return { at: new Date(atMs), key: own < rank ? '' : own > rank ? KEY_MAX : key, limit };
}

const EVENT_DAYS = 90;
const DAY_MS = 86_400_000;

/** Days with events, of the last ninety. */
async function eventMoments(ctx: Ctx, body: Body, page: MomentPage, signal: AbortSignal) {
  const to = new Date(ctx.clock.now().getTime() + DAY_MS);
  const range = { from: new Date(to.getTime() - EVENT_DAYS * DAY_MS), to };
  const { days, from } = await eventsPerDay(ctx, body.own, range, signal);
  const moments = days
    .filter(({ day, lastAt }) => lastAt < page.at || (lastAt.getTime() === page.at.getTime() && day < page.key))
    .slice(0, page.limit)
    .map(({ day, count, lastAt }) => moment({ at: lastAt, key: day, what: 'counted', count, note: day }));
  return { moments, from };
}

/** One page of the life of an asset. @throws AppError `not_found`, `invalid_input` for a wrong place */
export async function timeline(
  ctx: Ctx,
  id: string,
  query: z.output<typeof TimelineQuery>,
  signal: AbortSignal,
): Promise<z.input<typeof TimelineView>> {
  const allowed = KINDS.filter((kind) => ctx.may(permissionOf(kind)));
  const wanted = allowed.filter((kind) => query.kinds?.includes(kind) ?? true);
  const start: Place = [ctx.clock.now().getTime() + DAY_MS, 0, KEY_MAX];
  const place = query.before === undefined ? start : placeOf(query.before);
  const limit = query.pageSize + 1;
  const body = await ctx.read((db) => bodyOf(db, id));
  const led = wanted.includes('order') ? await ordersByIncidents(ctx, body) : [];
  const found = await ctx.read(async (db) => {
    const moments: Found[] = [];
    for (const kind of wanted) {
      if (kind === 'event') continue;
      const of = await SOURCES[kind].moments(db, id, body, pageOf(kind, place, limit), led);
      moments.push(...of.map((one) => ({ kind, moment: one })));
    }
    return moments;
  });
  const events = wanted.includes('event')
    ? await eventMoments(ctx, body, pageOf('event', place, limit), signal)
    : undefined;
  found.push(...(events?.moments ?? []).map((one) => ({ kind: 'event' as const, moment: one })));
  const shown = found.sort(newest).slice(0, query.pageSize);
  const last = found.length > shown.length ? shown.at(-1) : undefined;
  return {
    items: shown.map(({ kind, moment: one }) => ({
      ...one,
      key: `${kind} ${one.at.getTime()} ${one.key} ${one.what}`,
      at: one.at.toISOString(),
      kind,
      things: [...one.things],
      changes: [...one.changes],
    })),
    next: last === undefined ? null : written([last.moment.at.getTime(), rankOf(last.kind), last.moment.key]),
    kinds: allowed,
    eventsFrom: events?.from.toISOString() ?? null,
  };
}
